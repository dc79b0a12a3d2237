"""Products 商品: how long each lasts, and which are bought together. A product is its ``sku``.

What operators set stands; what is learned is worked out every night from the orders that count.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id
from tagging.affinity import Pair
from tagging.replenishment import Interval


class Product(Base):
    """``set_days`` and ``remind_set_days`` are an operator's; ``learned_days`` is the median of
    ``learned_from`` intervals between two orders by the same member."""

    __tablename__ = "products"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    sku: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(default="")
    set_days: Mapped[int | None]
    remind_set_days: Mapped[int | None]
    learned_days: Mapped[float | None]
    learned_from: Mapped[int] = mapped_column(default=0)
    orders: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime]

    @property
    def interval(self) -> Interval:
        return Interval(self.set_days, self.learned_days, self.remind_set_days)


class ProductPair(Base):
    """Two products in one order, as often as these counts say; see tagging.affinity."""

    __tablename__ = "product_pairs"
    __table_args__ = (sa.UniqueConstraint("first_sku", "second_sku"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    first_sku: Mapped[str]
    second_sku: Mapped[str]
    baskets: Mapped[int]
    first: Mapped[int]
    second: Mapped[int]
    together: Mapped[int]
    figured_at: Mapped[datetime]

    @property
    def pair(self) -> Pair:
        return Pair(self.baskets, self.first, self.second, self.together)


def most_ordered(session: Session, limit: int) -> Sequence[Product]:
    return session.scalars(
        sa.select(Product).order_by(Product.orders.desc(), Product.sku).limit(limit)
    ).all()


def of_sku(session: Session, sku: str) -> Product | None:
    return session.scalar(sa.select(Product).where(Product.sku == sku))


def names(session: Session, skus: Collection[str]) -> Mapping[str, str]:
    """What those are called that have a name."""
    known = sa.select(Product.sku, Product.name).where(Product.sku.in_(skus))
    return {sku: name for sku, name in session.execute(known) if name}


def set_interval(
    session: Session, sku: str, days: int | None, remind_days: int | None, now: datetime
) -> Product:
    """What an operator says of a product, known or not; None leaves it to what is learned."""
    product = of_sku(session, sku)
    if product is None:
        product = Product(sku=sku, name="", learned_from=0, orders=0, changed_at=now)
        session.add(product)
    product.set_days, product.remind_set_days, product.changed_at = days, remind_days, now
    session.flush()
    return product


def reminders(session: Session) -> Mapping[int, Sequence[str]]:
    """By the number of days after an order, the products of which she is reminded then."""
    after: dict[int, list[str]] = {}
    for product in session.scalars(sa.select(Product).order_by(Product.sku)):
        days = product.interval.remind_after_days
        if days is not None:
            after.setdefault(days, []).append(product.sku)
    return after


def pairs_together(session: Session, limit: int) -> Sequence[ProductPair]:
    """Those bought together more often than by chance, the strongest first."""
    lift = (
        ProductPair.together * 1.0 * ProductPair.baskets / (ProductPair.first * ProductPair.second)
    )
    return session.scalars(
        sa.select(ProductPair).where(lift > 1).order_by(lift.desc(), ProductPair.id).limit(limit)
    ).all()
