"""Waiting: which messages are due, in one lane for its sender, and in which lanes for the tick."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import lanes
from app.lanes import Lane
from app.outbox import OutboxMessage


def due(
    session: Session, pipe: str, lane: int, held_plans: Sequence[int], limit: int, now: datetime
) -> Sequence[OutboxMessage]:
    """What is due in one lane, oldest first, without the messages of plans that are on hold."""
    return session.scalars(
        sa.select(OutboxMessage)
        .where(OutboxMessage.pipe == pipe, OutboxMessage.lane == lane, _is_due(held_plans, now))
        .order_by(OutboxMessage.due_at, OutboxMessage.id)
        .limit(limit)
    ).all()


def lanes_due(
    session: Session, held_plans: Sequence[int], now: datetime
) -> Sequence[tuple[str, int]]:
    """The (pipe, lane) pairs with something due or cut off, for the tick to wake. One probe of
    the index a lane, however much is due."""
    of_lane = sa.and_(OutboxMessage.pipe == Lane.pipe, OutboxMessage.lane == Lane.number)
    is_due = sa.exists().where(of_lane, _is_due(held_plans, now))
    is_cut_off = sa.exists().where(of_lane, OutboxMessage.state == sa.text("'attempting'"))
    found = session.execute(
        sa.select(Lane.pipe, Lane.number)
        .where(Lane.pipe.in_([lanes.REPLIES, lanes.BROADCASTS]), sa.or_(is_due, is_cut_off))
        .order_by(Lane.pipe, Lane.number)
    )
    return [(pipe, number) for pipe, number in found]


def _is_due(held_plans: Sequence[int], now: datetime) -> sa.ColumnElement[bool]:
    planned = sa.and_(OutboxMessage.state == sa.text("'planned'"), OutboxMessage.due_at <= now)
    if not held_plans:
        return planned
    plan_id = OutboxMessage.plan_id
    return sa.and_(planned, sa.or_(plan_id.is_(None), plan_id.not_in(held_plans)))
