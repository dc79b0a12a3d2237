"""Attempts: the way of one message through one lane's holder, from "about to be sent" to "cut off".

An attempt carries the term of the lease it was made under, so that whoever has the lane now can
tell its own attempts from those of a holder that never came back.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import lanes
from app.db import table_of
from app.outbox import IS_OPEN, OutboxMessage, State
from app.sending.due_messages import AnyMessage

# How long a platform remembers the key of a message sent this way, less the time a call may take:
# template messages ten minutes, mass messages a day.
KEY_LIVES = {
    "template": timedelta(minutes=8),
    "mass": timedelta(hours=22),
    "mass_tag": timedelta(hours=22),
}


def key_is_forgotten(message: AnyMessage, now: datetime) -> bool:
    """Whether the platform may have had it so long ago that it would take it a second time."""
    lives = KEY_LIVES.get(message.way)
    if lives is None or message.doubtful_at is None:
        return False
    return now - message.doubtful_at > lives


def begin(
    session: Session, messages: Sequence[AnyMessage], lease: lanes.Lease, now: datetime
) -> None:
    """Marks the attempts; the caller commits them before calling the platform."""
    ids = [message.id for message in messages]
    session.execute(_BEGUN, {"ids": ids, "by": lease.term, "at": now})


def accept(session: Session, messages: Sequence[AnyMessage], now: datetime) -> None:
    """Settles those of which the platform said no more than that it took them."""
    session.execute(_ACCEPTED, {"ids": [message.id for message in messages], "at": now})


def cut_off(session: Session, lease: lanes.Lease) -> Sequence[OutboxMessage]:
    """The attempts of this lane that an earlier holder left without an outcome."""
    theirs = {"pipe": lease.pipe, "lane": lease.number, "by": lease.term}
    return session.scalars(_CUT_OFF, theirs).all()


def attempted(session: Session, message_id: int, term: int) -> OutboxMessage | None:
    """A message whose attempt under ``term`` is still the last word on it: without an outcome, or
    given up as unknown by whoever has the lane now."""
    return session.scalar(
        sa.select(OutboxMessage)
        .where(
            OutboxMessage.id == message_id,
            OutboxMessage.term == term,
            OutboxMessage.state.in_([State.ATTEMPTING, State.UNKNOWN]),
        )
        .with_for_update()
    )


def is_under_way() -> sa.ColumnElement[bool]:
    """Whether a message has been attempted and has no outcome."""
    return sa.and_(OutboxMessage.state == sa.text("'attempting'"), sa.text(IS_OPEN))


_CUT_OFF = sa.select(OutboxMessage).where(
    OutboxMessage.pipe == sa.bindparam("pipe"),
    OutboxMessage.lane == sa.bindparam("lane"),
    is_under_way(),
    OutboxMessage.term < sa.bindparam("by"),
)
# What is the same for all of a batch, in one statement.
_outbox = table_of(OutboxMessage)
_OF_THEM = sa.update(_outbox).where(_outbox.c.id.in_(sa.bindparam("ids", expanding=True)))
_BEGUN = _OF_THEM.values(
    state=State.ATTEMPTING,
    term=sa.bindparam("by"),
    attempted_at=sa.bindparam("at"),
    attempts=_outbox.c.attempts + 1,
)
_ACCEPTED = _OF_THEM.values(
    state=State.ACCEPTED, code=0, reason=None, settled_at=sa.bindparam("at")
)
