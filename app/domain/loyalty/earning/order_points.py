"""Order points: what an order earns, and what a refund takes back of it.

After refunds, each earning of an order is what it would have been had only the rest been paid, by
the very versions, factors and caps of the day on which it was paid. So a full refund leaves
nothing, and how a refund was cut does not matter: no earning grows when less was paid. What was cut
by a cap because of an order that is refunded later stays cut.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.domain.loyalty import entries, orders, points, transfers
from app.domain.loyalty.earning import earnings, kinds, rules
from app.domain.loyalty.earning.acts import Act, Bought, Line, Standing
from app.domain.loyalty.earning.earnings import Earning, Given
from app.domain.loyalty.earning.worth import base_points, bonus_points
from app.domain.loyalty.entries import Cause
from app.domain.loyalty.orders import Order
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
    return earnings.keep(
        session,
        order.member_id,
        act_of(session, order, on, channel, with_lines=_asks_for_lines(session)),
        standing,
        key=key_of(order),
        cause=Cause("", None, event_id),
        zone=zone,
        order_id=order.id,
    )


def take_back(session: Session, order: Order, event_id: int | None, now: datetime) -> int:
    """Makes what the order has earned what its rest would have. Returns how many points went."""
    taken = 0
    for earning, left in _left(session, order):
        if left < earning.kept:
            taken += _take(session, order, earning, left, event_id, now)
    session.flush()
    return taken


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


def _asks_for_lines(session: Session) -> bool:
    """Whether any rule of today counts but some of the products."""
    asked = [one.terms.order for one in rules.rulings(session, {kinds.ORDER})]
    return any(one is not None and (one.skus or one.categories) for one in asked)


def _left(session: Session, order: Order) -> Iterator[tuple[Earning, int]]:
    """What each of its earnings would have been, what rules pay for an act before its bonuses."""
    paid, of_tier = defaultdict[str, int](int), defaultdict[str, int](int)
    for earning in earnings.of_order(session, order.id):
        if earning.factor is None:
            ruling = rules.ruling(session, earning.rule, earning.rule_version)
            left = _cut(earning, base_points(ruling, act_of(session, order, earning.earned_on)))
            paid[earning.act] += left
            of_tier[earning.act] += left if ruling.terms.tier_factor else 0
        else:
            base = (of_tier if earning.kind == kinds.TIER else paid)[earning.act]
            left = _cut(earning, bonus_points(base, earning.factor))
        yield earning, left


def _cut(earning: Earning, points: int) -> int:
    return points if earning.room is None else min(points, earning.room)


def _take(
    session: Session,
    order: Order,
    earning: Earning,
    left: int,
    event_id: int | None,
    now: datetime,
) -> int:
    taken, earning.kept = earning.kept - left, left
    cause = Cause(earning.rule, earning.rule_version or None, event_id)
    key = f"{earning.key}:refunded:{order.refunded_fen}"
    points.reverse(session, earning.key, key=key, amount=taken, cause=cause, now=now)
    awarded = entries.known(session, earning.key)
    assert awarded is not None, "it was booked"
    whose = awarded.content.member_id
    if whose != earning.member_id:  # her two records have become one since
        paid = transfers.settle(session, whose, earning.member_id, key, cause, now)
        merges.go_on(session, whose, paid)
    return taken
