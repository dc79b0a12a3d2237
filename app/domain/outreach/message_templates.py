"""Message templates 模板: what the platform has approved for an account, as it was when an operator
last pulled it. Those that are gone there are kept, marked."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once
from app.domain.outreach.allowances import subscribe_grants

TEMPLATE, SUBSCRIBE = "template", subscribe_grants.WAY
_FIELD = re.compile(r"\{\{\s*(\w+)\.DATA\s*\}\}")


class MessageTemplate(Base):
    __tablename__ = "message_templates"
    __table_args__ = (sa.UniqueConstraint("channel_id", "template_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("channels.id"))
    template_id: Mapped[str]
    way: Mapped[str]  # template | subscribe
    title: Mapped[str]
    content: Mapped[str]
    pulled_at: Mapped[datetime]
    gone_at: Mapped[datetime | None]

    @property
    def fields(self) -> list[str]:
        """What has to be filled in, in the order of the text."""
        return list(dict.fromkeys(_FIELD.findall(self.content)))


@dataclass(frozen=True, slots=True)
class Listed:
    """A template as the platform lists it."""

    way: str
    template_id: str
    title: str
    content: str


def keep(session: Session, channel_id: int, listed: Iterable[Listed], now: datetime) -> int:
    """Makes ours what the platform has now. Returns how many those are."""
    of_channel = MessageTemplate.channel_id == channel_id
    session.execute(
        sa.update(MessageTemplate)
        .where(of_channel, MessageTemplate.gone_at.is_(None))
        .values(gone_at=now)
    )
    kept = 0
    for one in listed:
        said = {"way": one.way, "title": one.title, "content": one.content, "pulled_at": now}
        place = {"channel_id": channel_id, "template_id": one.template_id}
        if insert_once(session, MessageTemplate, place | said, unique=list(place)) is None:
            its = sa.and_(of_channel, MessageTemplate.template_id == one.template_id)
            session.execute(sa.update(MessageTemplate).where(its).values(**said, gone_at=None))
        kept += 1
    return kept


def is_approved(session: Session, channel_id: int, template_id: str, way: str) -> bool:
    """Whether the account had this template when it was last pulled."""
    known = sa.select(MessageTemplate.id).where(
        MessageTemplate.channel_id == channel_id,
        MessageTemplate.template_id == template_id,
        MessageTemplate.way == way,
        MessageTemplate.gone_at.is_(None),
    )
    return session.scalar(known) is not None


def all_of(session: Session) -> Sequence[MessageTemplate]:
    ordered = sa.select(MessageTemplate).order_by(MessageTemplate.channel_id, MessageTemplate.id)
    return session.scalars(ordered).all()
