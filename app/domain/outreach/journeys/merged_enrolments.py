"""Merged enrolments: two records turn out to be one member, and so do their places in plans.

All of them become hers, under a name of her own that no re-entry can take anew. Where both were in
a plan that takes her once at a time, the one that had come further goes on, since she has been told
what the other would be told next.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.outreach.journeys import plans, positions
from app.domain.outreach.journeys.enrolments import Enrolment
from sop.plans import NEVER, PER_HAPPENING

SAME_MEMBER = "same_member"
_NOWHERE = timedelta(-1)


def merge(session: Session, kept_id: int, absorbed_id: int, now: datetime) -> Sequence[int]:
    """Returns the ids of the enrolments that end with it."""
    places: dict[tuple[int, str], list[Enrolment]] = defaultdict(list)
    for row in _held(session, kept_id, absorbed_id):
        places[_place(session, row)].append(row)
    ended = [row for rows in places.values() for row in _superfluous(session, rows)]
    for row in ended:
        for name, value in positions.ended(SAME_MEMBER, now).items():
            setattr(row, name, value)
    _rename(session, kept_id, absorbed_id)
    return [row.id for row in ended]


def _held(session: Session, kept_id: int, absorbed_id: int) -> Sequence[Enrolment]:
    """Hers first. Nobody moves them until the transaction ends."""
    return session.scalars(
        sa.select(Enrolment)
        .where(Enrolment.member_id.in_([kept_id, absorbed_id]))
        .order_by(Enrolment.member_id != kept_id, Enrolment.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def _place(session: Session, row: Enrolment) -> tuple[int, str]:
    """Of what she can be in but once: the plan, or what she came in by."""
    entry = ""
    if plans.definition_of(session, row.plan_id, row.version).reentry.kind == PER_HAPPENING:
        entry = row.subject.partition("/")[2]
    return row.plan_id, entry


def _superfluous(session: Session, rows: Sequence[Enrolment]) -> Sequence[Enrolment]:
    """Those that go on though another one does, or has gone through what comes but once."""
    going_on = [row for row in rows if row.ended_at is None]
    if len({row.member_id for row in rows}) < 2 or not going_on:
        return []
    reentry = plans.definition_of(session, rows[0].plan_id, rows[0].version).reentry
    if reentry.kind in (NEVER, PER_HAPPENING) and len(going_on) < len(rows):
        return going_on
    furthest = max(going_on, key=_progress)
    return [row for row in going_on if row is not furthest]


def _progress(row: Enrolment) -> timedelta:
    return row.passed_at - row.enrolled_at if row.passed_at is not None else _NOWHERE


def _rename(session: Session, kept_id: int, absorbed_id: int) -> None:
    """The absorbed record's become hers. A name that she has already is marked by whose it was."""
    session.flush()
    rows = Enrolment.__table__
    hers = rows.alias()
    entry = sa.func.substr(rows.c.subject, len(f"member:{absorbed_id}") + 1)
    subject = sa.literal(f"member:{kept_id}") + entry
    is_taken = sa.exists().where(hers.c.plan_id == rows.c.plan_id, hers.c.subject == subject)
    marked = subject + f"/{SAME_MEMBER}:{absorbed_id}"
    session.execute(
        sa.update(Enrolment)
        .where(Enrolment.member_id == absorbed_id)
        .values(member_id=kept_id, subject=sa.case((is_taken, marked), else_=subject))
        .execution_options(synchronize_session=False)
    )
    session.expire_all()
