"""Writing a plan without writing JSON: audience, trigger, filter and steps as fields, a preview of
when and in which words each step will speak, and every problem at its own field."""

from typing import Any

from flask import abort, flash, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import content_checks
from app.console import message_fields, plan_forms, plan_previews, words
from app.console.frame import Answer, console, go, operator_id, page, siyu
from app.domain.insight import tags
from app.domain.loyalty import tiers
from app.domain.outreach import plans
from app.domain.outreach.plans import NotAllowed, Plan
from app.domain.people import channels
from app.domain.people.channel_kinds import MEDIA
from app.domain.people.channels import Kind
from sop import plans as sop_plans
from sop.plans import BadPlan, Problem

NAME_MAX = 60
SPEAK_TO_GROUPS = {Kind.GROUP_GATEWAY, Kind.GROUP_ROBOT}


@console.route("/plans/new", methods=["GET", "POST"])
def new_plan() -> Answer:
    return _edit(None)


@console.route("/plans/<int:plan_id>/edit", methods=["GET", "POST"])
def edit_plan(plan_id: int) -> Answer:
    with siyu().database.reading() as session:
        known = session.get(Plan, plan_id) or abort(404)
        if not plan_forms.can_show(plans.written(session, plan_id, known.version)):
            flash(_("这个计划有分支、等待或其他表单里没有的内容，不能在这里修改。"), "danger")
            return go("plan", plan_id=plan_id)
    return _edit(plan_id)


@console.post("/plans/form")
def change_plan_form() -> Answer:
    """The form's own part with a step more or less, or with other fields, for htmx."""
    definition = plan_forms.definition_in(request.form)
    plan_forms.changed(definition, request.form.get("change", ""))
    with siyu().database.reading() as session:
        return page("_plan_fields.html", **_fields(session, definition, []))


@console.post("/plans/preview")
def preview_plan() -> Answer:
    definition = plan_forms.definition_in(request.form)
    with siyu().database.reading() as session:
        return page("_plan_preview.html", preview=plan_previews.of(session, definition))


def _edit(plan_id: int | None) -> Answer:
    problems: list[Problem] = []
    if request.method == "POST":
        definition = plan_forms.definition_in(request.form)
        saved_id = _save(plan_id, definition, problems)
        if saved_id is not None:
            flash(_("已保存。新版本对此后入组的会员生效。") if plan_id else _("已保存为草稿。"))
            return go("plan", plan_id=saved_id)
    with siyu().database.reading() as session:
        known = session.get(Plan, plan_id) if plan_id else None
        if plan_id and known is None:
            abort(404)
        if request.method == "GET":
            definition = (
                plans.written(session, known.id, known.version) if known else dict(plan_forms.EMPTY)
            )
        return page(
            "plan_form.html",
            plan=known,
            name=request.form.get("name", known.name if known else ""),
            channels=[c for c in channels.all_of(session) if c.kind != Kind.MINI_PROGRAM],
            channel_id=request.form.get("channel_id", type=int),
            preview=plan_previews.of(session, definition),
            **_fields(session, definition, problems),
        )


def _save(plan_id: int | None, definition: dict[str, Any], problems: list[Problem]) -> int | None:
    """The id of the saved plan, or None with what is wrong noted in ``problems``."""
    name = request.form.get("name", "").strip()
    if not 0 < len(name) <= NAME_MAX:
        problems.append(
            Problem("name", f"要有 1 到 {NAME_MAX} 个字", f"1 to {NAME_MAX} characters")
        )
    now = siyu().clock()
    with siyu().database.reading() as session:
        problems += _problems_of(session, definition)
    if problems:
        return None
    with siyu().database.writing() as session:
        if plan_id is None:
            channel = _channel_for(session, definition, problems)
            if channel is None:
                return None
            drafted = plans.draft(
                session,
                name=name,
                channel_id=channel.id,
                definition=definition,
                operator_id=operator_id(),
                now=now,
            )
            return drafted.id
        plan = session.get(Plan, plan_id) or abort(404)
        plan.name = name
        try:
            if definition != plans.written(session, plan.id, plan.version):
                plans.revise(session, plan, definition, operator_id(), now)
        except NotAllowed:
            abort(409)
        return plan.id


def _channel_for(
    session: Session, definition: dict[str, Any], problems: list[Problem]
) -> channels.Channel | None:
    channel = session.get(channels.Channel, request.form.get("channel_id", type=int) or 0)
    if channel is None or channel.kind == Kind.MINI_PROGRAM:
        problems.append(Problem("channel_id", "要选一个渠道账号", "choose a channel"))
        return None
    wrong = _reason_against(session, channel, definition)
    if wrong is not None:
        problems.append(wrong)
        return None
    return channel


def _reason_against(
    session: Session, channel: channels.Channel, definition: dict[str, Any]
) -> Problem | None:
    """Why the plan cannot be one of this channel."""
    if definition["audience"] == "group" and channel.kind not in SPEAK_TO_GROUPS:
        said = "这个渠道账号不能向社群发送", "this channel cannot speak to groups"
        return Problem("channel_id", *said)
    medium = MEDIA.get(Kind(channel.kind))
    if definition["trigger"] == "left" and medium is None:
        said = (
            "离开的会员只能用短信、邮件、电话联系",
            "who has left reads SMS or mail",
        )
        return Problem("trigger", *said)
    unsayable = content_checks.unsayable_in(session, definition, channel.kind)
    return (
        Problem(f"steps{unsayable[0].path}", unsayable[0].zh, unsayable[0].en)
        if unsayable
        else None
    )


def _problems_of(session: Session, definition: dict[str, Any]) -> list[Problem]:
    """Everything that is wrong with it, radar links that do not exist among it."""
    try:
        sop_plans.parse(definition)
    except BadPlan as bad:
        return bad.problems
    return content_checks.problems_in(session, definition, definition["audience"])


def _fields(
    session: Session, definition: dict[str, Any], problems: list[Problem]
) -> dict[str, Any]:
    audience, all_tags = definition["audience"], tags.all_of(session)
    return {
        "definition": definition,
        "problems": problems,
        "problems_at": plan_forms.problems_at,
        "when_kind": plan_forms.when_kind,
        "forms": plan_forms,
        "triggers": plan_forms.TRIGGERS.get(audience, ()),
        "tier_values": [(tier.key, words.tier_name(tier)) for tier in tiers.all_of(session)],
        "all_tags": all_tags,
        "tag_values": [(tag.name, tag.name) for tag in all_tags],
        **message_fields.in_template(message_fields.offered(session, audience)),
    }
