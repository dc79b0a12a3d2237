"""What an act is worth: a decision from the rules, the act and how she stands, and nothing else.

In this order: the base, rounded down; the factor of her tier; the best of birthday and member day;
campaigns, of which those that stack as ``best_only`` count as one, their best. Each bonus is what
its factor is above 100 % of the base, rounded down, where several rules pay for an act of what they
pay together. A cap limits what its rule gives in a period: what is above it is cut, and bonuses are
worked out from what caps have left of the base.
"""

import calendar
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from app.domain.loyalty.earning import kinds
from app.domain.loyalty.earning.acts import Act, Bought, Standing
from app.domain.loyalty.earning.terms import BEST_ONLY, OfBonus, OfOrders, Terms

NONE_WRITTEN = 0  # the version of a rule that nobody has written


@dataclass(frozen=True, slots=True)
class Ruling:
    """A version of a rule. ``points`` for each act or, of orders, for each so many fen."""

    key: str
    kind: str
    version: int
    points: int
    terms: Terms


@dataclass(frozen=True, slots=True)
class Grant:
    """``wanted`` before caps, ``room`` what they left when there are any. ``counted_fen`` is what
    of an order the rule counts; a bonus has the ``factor`` by which the base was multiplied."""

    rule: str
    kind: str
    version: int
    amount: int
    wanted: int
    room: int | None = None
    counted_fen: int | None = None
    factor: int | None = None
    tier: str | None = None

    @property
    def is_bonus(self) -> bool:
        return self.factor is not None


def worth(
    rulings: Sequence[Ruling], act: Act, standing: Standing, rooms: Mapping[str, int]
) -> list[Grant]:
    """What each rule grants, base before bonuses. ``rooms`` is what the caps of rules leave, by
    their keys. What is cut to nothing is in the list too, with an amount of 0."""
    left = dict(rooms)
    paying = [one for one in rulings if one.kind == act.kind and is_met(one, act)]
    bases = [_cut(_base(ruling, act), left) for ruling in paying]
    if not bases:
        return []
    paid = {grant.rule: grant.amount for grant in bases}
    by_tier = sum(paid[one.key] for one in paying if one.terms.tier_factor)
    grants = [
        *bases,
        *(_cut(_bonus(one, by_tier), left) for one in _of_tier(standing)),
        *(_cut(_bonus(one, sum(paid.values())), left) for one in _added(rulings, act, standing)),
    ]
    return [grant for grant in grants if grant.wanted > 0]


def is_met(ruling: Ruling, act: Act) -> bool:
    """Whether the rule is for this act at all."""
    terms = ruling.terms
    if not terms.holds_on(act.on) or act.measure < terms.least:
        return False
    if ruling.kind == kinds.STREAK and act.measure != terms.least:
        return False  # a streak reaches each of its lengths once
    if terms.order is None or act.bought is None:
        return terms.order is None  # a claim is of an order, and no rule for orders
    of_shop = not terms.order.sources or act.source in terms.order.sources
    on_channel = not terms.order.channels or act.channel in terms.order.channels
    return of_shop and on_channel and act.bought.amount_fen >= terms.order.min_fen


def base_points(ruling: Ruling, act: Act) -> int:
    """Before bonuses and caps."""
    if act.bought is not None and act.bought.net_fen == 0:
        return 0  # nothing was bought in the end
    if ruling.terms.order is None or act.bought is None:
        return ruling.points if act.points is None else act.points
    counted = counted_fen(ruling.terms.order, act.bought)
    return ruling.points * counted // ruling.terms.order.each_fen


def counted_fen(order: OfOrders, bought: Bought) -> int:
    """What of an order counts: all that was kept of it or, when products are named, their share;
    a refund is spread over all lines alike. Nothing when less than the least was kept."""
    if bought.net_fen < order.min_fen:
        return 0
    if not (order.skus or order.categories):
        return bought.net_fen
    lines = sum(line.amount_fen for line in bought.lines)
    named = sum(
        line.amount_fen
        for line in bought.lines
        if line.sku in order.skus or line.category in order.categories
    )
    whole = max(bought.amount_fen, lines)
    return named * bought.net_fen // whole if whole else 0


