"""The plans of a member on her page: where she is in each and what comes next; an operator takes
her out of one, or puts her into one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from flask import abort, flash, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import row_ids, wakeups
from app.console.frame import Answer, console, go, operator_id, siyu
from app.domain.outreach.journeys import enrolments, plans, positions, progress
from app.domain.outreach.journeys.enrolments import Enrolment
from app.domain.outreach.journeys.plans import Plan, State
from app.domain.people import operators
from app.domain.people.members import Member
from app.sending import withholding

SHOWN = 20
TAKEN_OUT = "taken_out"
OPEN = (State.RUNNING, State.PAUSED)


@dataclass(frozen=True, slots=True)
class Place:
    """Where she is in a plan. ``step`` is the name of what is due at ``due_at``; both are None
    while that is being worked out."""

    enrolment: Enrolment
    plan: Plan
    step: str | None
    due_at: datetime | None


def of(session: Session, member_id: int) -> list[Place]:
    """The plans she is in first, then those she has left, the last entered first."""
    rows = session.execute(
        sa.select(Enrolment, Plan)
        .join(Plan, Plan.id == Enrolment.plan_id)
        .where(Enrolment.member_id == member_id)
        .order_by(Enrolment.ended_at.is_not(None), Enrolment.id.desc())
        .limit(SHOWN)
    )
    return [_place(session, enrolment, plan) for enrolment, plan in rows]


def to_enter(session: Session) -> Sequence[Plan]:
    """What an operator can put a member into."""
    return [plan for plan in plans.in_state(session, *OPEN) if plan.audience == "member"]


@console.post("/members/<int:member_id>/plans")
def put_into_plan(member_id: int) -> Answer:
    now, zone = siyu().clock(), siyu().programme.zone
    with siyu().database.writing() as session:
        if session.get(Member, member_id) is None:
            abort(404)
        plan = session.get(Plan, request.form.get("plan_id", type=row_ids.read) or 0) or abort(400)
        if plan.state not in OPEN or plan.audience != "member":
            abort(409)
        has_come_in = enrolments.enrol(session, plan, zone, member_id=member_id, now=now)
        if has_come_in:
            _record(session, "plan.put_in", plan, member_id, now)
    siyu().wakeups.wake(wakeups.PLANS)
    flash(_("已入组。") if has_come_in else _("她已经在这个计划里，或这个计划不再次入组。"))
    return go("member", member_id=member_id)


@console.post("/members/<int:member_id>/plans/<int:enrolment_id>/end")
def take_out_of_plan(member_id: int, enrolment_id: int) -> Answer:
    """Nothing comes after it, and what is planned already is not sent."""
    now = siyu().clock()
    with siyu().database.writing() as session:
        held = enrolments.locked(session, [enrolment_id])
        if not held or held[0].member_id != member_id:
            abort(404)
        (enrolment,) = held
        if enrolment.ended_at is None:
            columns = progress.kept(enrolment) | positions.ended(TAKEN_OUT, now)
            enrolments.move_all(session, [{"id": enrolment.id, **columns}])
            withholding.suppress_planned_for(session, enrolment.id, TAKEN_OUT, now)
            plan = session.get_one(Plan, enrolment.plan_id)
            _record(session, "plan.take_out", plan, member_id, now)
    flash(_("已退出计划。"))
    return go("member", member_id=member_id)


def _place(session: Session, enrolment: Enrolment, plan: Plan) -> Place:
    definition = plans.definition_of(session, plan.id, enrolment.version)
    step = None
    if enrolment.due_step is not None:
        step = definition.steps[enrolment.due_step].name
    return Place(enrolment, plan, step, enrolment.due_at)


def _record(session: Session, action: str, plan: Plan, member_id: int, now: datetime) -> None:
    details = {"plan": plan.id, "version": plan.version}
    operators.record(session, operator_id(), action, f"member:{member_id}", details, now)
