"""Hearing: what happens to a member moves her journeys on at once. What waits for it goes on, a
goal is reached, a plan ends early; and the plans that it starts take her in.

``hear`` is the one place for that, whichever door it came through. It is called in the transaction
of the event, whose handler holds the member; her enrolments are locked here, one after the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.outreach import audience
from app.domain.outreach.journeys import enrolments, journey_marks, plans, positions, progress
from app.domain.outreach.journeys.enrolments import Enrolment
from app.domain.outreach.journeys.journey_marks import mark
from app.domain.outreach.journeys.plans import Plan
from app.domain.people.members import Member
from app.journeys import causes, facts
from app.journeys.causes import Cause
from app.programme import Programme
from app.segments import crowds, entering
from sop import conditions, journeys
from sop.audiences import Filter
from sop.conditions import Condition
from sop.happenings import Happened
from sop.journeys import WAITING
from sop.plans import PlanDefinition
from sop.times.grounds import Ground

GOALS_LOOK_BACK = timedelta(days=366)
HEARD = "heard"  # the occurrence at which a wait ends with what it waited for
SEGMENT_ENTERED = "segment_entered"
JOINED, TAGGED, TIER_CHANGED = "joined", "tagged", "tier_changed"


@dataclass(frozen=True, slots=True)
class _Hearing:
    """One thing that has happened to one member, and what stands behind it."""

    member_id: int
    happened: Happened
    programme: Programme
    cause: Cause
    now: datetime


def hear(
    session: Session,
    member_id: int,
    happened: Happened,
    programme: Programme,
    cause: Cause,
    now: datetime,
) -> None:
    """Something has happened to this member."""
    hearing = _Hearing(member_id, happened, programme, cause, now)
    _go_on(session, hearing)
    _start(session, hearing)
    _let_enter(session, hearing)


def _start(session: Session, hearing: _Hearing) -> None:
    """Takes her into the plans that wait for just this."""
    for plan in plans.triggered(session, hearing.happened.kind):
        trigger = plans.definition_of(session, plan.id, plan.version).trigger.happening
        if trigger is not None and trigger.is_met_by(hearing.happened):
            _enrol(session, plan, hearing)


def _let_enter(session: Session, hearing: _Hearing) -> None:
    """Takes her into the plans whose filter she has come to meet by this."""
    for plan in plans.triggered(session, SEGMENT_ENTERED):
        chosen = plans.definition_of(session, plan.id, plan.version).filter
        assert isinstance(chosen, Filter)
        if not _may_lead_into(session, chosen, hearing.happened):
            continue
        meant = audience.of(session, plan, crowds.at(session, hearing.now))
        if session.scalar(meant.where(Member.id == hearing.member_id)) is None:
            continue
        by = _entry(session, plan, chosen, hearing)
        if by is not None:
            _enrol(session, plan, replace(hearing, cause=by))


def _enrol(session: Session, plan: Plan, it: _Hearing) -> None:
    causes.enrol(session, plan, it.programme, it.cause, member_id=it.member_id, now=it.now)


def _may_lead_into(session: Session, chosen: Filter, happened: Happened) -> bool:
    if chosen.segment and entering.may_lead_in(session, chosen.segment, happened.kind):
        return True
    if happened.kind == TAGGED:
        return happened.fields["tag"] in chosen.tags_all | chosen.tags_any
    return happened.kind == JOINED or (happened.kind == TIER_CHANGED and bool(chosen.tiers))


def _entry(session: Session, plan: Plan, chosen: Filter, hearing: _Hearing) -> Cause | None:
    """What she comes in by. Who was in the segment before and has been in the plan comes in by
    nothing: then it is None."""
    if not chosen.segment:
        return hearing.cause
    times = entering.look_at_her(session, chosen.segment, hearing.member_id, hearing.now)
    if times is not None:
        return replace(hearing.cause, entry=f"segment:{times}")
    was_in = sa.select(Enrolment.id).where(
        Enrolment.plan_id == plan.id, Enrolment.member_id == hearing.member_id
    )
    return hearing.cause if session.scalar(was_in.limit(1)) is None else None


def _go_on(session: Session, hearing: _Hearing) -> None:
    happened, now = hearing.happened, hearing.now
    hers = enrolments.going_on(session, hearing.member_id, now - GOALS_LOOK_BACK)
    concerned = [
        it.id
        for it in hers
        if _concerns(plans.definition_of(session, it.plan_id, it.version), it, happened)
    ]
    locked = enrolments.locked(session, concerned)
    if not locked:
        return
    marks: list[dict[str, Any]] = []
    meets = _Meeting(session, hearing, locked)
    for enrolment in locked:
        plan = plans.definition_of(session, enrolment.plan_id, enrolment.version)
        ground = meets.ground(enrolment, plan)
        moved = progress.kept(enrolment) | _goal(plan, enrolment, hearing)
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


def _goal(plan: PlanDefinition, enrolment: Enrolment, hearing: _Hearing) -> dict[str, Any]:
    happened = hearing.happened
    reached = journeys.reaches_goal(plan, enrolment.enrolled_at, happened)
    if enrolment.goal_at is not None or not reached:
        return {"goal_at": enrolment.goal_at, "goal_event_id": enrolment.goal_event_id}
    goal = {"goal_at": happened.at, "goal_event_id": hearing.cause.event_id}
    is_end = plan.goal is not None and plan.goal.is_end and enrolment.ended_at is None
    return goal | (positions.ended("goal", hearing.now) if is_end else {})


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
    journey = progress.journey_of(enrolment)
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

    def __init__(self, session: Session, hearing: _Hearing, locked: Sequence[Enrolment]):
        her, programme, now = hearing.member_id, hearing.programme, hearing.now
        definitions = [plans.definition_of(session, it.plan_id, it.version) for it in locked]
        asked = facts.asked_by(definitions, min(it.enrolled_at for it in locked), now)
        self._known = facts.of_members(session, [her], asked, programme, now)[her]
        self._programme, self._now = programme, now

    def ground(self, enrolment: Enrolment, plan: PlanDefinition) -> Ground:
        return progress.ground(self._known.ground(self._programme), enrolment, plan)

    def of(self, enrolment: Enrolment) -> journeys.Meets:
        def meets(condition: Condition) -> bool:
            return conditions.holds(condition, self._known.facts, enrolment.enrolled_at, self._now)

        return meets
