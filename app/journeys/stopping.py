"""Stopping a plan for good."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.outreach import enrolments, plans
from app.domain.outreach.plans import Plan
from app.sending import withholding


def stop(session: Session, plan: Plan, now: datetime) -> None:
    """Enrolments end, and what the plan had planned is not sent."""
    plans.move_to(session, plan, plans.State.STOPPED, now)
    enrolments.end_all(session, plan.id, "plan_stopped", now)
    withholding.suppress_planned(session, plan.id, "plan_stopped", now)
