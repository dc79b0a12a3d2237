"""Whose an order is, where that is found out after it was kept: by what names her, or by its
number, which she tells us."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.loyalty.orders import Order


def nobodys(
    session: Session,
    *,
    unionid: str | None,
    phone_index: str | None,
    channel_id: int | None,
    openid: str,
) -> Sequence[Order]:
    """Orders of nobody we knew that name her by one of these, the first one paid first; locked."""
    names = [
        Order.unionid == unionid if unionid else sa.false(),
        Order.phone_index == phone_index if phone_index else sa.false(),
        sa.and_(Order.openid == openid, Order.channel_id == channel_id) if openid else sa.false(),
    ]
    found = sa.select(Order).where(Order.member_id.is_(None), sa.or_(*names))
    return session.scalars(
        found.order_by(Order.paid_at, Order.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def numbered(session: Session, order_no: str, source: str = "") -> Sequence[Order]:
    """Orders of this number, of one shop or of all; locked."""
    found = sa.select(Order).where(Order.order_no == order_no).order_by(Order.id)
    if source:
        found = found.where(Order.source == source)
    locked = found.with_for_update().execution_options(populate_existing=True)
    return session.scalars(locked).all()
