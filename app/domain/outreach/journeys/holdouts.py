"""Holdouts: those to whom a plan says and does nothing, so that there is somebody to compare with.
The one of the programme as a whole is in ``manners``."""

from sop import splits
from sop.plans import PlanDefinition


def is_of_plan(plan_id: int, whom: str, plan: PlanDefinition) -> bool:
    """Whether ``whom`` (``member:5``, ``group:2``) is of them: for ever the same answer."""
    return splits.is_held_out(f"plan:{plan_id}", whom, plan.holdout_percent)
