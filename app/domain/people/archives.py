"""Archives 会话内容存档: up to where we have read what was said in a corp's sessions."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once


class Archive(Base):
    __tablename__ = "archives"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("channels.id"), unique=True)
    seq: Mapped[int] = mapped_column(Id, default=0)
    read_at: Mapped[datetime | None]


def of(session: Session, channel_id: int) -> Archive:
    """Made on first sight, unread."""
    insert_once(session, Archive, {"channel_id": channel_id, "seq": 0}, unique=["channel_id"])
    return session.scalars(sa.select(Archive).where(Archive.channel_id == channel_id)).one()


def advance(session: Session, channel_id: int, seq: int, now: datetime) -> None:
    """All up to ``seq`` is kept; a page that comes late moves nothing back."""
    session.execute(
        sa.update(Archive)
        .where(Archive.channel_id == channel_id)
        .values(seq=sa.case((Archive.seq < seq, seq), else_=Archive.seq), read_at=now)
        .execution_options(synchronize_session=False)
    )
