"""Previews of keyword rules: what a rule, as it was written in a form, would have done of late."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id

KEPT_FOR = timedelta(days=1)
GIVEN_UP_AFTER = timedelta(minutes=10)


class KeywordPreview(Base):
    """``outcome`` is what was counted, with the ids of the messages of a sample: what they say is
    the inbox's to tell, as long as nobody has taken it back."""

    __tablename__ = "keyword_previews"
    __table_args__ = (sa.Index("ix_keyword_previews_asked_at", "asked_at"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    operator_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("operators.id"))
    outcome: Mapped[dict[str, Any] | None]
    asked_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]

    def is_given_up(self, now: datetime) -> bool:
        """Whether whoever reckoned it must have been stopped."""
        return self.finished_at is None and self.asked_at < now - GIVEN_UP_AFTER


def ask(session: Session, operator_id: int, now: datetime) -> KeywordPreview:
    """A preview to be reckoned. Those of yesterday are forgotten."""
    session.execute(sa.delete(KeywordPreview).where(KeywordPreview.asked_at < now - KEPT_FOR))
    preview = KeywordPreview(operator_id=operator_id, asked_at=now)
    session.add(preview)
    session.flush()
    return preview


def finish(session: Session, preview_id: int, outcome: dict[str, Any], now: datetime) -> None:
    session.execute(
        sa.update(KeywordPreview)
        .where(KeywordPreview.id == preview_id)
        .values(outcome=outcome, finished_at=now)
    )
