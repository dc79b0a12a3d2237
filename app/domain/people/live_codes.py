"""Live codes 渠道活码: a QR code per way in, so that we know who came from where."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id

SCENE_PREFIX = "qrscene_"  # platform.md §1.4: EventKey of a subscription through a code


class LiveCode(Base):
    __tablename__ = "live_codes"
    __table_args__ = (sa.UniqueConstraint("channel_id", "scene"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("channels.id"))
    scene: Mapped[str]  # 1 to 64 characters, QR_LIMIT_STR_SCENE
    name: Mapped[str]
    tag_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("tags.id"))
    welcome: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    ticket: Mapped[str] = mapped_column(default="")
    url: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]


def by_scene(session: Session, channel_id: int, scene: str) -> LiveCode | None:
    return session.scalar(
        sa.select(LiveCode).where(LiveCode.channel_id == channel_id, LiveCode.scene == scene)
    )


def scene_of(event_key: str) -> str:
    """The scene in a subscribe (``qrscene_x``) or SCAN (``x``) event's key."""
    return event_key.removeprefix(SCENE_PREFIX)
