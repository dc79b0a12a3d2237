"""Doubles: what was planned for two records of one member is said to her once."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import outbox
from app.domain.outreach.journeys.merged_enrolments import SAME_MEMBER
from app.domain.people import members
from app.outbox import OutboxMessage, State

SAID = (State.PLANNED, State.ATTEMPTING, State.ACCEPTED, State.DELIVERED, State.UNKNOWN)


def withhold(
    session: Session, kept_id: int, absorbed_id: int, ended: Collection[int], now: datetime
) -> None:
    """What enrolments had planned that ``ended`` since another one goes on, and what a broadcast
    had planned for either record that it has said, or planned, for the other."""
    _suppress(session, OutboxMessage.enrolment_id.in_(ended), now)
    for one_id, other_id in ((absorbed_id, kept_id), (kept_id, absorbed_id)):
        others = members.records_of(session, other_id)  # with what it has absorbed before
        _suppress(session, _is_told_to(others, one_id), now)


def _is_told_to(other_ids: Collection[int], member_id: int) -> sa.ColumnElement[bool]:
    told = sa.orm.aliased(OutboxMessage)
    return sa.and_(
        OutboxMessage.member_id == member_id,
        OutboxMessage.broadcast_id.is_not(None),
        sa.exists().where(
            told.member_id.in_(other_ids),
            told.broadcast_id == OutboxMessage.broadcast_id,
            told.state.in_(SAID),
        ),
    )


def _suppress(session: Session, which: sa.ColumnElement[bool], now: datetime) -> None:
    session.execute(
        sa.update(OutboxMessage)
        .where(OutboxMessage.state == State.PLANNED, which)
        .values(**outbox.suppressed(SAME_MEMBER, now))
        .execution_options(synchronize_session=False)
    )
