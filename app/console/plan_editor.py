"""Writing a plan without writing JSON: audience, trigger, filter and steps as fields, a preview of
when and in which words each step will speak, and every problem at its own field."""

from collections.abc import Iterator
from typing import Any

from flask import abort, flash, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import personal
from app.console import plan_forms, plan_previews, words
from app.console.frame import Answer, console, go, operator_id, page, siyu
from app.domain.insight import tags
from app.domain.loyalty import tiers
from app.domain.outreach import media, plans
from app.domain.outreach.plans import NotAllowed, Plan
from app.domain.people import channels
from app.domain.people.channel_kinds import MEDIA
from app.domain.people.channels import Kind
from sop import plans as sop_plans
from sop import wording
from sop.mistakes import Mistake
from sop.plans import BadPlan, Problem

NAME_MAX = 60
SPEAK_TO_GROUPS = {Kind.GROUP_GATEWAY, Kind.GROUP_ROBOT}
# what goes over a direct line; every other kind of message goes over chats
KINDS_OF: dict[str | None, str] = {"sms": "sms", "mail": "mail", "voice": "call"}


@console.route("/plans/new", methods=["GET", "POST"])
def new_plan() -> Answer:
    return _edit(None)


@console.route("/plans/<int:plan_id>/edit", methods=["GET", "POST"])
def edit_plan(plan_id: int) -> Answer:
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
    wrong = _reason_against(channel, definition)
    if wrong is not None:
        problems.append(wrong)
        return None
    return channel


def _reason_against(channel: channels.Channel, definition: dict[str, Any]) -> Problem | None:
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
    wanted = KINDS_OF.get(medium)
    for index, step in enumerate(definition["steps"]):
        kind = step["message"]["kind"]
        if kind != wanted if wanted else kind in KINDS_OF.values():
            said = "这个渠道账号不能发送这种消息", "this channel cannot send this kind of message"
            return Problem(f"steps[{index}].message.kind", *said)
    return None


def _problems_of(session: Session, definition: dict[str, Any]) -> list[Problem]:
    """Everything that is wrong with it, radar links that do not exist among it."""
    try:
        sop_plans.parse(definition)
    except BadPlan as bad:
        return bad.problems
    if definition["audience"] == "group":
        return []
    known, problems = personal.known_for_members(session), []
    for index, step in enumerate(definition["steps"]):
        for field, text in _texts_of(step["message"]["content"]):
            try:
                wording.check(text, known)
            except Mistake as mistake:
                path = f"steps[{index}].message.content.{field}"
                problems.append(Problem(path, mistake.zh, mistake.en))
    return problems


def _texts_of(content: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Every text of a message, and at which field it stands."""
    for field, written in content.items():
        for text in written if isinstance(written, list) else [written]:
            yield field, text


def _fields(
    session: Session, definition: dict[str, Any], problems: list[Problem]
) -> dict[str, Any]:
    audience, all_tags = definition["audience"], tags.all_of(session)
    known = personal.known_for_members(session) if audience == "member" else personal.FOR_GROUPS
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
        "placeholders": sorted(known),
        "files": _files(session),
    }


def _files(session: Session) -> dict[tuple[str, str], list[media.Media]]:
    """What may be chosen for each field that holds a file, by the kind of message."""
    known = media.all_of(session)
    of_kind = {kind: [file for file in known if file.kind == kind] for kind in media.BYTES_MAX}
    return {
        **{(kind, "media"): files for kind, files in of_kind.items()},
        ("video", "thumb_media"): [file for file in known if file.is_cover],
        ("miniprogram", "thumb_media"): of_kind[media.IMAGE],
    }
