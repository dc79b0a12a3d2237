"""Hearing: what happens to a member moves her journeys on at once. What waits for it goes on, a
goal is reached, a plan ends early; and the plans that it starts take her in.

``hear`` is the one place for that, whichever door it came through. It is called in the transaction
of the event, whose handler holds the member; her enrolments are locked here, one after the other.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.domain.outreach import audience, enrolments, journey_marks, plans, positions
from app.domain.outreach.enrolments import Enrolment
from app.domain.outreach.journey_marks import mark
from app.domain.people.members import Member
from app.journeys import causes, facts
from app.journeys.causes import Cause
from app.programme import Programme
from sop import conditions, journeys
from sop.audiences import Filter
from sop.conditions import Condition
from sop.grounds import Ground
from sop.happenings import Happened
from sop.journeys import WAITING
from sop.plans import PlanDefinition

GOALS_LOOK_BACK = timedelta(days=366)
HEARD = "heard"  # the occurrence at which a wait ends with what it waited for
SEGMENT_ENTERED = "segment_entered"
JOINED, TAGGED, TIER_CHANGED = "joined", "tagged", "tier_changed"


def hear(
    session: Session,
    member_id: int,
    happened: Happened,
    programme: Programme,
    cause: Cause,
    now: datetime,
) -> None:
    """Something has happened to this member."""
    _go_on(session, member_id, happened, programme, cause, now)
    _start(session, member_id, happened, programme, cause, now)
    _let_enter(session, member_id, happened, programme, cause, now)


def _start(
    session: Session,
    member_id: int,
    happened: Happened,
    programme: Programme,
    cause: Cause,
    now: datetime,
) -> None:
    """Takes her into the plans that wait for just this."""
    for plan in plans.triggered(session, happened.kind):
        trigger = plans.definition_of(session, plan.id, plan.version).trigger.happening
        if trigger is not None and trigger.is_met_by(happened):
            causes.enrol(session, plan, programme, cause, member_id=member_id, now=now)


def _let_enter(
    session: Session,
    member_id: int,
    happened: Happened,
    programme: Programme,
    cause: Cause,
    now: datetime,
) -> None:
    """Takes her into the plans whose filter she has come to meet by this."""
    if happened.kind not in (JOINED, TAGGED, TIER_CHANGED):
        return
    for plan in plans.triggered(session, SEGMENT_ENTERED):
        chosen = plans.definition_of(session, plan.id, plan.version).filter
        assert isinstance(chosen, Filter)
        if not _may_lead_into(chosen, happened):
            continue
        her = audience.of(session, plan).where(Member.id == member_id)
        if session.scalar(her) is not None:
            causes.enrol(session, plan, programme, cause, member_id=member_id, now=now)


def _may_lead_into(chosen: Filter, happened: Happened) -> bool:
    if happened.kind == TAGGED:
        return happened.fields["tag"] in chosen.tags_all | chosen.tags_any
    return happened.kind == JOINED or bool(chosen.tiers)


def _go_on(
    session: Session,
    member_id: int,
    happened: Happened,
    programme: Programme,
    cause: Cause,
    now: datetime,
) -> None:
    hers = enrolments.going_on(session, member_id, now - GOALS_LOOK_BACK)
    concerned = [
        it.id
        for it in hers
        if _concerns(plans.definition_of(session, it.plan_id, it.version), it, happened)
    ]
    locked = enrolments.locked(session, concerned)
    if not locked:
        return
    marks: list[dict[str, Any]] = []
    meets = _Meeting(session, member_id, locked, programme, now)
    for enrolment in locked:
        plan = plans.definition_of(session, enrolment.plan_id, enrolment.version)
        ground = meets.ground(enrolment, plan)
        moved = positions.kept(enrolment) | _goal(plan, enrolment, happened, cause, now)
        if moved["ended_at"] is None and journeys.ends(plan, meets.of(enrolment)):
            moved |= positions.ended("ended", now)
        if moved["ended_at"] is None:
            moved |= _heard(plan, enrolment, happened, ground, marks, now)
        enrolments.move_all(session, [{"id": enrolment.id, **moved}])
    journey_marks.put_all(session, marks)


def _concerns(plan: PlanDefinition, enrolment: Enrolment, happened: Happened) -> bool:
    """A look without a lock, so that most of what happens costs no write."""
    may_reach_goal = enrolment.goal_at is None and journeys.reaches_goal(
        plan, enrolment.enrolled_at, happened
    )
    if may_reach_goal or enrolment.ended_at is not None:
        return may_reach_goal
    waits = (plan.steps[int(number)].wait for number in enrolment.decided)
    return plan.ends is not None or any(it and it.what.is_met_by(happened) for it in waits)


def _goal(
    plan: PlanDefinition, enrolment: Enrolment, happened: Happened, cause: Cause, now: datetime
) -> dict[str, Any]:
    reached = journeys.reaches_goal(plan, enrolment.enrolled_at, happened)
    if enrolment.goal_at is not None or not reached:
        return {"goal_at": enrolment.goal_at, "goal_event_id": enrolment.goal_event_id}
    goal = {"goal_at": happened.at, "goal_event_id": cause.event_id}
    is_end = plan.goal is not None and plan.goal.is_end and enrolment.ended_at is None
    return goal | (positions.ended("goal", now) if is_end else {})


def _heard(
    plan: PlanDefinition,
    enrolment: Enrolment,
    happened: Happened,
    ground: Ground,
    marks: list[dict[str, Any]],
    now: datetime,
) -> dict[str, Any]:
    """The columns that change when a wait goes on. While an act is being done, what is due is
    worked out after it."""
    journey = positions.journey_of(enrolment)
    heard = journeys.heard(plan, journey, happened)
    if heard is journey:
        return {}
    for number, decided in heard.decided.items():
        if journey.decided[number].arm == WAITING != decided.arm:
            marks.append(mark(enrolment.id, number, HEARD, "wait", decided.arm, decided.at))
    columns = positions.columns(plan, heard, ground, now)
    return {"decided": columns["decided"]} if enrolment.acting is not None else columns


class _Meeting:
    """Whether she meets conditions; what is known of her is read when it is first asked."""

    def __init__(
        self,
        session: Session,
        member_id: int,
        locked: Sequence[Enrolment],
        programme: Programme,
        now: datetime,
    ):
        definitions = [plans.definition_of(session, it.plan_id, it.version) for it in locked]
        asked = facts.asked_by(definitions, min(it.enrolled_at for it in locked), now)
        self._known = facts.of_members(session, [member_id], asked, programme, now)[member_id]
        self._programme, self._now = programme, now

    def ground(self, enrolment: Enrolment, plan: PlanDefinition) -> Ground:
        return positions.ground(self._known.ground(self._programme), enrolment, plan)

    def of(self, enrolment: Enrolment) -> journeys.Meets:
        def meets(condition: Condition) -> bool:
            return conditions.holds(condition, self._known.facts, enrolment.enrolled_at, self._now)

        return meets
