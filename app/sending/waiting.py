"""Waiting: which messages are due, in one lane for its sender, and in which lanes for the tick."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import lanes
from app.lanes import Lane
from app.outbox import OutboxMessage
from app.sending import attempts, due_messages
from app.sending.due_messages import DueMessage
from app.sending.holds import Holds


def due(
    session: Session, pipe: str, lane: int, holds: Holds, limit: int, now: datetime
) -> list[DueMessage]:
    """What is due in one lane, oldest first, without what is on hold. Whoever is just ending some
    of it (a plan that is stopped) is not waited for: that is left to the next look."""
    in_lane = {"pipe": pipe, "lane": lane, "now": now, "most": limit}
    spared = tuple(holds.spared())
    return [
        DueMessage._make(row)
        for row in session.execute(_DUE.where(*spared) if spared else _DUE, in_lane)
    ]


_DUE = (
    sa.select(*due_messages.COLUMNS)
    .where(
        OutboxMessage.pipe == sa.bindparam("pipe"),
        OutboxMessage.lane == sa.bindparam("lane"),
        OutboxMessage.state == sa.text("'planned'"),
        OutboxMessage.due_at <= sa.bindparam("now"),
    )
    .order_by(OutboxMessage.due_at, OutboxMessage.id)
    .limit(sa.bindparam("most", type_=sa.Integer))
    .with_for_update(skip_locked=True, key_share=True)
)  # written once, since it is asked before every batch


def is_due(session: Session, pipe: str, lane: int, holds: Holds, now: datetime) -> bool:
    """Whether anything is due in one lane."""
    found = sa.select(OutboxMessage.id).where(
        OutboxMessage.pipe == pipe, OutboxMessage.lane == lane, _is_due(holds, now)
    )
    return session.scalar(found.limit(1)) is not None


def lanes_due(session: Session, holds: Holds, now: datetime) -> Sequence[tuple[str, int]]:
    """The (pipe, lane) pairs with something due or cut off, for the tick to wake. One probe of
    the index a lane, however much is due."""
    of_lane = sa.and_(OutboxMessage.pipe == Lane.pipe, OutboxMessage.lane == Lane.number)
    is_due = sa.exists().where(of_lane, _is_due(holds, now))
    is_cut_off = sa.exists().where(of_lane, attempts.is_under_way())
    found = session.execute(
        sa.select(Lane.pipe, Lane.number)
        .where(Lane.pipe.in_([lanes.REPLIES, lanes.BROADCASTS]), sa.or_(is_due, is_cut_off))
        .order_by(Lane.pipe, Lane.number)
    )
    return [(pipe, number) for pipe, number in found]


def _is_due(holds: Holds, now: datetime) -> sa.ColumnElement[bool]:
    planned = OutboxMessage.state == sa.text("'planned'")
    return sa.and_(planned, OutboxMessage.due_at <= now, *holds.spared())
