"""Terms of an earning rule, as an operator writes them.

    {"from": "2026-11-01", "until": "2026-12-31", "caps": {"day": 50, "week": 200, "ever": 1000},
     "tier_factor": true, "pending_days": 15, "expires": {"after_days": 365}}

Both days count, by the programme's clock; caps are in points. ``expires`` may also be
{"after_months": 12} or {"on": "12-31", "years": 1}, see ``expiry_terms``. What a kind adds:

    streak {"days": 7}, group_chat {"chars": 5}, live {"minutes": 10}, claim {"window_days": 30}
    order {"each_fen": 100, "min_fen": 0, "sources": [], "channels": [], "skus": [],
           "categories": []}: the rule's points for each so many fen; an empty list is no limit.

A rule that adds to others says by which factor (in percent, 200 is double) and to which kinds:

    birthday {"factor": 200, "kinds": [], "tiers": [], "span": "day" | "week" | "month"}
    member_day {..., "weekdays": [3], "days": [8, 18, 28]}: Wednesdays, and these days of a month
    campaign {..., "channels": [], "sources": [], "tags": [], "segments": [],
              "stacks": "adds" | "best_only"}: of segments their keys
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.domain.loyalty import expiry_terms
from app.domain.loyalty.earning import kinds
from app.domain.loyalty.expiry_terms import AfterDays, AfterMonths, Yearly
from sop.reading import Problem, Reader

POINTS_MAX, FEN_MAX, DAYS_MAX, FACTOR_MAX, NAMES_MAX = 1_000_000, 10**10, 3650, 1000, 200
SPANS = ("day", "week", "month")
ADDS, BEST_ONLY = "adds", "best_only"
PERIODS = ("day", "week", "ever")
_COMMON = ("from", "until", "caps")
_OF_ACTS = (*_COMMON, "tier_factor", "pending_days", "expires")
_OF_BONUSES = (*_COMMON, "factor", "kinds", "tiers")
_OF_ORDERS = ("each_fen", "min_fen", "sources", "channels", "skus", "categories")
MEASURES = {kinds.STREAK: "days", kinds.GROUP_CHAT: "chars", kinds.LIVE: "minutes"}
_MORE: Mapping[str, tuple[str, ...]] = {
    **{kind: (name,) for kind, name in MEASURES.items()},
    kinds.CLAIM: ("window_days",),
    kinds.ORDER: _OF_ORDERS,
    kinds.BIRTHDAY: ("span",),
    kinds.MEMBER_DAY: ("weekdays", "days"),
    kinds.CAMPAIGN: ("channels", "sources", "tags", "segments", "stacks"),
}
WINDOW_DAYS = 30


class BadTerms(ValueError):
    """Terms that cannot hold; ``problems`` says what is wrong where."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{one.path}: {one.en}" for one in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class OfOrders:
    each_fen: int = 100
    min_fen: int = 0
    sources: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    skus: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class OfBonus:
    factor: int
    kinds: frozenset[str] = frozenset()
    tiers: frozenset[str] = frozenset()
    span: str = "day"
    weekdays: frozenset[int] = frozenset()  # 1 is Monday
    days: frozenset[int] = frozenset()
    channels: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    segments: frozenset[str] = frozenset()  # keys; she is in one of them at least
    stacks: str = ADDS


@dataclass(frozen=True, slots=True)
class Terms:
    """``least`` is how much of its measure an act has to have."""

    from_on: date | None = None
    until_on: date | None = None
    caps: tuple[tuple[str, int], ...] = ()
    tier_factor: bool = False
    pending_days: int = 0
    expires: expiry_terms.Terms | None = None
    least: int = 0
    window_days: int = WINDOW_DAYS
    order: OfOrders | None = None
    bonus: OfBonus | None = None

    def holds_on(self, on: date) -> bool:
        is_begun = self.from_on is None or self.from_on <= on
        return is_begun and (self.until_on is None or on <= self.until_on)


def read(kind: str, written: Any) -> Terms:
    """The terms of a rule of this kind. Raises BadTerms."""
    reader = Reader()
    optional = (_OF_BONUSES if kind in kinds.BONUSES else _OF_ACTS) + _MORE.get(kind, ())
    fields = reader.mapping("", written, (), optional)
    terms = _Reading(reader, fields).terms(kind) if fields is not None else None
    if reader.problems or terms is None:
        raise BadTerms(reader.problems)
    return terms


