"""Mass messages 群发: one text or article to everybody, to a tag of the platform, or to the
members a filter means, and the jobs in which the platform gets it.

Official documentation: "Mass messages". The platform takes up to 10,000 openids a job, and a
follower gets four a calendar month, see ``mass_months``.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id
from app.domain.outreach.materials import content_uses
from sop import audiences, wording

TO_MANY, TO_TAG, PREVIEW = "mass", "mass_tag", "mass_preview"  # the ways of the outbox
KINDS = {"text": "text", "image": "media_id", "voice": "media_id", "mpnews": "media_id"}
EVERYBODY, TAG, MEMBERS = "all", "tag", "members"
HOLDER = "mass"  # as which a draft is named where what it uses says where that is used
GATHERED = "gathered"  # those for whom plans or broadcasts had planned the very same message


class BadMassMessage(ValueError):
    """What cannot be sent to many; its text names the part: content, kind or audience."""


class HandedOver(Exception):
    """The message has been handed over, and cannot be changed or handed over again."""


class Discarded(Exception):
    """The draft has been given up."""


class MassMessage(Base):
    __tablename__ = "mass_messages"
    __table_args__ = (sa.Index("ix_mass_messages_rule", "rule"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("channels.id"))
    kind: Mapped[str]
    content: Mapped[dict[str, Any]]
    audience: Mapped[dict[str, Any]]
    operator_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("operators.id"))
    rule: Mapped[str | None]  # the plan's step or the broadcast whose message it is
    created_at: Mapped[datetime]
    handed_over_at: Mapped[datetime | None]
    discarded_at: Mapped[datetime | None]

    @property
    def recipient(self) -> str:
        """Of its only job, if it goes to everybody or to a tag; empty if it goes to members."""
        to = self.audience["to"]
        return {EVERYBODY: "all", TAG: f"tag:{self.audience.get('tag_id')}"}.get(to, "")


class MassJob(Base):
    """One hand-over to the platform, and what the platform told of its end."""

    __tablename__ = "mass_jobs"
    __table_args__ = (sa.UniqueConstraint("mass_message_id", "number"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    mass_message_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("mass_messages.id"))
    number: Mapped[int]
    month: Mapped[str | None]  # the calendar month its recipients are counted in
    status: Mapped[str | None]  # in the platform's words
    total: Mapped[int | None]
    filtered: Mapped[int | None]
    sent: Mapped[int | None]
    errors: Mapped[int | None]
    finished_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]


def draft(
    session: Session,
    *,
    channel_id: int,
    kind: str,
    content: Mapping[str, Any],
    audience: Mapping[str, Any],
    operator_id: int | None = None,
    now: datetime,
) -> MassMessage:
    """A new mass message, not handed over yet. Raises BadMassMessage, and sop.mistakes.Mistake for
    a filter that cannot be read and for placeholders: everybody gets the same words."""
    _check_content(kind, content)
    _check_audience(audience)
    drafted = MassMessage(
        channel_id=channel_id,
        kind=kind,
        content=dict(content),
        audience=dict(audience),
        operator_id=operator_id,
        created_at=now,
    )
    session.add(drafted)
    session.flush()
    content_uses.note(session, HOLDER, drafted.id, 0, drafted.audience)
    return drafted


def discard(session: Session, message: MassMessage, now: datetime) -> None:
    """A draft is given up; its caller holds it."""
    message.discarded_at = now
    content_uses.note(session, HOLDER, message.id, 0, {})


def begin(session: Session, message: MassMessage, now: datetime) -> None:
    """A draft is handed over: whom it is for is looked up now, and by nobody again."""
    message.handed_over_at = now
    content_uses.note(session, HOLDER, message.id, 0, {})


def gathered(
    session: Session,
    channel_id: int,
    *,
    kind: str,
    content: Mapping[str, Any],
    rule: str,
    now: datetime,
) -> MassMessage:
    """A mass message to those who are gathered for it, ready to be handed over."""
    message = MassMessage(
        channel_id=channel_id,
        kind=kind,
        content=dict(content),
        audience={"to": GATHERED},
        rule=rule,
        created_at=now,
        handed_over_at=now,
    )
    session.add(message)
    session.flush()
    return message


def hold_draft(session: Session, message_id: int) -> MassMessage:
    """The draft, locked until the transaction ends. Raises HandedOver, Discarded, NoResultFound."""
    message = session.get_one(MassMessage, message_id, with_for_update=True)
    if message.handed_over_at is not None:
        raise HandedOver(message_id)
    if message.discarded_at is not None:
        raise Discarded(message_id)
    return message


def jobs_of(session: Session, message_id: int) -> Sequence[MassJob]:
    of_message = sa.select(MassJob).where(MassJob.mass_message_id == message_id)
    return session.scalars(of_message.order_by(MassJob.number)).all()


def newest(session: Session, before_id: int | None, limit: int) -> Sequence[MassMessage]:
    """Those that were not given up."""
    wanted = sa.select(MassMessage).where(MassMessage.discarded_at.is_(None))
    wanted = wanted.order_by(MassMessage.id.desc()).limit(limit)
    if before_id is not None:
        wanted = wanted.where(MassMessage.id < before_id)
    return session.scalars(wanted).all()


def _check_content(kind: str, content: Mapping[str, Any]) -> None:
    if kind not in KINDS:
        raise BadMassMessage("kind")
    said = content.get(KINDS[kind])
    if not isinstance(said, str) or not said.strip():
        raise BadMassMessage("content")
    if kind == "text":
        wording.check(said, frozenset())


def _check_audience(audience: Mapping[str, Any]) -> None:
    to = audience.get("to")
    if to == TAG and not str(audience.get("tag_id", "")).isdecimal():
        raise BadMassMessage("audience")
    if to == MEMBERS:
        audiences.parse(audience.get("filter", {}))
    elif to not in (EVERYBODY, TAG):
        raise BadMassMessage("audience")
