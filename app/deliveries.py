"""Deliveries: what a platform says later about a message that it had accepted."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.outbox import OutboxMessage, State


def known_as(session: Session, member_id: int, platform_id: str) -> OutboxMessage | None:
    """What was said to a member, by the platform's id for it."""
    return session.scalar(
        sa.select(OutboxMessage)
        .where(OutboxMessage.member_id == member_id, OutboxMessage.platform_id == platform_id)
        .order_by(OutboxMessage.id.desc())
        .limit(1)
    )


def was_not_delivered(message: OutboxMessage, reason: str, now: datetime) -> None:
    """The platform had accepted it, and now says that it did not arrive."""
    if message.state in (State.ACCEPTED, State.UNKNOWN):
        message.state, message.reason, message.settled_at = State.FAILED, reason, now
