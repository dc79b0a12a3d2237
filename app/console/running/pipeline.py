"""The pipeline: what waits, what was set aside, what was not said and why, and the two decisions
that only an operator can make: try again, and send anyway."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import abort, flash
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import handlers, inbox, lanes, outbox
from app.console.frame import PAGE, Answer, console, go, operator_id, page, siyu, zone
from app.console.saying import causes
from app.domain.people import operators
from app.domain.people.channels import Channel
from app.inbox import InboxConflict, InboxEvent
from app.lanes import Lane
from app.outbox import OutboxMessage, State
from app.sending import second_attempts

WITHIN = timedelta(days=7)


@console.get("/pipeline")
def pipeline() -> Answer:
    now = siyu().clock()
    since = now - WITHIN
    with siyu().database.reading() as session:
        failed = _messages_in(session, [State.UNKNOWN, State.FAILED])
        return page(
            "running/pipeline.html",
            now=now,
            waiting=_waiting(session),
            today=_today(session, now),
            kinds=_kinds(session, since),
            known=handlers.HANDLERS,
            quarantined=_quarantined(session),
            states=_states(session, since),
            open_states=_open_states(session),
            reasons=_reasons(session, since),
            failed=failed,
            unclassified=unclassified(session),
            rules=causes.name_all(session, {message.rule for message in failed}),
            conflicts=_conflicts(session),
            lanes=_lanes(session, now),
            causes=causes,
        )


@console.post("/pipeline/events/<int:event_id>/release")
def release_event(event_id: int) -> Answer:
    """Out of quarantine, to be tried again."""
    with siyu().database.writing() as session:
        lane = inbox.release(session, event_id)
        if lane is None:
            abort(409)
        now = siyu().clock()
        operators.record(session, operator_id(), "event.release", f"event:{event_id}", {}, now)
    siyu().wakeups.wake(lanes.INBOX, lane)
    flash(_("已放回队列。"))
    return go("pipeline")


@console.post("/pipeline/messages/<int:message_id>/send")
def send_message_anyway(message_id: int) -> Answer:
    """Once more, at the operator's own risk that it arrives twice."""
    now = siyu().clock()
    with siyu().database.writing() as session:
        message = second_attempts.of(session, message_id, now)
        if message is None:
            abort(409)
        subject = f"message:{message_id}"
        operators.record(session, operator_id(), "message.send_anyway", subject, {}, now)
        pipe, lane = message.pipe, message.lane
    siyu().wakeups.wake(pipe, lane)
    flash(_("已重新排入发送队列。"))
    return go("pipeline")


def unclassified(session: Session) -> Sequence[tuple[str, int | None, int]]:
    """(channel, code, how often): what a platform answered and our tables do not know. A defect of
    ours, so it stays in sight until the messages are decided about."""
    rows = session.execute(
        sa.select(Channel.name, OutboxMessage.code, sa.func.count())
        .join(Channel, Channel.id == OutboxMessage.channel_id)
        .where(OutboxMessage.reason == sa.text("'unclassified'"))
        .group_by(Channel.name, OutboxMessage.code)
        .order_by(sa.func.count().desc())
        .limit(PAGE)
    )
    return [(name, code, times) for name, code, times in rows]  # noqa: C416  rows


def _is_waiting() -> sa.ColumnElement[bool]:
    return sa.and_(InboxEvent.handled_at.is_(None), InboxEvent.quarantined_at.is_(None))


def _waiting(session: Session) -> tuple[int, datetime | None]:
    """How many events wait, and since when the oldest does."""
    count = session.scalar(sa.select(sa.func.count()).where(_is_waiting())) or 0
    oldest = session.scalar(
        sa.select(InboxEvent.received_at).where(_is_waiting()).order_by(InboxEvent.id).limit(1)
    )
    return count, oldest


def _today(session: Session, now: datetime) -> int:
    midnight = now.astimezone(zone()).replace(hour=0, minute=0, second=0, microsecond=0)
    handled = sa.select(sa.func.count(InboxEvent.handled_at))
    return session.scalar(handled.where(InboxEvent.received_at >= midnight)) or 0


def _kinds(session: Session, since: datetime) -> Sequence[tuple[str, int]]:
    rows = session.execute(
        sa.select(InboxEvent.kind, sa.func.count())
        .where(InboxEvent.received_at >= since)
        .group_by(InboxEvent.kind)
        .order_by(sa.func.count().desc())
    )
    return rows.all()


def _quarantined(session: Session) -> Sequence[InboxEvent]:
    return session.scalars(
        sa.select(InboxEvent)
        .where(InboxEvent.quarantined_at.is_not(None))
        .order_by(InboxEvent.quarantined_at.desc())
        .limit(PAGE)
    ).all()


def _states(session: Session, since: datetime) -> Mapping[str, int]:
    rows = session.execute(
        sa.select(OutboxMessage.state, sa.func.count())
        .where(OutboxMessage.created_at >= since)
        .group_by(OutboxMessage.state)
    )
    return dict(rows.all())


def _open_states(session: Session) -> Mapping[str, int]:
    """Of all times: what is under way, and what is left to an operator. Each is counted in the
    index that holds nothing else."""
    counts = {}
    for state in (State.PLANNED, State.ATTEMPTING, State.UNKNOWN, State.FAILED):
        wanted = sa.select(sa.func.count()).where(OutboxMessage.state == sa.text(f"'{state}'"))
        wanted = wanted.where(OutboxMessage.pipe != outbox.RECIPIENTS)  # their job stands for them
        counts[str(state)] = session.scalar(wanted) or 0
    return counts


def _messages_in(session: Session, states: Sequence[State]) -> Sequence[OutboxMessage]:
    found: list[OutboxMessage] = []
    for state in states:
        wanted = sa.select(OutboxMessage).where(OutboxMessage.state == sa.text(f"'{state}'"))
        wanted = wanted.where(OutboxMessage.pipe != outbox.RECIPIENTS)  # their job stands for them
        found += session.scalars(wanted.order_by(OutboxMessage.id.desc()).limit(PAGE))
    return found


def _reasons(session: Session, since: datetime) -> Sequence[tuple[str | None, int]]:
    rows = session.execute(
        sa.select(OutboxMessage.reason, sa.func.count())
        .where(OutboxMessage.created_at >= since, OutboxMessage.state == State.SUPPRESSED)
        .group_by(OutboxMessage.reason)
        .order_by(sa.func.count().desc())
    )
    return rows.all()


def _conflicts(session: Session) -> Sequence[InboxConflict]:
    return session.scalars(
        sa.select(InboxConflict).order_by(InboxConflict.id.desc()).limit(20)
    ).all()


def _lanes(session: Session, now: datetime) -> Sequence[tuple[str, int, int, int]]:
    """By pipe: lanes, lanes that somebody works now, and lanes whose holder is gone."""
    held = sa.func.sum(sa.case((Lane.leased_until > now, 1), else_=0))
    lost = sa.func.sum(sa.case((Lane.leased_until <= now, 1), else_=0))
    rows = session.execute(
        sa.select(Lane.pipe, sa.func.count(), held, lost).group_by(Lane.pipe).order_by(Lane.pipe)
    )
    return rows.all()
