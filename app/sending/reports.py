"""Reports: what a platform or a provider tells, later, of a message that it took.

The report may be heard before the sender has written down that the message was accepted. So both
meet in one row, under the platform's id of the message: whoever comes second finds what the other
has left there and draws the conclusion. The unique key makes them take turns.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once
from app.domain.outreach import mass_messages
from app.domain.outreach.allowances import subscribe_grants
from app.domain.people.channel_kinds import MEDIA
from app.outbox import OutboxMessage, State
from app.sending import mass_jobs

TEMPLATE = "template"
REPORTED = frozenset({TEMPLATE, subscribe_grants.WAY, mass_messages.TO_MANY, mass_messages.TO_TAG})
REPORTING = frozenset(kind for kind, medium in MEDIA.items() if medium != "mail")
OPEN = (State.ACCEPTED, State.UNKNOWN)  # what a report may still change
_KEY = ["channel_id", "platform_id"]


@dataclass(frozen=True, slots=True)
class Told:
    """How it ended: delivered, or failed for a reason; ``counts`` of a mass job."""

    state: State
    reason: str | None = None
    counts: Mapping[str, Any] = field(default_factory=dict)


class Report(Base):
    __tablename__ = "reports"
    __table_args__ = (sa.UniqueConstraint("channel_id", "platform_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("channels.id"))
    platform_id: Mapped[str]
    message_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("outbox.id"))
    state: Mapped[str | None]
    reason: Mapped[str | None]
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    told_at: Mapped[datetime | None]


def expect(session: Session, message: OutboxMessage, channel_kind: str, now: datetime) -> None:
    """The platform has taken the message: what it tells of it belongs here."""
    is_reported = message.way in REPORTED or channel_kind in REPORTING
    if not is_reported or not message.platform_id:
        return
    place = {"channel_id": message.channel_id, "platform_id": message.platform_id}
    row = {**place, "message_id": message.id, "counts": {}}
    if insert_once(session, Report, row, unique=_KEY) is None:
        report = _at(session, message.channel_id, message.platform_id)
        report.message_id = message.id
        _conclude(session, report, now)


def tell(
    session: Session, channel_id: int, platform_id: str, told: Told, now: datetime
) -> OutboxMessage | None:
    """The platform has told of a message; of one that was never ours, it is kept without effect.
    The first report stands. Returns the message, or None while it is not known here."""
    place = {"channel_id": channel_id, "platform_id": platform_id}
    said = {"state": told.state, "reason": told.reason, "counts": dict(told.counts)}
    if insert_once(session, Report, {**place, **said, "told_at": now}, unique=_KEY) is not None:
        return None
    report = _at(session, channel_id, platform_id)
    if report.told_at is None:
        report.state, report.reason, report.counts = told.state, told.reason, dict(told.counts)
        report.told_at = now
        _conclude(session, report, now)
    return session.get(OutboxMessage, report.message_id) if report.message_id else None


def was_not_delivered(
    session: Session, member_id: int, platform_id: str, reason: str, now: datetime
) -> None:
    """A platform that reports failures only, in the conversation itself: what it had accepted did
    not reach the member."""
    message = session.scalar(
        sa.select(OutboxMessage)
        .where(OutboxMessage.member_id == member_id, OutboxMessage.platform_id == platform_id)
        .order_by(OutboxMessage.id.desc())
        .limit(1)
    )
    if message is not None and message.state in OPEN:
        message.state, message.reason, message.settled_at = State.FAILED, reason, now


def _at(session: Session, channel_id: int, platform_id: str) -> Report:
    return session.scalars(
        sa.select(Report)
        .where(Report.channel_id == channel_id, Report.platform_id == platform_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _conclude(session: Session, report: Report, now: datetime) -> None:
    if report.told_at is None or report.message_id is None or report.state is None:
        return
    session.flush()
    message = session.get_one(OutboxMessage, report.message_id, with_for_update=True)
    if message.state in OPEN:
        message.state, message.reason = report.state, report.reason
        message.settled_at = now
    if message.mass_job_id is not None:
        mass_jobs.finished(session, message, report.counts, now)
