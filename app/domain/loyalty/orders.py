"""Orders 订单: what was bought and paid in the shops, and what of it was paid back.

An order is named by its shop (``source``, such as ``youzan``) and its number there. Whose it is, a
shop says by a member's id, unionid, phone or openid; an order of somebody we do not know is kept
with what names her, for the day she appears. Amounts are whole fen.

Events: ``order_paid`` under ``order:{source}:{order_no}`` and ``order_refunded`` under
``refund:{source}:{order_no}:{refund_no}``; see ``app.handlers.loyalty.orders`` for their fields.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from app.db import Base, Id, insert_once
from app.domain.people import members
from app.domain.people.members import Member

_NOBODYS = sa.text("member_id IS NULL")


class RefundTooLarge(Exception):
    """More would be paid back than was paid."""


class UnknownOrder(Exception):
    """There is no such order."""


class Order(Base):
    __tablename__ = "orders"
    __table_args__ = (
        sa.UniqueConstraint("source", "order_no"),
        sa.CheckConstraint("refunded_fen <= amount_fen", name="refunded_at_most_paid"),
        # with the amounts, so that the nightly figures read nothing else
        sa.Index("ix_orders_of_member", "member_id", "paid_at", "amount_fen", "refunded_fen"),
        sa.Index("ix_orders_paid_at", "paid_at", "id"),
        sa.Index("ix_orders_order_no", "order_no"),
        *(
            sa.Index(
                f"ix_orders_nobodys_{name}",
                name,
                sqlite_where=_NOBODYS,
                postgresql_where=_NOBODYS,
            )
            for name in ("phone_index", "unionid", "openid")
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    source: Mapped[str]
    order_no: Mapped[str]
    member_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("members.id"))
    phone_index: Mapped[str | None]
    unionid: Mapped[str | None]
    channel_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("channels.id"))
    openid: Mapped[str | None]  # on the channel above
    amount_fen: Mapped[int]
    refunded_fen: Mapped[int] = mapped_column(default=0)
    paid_at: Mapped[datetime]
    event_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("inbox.id"))
    created_at: Mapped[datetime]

    @property
    def named(self) -> "Buyer":
        return Buyer(None, self.unionid, self.phone_index, self.channel_id, self.openid)


class OrderLine(Base):
    """``amount_fen`` is what was paid for the whole line."""

    __tablename__ = "order_lines"
    __table_args__ = (
        sa.UniqueConstraint("order_id", "number"),
        sa.Index("ix_order_lines_sku", "sku"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    order_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("orders.id"))
    number: Mapped[int]
    sku: Mapped[str]
    name: Mapped[str]
    quantity: Mapped[int]
    amount_fen: Mapped[int]
    category: Mapped[str] = mapped_column(default="", server_default="")  # as the shop calls it


class OrderRefund(Base):
    __tablename__ = "order_refunds"
    __table_args__ = (sa.UniqueConstraint("order_id", "refund_no"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    order_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("orders.id"))
    refund_no: Mapped[str]
    amount_fen: Mapped[int]
    refunded_at: Mapped[datetime]
    event_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("inbox.id"))


@dataclass(frozen=True, slots=True)
class Buyer:
    """Whom a shop names, by one or several of these."""

    member_id: int | None = None
    unionid: str | None = None
    phone_index: str | None = None
    channel_id: int | None = None
    openid: str | None = None


def buyer(session: Session, named: Buyer) -> Member | None:
    """The member behind these names: the surest of them that is known decides."""
    if named.member_id is not None and session.get(Member, named.member_id) is not None:
        return members.get(session, named.member_id)
    known = members.known_by(session, named.unionid, named.phone_index)
    if known is not None:
        return members.get(session, known.id)
    if named.channel_id is None or not named.openid:
        return None
    identity = members.identity_of(session, named.channel_id, named.openid)
    return members.get(session, identity.member_id) if identity else None


def pay(
    session: Session,
    *,
    source: str,
    order_no: str,
    named: Buyer,
    member_id: int | None,
    amount_fen: int,
    lines: Sequence[Mapping[str, Any]],
    event_id: int | None,
    paid_at: datetime,
    now: datetime,
) -> int | None:
    """Keeps a paid order with its ``lines`` ({sku, name, quantity, amount_fen, and category if it
    has one}). Returns its id, None when it was known."""
    values = {
        "source": source,
        "order_no": order_no,
        "member_id": member_id,
        "phone_index": named.phone_index,
        "unionid": named.unionid,
        "channel_id": named.channel_id,
        "openid": named.openid,
        "amount_fen": amount_fen,
        "refunded_fen": 0,
        "paid_at": paid_at,
        "event_id": event_id,
        "created_at": now,
    }
    order_id = insert_once(session, Order, values, unique=["source", "order_no"])
    if order_id is not None and lines:
        rows = [
            {"order_id": order_id, "number": number, "category": "", **line}
            for number, line in enumerate(lines, 1)
        ]
        session.execute(sa.insert(OrderLine), rows)
    return order_id


def refund(
    session: Session,
    *,
    source: str,
    order_no: str,
    refund_no: str,
    amount_fen: int,
    event_id: int | None,
    refunded_at: datetime,
) -> Order:
    """Notes what was paid back of an order, once for each number, and returns the order. Raises
    UnknownOrder, RefundTooLarge."""
    order = of_number(session, source, order_no, lock=True)
    if order is None:
        raise UnknownOrder(f"{source}:{order_no}")
    values = {
        "order_id": order.id,
        "refund_no": refund_no,
        "amount_fen": amount_fen,
        "refunded_at": refunded_at,
        "event_id": event_id,
    }
    if insert_once(session, OrderRefund, values, unique=["order_id", "refund_no"]) is None:
        return order
    if order.refunded_fen + amount_fen > order.amount_fen:
        raise RefundTooLarge(f"{order.refunded_fen} + {amount_fen} > {order.amount_fen}")
    order.refunded_fen += amount_fen
    session.flush()
    return order


def counts() -> sa.ColumnElement[bool]:
    """Whether an order counts: not when all of it was paid back."""
    return sa.or_(Order.refunded_fen == 0, Order.refunded_fen < Order.amount_fen)


def net_fen() -> sa.ColumnElement[int]:
    """What was kept of it."""
    return Order.amount_fen - Order.refunded_fen


def counting(session: Session, member_id: int) -> Sequence[tuple[datetime, int]]:
    """When hers that count were paid, and what was kept of each; the first one first."""
    hers = sa.select(Order.paid_at, net_fen()).where(Order.member_id == member_id, counts())
    rows = session.execute(hers.order_by(Order.paid_at, Order.id))
    return [(paid_at, fen) for paid_at, fen in rows]


def last_buyers(skus: Sequence[str], after: datetime, until: datetime) -> sa.Select[int | None]:
    """Members who bought one of these products in this time, and that one not again since."""
    since, again = aliased(Order), aliased(OrderLine)
    bought_again = (
        sa.exists()
        .where(since.member_id == Order.member_id, since.paid_at > Order.paid_at)
        .where(again.order_id == since.id, again.sku == OrderLine.sku)
    )
    return (
        sa.select(Order.member_id)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .where(Order.paid_at > after, Order.paid_at <= until, Order.member_id.is_not(None))
        .where(OrderLine.sku.in_(skus), counts(), ~bought_again)
    )


def of_number(session: Session, source: str, order_no: str, *, lock: bool = False) -> Order | None:
    wanted = sa.select(Order).where(Order.source == source, Order.order_no == order_no)
    if lock:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    return session.scalar(wanted)


def paid_back(session: Session, source: str, order_no: str) -> Order | None:
    """The order, if money of it has been paid back by now."""
    wanted = sa.select(Order).where(Order.source == source, Order.order_no == order_no)
    wanted = wanted.where(Order.refunded_fen > 0)
    return session.scalar(wanted.execution_options(populate_existing=True))


def of_member(session: Session, member_id: int, limit: int) -> Sequence[Order]:
    """Hers, the last one paid first."""
    hers = sa.select(Order).where(Order.member_id == member_id)
    return session.scalars(hers.order_by(Order.paid_at.desc()).limit(limit)).all()


def newest(session: Session, before: tuple[datetime, int] | None, limit: int) -> Sequence[Order]:
    """All of them, the last one paid first, from below (paid_at, id)."""
    wanted = sa.select(Order).order_by(Order.paid_at.desc(), Order.id.desc()).limit(limit)
    if before is not None:
        paid_at, order_id = before
        same = sa.and_(Order.paid_at == paid_at, Order.id < order_id)
        wanted = wanted.where(sa.or_(Order.paid_at < paid_at, same))
    return session.scalars(wanted).all()


def sources(session: Session) -> Sequence[str]:
    """Where orders have come from, in order: one probe of the index for each, however many orders
    there are."""
    found: list[str] = []
    later = sa.select(sa.func.min(Order.source))
    while (source := session.scalar(later)) is not None:
        found.append(source)
        later = sa.select(sa.func.min(Order.source)).where(Order.source > source)
    return found


def lines_of(session: Session, order_id: int) -> Sequence[OrderLine]:
    hers = sa.select(OrderLine).where(OrderLine.order_id == order_id)
    return session.scalars(hers.order_by(OrderLine.number)).all()


def lines_of_all(session: Session, order_ids: Sequence[int]) -> dict[int, list[OrderLine]]:
    """By order, its lines; one that has none is not there."""
    theirs = sa.select(OrderLine).where(OrderLine.order_id.in_(order_ids))
    found: dict[int, list[OrderLine]] = {}
    for line in session.scalars(theirs.order_by(OrderLine.order_id, OrderLine.number)):
        found.setdefault(line.order_id, []).append(line)
    return found


def refunds_of(session: Session, order_id: int) -> Sequence[OrderRefund]:
    hers = sa.select(OrderRefund).where(OrderRefund.order_id == order_id)
    return session.scalars(hers.order_by(OrderRefund.refunded_at)).all()
