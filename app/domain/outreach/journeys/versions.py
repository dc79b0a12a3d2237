"""Versions: who is in a plan stays on the version she began with, unless an operator moves those
who are on one to another.

An enrolment is moved when its position means something there: what it passed last, and every branch
and wait that it has decided, stands for a step of the same kind. What comes next is then worked out
anew, from there on; a step of the new version that lies before is not made up for.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.outreach.journeys import enrolments, plans
from app.domain.outreach.journeys.enrolments import Enrolment
from app.domain.outreach.journeys.plans import Plan
from sop.plans import PlanDefinition
from sop.steps import Step

BATCH = 1000


def move(
    session: Session,
    plan: Plan,
    from_version: int,
    to_version: int,
    now: datetime,
    *,
    numbers: Mapping[int, int] | None = None,
) -> tuple[int, int]:
    """Moves those who are in the plan. ``numbers`` says which step there each step stands for;
    None: the one of the same number. Returns how many were moved, and how many stay, because their
    position means nothing there or an act is being done."""
    old = plans.definition_of(session, plan.id, from_version)
    new = plans.definition_of(session, plan.id, to_version)
    standing = _standing(old, new, numbers)
    moved = stayed = last_id = 0
    while rows := _after(session, plan.id, from_version, last_id):
        last_id = rows[-1].id
        changed = [it for row in rows if (it := _moved(row, standing, to_version, now))]
        enrolments.move_all(session, changed)
        moved, stayed = moved + len(changed), stayed + len(rows) - len(changed)
    return moved, stayed


def _standing(
    old: PlanDefinition, new: PlanDefinition, numbers: Mapping[int, int] | None
) -> Mapping[int, int]:
    """The steps that stand for a step of the same kind, and which."""
    named = numbers if numbers is not None else {it: it for it in range(len(old.steps))}
    return {
        step: to
        for step, to in named.items()
        if step < len(old.steps)
        and to < len(new.steps)
        and _kind(old.steps[step]) == _kind(new.steps[to])
    }


def _kind(step: Step) -> str:
    if step.branch is not None:
        return "branch"
    return "wait" if step.wait is not None else "other"


def _after(session: Session, plan_id: int, version: int, last_id: int) -> list[Enrolment]:
    return list(
        session.scalars(
            sa.select(Enrolment)
            .where(
                Enrolment.plan_id == plan_id,
                Enrolment.version == version,
                Enrolment.ended_at.is_(None),
                Enrolment.id > last_id,
            )
            .order_by(Enrolment.id)
            .limit(BATCH)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )


def _moved(
    row: Enrolment, standing: Mapping[int, int], to_version: int, now: datetime
) -> dict[str, Any] | None:
    passed = {row.passed_step} - {None} | {int(number) for number in row.decided}
    if row.acting is not None or not passed <= standing.keys():
        return None
    decided = {str(standing[int(number)]): it for number, it in row.decided.items()}
    return {
        "id": row.id,
        "version": to_version,
        "passed_step": None if row.passed_step is None else standing[row.passed_step],
        "decided": decided,
        "due_at": now,
        "due_step": None,
        "due_occurrence": None,
        "put_off_from_at": None,
    }
