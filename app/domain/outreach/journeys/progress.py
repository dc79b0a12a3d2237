"""Progress: how far an enrolment has come, read from its row for ``sop.journeys`` to reckon with.
``positions`` writes it.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from app.domain.outreach.journeys import positions
from app.domain.outreach.journeys.enrolments import Enrolment
from sop.journeys import Decided, Journey
from sop.plans import PlanDefinition
from sop.times.grounds import Ground
from sop.times.schedules import Cursor, Due

_PLACE = ("passed_at", "passed_step", "decided", *positions.COMES_NEXT)


def journey_of(enrolment: Enrolment) -> Journey:
    passed = None
    if enrolment.passed_step is not None and enrolment.passed_at is not None:
        passed = Cursor(enrolment.passed_step, enrolment.passed_at)
    decided = {
        int(number): Decided(arm, datetime.fromisoformat(at))
        for number, (arm, at) in enrolment.decided.items()
    }
    return Journey(enrolment.enrolled_at, passed, decided)


def due_of(enrolment: Enrolment) -> Due | None:
    """What is due, as of the moment at which it was due first; None when that is not worked out."""
    at = enrolment.put_off_from_at or enrolment.due_at
    if at is None or enrolment.due_step is None:
        return None
    return Due(enrolment.due_step, at, enrolment.due_occurrence or "")


def ground(usual: Ground, enrolment: Enrolment, plan: PlanDefinition) -> Ground:
    """The ground as this enrolment stands on it: its subject spreads windows out, its plan has
    silent days."""
    return replace(usual, subject=enrolment.subject, skip=plan.skip)


def kept(enrolment: Enrolment) -> dict[str, Any]:
    """The columns of where she is, as they are."""
    return {name: getattr(enrolment, name) for name in _PLACE}
