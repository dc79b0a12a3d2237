"""Moments 客户朋友圈: prepared by an operator, published by each of the staff who confirms it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once
from app.domain.outreach.materials import content_uses

HOLDER = "moment"  # as which it is named where what it uses says where that is used


class Moment(Base):
    __tablename__ = "moments"
    __table_args__ = (
        sa.UniqueConstraint("channel_id", "job_id"),
        sa.UniqueConstraint("channel_id", "platform_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("channels.id"))
    content: Mapped[dict[str, Any]]  # {text, attachments, userids, tag_ids}
    operator_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("operators.id"))
    created_at: Mapped[datetime]
    job_id: Mapped[str | None]  # since the platform works on it
    platform_id: Mapped[str | None]  # since the platform has made it
    refusal: Mapped[str | None]  # why the platform did not make it
    cancelled_at: Mapped[datetime | None]
    looked_at: Mapped[datetime | None]


class MomentTask(Base):
    """One member of staff's part in a moment."""

    __tablename__ = "moment_tasks"
    __table_args__ = (sa.UniqueConstraint("moment_id", "userid"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    moment_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("moments.id"))
    userid: Mapped[str]
    seen_published_at: Mapped[datetime | None]  # when we learned of it; the platform says no more


def prepare(
    session: Session,
    channel_id: int,
    content: Mapping[str, Any],
    operator_id: int | None,
    now: datetime,
) -> Moment:
    """Writes a moment down; the platform does not have it yet."""
    moment = Moment(
        channel_id=channel_id, content=dict(content), operator_id=operator_id, created_at=now
    )
    session.add(moment)
    session.flush()
    content_uses.note(session, HOLDER, moment.id, 0, moment.content.get("attachments"))
    return moment


def by_job(session: Session, channel_id: int, job_id: str) -> Moment | None:
    return session.scalar(
        sa.select(Moment).where(Moment.channel_id == channel_id, Moment.job_id == job_id)
    )


def by_platform_id(session: Session, channel_id: int, platform_id: str) -> Moment | None:
    return session.scalar(
        sa.select(Moment).where(Moment.channel_id == channel_id, Moment.platform_id == platform_id)
    )


def publish(session: Session, moment: Moment, userid: str, at: datetime | None) -> None:
    """How one member of staff stands; who has published it once stays so."""
    row = {"moment_id": moment.id, "userid": userid, "seen_published_at": at}
    if insert_once(session, MomentTask, row, unique=["moment_id", "userid"]) is None:
        session.execute(
            sa.update(MomentTask)
            .where(
                MomentTask.moment_id == moment.id,
                MomentTask.userid == userid,
                MomentTask.seen_published_at.is_(None),
            )
            .values(seen_published_at=at)
        )


def tasks_of(session: Session, moment_id: int) -> Sequence[MomentTask]:
    return session.scalars(
        sa.select(MomentTask).where(MomentTask.moment_id == moment_id).order_by(MomentTask.userid)
    ).all()
