"""Baskets: what orders say of products: how long each lasts, and which are bought together."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db import Database, insert_selected
from app.domain.insight.products import Product, ProductPair
from app.domain.loyalty import orders
from app.domain.loyalty.orders import Order, OrderLine
from app.figuring import columns
from app.figuring.columns import EPOCH_US, Ints
from tagging.affinity import TOGETHER_MIN
from tagging.order_columns import Calendar
from tagging.replenishment import INTERVALS_MIN

LOOKS_BACK = timedelta(days=730)
BASKETS_MAX = 200_000  # the latest; which products go together does not need more
LINES_MAX = 1_000_000  # of a systematic sample of members, each with all she bought
PAIRS_MAX = 1_000


def learn(database: Database, calendar: Calendar, now: datetime) -> None:
    """Works out anew what is learned of products. What operators have set stays."""
    with database.writing() as session:
        _be_known(session, now)
    with database.reading() as session:
        learned = _intervals(session, calendar, now)
        lines = _lines(now)
        orders_of = _counted(session, lines)
        pairs = _pairs(session, lines, orders_of, now)
    with database.writing() as session:
        _keep_intervals(session, learned)
        _keep_orders(session, orders_of)
        session.execute(sa.delete(ProductPair))
        if pairs:
            session.execute(sa.insert(ProductPair), pairs)


def _be_known(session: Session, now: datetime) -> None:
    """Products that are in an order for the first time."""
    sku = OrderLine.sku
    new = sa.select(sku, sa.func.max(OrderLine.name), *(sa.literal(0),) * 2, _literal(now))
    rows = new.where(~sa.exists().where(Product.sku == sku)).group_by(sku)
    names = ["sku", "name", "learned_from", "orders", "changed_at"]
    insert_selected(session, Product, names, rows, unique=["sku"])


def _intervals(session: Session, calendar: Calendar, now: datetime) -> list[dict[str, Any]]:
    """The median days between two orders of each product by the same member."""
    every = max(1, -(-(session.scalar(sa.select(sa.func.max(OrderLine.id))) or 0) // LINES_MAX))
    rows = (
        sa.select(Order)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .join(Product, Product.sku == OrderLine.sku)
        .where(orders.counts(), Order.paid_at >= now - LOOKS_BACK)
        .where(Order.member_id.is_not(None), Order.member_id % every == 0)
        .order_by(Product.id, Order.member_id, Order.paid_at)
    )
    wanted = (Product.id, Order.member_id, columns.moment(session, Order.paid_at))
    products, member_ids, paid = columns.read(session, *wanted, rows=rows)
    return _medians(products, member_ids, calendar.days(paid + EPOCH_US))


def _medians(products: Ints, member_ids: Ints, days: Ints) -> list[dict[str, Any]]:
    intervals = np.diff(days)
    same = (np.diff(products) == 0) & (np.diff(member_ids) == 0) & (intervals > 0)
    owners, intervals = products[1:][same], intervals[same]
    return [
        {
            "of": int(product),
            "learned_from": int(np.sum(owners == product)),
            "learned_days": float(np.median(intervals[owners == product])),
        }
        for product in np.unique(owners)
    ]


def _keep_intervals(session: Session, learned: list[dict[str, Any]]) -> None:
    session.execute(sa.update(Product).values(learned_days=None, learned_from=0))
    enough = [it for it in learned if it["learned_from"] >= INTERVALS_MIN]
    if enough:
        kept = sa.update(Product.__table__).where(Product.id == sa.bindparam("of"))  # type: ignore[arg-type]
        session.execute(kept, enough)


def _keep_orders(session: Session, orders_of: Mapping[str, int]) -> None:
    session.execute(sa.update(Product).values(orders=0))
    counted = [{"of": sku, "orders": many} for sku, many in orders_of.items()]
    if counted:
        kept = sa.update(Product.__table__).where(Product.sku == sa.bindparam("of"))  # type: ignore[arg-type]
        session.execute(kept, counted)


def _lines(now: datetime) -> sa.CTE:
    """The products of the latest orders, each once an order."""
    latest = (
        sa.select(Order.id)
        .where(orders.counts(), Order.paid_at >= now - LOOKS_BACK)
        .order_by(Order.paid_at.desc(), Order.id.desc())
        .limit(BASKETS_MAX)
        .subquery()
    )
    lines = sa.select(OrderLine.order_id, OrderLine.sku).distinct()
    return lines.join(latest, latest.c.id == OrderLine.order_id).cte("lines")


def _counted(session: Session, lines: sa.CTE) -> dict[str, int]:
    """In how many of these orders each product is."""
    alone = sa.select(lines.c.sku, sa.func.count()).group_by(lines.c.sku)
    return {sku: many for sku, many in session.execute(alone)}  # noqa: C416  rows, not pairs


def _pairs(
    session: Session, lines: sa.CTE, orders_of: Mapping[str, int], now: datetime
) -> list[dict[str, Any]]:
    baskets = session.scalar(sa.select(sa.func.count(lines.c.order_id.distinct()))) or 0
    one, other = lines.alias("one"), lines.alias("other")
    together = (
        sa.select(one.c.sku, other.c.sku, sa.func.count())
        .join(other, sa.and_(other.c.order_id == one.c.order_id, other.c.sku > one.c.sku))
        .group_by(one.c.sku, other.c.sku)
        .having(sa.func.count() >= TOGETHER_MIN)
        .order_by(sa.func.count().desc(), one.c.sku, other.c.sku)
        .limit(PAIRS_MAX)
    )
    return [
        {
            "first_sku": first,
            "second_sku": second,
            "baskets": baskets,
            "first": orders_of[first],
            "second": orders_of[second],
            "together": many,
            "figured_at": now,
        }
        for first, second, many in session.execute(together)
    ]


def _literal(now: datetime) -> Any:
    return sa.literal(now, Product.changed_at.type)
