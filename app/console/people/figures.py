"""The figures of the front page: counted by the database, over indexed moments, by business day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import outbox
from app.domain.insight.tags import MemberTag
from app.domain.loyalty.entries import PointsEntry
from app.domain.loyalty.sign_ins import SignIn
from app.domain.people.members import Member
from app.inbox import InboxEvent
from app.outbox import OutboxMessage, State

DAYS = 14
CHAT_KINDS = ("text", "image", "voice", "video", "shortvideo", "location", "link")
SENT = (State.ACCEPTED, State.DELIVERED)


@dataclass(frozen=True, slots=True)
class Today:
    """What happened since the business day began."""

    received: int
    handled: int
    quarantined: int
    new_members: int
    sign_ins: int
    tags_given: int
    points_awarded: int
    points_spent: int
    accepted: int
    failed: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Days:
    """The last days, oldest first, today last."""

    days: list[date]
    heard: list[int]
    said: list[int]
    new_members: list[int]


def today(session: Session, zone: ZoneInfo, on: date) -> Today:
    begins_at = _midnight(on, zone)
    events, points = _events(session, begins_at), _points(session, begins_at)
    messages = _messages(session, begins_at)
    return Today(
        received=events[0],
        handled=events[1],
        quarantined=events[2],
        new_members=_count(session, Member.joined_at, begins_at),
        sign_ins=session.scalar(
            sa.select(sa.func.count()).select_from(SignIn).where(SignIn.signed_in_on == on)
        )
        or 0,
        tags_given=_count(session, MemberTag.given_at, begins_at),
        points_awarded=points.get("award", 0),
        points_spent=points.get("spend", 0) + points.get("post", 0),
        accepted=sum(messages.get(state, 0) for state in SENT),
        failed=messages.get(State.FAILED, 0),
        unknown=messages.get(State.UNKNOWN, 0),
    )


def last_days(session: Session, zone: ZoneInfo, on: date) -> Days:
    days = [on - timedelta(days=ago) for ago in reversed(range(DAYS))]
    edges = [_midnight(day, zone) for day in (*days, on + timedelta(days=1))]
    return Days(
        days,
        heard=_by_day(session, InboxEvent.received_at, edges, InboxEvent.kind.in_(CHAT_KINDS)),
        said=_by_day(session, OutboxMessage.created_at, edges, *_is_said()),
        new_members=_by_day(session, Member.joined_at, edges),
    )


def _is_said() -> list[sa.ColumnElement[bool]]:
    """Accepted by the platform, and no question to the platform itself."""
    return [OutboxMessage.state.in_(SENT), OutboxMessage.purpose.not_in(outbox.SILENT)]


def _events(session: Session, since: datetime) -> tuple[int, int, int]:
    received, handled, quarantined = session.execute(
        sa.select(
            sa.func.count(),
            sa.func.count(InboxEvent.handled_at),
            sa.func.count(InboxEvent.quarantined_at),
        ).where(InboxEvent.received_at >= since)
    ).one()
    return received, handled, quarantined


def _points(session: Session, since: datetime) -> dict[str, int]:
    rows = session.execute(
        sa.select(PointsEntry.kind, sa.func.sum(PointsEntry.amount))
        .where(PointsEntry.booked_at >= since)
        .group_by(PointsEntry.kind)
    )
    return {kind: int(total) for kind, total in rows}


def _messages(session: Session, since: datetime) -> dict[str, int]:
    rows = session.execute(
        sa.select(OutboxMessage.state, sa.func.count())
        .where(OutboxMessage.created_at >= since, OutboxMessage.purpose.not_in(outbox.SILENT))
        .group_by(OutboxMessage.state)
    )
    return {state: count for state, count in rows}  # noqa: C416  rows, not pairs


def _count(session: Session, moment: sa.SQLColumnExpression, since: datetime) -> int:
    return session.scalar(sa.select(sa.func.count(moment)).where(moment >= since)) or 0


def _by_day(
    session: Session,
    moment: sa.SQLColumnExpression,
    edges: Sequence[datetime],
    *conditions: sa.ColumnElement[bool],
) -> list[int]:
    """How many moments lie between each two edges. Days are not all 24 hours long, so the edges
    are given rather than computed by the database."""
    number = sa.case(
        *((moment < end, index) for index, (_start, end) in enumerate(pairwise(edges)))
    )
    rows = session.execute(
        sa.select(number.label("day"), sa.func.count())
        .where(moment >= edges[0], moment < edges[-1], *conditions)
        .group_by(sa.text("day"))
    )
    counts: dict[int, int] = dict(rows.all())
    return [counts.get(index, 0) for index in range(len(edges) - 1)]


def _midnight(on: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(on, time(), zone)
