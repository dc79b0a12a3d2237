"""Order claims 订单换积分: a member says that an order of a shop is hers, by its number.

An order that is nobody's becomes hers once, within the days that the rule for claims gives after it
was paid. Whoever guesses numbers is stopped: after so many refusals in a day she has to wait. What
came of every try is kept.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once
from app.domain.loyalty import order_owners
from app.domain.loyalty.earning import rules
from app.domain.loyalty.orders import Order

REFUSALS_MAX, WITHIN = 5, timedelta(days=1)


class Outcome(StrEnum):
    CLAIMED = "claimed"
    HERS = "hers"  # it was already
    TAKEN = "taken"
    UNKNOWN = "unknown"
    SEVERAL = "several"  # shops have sold under this number
    TOO_LATE = "too_late"
    TOO_MANY = "too_many"
    CLOSED = "closed"  # there is no rule for it now


class OrderClaim(Base):
    __tablename__ = "order_claims"
    __table_args__ = (sa.Index("ix_order_claims_member_id", "member_id", "claimed_at"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    member_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("members.id"))
    order_no: Mapped[str]
    order_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("orders.id"))
    outcome: Mapped[str]
    event_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("inbox.id"), unique=True)
    claimed_at: Mapped[datetime]


def claim(
    session: Session,
    member_id: int,
    source: str,
    order_no: str,
    *,
    event_id: int,
    at: datetime,
    on: date,
    now: datetime,
) -> OrderClaim:
    """Decides on her try and keeps it; with CLAIMED the order is hers from now on. Without a
    ``source`` every shop's is meant. ``on`` is the business day of ``at``. The caller holds the
    member; the order stays locked."""
    found = order_owners.numbered(session, order_no, source)
    outcome, order = _decided(session, member_id, found, at, on)
    if outcome is Outcome.CLAIMED and order is not None:
        order.member_id = member_id
    values = {
        "member_id": member_id,
        "order_no": order_no,
        "order_id": order.id if order else None,
        "outcome": outcome,
        "event_id": event_id,
        "claimed_at": now,
    }
    insert_once(session, OrderClaim, values, unique=["event_id"])
    return session.scalars(sa.select(OrderClaim).where(OrderClaim.event_id == event_id)).one()


def of_event(session: Session, event_id: int) -> OrderClaim | None:
    return session.scalar(sa.select(OrderClaim).where(OrderClaim.event_id == event_id))


def _decided(
    session: Session, member_id: int, found: Sequence[Order], at: datetime, on: date
) -> tuple[Outcome, Order | None]:
    window = rules.claim_window(session, on)
    if window is None:
        return Outcome.CLOSED, None
    if _refusals(session, member_id, at - WITHIN) >= REFUSALS_MAX:
        return Outcome.TOO_MANY, None
    if not found:
        return Outcome.UNKNOWN, None
    hers = next((order for order in found if order.member_id == member_id), None)
    if hers is not None:
        return Outcome.HERS, hers
    free = [order for order in found if order.member_id is None]
    if len(free) != 1:
        return (Outcome.SEVERAL if free else Outcome.TAKEN), None
    (order,) = free
    is_late = at - order.paid_at > timedelta(days=window)
    return (Outcome.TOO_LATE if is_late else Outcome.CLAIMED), order


def _refusals(session: Session, member_id: int, since: datetime) -> int:
    fine = (Outcome.CLAIMED, Outcome.HERS, Outcome.CLOSED)
    refused = sa.select(sa.func.count()).where(
        OrderClaim.member_id == member_id,
        OrderClaim.claimed_at > since,
        OrderClaim.outcome.not_in(fine),
    )
    return session.scalar(refused) or 0