@dataclass(frozen=True, slots=True)
class _Reading:
    reader: Reader
    fields: Mapping[str, Any]

    def terms(self, kind: str) -> Terms:
        from_on, until_on = self._day("from"), self._day("until")
        if from_on and until_on and until_on < from_on:
            self.reader.wrong("until", "不能早于开始的日子", "cannot be before it begins")
        if kind == kinds.CAMPAIGN and not (from_on and until_on):
            self.reader.wrong("until", "活动要有起止日期", "a campaign has a first and a last day")
        is_bonus = kind in kinds.BONUSES
        return Terms(
            from_on=from_on,
            until_on=until_on,
            caps=self._caps(),
            tier_factor=self._choice("tier_factor", False, lambda given: isinstance(given, bool)),
            pending_days=self._whole("pending_days", 0, 0, DAYS_MAX),
            expires=self._expires(),
            least=self._whole(MEASURES[kind], 1, 1, POINTS_MAX) if kind in MEASURES else 0,
            window_days=self._whole("window_days", WINDOW_DAYS, 1, DAYS_MAX),
            order=self._of_orders() if kind == kinds.ORDER else None,
            bonus=self._of_bonus(kind) if is_bonus else None,
        )

    def _of_orders(self) -> OfOrders:
        return OfOrders(
            each_fen=self._whole("each_fen", 100, 1, FEN_MAX),
            min_fen=self._whole("min_fen", 0, 0, FEN_MAX),
            sources=self._names("sources"),
            channels=self._names("channels"),
            skus=self._names("skus"),
            categories=self._names("categories"),
        )

    def _of_bonus(self, kind: str) -> OfBonus:
        weekdays, days = self._numbers("weekdays", 7), self._numbers("days", 31)
        is_some_day = self.fields.get("weekdays") or self.fields.get("days")
        if kind == kinds.MEMBER_DAY and not is_some_day:
            self.reader.wrong("weekdays", "至少选一天", "needs one day at least")
        stacks = self._choice("stacks", ADDS, (ADDS, BEST_ONLY).__contains__)
        return OfBonus(
            factor=self._whole("factor", 0, 101, FACTOR_MAX),
            kinds=self._names("kinds", kinds.ACTS),
            tiers=self._names("tiers"),
            span=self._choice("span", "day", SPANS.__contains__),
            weekdays=weekdays,
            days=days,
            channels=self._names("channels"),
            sources=self._names("sources"),
            tags=self._names("tags"),
            segments=self._names("segments"),
            stacks=stacks,
        )

    def _caps(self) -> tuple[tuple[str, int], ...]:
        written = self.fields.get("caps", {})
        caps = self.reader.mapping("caps", written, (), PERIODS) or {}
        read = {
            period: self.reader.whole(f"caps.{period}", caps[period], 1, 10**9)
            for period in PERIODS
            if period in caps
        }
        return tuple((period, most) for period, most in read.items() if most is not None)

    def _expires(self) -> expiry_terms.Terms | None:
        written = self.fields.get("expires")
        if written is None:
            return None
        for name, made in (("after_days", AfterDays), ("after_months", AfterMonths)):
            if isinstance(written, Mapping) and name in written:
                self.reader.mapping("expires", written, (name,))
                count = self.reader.whole(f"expires.{name}", written[name], 1, DAYS_MAX)
                return made(count) if count else None
        return self._yearly(written)

    def _yearly(self, written: Any) -> Yearly | None:
        yearly = self.reader.mapping("expires", written, ("on", "years"))
        if yearly is None:
            return None
        years = self.reader.whole("expires.years", yearly.get("years"), 0, 10)
        on = _date_or_none(f"2000-{yearly.get('on')}")  # a year with a 29 February
        if on is None:
            self.reader.wrong("expires.on", "要写成 12-31 这样", "is written like 12-31")
        return Yearly(on.month, on.day, years or 0) if on else None

    def _day(self, name: str) -> date | None:
        if name not in self.fields:
            return None
        on = _date_or_none(self.fields[name])
        if on is None:
            self.reader.wrong(name, "要写成 2026-11-01 这样", "is written like 2026-11-01")
        return on

    def _whole(self, name: str, otherwise: int, least: int, most: int) -> int:
        if name not in self.fields and otherwise >= least:
            return otherwise
        return self.reader.whole(name, self.fields.get(name), least, most) or 0

    def _names(self, name: str, known: tuple[str, ...] | None = None) -> frozenset[str]:
        listed = self.reader.listed(name, self.fields.get(name, []), 0, NAMES_MAX)
        places = [(f"{name}[{number}]", one) for number, one in enumerate(listed)]
        if known is not None:
            chosen = [self.reader.choice(path, one, known) for path, one in places]
        else:
            chosen = [self.reader.name(path, one, 128) for path, one in places]
        return frozenset(one for one in chosen if one is not None)

    def _numbers(self, name: str, most: int) -> frozenset[int]:
        listed = self.reader.listed(name, self.fields.get(name, []), 0, most)
        read = [self.reader.whole(f"{name}[{n}]", one, 1, most) for n, one in enumerate(listed)]
        return frozenset(one for one in read if one is not None)

    def _choice(self, name: str, otherwise: Any, allows: Callable[[Any], bool]) -> Any:
        given = self.fields.get(name, otherwise)
        if not allows(given):
            self.reader.wrong(name, "没有这个选项", "is none of the choices")
        return given


def _date_or_none(written: Any) -> date | None:
    try:
        return date.fromisoformat(written) if isinstance(written, str) else None
    except ValueError:
        return None
