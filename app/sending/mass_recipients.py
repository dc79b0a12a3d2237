"""Who is in a mass job: settled at its first attempt, among those for whom it was planned, and
undone when the platform has certainly not taken it.

Each is a row of the outbox in the pipe ``RECIPIENTS``; what is decided about them is decided for
all at once.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import outbox
from app.domain.outreach import crowds
from app.domain.outreach.allowances import mass_months
from app.domain.people.members import Identity, Member
from app.outbox import RECIPIENTS, OutboxMessage, State
from app.sending import holds
from app.sending.due_messages import AnyMessage
from app.sending.verdicts import Occasion

MARKETING = "marketing"


def choose(
    session: Session,
    carrier: AnyMessage,
    meant: sa.Select[int] | None,
    month: str,
    occasion: Occasion,
) -> None:
    """Asks everybody anew: is she still there, does she want it, is she still meant, and has she
    had as many this month as the platform gives her? Without a select of those who are ``meant``
    they were gathered, and what has been paused since is gathered anew."""
    job_id, now = carrier.mass_job_id, occasion.now
    update(session, in_job(job_id, State.FAILED), state=State.PLANNED, reason=None)
    planned = in_job(job_id, State.PLANNED)
    if meant is None:
        not_held = sa.and_(sa.true(), *holds.of(session).spared())
        update(session, sa.and_(planned, sa.not_(not_held)), mass_job_id=None)
    her = sa.exists().where(
        Identity.channel_id == OutboxMessage.channel_id,
        Identity.external_id == OutboxMessage.recipient,
        Identity.unfollowed_at.is_(None),
    )
    opted_out = sa.select(Member.id).where(Member.opted_out_at.is_not(None))
    against = [(~her, "left"), (OutboxMessage.member_id.in_(opted_out), "opted_out")]
    if meant is not None:
        against.append((OutboxMessage.member_id.not_in(meant), "not_meant"))
    for is_against, reason in against:
        update(session, sa.and_(planned, is_against), **outbox.suppressed(reason, now))
    _leave_out(session, carrier, occasion)
    counted = mass_months.take(session, identities(job_id, State.PLANNED), month)
    wanted = set(session.scalars(identities(job_id, State.PLANNED)))
    used_up = sa.select(Identity.external_id).where(Identity.id.in_(wanted - counted))
    no_room = sa.and_(planned, OutboxMessage.recipient.in_(used_up))
    update(session, no_room, **outbox.suppressed("mass_month_used_up", now))
    count_touches(session, carrier, State.PLANNED, occasion.zone, now)


def end(
    session: Session,
    job_id: int | None,
    states: Sequence[State],
    state: State,
    reason: str | None,
    now: datetime,
) -> None:
    update(session, in_job(job_id, *states), **_ended(state, reason, now))


def update(session: Session, which: sa.ColumnElement[bool], **values: Any) -> None:
    session.flush()
    session.execute(
        sa.update(OutboxMessage)
        .where(which)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def count_touches(
    session: Session,
    carrier: AnyMessage,
    state: State,
    zone: ZoneInfo,
    at: datetime,
    times: int = 1,
) -> None:
    """Everybody in the job hears of us once more, or has not after all. Whom a tag of the platform
    stands for nobody knows: they are not counted."""
    hers = _member_ids(session, carrier, state)
    crowds.count(session, hers, _category(carrier), zone, at, times)


def in_job(job_id: int | None, *states: State) -> sa.ColumnElement[bool]:
    return sa.and_(
        OutboxMessage.mass_job_id == job_id,
        OutboxMessage.pipe == RECIPIENTS,
        OutboxMessage.state.in_(states),
    )


def identities(job_id: int | None, *states: State) -> sa.Select[int]:
    return (
        sa.select(Identity.id)
        .join(
            OutboxMessage,
            sa.and_(
                Identity.channel_id == OutboxMessage.channel_id,
                Identity.external_id == OutboxMessage.recipient,
            ),
        )
        .where(in_job(job_id, *states))
    )


def _leave_out(session: Session, carrier: AnyMessage, occasion: Occasion) -> None:
    """Who must not be spoken to now, by the operators' manners."""
    zone, now = occasion.zone, occasion.now
    hers = _member_ids(session, carrier, State.PLANNED)
    by_reason: dict[str, list[int]] = {}
    for member_id, reason in crowds.refused(session, hers, _category(carrier), zone, now).items():
        by_reason.setdefault(reason, []).append(member_id)
    planned = in_job(carrier.mass_job_id, State.PLANNED)
    for reason, member_ids in sorted(by_reason.items()):
        theirs = OutboxMessage.member_id.in_(member_ids)
        update(session, sa.and_(planned, theirs), **outbox.suppressed(reason, now))


def _member_ids(session: Session, carrier: AnyMessage, state: State) -> list[int]:
    theirs = sa.select(OutboxMessage.member_id).where(in_job(carrier.mass_job_id, state))
    return [member_id for member_id in session.scalars(theirs) if member_id is not None]


def _category(carrier: AnyMessage) -> str:
    return carrier.category or MARKETING


def _ended(state: State, reason: str | None, now: datetime) -> dict[str, Any]:
    return {"state": state, "reason": reason, "settled_at": now}
