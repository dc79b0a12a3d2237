"""Positions: where an enrolment stands, as the columns of its row. ``progress`` reads them.

``due_at`` without a step means that what comes first is still to be worked out for this subject.
While a step's act is being done (``acting``), nothing is due; what it leads to is worked out then.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sop import journeys
from sop.journeys import Journey
from sop.plans import PlanDefinition
from sop.times import skips
from sop.times.grounds import Ground
from sop.times.schedules import Due
from sop.times.times_of_day import At
from sop.times.whens import AfterMinutes, Birthday, OnCron

FINISHED = "finished"
COMES_NEXT = ("due_at", "due_step", "due_occurrence", "put_off_from_at", "ended_at", "end_reason")


def columns(
    plan: PlanDefinition, journey: Journey, ground: Ground, now: datetime
) -> dict[str, Any]:
    """The row's columns of a journey: what was passed and decided, and what comes next."""
    passed = journey.passed
    decided = {
        str(number): [one.arm, one.at.isoformat()] for number, one in journey.decided.items()
    }
    return {
        "passed_at": passed.at if passed else None,
        "passed_step": passed.step if passed else None,
        "decided": decided,
        **_due_columns(journeys.next_due(plan, journey, ground), now),
    }


def first(plan: PlanDefinition, ground: Ground, now: datetime) -> dict[str, Any]:
    """The columns of a new enrolment, the same for everybody who is enrolled now."""
    begun: dict[str, Any] = {"acting": None, "held_out_at": None, "depth": 0}
    if is_same_for_all(plan):
        return begun | columns(plan, Journey(now), replace(ground, skip=plan.skip), now)
    nowhere: dict[str, Any] = {"passed_at": None, "passed_step": None, "decided": {}}
    return begun | nowhere | unplaced(now)


def unplaced(now: datetime) -> dict[str, Any]:
    """What comes first is worked out at once, for each by herself."""
    return _due_columns(None, now) | {"due_at": now, "ended_at": None, "end_reason": None}


def depends_on_zone(plan: PlanDefinition) -> bool:
    """Whether anything of it is due by the clock where she lives."""
    whens = plan.whens
    return plan.skip != skips.NONE or not all(isinstance(one, AfterMinutes) for one in whens)


def is_same_for_all(plan: PlanDefinition) -> bool:
    """Whether the plan's steps are due at the same moments for all who come in at one moment, and
    nobody is held out of it."""
    return not plan.holdout_percent and not any(map(_depends_on_whom, plan.whens))


def standing_still(step: int) -> dict[str, Any]:
    """Nothing is due until the act of this step is done."""
    return dict.fromkeys(COMES_NEXT) | {"acting": step}


def ended(reason: str, now: datetime) -> dict[str, Any]:
    return _due_columns(None, now) | {"end_reason": reason}


def _depends_on_whom(when: object) -> bool:
    if isinstance(when, Birthday):
        return True
    return not isinstance(when, AfterMinutes | OnCron) and not isinstance(
        getattr(when, "at", None), At
    )


def _due_columns(due_next: Due | None, now: datetime) -> dict[str, Any]:
    return {
        "due_at": due_next.at if due_next else None,
        "due_step": due_next.step if due_next else None,
        "due_occurrence": due_next.occurrence if due_next else None,
        "put_off_from_at": None,
        "ended_at": None if due_next else now,
        "end_reason": None if due_next else FINISHED,
    }
