"""Order points: what an order earns, and what a refund takes back of it.

After refunds, each earning of an order is what it would have been had only the rest been paid, by
the very versions, factors and caps of the day on which it was paid. So a full refund leaves
nothing, and how a refund was cut does not matter: no earning grows when less was paid. What was cut
by a cap because of an order that is refunded later stays cut.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.domain.loyalty import orders, points, transfers
from app.domain.loyalty.earning import earnings, kinds, rules
from app.domain.loyalty.earning.acts import Act, Bought, Line, Standing
from app.domain.loyalty.earning.earnings import Earning, Given
from app.domain.loyalty.earning.worth import Ruling, base_points, bonus_points
from app.domain.loyalty.entries import Cause
from app.domain.loyalty.orders import Order
from app.domain.loyalty.points import Reversal
from app.domain.people import merges


def key_of(order: Order) -> str:
    return f"order:{order.source}:{order.order_no}"


def keep(
    session: Session,
    order: Order,
    standing: Standing,
    *,
    on: date,
    channel: str,
    event_id: int | None,
    zone: ZoneInfo,
) -> list[Given]:
    """What a member's order is worth by what was kept of it, by the rules of its day; once for each
    order. The caller holds the member, and books what is returned, see ``earnings.keep``."""
    assert order.member_id is not None, "somebody's order earns points"
    rulings = rules.rulings(session, {kinds.ORDER})
    return earnings.keep(
        session,
        order.member_id,
        act_of(session, order, on, channel, with_lines=_asks_for_lines(rulings)),
        standing,
        key=key_of(order),
        cause=Cause("", None, event_id),
        zone=zone,
        order_id=order.id,
    )


def take_back(session: Session, taking: Mapping[Order, int | None], now: datetime) -> int:
    """Makes what each of these orders has earned what its rest would have; beside it stands the
    event that tells of the refund. Returns how many points went."""
    earned = earnings.of_orders(session, [order.id for order in taking])
    shrunk = [
        (earning, left, _reversal(order, earning, left, event_id))
        for order, event_id in taking.items()
        for earning, left in _left(session, order, earned.get(order.id, ()))
        if left < earning.kept
    ]
    whose = points.take_back_all(session, [reversal for _, _, reversal in shrunk], now)
    gone = 0
    for earning, left, reversal in shrunk:
        gone, earning.kept = gone + earning.kept - left, left
        awarded = whose[earning.key]
        if awarded != earning.member_id:  # her two records have become one since
            of = earning.member_id, reversal.key, reversal.cause
            merges.go_on(session, awarded, transfers.settle(session, awarded, *of, now))
    session.flush()
    return gone


def claimed(act: Act, order: Order) -> Act:
    """The claim of an order, which is worth nothing when all of it was paid back."""
    bought = Bought(order.amount_fen, order.amount_fen - order.refunded_fen)
    return replace(act, source=order.source, bought=bought)


def act_of(
    session: Session, order: Order, on: date, channel: str = "", *, with_lines: bool = True
) -> Act:
    bought_lines = orders.lines_of(session, order.id) if with_lines else ()
    lines = tuple(Line(line.sku, line.category, line.amount_fen) for line in bought_lines)
    bought = Bought(order.amount_fen, order.amount_fen - order.refunded_fen, lines)
    return Act(kinds.ORDER, order.paid_at, on, channel=channel, source=order.source, bought=bought)


def _asks_for_lines(rulings: Iterable[Ruling]) -> bool:
    """Whether any of these counts but some of the products."""
    asked = [one.terms.order for one in rulings]
    return any(one is not None and (one.skus or one.categories) for one in asked)


def _left(
    session: Session, order: Order, earned: Iterable[Earning]
) -> Iterator[tuple[Earning, int]]:
    """What each of its earnings would have been, what rules pay for an act before its bonuses."""
    paid, of_tier = defaultdict[str, int](int), defaultdict[str, int](int)
    for earning in earned:
        if earning.factor is None:
            ruling = rules.ruling(session, earning.rule, earning.rule_version)
            with_lines = _asks_for_lines([ruling])
            act = act_of(session, order, earning.earned_on, with_lines=with_lines)
            left = _cut(earning, base_points(ruling, act))
            paid[earning.act] += left
            of_tier[earning.act] += left if ruling.terms.tier_factor else 0
        else:
            base = (of_tier if earning.kind == kinds.TIER else paid)[earning.act]
            left = _cut(earning, bonus_points(base, earning.factor))
        yield earning, left


def _cut(earning: Earning, points: int) -> int:
    return points if earning.room is None else min(points, earning.room)


def _reversal(order: Order, earning: Earning, left: int, event_id: int | None) -> Reversal:
    return Reversal(
        earning.key,
        f"{earning.key}:refunded:{order.refunded_fen}",
        earning.kept - left,
        Cause(earning.rule, earning.rule_version or None, event_id),
    )
