"""Withholding: messages that are not sent yet, or with their plan not at all."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import outbox
from app.outbox import OutboxMessage, State
from app.sending.verdicts import Wait


def put_off(message: OutboxMessage, wait: Wait) -> None:
    """Not now: the message waits without counting an attempt."""
    message.due_at, message.reason = wait.until, wait.reason


def put_off_its_like(session: Session, message: OutboxMessage, until: datetime) -> None:
    """Not now, nor anything else in its lane that goes this way on this channel."""
    session.flush()
    session.execute(
        sa.update(OutboxMessage)
        .where(
            OutboxMessage.pipe == message.pipe,
            OutboxMessage.lane == message.lane,
            OutboxMessage.state == sa.text("'planned'"),
            OutboxMessage.due_at < until,
            OutboxMessage.channel_id == message.channel_id,
            OutboxMessage.way == message.way,
        )
        .values(due_at=until)
        .execution_options(synchronize_session=False)
    )
    session.expire(message, ["due_at"])


def suppress_planned_for(session: Session, enrolment_id: int, reason: str, now: datetime) -> None:
    """Ends what is still planned for one who has left a plan."""
    session.execute(
        sa.update(OutboxMessage)
        .where(OutboxMessage.enrolment_id == enrolment_id, OutboxMessage.state == State.PLANNED)
        .values(**outbox.suppressed(reason, now))
    )


def suppress_planned(session: Session, plan_id: int, reason: str, now: datetime) -> int:
    """Ends everything a stopped plan still had planned. Returns how many messages."""
    result = session.execute(
        sa.update(OutboxMessage)
        .where(OutboxMessage.plan_id == plan_id, OutboxMessage.state == State.PLANNED)
        .values(**outbox.suppressed(reason, now))
    )
    return int(result.rowcount)  # type: ignore[attr-defined]
