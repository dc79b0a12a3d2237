"""One broadcast, read as a whole: to whom, what, in which ways and how fast.

    {"audience": "member", "filter": {"tiers": ["gold"]},
     "message": {"kind": "text", "content": {"text": "{nickname|亲}，周五上新"}}}

Instead of a message there may be variants, as in a plan's step. Everything else is optional:

    "category": "marketing", "route": ["customer_service", "mass"],
    "holdout_percent": 10, "pace_a_minute": 600

and one of these two, see ``own_times`` and ``tryouts``:

    "when": {"at": "active", "otherwise": "20:00"}
    "tryout": {"percent": 20, "hours": 24, "happened": {"kind": "clicked"}, "decide": "certain"}
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sop import contents, routes, tryouts
from sop.audiences import Filter, GroupFilter
from sop.contents import Message, Variant
from sop.plans import CATEGORIES, FILTERS
from sop.reading import Problem, Reader
from sop.routes import Way
from sop.splits import arm, is_held_out
from sop.times import own_times
from sop.times.own_times import OwnTime
from sop.tryouts import Tryout

PACE_MAX = 100_000
HOLDOUT_PERCENT_MAX = 90
_OPTIONAL = (
    *("filter", "message", "variants", "category", "route"),
    *("holdout_percent", "pace_a_minute", "when", "tryout"),
)


class BadBroadcast(ValueError):
    """A definition that is no broadcast, with everything that is wrong with it."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{p.path}: {p.zh} / {p.en}" for p in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class BroadcastDefinition:
    """``filter`` is a ``GroupFilter`` for groups; ``message`` is the first of the variants, where
    there are any. ``pace_a_minute`` None: as fast as the platform takes it. ``own_time``: not at
    launch, but then by each one's own clock. ``tryout``: the variants go to some first."""

    audience: str
    filter: Filter | GroupFilter
    message: Message
    variants: tuple[Variant, ...] = ()
    category: str = CATEGORIES[0]
    route: tuple[Way, ...] = ()
    holdout_percent: int = 0
    pace_a_minute: int | None = None
    own_time: OwnTime | None = None
    tryout: Tryout | None = None

    @property
    def goes_by_turns(self) -> bool:
        """Whether not everybody's turn comes at launch."""
        return self.own_time is not None or self.tryout is not None

    @property
    def crowds(self) -> frozenset[str]:
        """The segments and snapshots it names."""
        return frozenset() if isinstance(self.filter, GroupFilter) else self.filter.crowds

    @property
    def messages(self) -> tuple[Message, ...]:
        return tuple(variant.message for variant in self.variants) or (self.message,)


def parse(definition: Any) -> BroadcastDefinition:
    """The broadcast a definition describes. Raises BadBroadcast with every problem found."""
    reader = Reader()
    broadcast = _broadcast(reader, definition)
    if broadcast is None:
        raise BadBroadcast(reader.problems)
    return broadcast


def variant_of(definition: BroadcastDefinition, split: str, subject: str) -> Variant | None:
    """Which variant ``subject`` gets, for ever the same; None where there is but one message."""
    if not definition.variants:
        return None
    return definition.variants[arm(split, subject, [one.share for one in definition.variants])]


def gets_nothing(definition: BroadcastDefinition, split: str, subject: str) -> bool:
    """Whether ``subject`` is held out, so that there is something to compare with."""
    return is_held_out(split, subject, definition.holdout_percent)


def moments(
    begin: datetime, wished: Sequence[datetime], pace_a_minute: int | None
) -> tuple[list[datetime], datetime]:
    """When each of so many messages is due: at the moment that is ``wished`` for it, but from
    ``begin`` on and no faster than the pace has it; and when the one behind them may be."""
    gap = timedelta(minutes=1) / pace_a_minute if pace_a_minute else timedelta()
    due = []
    for at in wished:
        due.append(max(at, begin))
        begin = due[-1] + gap if gap else begin
    return due, begin


def _broadcast(reader: Reader, definition: Any) -> BroadcastDefinition | None:
    fields = reader.mapping("", definition, ("audience",), _OPTIONAL)
    if fields is None:
        return None
    audience = reader.choice("audience", fields.get("audience"), FILTERS)
    if audience is None:
        return None
    known = contents.PLACEHOLDERS[audience]
    chosen = reader.read("filter", FILTERS[audience], fields.get("filter") or {})
    message, variants = _says(reader, fields, audience)
    category = reader.choice("category", fields.get("category", CATEGORIES[0]), CATEGORIES)
    route: tuple[Way, ...] = ()
    if fields.get("route"):
        route = routes.read(reader, "route", fields["route"], audience, known)
    held_out = fields.get("holdout_percent", 0)
    held_out = reader.whole("holdout_percent", held_out, 0, HOLDOUT_PERCENT_MAX)
    pace = fields.get("pace_a_minute")
    if pace is not None:
        pace = reader.whole("pace_a_minute", pace, 1, PACE_MAX)
    own_time, tryout = _turns(reader, fields, audience)
    if reader.problems or not (chosen and message and category):
        return None
    return BroadcastDefinition(
        *(audience, chosen, message, variants, category, route),
        *(held_out or 0, pace, own_time, tryout),
    )


def _turns(
    reader: Reader, fields: Mapping[str, Any], audience: str
) -> tuple[OwnTime | None, Tryout | None]:
    """When whose turn is, where that is not at launch for everybody."""
    own_time, tryout = None, None
    if fields.get("when") is not None:
        own_time = reader.read("when", own_times.parse, fields["when"])
    if fields.get("tryout") is not None:
        tryout = tryouts.read(reader, "tryout", fields["tryout"])
        if fields.get("variants") is None:
            reader.wrong("tryout", "先试后发要有几个版本", "a tryout needs variants")
    for name in {"when", "tryout"} & {name for name, value in fields.items() if value is not None}:
        if audience == "group":
            reader.wrong(name, "只用于会员", "is only for members")
    if own_time is not None and tryout is not None:
        said = "先试后发与各人自己的时刻不能同用", "cannot go with each one's own time"
        reader.wrong("tryout", *said)
    return own_time, tryout


def _says(
    reader: Reader, fields: Mapping[str, Any], audience: str
) -> tuple[Message | None, tuple[Variant, ...]]:
    known = contents.PLACEHOLDERS[audience]
    if (fields.get("message") is None) == (fields.get("variants") is None):
        reader.wrong("message", "要写一条消息或几个版本", "has to be one message, or variants")
        return None, ()
    if fields.get("variants") is None:
        return contents.read(reader, "message", fields["message"], known), ()
    variants = contents.read_variants(reader, "variants", fields["variants"], known)
    return (variants[0].message if variants else None), variants
