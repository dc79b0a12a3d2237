"""Attempts: the way of one message through one lane's holder, from "about to be sent" to "cut off".

An attempt carries the term of the lease it was made under, so that whoever has the lane now can
tell its own attempts from those of a holder that never came back.
"""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import lanes
from app.outbox import OutboxMessage, State


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
