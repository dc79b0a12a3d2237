"""Group welcomes 入群欢迎语: templates that WeCom keeps, and sends by itself to whoever joins a
customer group whose owner has chosen one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id
from app.domain.outreach.allowances import limit_table, limits
from app.domain.outreach.materials import content_uses

HOLDER = "group_welcome"  # as which it is named where what it uses says where that is used


class TooManyWelcomes(Exception):
    """The corp has as many templates as it may have."""


class GroupWelcome(Base):
    __tablename__ = "group_welcomes"
    __table_args__ = (sa.Index("ix_group_welcomes_channel_id", "channel_id", "id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("channels.id"))
    content: Mapped[dict[str, Any]]  # {text, attachments, notify}
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    template_id: Mapped[str | None]  # since the platform has it
    deleting_at: Mapped[datetime | None]  # since an operator wants it gone
    deleted_at: Mapped[datetime | None]


def write(
    session: Session, channel_id: int, content: Mapping[str, Any], now: datetime
) -> GroupWelcome:
    """Writes a template down; the platform does not have it yet. Raises TooManyWelcomes."""
    if len(of(session, channel_id)) >= limits.value(session, limit_table.GROUP_WELCOMES):
        raise TooManyWelcomes
    welcome = GroupWelcome(channel_id=channel_id, content=dict(content), created_at=now)
    session.add(welcome)
    session.flush()
    _note(session, welcome)
    return welcome


def of(session: Session, channel_id: int | None = None) -> Sequence[GroupWelcome]:
    """Those there are, newest first, of one corp or of all."""
    wanted = sa.select(GroupWelcome).where(GroupWelcome.deleted_at.is_(None))
    if channel_id is not None:
        wanted = wanted.where(GroupWelcome.channel_id == channel_id)
    return session.scalars(wanted.order_by(GroupWelcome.id.desc())).all()


def change(session: Session, welcome: GroupWelcome, content: Mapping[str, Any]) -> None:
    welcome.content = dict(content)
    welcome.version += 1
    _note(session, welcome)


def _note(session: Session, welcome: GroupWelcome) -> None:
    attached = welcome.content.get("attachments")
    content_uses.note(session, HOLDER, welcome.id, welcome.version, attached)
