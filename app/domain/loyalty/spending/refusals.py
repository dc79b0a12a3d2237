"""What a member or a shop asked for and could not have: why, by the event that asked.

The door that asked reads it, so that asking again under the same word has the same answer.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once


class SpendingRefusal(Base):
    __tablename__ = "spending_refusals"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    event_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("inbox.id"), unique=True)
    why: Mapped[str]
    refused_at: Mapped[datetime]


def note(session: Session, event_id: int, why: str, now: datetime) -> None:
    values = {"event_id": event_id, "why": why, "refused_at": now}
    insert_once(session, SpendingRefusal, values, unique=["event_id"])


def of_event(session: Session, event_id: int) -> str | None:
    """Why the event's wish was refused; None when it was not."""
    asked = sa.select(SpendingRefusal.why).where(SpendingRefusal.event_id == event_id)
    return session.scalar(asked)
