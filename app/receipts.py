"""Receipts: a provider's report of a message finds the message, whichever of the two comes first.

A report may be here before our own acceptance is committed. So both sides put a row under the
provider's id; whoever comes second finds the first one's, and the two become the outcome. The index
decides, so neither can miss the other.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once
from app.outbox import OutboxMessage, State


class Receipt(Base):
    """``message_id`` from the acceptance, ``outcome`` (delivered, failed) and ``reason`` from the
    report."""

    __tablename__ = "receipts"
    __table_args__ = (sa.UniqueConstraint("channel_id", "platform_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("channels.id"))
    platform_id: Mapped[str]
    message_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("outbox.id"))
    outcome: Mapped[str | None]
    reason: Mapped[str | None]
    reported_at: Mapped[datetime | None]


def accepted(session: Session, message: OutboxMessage) -> None:
    """The provider has taken the message under its ``platform_id``."""
    assert message.platform_id is not None
    receipt = _either(session, message.channel_id, message.platform_id, {"message_id": message.id})
    if receipt is not None and receipt.message_id is None:
        receipt.message_id = message.id
        _apply(message, receipt)


def reported(
    session: Session, channel_id: int, platform_id: str, outcome: str, reason: str, now: datetime
) -> OutboxMessage | None:
    """The provider says what became of it. Returns the message, or None while it is not known
    here. The first report stands."""
    report = {"outcome": outcome, "reason": reason, "reported_at": now}
    receipt = _either(session, channel_id, platform_id, report)
    if receipt is None:
        return None
    if receipt.outcome is None:
        for name, value in report.items():
            setattr(receipt, name, value)
    message = session.get(OutboxMessage, receipt.message_id) if receipt.message_id else None
    if message is not None:
        _apply(message, receipt)
    return message


def _either(
    session: Session, channel_id: int, platform_id: str, values: Mapping[str, Any]
) -> Receipt | None:
    """Puts the first row of the two; or returns the other side's, held until the transaction
    ends."""
    row = {"channel_id": channel_id, "platform_id": platform_id, **values}
    unique = ["channel_id", "platform_id"]
    if insert_once(session, Receipt, row, unique=unique) is not None:
        return None
    return session.scalars(
        sa.select(Receipt)
        .where(Receipt.channel_id == channel_id, Receipt.platform_id == platform_id)
        .with_for_update()
    ).one()


def _apply(message: OutboxMessage, receipt: Receipt) -> None:
    if message.state != State.ACCEPTED or receipt.outcome is None:
        return
    message.state = State(receipt.outcome)
    message.reason = receipt.reason or None
    message.settled_at = receipt.reported_at
