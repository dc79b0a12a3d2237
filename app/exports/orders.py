"""Orders as a table that an import reads again."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db import Database
from app.domain.loyalty import orders
from app.domain.loyalty.orders import Order, OrderLine
from app.exports.tables import AT_ONCE, Rows, batches, local

ORDERS = (
    *("订单号", "店铺", "会员编号", "付款时间", "实付金额", "退款金额"),
    *("货号", "商品名称", "数量", "这件商品的金额"),
)


def order_rows(database: Database, source: str | None, zone: ZoneInfo) -> Rows:
    """The heading, then a row for each line of an order, or one for an order without lines."""
    yield ORDERS
    for part in batches(database, lambda session, after: _orders(session, source, after)):
        with database.reading() as session:
            lines = orders.lines_of_all(session, [order.id for (order,) in part])
        for (order,) in part:
            paid = (local(order.paid_at, zone), _yuan(order.amount_fen))
            head = (order.order_no, order.source, order.member_id or "", *paid)
            pieces = [_piece(line) for line in lines.get(order.id, ())] or [("",) * 4]
            for piece in pieces:
                yield (*head, _yuan(order.refunded_fen), *piece)


def _piece(line: OrderLine) -> tuple[Any, ...]:
    return line.sku, line.name, line.quantity, _yuan(line.amount_fen)


def _orders(session: Session, source: str | None, after: int) -> Sequence[Any]:
    chosen = sa.select(Order).where(Order.id > after)
    if source is not None:
        chosen = chosen.where(Order.source == source)
    return session.execute(chosen.order_by(Order.id).limit(AT_ONCE)).all()


def _yuan(amount_fen: int) -> str:
    return f"{amount_fen // 100}.{amount_fen % 100:02}"
