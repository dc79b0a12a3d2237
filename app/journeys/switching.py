"""Switching plans on and off."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.outreach import approvals, audience
from app.domain.outreach.journeys import enrolments, plans
from app.domain.outreach.journeys.plans import Plan, State
from app.segments import crowds
from app.sending import withholding


def start(session: Session, plan: Plan, now: datetime) -> None:
    """Starts a plan, or lets it go on. Raises approvals.NotApproved when it is for so many that a
    second operator has to approve this version first, and plans.NotAllowed."""
    approvals.check(session, subject_of(plan), plan.version, recipients(session, plan, now))
    plans.move_to(session, plan, State.RUNNING, now)


def revise(
    session: Session, plan: Plan, definition: dict[str, Any], operator_id: int | None, now: datetime
) -> None:
    """The plan's next version, as ``plans.revise``. A running plan pauses when this version needs
    an approval: nobody is enrolled in it before."""
    plans.revise(session, plan, definition, operator_id, now)
    if plan.state == State.RUNNING and approvals.is_needed(session, recipients(session, plan, now)):
        plans.move_to(session, plan, State.PAUSED, now)


def stop(session: Session, plan: Plan, now: datetime) -> None:
    """Stops a plan for good: enrolments end, and what it had planned is not sent."""
    plans.move_to(session, plan, State.STOPPED, now)
    enrolments.end_all(session, plan.id, "plan_stopped", now)
    withholding.suppress_planned(session, plan.id, "plan_stopped", now)


def recipients(session: Session, plan: Plan, now: datetime) -> int:
    """How many members or groups the plan's present version means."""
    meant = audience.of(session, plan, crowds.at(session, now)).subquery()
    return session.scalar(sa.select(sa.func.count()).select_from(meant)) or 0


def subject_of(plan: Plan) -> str:
    """The plan, as approvals name it."""
    return f"plan:{plan.id}"
