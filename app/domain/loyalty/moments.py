"""Moments: the ledger's dates that no seal covers, since they change or end with what they are
about, held against what else says when it was: until when points are set aside, when that ended,
until when points are pending."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.domain.loyalty.earning import kinds, rules
from app.domain.loyalty.earning.earnings import Earning
from app.domain.loyalty.entries import Account, PointsEntry, Posting
from app.domain.loyalty.holds import Hold
from app.domain.loyalty.lots import Lot
from app.domain.loyalty.orders import Order
from app.domain.loyalty.spending.cash_points import CashPayment

OVER = "hold_over"  # the rule of what the clock has ended


def doubtful(session: Session) -> Iterator[str]:
    """Every moment that something else contradicts, in words."""
    yield from _ends_of_holds(session)
    yield from _holds_for_payments(session)
    yield from _pending_without_cause(session)
    yield from _pending_of_orders(session)


def _ends_of_holds(session: Session) -> Iterator[str]:
    """A hold is over when its end was booked: by the clock not before its moment, by anybody else
    before it."""
    made, ending = aliased(PointsEntry), aliased(PointsEntry)
    by_clock = ending.rule == OVER
    rows = session.execute(
        sa.select(Hold.id, Hold.until, Hold.ended_at, made.booked_at, ending.booked_at)
        .join(made, made.id == Hold.entry_id)
        .outerjoin(ending, ending.reverses_id == made.id)
        .where(
            sa.or_(
                Hold.until < made.booked_at,
                Hold.ended_at != ending.booked_at,
                sa.and_(by_clock, Hold.until > ending.booked_at),
                sa.and_(~by_clock, Hold.until <= ending.booked_at),
            )
        )
    )
    for hold, until, ended_at, made_at, booked_at in rows:
        yield f"hold {hold}: of {made_at} until {until}, over at {ended_at}, booked {booked_at}"


def _holds_for_payments(session: Session) -> Iterator[str]:
    key = sa.literal("cash:") + CashPayment.source + sa.literal(":") + CashPayment.order_no
    rows = session.execute(
        sa.select(Hold.id, Hold.until, CashPayment.until)
        .select_from(CashPayment)
        .join(PointsEntry, PointsEntry.key == key)
        .join(Hold, Hold.entry_id == PointsEntry.id)
        .where(Hold.until != CashPayment.until)
    )
    yield from (
        f"hold {hold}: until {held}, but its payment until {said}" for hold, held, said in rows
    )


def _pending_without_cause(session: Session) -> Iterator[str]:
    """Points are pending that were awarded so, to a later moment, and that the clock has not made
    available."""
    posted = sa.exists().where(
        Posting.entry_id == Lot.entry_id, Posting.account == Account.PENDING, Posting.amount > 0
    )
    available = sa.exists().where(
        PointsEntry.key == sa.literal("mature:") + sa.cast(Lot.id, sa.String)
    )
    rows = session.execute(
        sa.select(Lot.id, Lot.pending_until).where(
            Lot.pending_until.is_not(None),
            sa.or_(Lot.pending_until <= Lot.opened_at, ~posted, available),
        )
    )
    yield from (f"lot {lot}: pending until {until}, but it is not" for lot, until in rows)


def _pending_of_orders(session: Session) -> Iterator[str]:
    """What an order has earned waits for so many days after its payment as the rule says that has
    paid for it."""

    @cache
    def pending(rule: str, version: int) -> timedelta:
        return timedelta(days=rules.ruling(session, rule, version).terms.pending_days)

    base = aliased(Earning)
    rows = session.execute(
        sa.select(Lot.id, Lot.pending_until, Order.paid_at, base.rule, base.rule_version)
        .join(PointsEntry, PointsEntry.id == Lot.entry_id)
        .join(Earning, Earning.key == PointsEntry.key)
        .join(base, sa.and_(base.act == Earning.act, base.factor.is_(None)))
        .join(Order, Order.id == base.order_id)
        .where(Lot.pending_until.is_not(None), base.kind == kinds.ORDER, base.rule_version > 0)
    )
    said: dict[int, datetime | None] = {}
    meant: dict[int, set[datetime]] = {}
    for lot, until, paid_at, rule, version in rows:
        said[lot] = until
        meant.setdefault(lot, set()).add(paid_at + pending(rule, version))
    for lot, until in said.items():
        if until not in meant[lot]:
            yield f"lot {lot}: pending until {until}, but its order says {max(meant[lot])}"
