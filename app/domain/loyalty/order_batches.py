"""Orders by the thousand, as an import brings them: a few statements for all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db import insert_all_once
from app.domain.loyalty.orders import Buyer, Order, OrderLine, OrderRefund

OF_FILE = "file:"  # before the total paid back, instead of a number that no export tells
Key = tuple[str, str]  # the shop, and its number there


@dataclass(frozen=True, slots=True)
class Sold:
    """A line of an order; ``amount_fen`` is what was paid for the whole of it."""

    sku: str
    name: str
    quantity: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Paid:
    """An order that was paid, and how much of it was paid back since."""

    source: str
    order_no: str
    paid_at: datetime
    amount_fen: int
    refunded_fen: int
    named: Buyer
    member_id: int | None
    lines: tuple[Sold, ...]

    @property
    def key(self) -> Key:
        return self.source, self.order_no


def known(session: Session, keys: Sequence[Key]) -> dict[Key, Order]:
    """Those of these that are there, locked."""
    found: dict[Key, Order] = {}
    for source in sorted({source for source, _ in keys}):
        numbers = [order_no for of, order_no in keys if of == source]
        there = sa.select(Order).where(Order.source == source, Order.order_no.in_(numbers))
        locked = there.order_by(Order.id).with_for_update()
        rows = session.scalars(locked.execution_options(populate_existing=True))
        found.update(((source, order.order_no), order) for order in rows)
    return found


def keep(session: Session, orders: Sequence[Paid], now: datetime) -> Mapping[Key, Order]:
    """Writes orders that are not there yet, with their lines. One that somebody else brings in at
    the same moment is left as that one says; returned are all of them, as they stand."""
    rows = [_row(order, now) for order in orders]
    insert_all_once(session, Order, rows, unique=["source", "order_no"])
    there = known(session, [order.key for order in orders])
    lines = [
        {"order_id": there[order.key].id, "number": number}
        | {"sku": line.sku, "name": line.name}
        | {"quantity": line.quantity, "amount_fen": line.amount_fen}
        for order in orders
        for number, line in enumerate(order.lines, start=1)
    ]
    insert_all_once(session, OrderLine, lines, unique=["order_id", "number"])
    return there


def pay_back(
    session: Session, totals: Mapping[int, int], held: Mapping[int, Order], at: datetime
) -> None:
    """Notes, by order, how much was paid back of it in all; it was less before. The shop's export
    does not say in which parts, so it is one refund, named by the total."""
    rows = [
        {
            "order_id": order_id,
            "refund_no": f"{OF_FILE}{total_fen}",
            "amount_fen": total_fen - held[order_id].refunded_fen,
            "refunded_at": at,
        }
        for order_id, total_fen in totals.items()
    ]
    insert_all_once(session, OrderRefund, rows, unique=["order_id", "refund_no"])
    for order_id, total_fen in totals.items():
        held[order_id].refunded_fen = total_fen
    session.flush()


def _row(order: Paid, now: datetime) -> dict[str, object]:
    return {
        "source": order.source,
        "order_no": order.order_no,
        "member_id": order.member_id,
        "phone_index": order.named.phone_index,
        "unionid": order.named.unionid,
        "channel_id": order.named.channel_id,
        "openid": order.named.openid,
        "amount_fen": order.amount_fen,
        "refunded_fen": 0,
        "paid_at": order.paid_at,
        "created_at": now,
    }