def bonus_points(base_amount: int, factor: int) -> int:
    return base_amount * (factor - 100) // 100


def is_birthday(birthday_on: date, span: str, on: date) -> bool:
    """Whether the day is in the day, the week (from Monday) or the month of her birthday; who was
    born on 29 February has it on the 28th in other years."""
    if span == "month":
        return birthday_on.month == on.month
    first = on if span == "day" else on - timedelta(days=on.weekday())
    days = (first + timedelta(days=n) for n in range(1 if span == "day" else 7))
    return any(day == _anniversary(birthday_on, day.year) for day in days)


def _base(ruling: Ruling, act: Act) -> Grant:
    order = ruling.terms.order
    points = base_points(ruling, act)
    counted = counted_fen(order, act.bought) if order and act.bought else None
    grant = Grant(ruling.key, ruling.kind, ruling.version, points, points)
    return replace(grant, counted_fen=counted)


def _bonus(found: Grant, base: int) -> Grant:
    assert found.factor is not None, "a bonus multiplies"
    points = bonus_points(base, found.factor)
    return replace(found, amount=points, wanted=points)


def _of_tier(standing: Standing) -> Iterator[Grant]:
    """Without its amount, as those below."""
    if standing.tier_factor > 100:
        of_tier = Grant(kinds.TIER, kinds.TIER, NONE_WRITTEN, 0, 0)
        yield replace(of_tier, factor=standing.tier_factor, tier=standing.tier)


def _added(rulings: Sequence[Ruling], act: Act, standing: Standing) -> Iterator[Grant]:
    """What the bonus rules that apply add, in their order."""
    met = [one for one in rulings if one.terms.bonus and _adds(one, act, standing)]
    days = [one for one in met if one.kind in kinds.DAYS]
    campaigns = [one for one in met if one.kind == kinds.CAMPAIGN]
    alone = [one for one in campaigns if _of(one).stacks == BEST_ONLY]
    adding = [one for one in campaigns if _of(one).stacks != BEST_ONLY]
    for one in (*_best(days), *adding, *_best(alone)):
        yield Grant(one.key, one.kind, one.version, 0, 0, factor=_of(one).factor)


def _adds(ruling: Ruling, act: Act, standing: Standing) -> bool:
    bonus = _of(ruling)
    wanted = (
        (bonus.kinds, act.kind),
        (bonus.tiers, standing.tier),
        (bonus.channels, act.channel),
        (bonus.sources, act.source),
    )
    if not ruling.terms.holds_on(act.on) or any(one and has not in one for one, has in wanted):
        return False
    if bonus.tags and not bonus.tags & standing.tags:
        return False
    if bonus.segments and not bonus.segments & standing.segments:
        return False
    if ruling.kind == kinds.BIRTHDAY:
        born = standing.birthday_on
        return born is not None and is_birthday(born, bonus.span, act.on)
    if ruling.kind == kinds.MEMBER_DAY:
        return act.on.isoweekday() in bonus.weekdays or act.on.day in bonus.days
    return True


def _best(rulings: Sequence[Ruling]) -> Sequence[Ruling]:
    """The one with the largest factor; of equal ones the first."""
    return [max(rulings, key=lambda one: _of(one).factor)] if rulings else []


def _cut(grant: Grant, left: dict[str, int]) -> Grant:
    """What the cap of its rule leaves of it, which is then used up."""
    room = left.get(grant.rule)
    if room is None:
        return grant
    amount = min(grant.amount, room)
    left[grant.rule] = room - amount
    return replace(grant, amount=amount, room=room)


def _of(ruling: Ruling) -> OfBonus:
    assert ruling.terms.bonus is not None, "it is a bonus rule"
    return ruling.terms.bonus


def _anniversary(birthday_on: date, year: int) -> date:
    is_leap_day = (birthday_on.month, birthday_on.day) == (2, 29)
    day = 28 if is_leap_day and not calendar.isleap(year) else birthday_on.day
    return date(year, birthday_on.month, day)
