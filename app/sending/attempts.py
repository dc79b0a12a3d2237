"""Attempts: the way of one message through one lane's holder, from "about to be sent" to "cut off".

An attempt carries the term of the lease it was made under, so that whoever has the lane now can
tell its own attempts from those of a holder that never came back.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import lanes
from app.outbox import OutboxMessage, State

# How long a platform remembers the key of a message sent this way, less the time a call may take:
# template messages ten minutes, mass messages a day.
KEY_LIVES = {
    "template": timedelta(minutes=8),
    "mass": timedelta(hours=22),
    "mass_tag": timedelta(hours=22),
}


def key_is_forgotten(message: OutboxMessage, now: datetime) -> bool:
    """Whether the platform may have had it so long ago that it would take it a second time."""
    lives = KEY_LIVES.get(message.way)
    if lives is None or message.doubtful_at is None:
        return False
    return now - message.doubtful_at > lives


def begin(message: OutboxMessage, lease: lanes.Lease, now: datetime) -> None:
    """Marks the attempt; the caller commits it before calling the platform."""
    message.state = State.ATTEMPTING
    message.term = lease.term
    message.attempts += 1
    message.attempted_at = now


def cut_off(session: Session, lease: lanes.Lease) -> Sequence[OutboxMessage]:
    """The attempts of this lane that an earlier holder left without an outcome."""
    return session.scalars(
        sa.select(OutboxMessage).where(
            OutboxMessage.pipe == lease.pipe,
            OutboxMessage.lane == lease.number,
            OutboxMessage.state == sa.text("'attempting'"),
            OutboxMessage.term < lease.term,
        )
    ).all()


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
