"""A plan: its steps and versions, who is in it, what it said to whom, and its buttons."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from flask import abort, flash, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import journeys, row_ids, wakeups
from app.checks import definition_checks
from app.checks.definition_checks import StillWrong
from app.console import languages
from app.console.automation import plan_fields, plan_outcomes, plan_previews, plan_sentences
from app.console.frame import PAGE, Answer, console, go, operator_id, page, siyu
from app.console.saying import causes
from app.console.saying.names import Names
from app.domain.outreach import approvals, audience, staff_messages
from app.domain.outreach.journeys import enrolments, plans
from app.domain.outreach.journeys.enrolments import Enrolment
from app.domain.outreach.journeys.plans import NotAllowed, Plan, PlanVersion, State
from app.domain.people import operators
from app.domain.people.channels import Channel
from app.domain.people.groups import Group
from app.domain.people.members import Member
from app.domain.people.operators import Operator
from app.journeys import switching
from app.segments import crowds

BUTTONS = {"start": State.RUNNING, "resume": State.RUNNING, "pause": State.PAUSED}
ENROLLING = (State.RUNNING, State.PAUSED)


@console.get("/plans/<int:plan_id>")
def plan(plan_id: int) -> Answer:
    with siyu().database.reading() as session:
        shown = _plan(session, plan_id)
        definition = plan_fields.as_fields(plans.written(session, plan_id, shown.version))
        names, channel = Names(session), session.get_one(Channel, shown.channel_id)
        enrolments = _enrolments(session, plan_id, request.args.get("before", type=row_ids.read))
        return page(
            "automation/plan.html",
            plan=shown,
            channel=channel,
            versions=_versions(session, plan_id),
            definition=definition,
            preview=plan_previews.of(session, definition, channel.name, now=siyu().clock()),
            outcomes=plan_outcomes.of(session, plan_id, shown.version),
            filters=plan_sentences.filters(names, definition.get("filter") or {}),
            settings=plan_sentences.settings(names, definition),
            trigger=plan_sentences.trigger(names, definition["trigger"]),
            counts=_counts(session, plan_id),
            staff_sends=staff_messages.of_rule(session, f"plan:{plan_id}"),
            enrolments=enrolments[:PAGE],
            older=enrolments[PAGE - 1][0].id if len(enrolments) > PAGE else None,
            may_enrol=shown.state in ENROLLING,
            approval=approvals.of(session, switching.subject_of(shown), shown.version),
            needs_approval=approvals.is_needed(
                session, switching.recipients(session, shown, siyu().clock())
            ),
            causes=causes,
            troubles=siyu().troubles.of(f"plan:{plan_id}", f"plan_clock:{plan_id}"),
        )


@console.post("/plans/<int:plan_id>/state")
def change_plan_state(plan_id: int) -> Answer:
    """Starts, pauses, resumes or stops; in force at the next message, at the latest."""
    button = request.form.get("button", "")
    now = siyu().clock()
    try:
        with siyu().database.writing() as session:
            changed = _plan(session, plan_id)
            if button == "start":
                _check(session, changed)
            if button == "stop":
                journeys.stop(session, changed, now)
            elif BUTTONS.get(button) == State.RUNNING:
                journeys.start(session, changed, now)
            elif button in BUTTONS:
                plans.move_to(session, changed, BUTTONS[button], now)
            else:
                abort(400)
            operators.record(session, operator_id(), f"plan.{button}", f"plan:{plan_id}", {}, now)
    except NotAllowed:
        abort(409)
    except approvals.NotApproved:
        flash(_("对象较多，须另一位运营批准后才能启动。"))
    except StillWrong as wrong:
        problem = languages.in_language(wrong.problems[0])
        flash(_("还不能启动：%(problem)s", problem=problem), "danger")
    siyu().troubles.try_again(f"plan:{plan_id}", f"plan_clock:{plan_id}")  # tried again at once
    siyu().wakeups.wake(wakeups.PLANS)
    return go("plan", plan_id=plan_id)


@console.get("/plans/<int:plan_id>/audience")
def plan_audience(plan_id: int) -> Answer:
    """How many would be enrolled, to be confirmed."""
    with siyu().database.reading() as session:
        shown = _plan(session, plan_id)
        return page(
            "automation/_audience.html",
            plan=shown,
            new=audience.count_new(session, shown, crowds.at(session, siyu().clock())),
        )


@console.post("/plans/<int:plan_id>/enrol")
def enrol_audience(plan_id: int) -> Answer:
    now = siyu().clock()
    with siyu().database.writing() as session:
        enrolling = _plan(session, plan_id)
        if enrolling.state not in ENROLLING:
            abort(409)
        chosen = audience.of(session, enrolling, crowds.at(session, siyu().clock()))
        count = enrolments.enrol_all(session, enrolling, chosen, siyu().programme.zone, now)
        details = {"count": count, "version": enrolling.version}
        operators.record(session, operator_id(), "plan.enrol", f"plan:{plan_id}", details, now)
    siyu().wakeups.wake(wakeups.PLANS)
    flash(_("%(n)s 个对象已入组。", n=count))
    return go("plan", plan_id=plan_id)


def _plan(session: Session, plan_id: int) -> Plan:
    return session.get(Plan, plan_id) or abort(404)


def _check(session: Session, starting: Plan) -> None:
    channel = session.get_one(Channel, starting.channel_id)
    written = plans.written(session, starting.id, starting.version)
    definition_checks.check(session, channel, written)


def _versions(session: Session, plan_id: int) -> Sequence[tuple[PlanVersion, str | None]]:
    """The plan's versions, newest first, with who wrote them."""
    rows = session.execute(
        sa.select(PlanVersion, Operator.name)
        .outerjoin(Operator, Operator.id == PlanVersion.operator_id)
        .where(PlanVersion.plan_id == plan_id)
        .order_by(PlanVersion.version.desc())
    )
    return rows.all()


def _enrolments(
    session: Session, plan_id: int, before: int | None
) -> Sequence[tuple[Enrolment, str | None, str | None]]:
    """A page of who is in the plan, latest first, with the member's or the group's name."""
    wanted = (
        sa.select(Enrolment, Member.nickname, Group.name)
        .outerjoin(Member, Member.id == Enrolment.member_id)
        .outerjoin(Group, Group.id == Enrolment.group_id)
        .where(Enrolment.plan_id == plan_id)
        .order_by(Enrolment.id.desc())
        .limit(PAGE + 1)
    )
    if before is not None:
        wanted = wanted.where(Enrolment.id < before)
    return session.execute(wanted).all()


def _counts(session: Session, plan_id: int) -> Mapping[str, int]:
    """How many are in it, and how many left it for which reason."""
    rows = session.execute(
        sa.select(sa.func.coalesce(Enrolment.end_reason, "inside"), sa.func.count())
        .where(Enrolment.plan_id == plan_id)
        .group_by(sa.text("1"))
    )
    return dict(rows.all())
