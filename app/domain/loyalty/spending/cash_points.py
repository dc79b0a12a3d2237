"""Points as cash on an order: reserved when the order is made, posted when it is paid or voided
when it is not, and given back in proportion when it is paid back.

A shop names the order; of one order points are reserved once, under ``cash:{source}:{order_no}``.
What is held and not posted in time, the ledger's clock gives back.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once
from app.domain.loyalty import points
from app.domain.loyalty.entries import Cause
from app.domain.loyalty.orders import Order
from app.domain.loyalty.points import NotEnoughPoints, NotHeld
from app.domain.loyalty.spending import cash_terms

RULE = "cash_points"


class Why(StrEnum):
    """Why no points are reserved, posted or voided."""

    NOT_ON_OFFER = "not_on_offer"
    TOO_FEW_POINTS = "too_few_points"
    TOO_MANY_POINTS = "too_many_points"
    ALREADY_RESERVED = "already_reserved"
    NOT_HELD = "not_held"


class NotPossible(Exception):
    """Nothing has happened."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


class CashPayment(Base):
    """``amount_fen`` is what the points pay, ``order_fen`` the price of the order before that;
    ``given_back`` counts points that came back after they were spent."""

    __tablename__ = "cash_payments"
    __table_args__ = (
        sa.UniqueConstraint("source", "order_no"),
        sa.Index("ix_cash_payments_of_member", "member_id", "reserved_at"),
        sa.CheckConstraint("given_back <= points", name="given_back_at_most_spent"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    source: Mapped[str]
    order_no: Mapped[str]
    member_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("members.id"))
    points: Mapped[int]
    amount_fen: Mapped[int]
    order_fen: Mapped[int]
    terms_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("cash_terms.id"))
    event_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("inbox.id"))
    reserved_at: Mapped[datetime]
    until: Mapped[datetime]
    posted_at: Mapped[datetime | None]
    voided_at: Mapped[datetime | None]
    given_back: Mapped[int] = mapped_column(default=0)

    @property
    def key(self) -> str:
        return f"cash:{self.source}:{self.order_no}"

    @property
    def spent_key(self) -> str:
        return f"{self.key}:post"


def reserve(
    session: Session,
    member_id: int,
    *,
    source: str,
    order_no: str,
    order_fen: int,
    wanted: int | None,
    event_id: int | None,
    now: datetime,
) -> CashPayment:
    """Sets points aside for an order: ``wanted`` of them, or as many as may be. The caller holds
    the member. Raises NotPossible."""
    terms = cash_terms.present(session)
    if terms is None:
        raise NotPossible(Why.NOT_ON_OFFER)
    if of_order(session, source, order_no) is not None:
        raise NotPossible(Why.ALREADY_RESERVED)
    most = terms.most(points.balance_of(session, member_id).points, order_fen)
    amount = most if wanted is None else wanted
    if amount <= 0 or most == 0:
        raise NotPossible(Why.TOO_FEW_POINTS)
    if amount > most or amount % terms.step:
        raise NotPossible(Why.TOO_MANY_POINTS)
    values = {
        "source": source,
        "order_no": order_no,
        "member_id": member_id,
        "points": amount,
        "amount_fen": terms.worth_fen(amount),
        "order_fen": order_fen,
        "terms_id": terms.id,
        "event_id": event_id,
        "reserved_at": now,
        "until": now + terms.held_for,
        "given_back": 0,
    }
    with session.begin_nested():
        made = insert_once(session, CashPayment, values, unique=["source", "order_no"])
        if made is None:
            raise NotPossible(Why.ALREADY_RESERVED)
        payment = session.get_one(CashPayment, made)
        cause = Cause(RULE, terms.id, event_id)
        try:
            points.reserve(
                session,
                member_id,
                amount,
                key=payment.key,
                cause=cause,
                until=payment.until,
                now=now,
            )
        except NotEnoughPoints as error:
            raise NotPossible(Why.TOO_FEW_POINTS) from error
        return payment


def post(
    session: Session, source: str, order_no: str, *, event_id: int | None, now: datetime
) -> CashPayment:
    """The order has been paid: the points are spent, once. Raises NotPossible."""
    payment = _locked(session, source, order_no)
    if payment.posted_at is not None:
        return payment
    try:
        points.post(
            session,
            payment.key,
            key=payment.spent_key,
            cause=Cause(RULE, payment.terms_id, event_id),
            now=now,
        )
    except NotHeld as error:
        raise NotPossible(Why.NOT_HELD) from error
    payment.posted_at = now
    session.flush()
    return payment


def void(
    session: Session, source: str, order_no: str, *, event_id: int | None, now: datetime
) -> CashPayment:
    """There will be no such order: the points come back, also when they were spent already, once.
    Raises NotPossible."""
    payment = _locked(session, source, order_no)
    if payment.voided_at is not None:
        return payment
    cause = Cause(RULE, payment.terms_id, event_id)
    if payment.posted_at is not None:
        _give_back(session, payment, payment.points, "void", cause, now)
    else:
        try:
            points.void(session, payment.key, key=f"{payment.key}:void", cause=cause, now=now)
        except NotHeld as error:
            raise NotPossible(Why.NOT_HELD) from error
    payment.voided_at = now
    session.flush()
    return payment


def give_back(session: Session, order: Order, *, event_id: int | None, now: datetime) -> int:
    """After a refund: as large a part of the points as of the money, rounded down, in all; so it
    does not matter in how many parts an order is paid back. Returns how many came back now."""
    payment = of_order(session, order.source, order.order_no, lock=True)
    if payment is None or payment.posted_at is None or not order.amount_fen:
        return 0
    due = payment.points * order.refunded_fen // order.amount_fen
    cause = Cause(RULE, payment.terms_id, event_id)
    return _give_back(session, payment, due, str(order.refunded_fen), cause, now)


def of_order(
    session: Session, source: str, order_no: str, *, lock: bool = False
) -> CashPayment | None:
    wanted = sa.select(CashPayment).where(
        CashPayment.source == source, CashPayment.order_no == order_no
    )
    if lock:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    return session.scalar(wanted)


def newest(session: Session, limit: int) -> Sequence[CashPayment]:
    return session.scalars(
        sa.select(CashPayment).order_by(CashPayment.id.desc()).limit(limit)
    ).all()


def _locked(session: Session, source: str, order_no: str) -> CashPayment:
    payment = of_order(session, source, order_no, lock=True)
    if payment is None:
        raise NotPossible(Why.NOT_HELD)
    return payment


def _give_back(
    session: Session, payment: CashPayment, due: int, word: str, cause: Cause, now: datetime
) -> int:
    """Up to ``due`` points in all, to the very lots."""
    amount = due - payment.given_back
    if amount <= 0:
        return 0
    key = f"{payment.key}:back:{word}"
    points.reverse(session, payment.spent_key, key=key, amount=amount, cause=cause, now=now)
    payment.given_back = due
    session.flush()
    return amount
