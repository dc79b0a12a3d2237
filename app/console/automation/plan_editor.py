"""Writing a plan without writing JSON: everything it can say as fields, a preview of when and in
which words each step will speak, and every problem at its own field."""

from datetime import datetime
from typing import Any

from flask import abort, flash, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app import row_ids
from app.console import unreadable
from app.console.automation import plan_checks, plan_fields, plan_preview
from app.console.automation.plan_fields import (
    changes,
    choices,
    conditions,
    happenings,
    routes,
    settings,
    steps,
    whens,
)
from app.console.content import message_fields
from app.console.fields import amounts
from app.console.fields.written import problems_at
from app.console.frame import Answer, console, go, operator_id, page, siyu, zone
from app.domain.outreach.journeys import plans
from app.domain.outreach.journeys.plans import NotAllowed, Plan
from app.domain.people import channels
from app.domain.people.channels import Kind
from app.journeys import switching
from sop import plans as sop_plans
from sop import routes as sop_routes
from sop import triggers
from sop.plans import BadPlan, Problem
from sop.times import cron_moments, crons, skips
from sop.times.when_fields import BadSchedule

NAME_MAX = 60
CRON_MOMENTS = 5


@console.route("/plans/new", methods=["GET", "POST"])
def new_plan() -> Answer:
    return _edit(None)


@console.route("/plans/<int:plan_id>/edit", methods=["GET", "POST"])
def edit_plan(plan_id: int) -> Answer:
    return _edit(plan_id)


@console.post("/plans/form")
def change_plan_form() -> Answer:
    """The form's own part with a step more or less, or with other fields, for htmx."""
    definition = plan_fields.definition_in(request.form)
    moved = next(filter(None, request.form.getlist("moved")), "")
    changes.changed(definition, request.form.get("change") or moved)
    with siyu().database.reading() as session:
        return page("automation/_plan_fields.html", **_fields(session, definition, []))


def _edit(plan_id: int | None) -> Answer:
    problems: list[Problem] = []
    if request.method == "POST":
        definition = plan_fields.definition_in(request.form)
        saved_id = _save(plan_id, definition, problems)
        if saved_id is not None:
            flash(_("已保存。新版本对此后入组的会员生效。") if plan_id else _("已保存为草稿。"))
            return go("plan", plan_id=saved_id)
    with siyu().database.reading() as session:
        known = session.get(Plan, plan_id) if plan_id else None
        if plan_id and known is None:
            abort(404)
        if request.method == "GET":
            definition = _begun(session, known)
        offered = [one for one in channels.all_of(session) if one.kind != Kind.MINI_PROGRAM]
        chosen = known.channel_id if known else request.form.get("channel_id", type=row_ids.read)
        channel = next((one for one in offered if one.id == chosen), next(iter(offered), None))
        return page(
            "automation/plan_form.html",
            plan=known,
            name=request.form.get("name", known.name if known else ""),
            channels=offered,
            channel_id=chosen,
            **plan_preview.shown(session, definition, channel, MultiDict()),
            **_fields(session, definition, problems),
        )


def _begun(session: Session, known: Plan | None) -> dict[str, Any]:
    if known is None:
        return plan_fields.new()
    if unreadable.is_anew():
        return {**plan_fields.new(), "audience": known.audience, "trigger": {"kind": "manual"}}
    return plan_fields.as_fields(plans.written(session, known.id, known.version))


def _save(plan_id: int | None, definition: dict[str, Any], problems: list[Problem]) -> int | None:
    """The id of the saved plan, or None with what is wrong noted in ``problems``."""
    name = request.form.get("name", "").strip()
    if not 0 < len(name) <= NAME_MAX:
        problems.append(
            Problem("name", f"要有 1 到 {NAME_MAX} 个字", f"1 to {NAME_MAX} characters")
        )
    now = siyu().clock()
    with siyu().database.reading() as session:
        channel_id = request.form.get("channel_id", type=row_ids.read) or 0
        if plan_id is not None:
            channel_id = (session.get(Plan, plan_id) or abort(404)).channel_id
        channel = session.get(channels.Channel, channel_id)
        problems += plan_checks.problems_of(session, channel, definition)
    if problems:
        return None
    with siyu().database.writing() as session:
        if plan_id is None:
            return plans.draft(
                session,
                name=name,
                channel_id=channel_id,
                definition=definition,
                operator_id=operator_id(),
                now=now,
            ).id
        return _revise(session, plan_id, name, definition, now)


def _revise(
    session: Session, plan_id: int, name: str, definition: dict[str, Any], now: datetime
) -> int:
    """The plan under this name, in its next version if it says anything else than before."""
    plan = session.get(Plan, plan_id) or abort(404)
    plan.name = name
    try:
        if not _says_the_same(definition, plans.written(session, plan.id, plan.version)):
            switching.revise(session, plan, definition, operator_id(), now)
    except NotAllowed:
        abort(409)
    return plan.id


def _says_the_same(definition: dict[str, Any], before: dict[str, Any]) -> bool:
    try:
        return sop_plans.parse(definition) == sop_plans.parse(before)
    except BadPlan:  # only what is stored may be bad: it is written anew
        return False


def _fields(
    session: Session, definition: dict[str, Any], problems: list[Problem]
) -> dict[str, Any]:
    """What the form's own part is made of."""
    audience = definition["audience"]
    return {
        "definition": definition,
        "problems": problems,
        "problems_at": problems_at,
        "choices": choices.of(session),
        "places": [("steps", _("主线")), *steps.lists_of(definition["steps"])],
        "triggers": triggers.KINDS.get(audience, ()),
        "acts": steps.ACTS.get(audience, ()),
        "ways_of": sorted(sop_routes.WAYS.get(audience, ())),
        "categories": sop_plans.CATEGORIES,
        "reentries": tuple(sop_plans.REENTRIES),
        "usual_lateness": settings.USUAL_LATENESS,
        "next_of": _next_of,
        "as_span": amounts.as_span,
        "as_yuan": amounts.as_yuan,
        "conditions": conditions,
        "happenings": happenings,
        "routes": routes,
        "steps": steps,
        "whens": whens,
        **message_fields.in_template(message_fields.offered(session, audience)),
    }


def _next_of(expression: str) -> list[datetime]:
    """The next moments of a cron expression; none while it cannot be read."""
    try:
        cron = crons.parse(expression)
    except BadSchedule:
        return []
    moments: list[datetime] = []
    at = siyu().clock()
    while len(moments) < CRON_MOMENTS and (
        found := cron_moments.first(cron, at, skips.NONE, zone())
    ):
        at = found[0]
        moments.append(at)
    return moments
