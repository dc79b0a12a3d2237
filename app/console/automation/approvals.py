"""Approving a plan: one operator asks, another one looks at it and decides."""

from flask import abort, flash, request
from flask_babel import gettext as _

from app.console.frame import Answer, console, go, operator_id, siyu
from app.domain.outreach import approvals
from app.domain.outreach.journeys.plans import Plan
from app.domain.people import operators
from app.journeys import switching


@console.post("/plans/<int:plan_id>/approval")
def ask_for_approval(plan_id: int) -> Answer:
    now = siyu().clock()
    with siyu().database.writing() as session:
        plan = session.get(Plan, plan_id) or abort(404)
        count, subject = switching.recipients(session, plan, now), switching.subject_of(plan)
        approvals.ask(session, subject, plan.version, count, operator_id(), now)
        details = {"version": plan.version, "recipients": count}
        operators.record(session, operator_id(), "approval.ask", subject, details, now)
    flash(_("已请其他运营批准。"))
    return go("plan", plan_id=plan_id)


@console.post("/plans/<int:plan_id>/approval/decision")
def decide_approval(plan_id: int) -> Answer:
    button = request.form.get("button", "")
    if button not in ("grant", "refuse"):
        abort(400)
    now, is_granted = siyu().clock(), button == "grant"
    try:
        with siyu().database.writing() as session:
            plan = session.get(Plan, plan_id) or abort(404)
            subject, version = switching.subject_of(plan), plan.version
            approvals.decide(
                session, subject, version, operator_id(), is_granted=is_granted, now=now
            )
            details = {"version": version}
            operators.record(session, operator_id(), f"approval.{button}", subject, details, now)
    except approvals.SameOperator:
        flash(_("自己发起的审批，须由另一位运营决定。"))
    except approvals.NotAsked:
        flash(_("没有等待中的审批，或已有人决定。"))
    return go("plan", plan_id=plan_id)
