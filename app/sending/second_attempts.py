"""Second attempts: what an operator decides to send once more, though it failed or nobody knows."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.outbox import RECIPIENTS, OutboxMessage, State

SENT_AGAIN = "sent again by an operator"


def of(session: Session, message_id: int, now: datetime) -> OutboxMessage | None:
    """Plans an ``unknown`` or ``failed`` message once more. None for any other."""
    message = session.scalar(
        sa.select(OutboxMessage)
        .where(
            OutboxMessage.id == message_id,
            OutboxMessage.state.in_([State.UNKNOWN, State.FAILED]),
            OutboxMessage.pipe != RECIPIENTS,
        )
        .with_for_update()
    )
    if message is not None:
        message.state, message.settled_at, message.attempts = State.PLANNED, None, 0
        message.due_at, message.expires_at, message.reason = now, None, SENT_AGAIN
        if message.mass_job_id is None:
            message.doubtful_at = None  # she takes the risk; a job's is that of thousands
    return message
