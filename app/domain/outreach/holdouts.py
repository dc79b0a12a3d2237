"""Holdouts: those who are told nothing, so that there is somebody to compare with. Who they are
follows from the member and the plan, or from the member alone for the programme as a whole."""

from sqlalchemy.orm import Session

from app.domain.outreach import limit_table, limits
from sop import splits
from sop.plans import PlanDefinition


def is_of_plan(plan_id: int, whom: str, plan: PlanDefinition) -> bool:
    """Whether a plan says and does nothing to ``whom`` (``member:5``, ``group:2``)."""
    return splits.is_held_out(f"plan:{plan_id}", whom, plan.holdout_percent)


def is_of_programme(session: Session, member_id: int) -> bool:
    """Whether no plan and no broadcast at all is for her."""
    percent = limits.value(session, limit_table.HELD_OUT_PERCENT)
    return splits.is_held_out("programme", f"member:{member_id}", percent)
