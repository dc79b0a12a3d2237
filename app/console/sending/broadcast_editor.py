"""Writing a broadcast: to whom, what, over which ways and how fast; how many that are at present,
and how it will look on a phone."""

from typing import Any

from flask import abort, flash, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import row_ids
from app.checks import definition_checks
from app.console import unreadable
from app.console.automation import handsets
from app.console.automation.plan_fields import choices as plan_choices
from app.console.automation.plan_fields import routes
from app.console.content import message_fields
from app.console.fields.written import problems_at
from app.console.frame import Answer, console, go, operator_id, page, siyu
from app.console.saying import words
from app.console.sending import broadcast_forms
from app.domain.insight import tags
from app.domain.loyalty.standing import tiers
from app.domain.outreach import audience, broadcasts
from app.domain.outreach.broadcasts import Broadcast, NotAllowed
from app.domain.people import channels, lookups, operators
from app.domain.people.channels import Channel, Kind
from app.domain.people.members import Member
from app.segments import crowds
from sop import broadcasts as sop_broadcasts
from sop import routes as sop_routes
from sop import tryouts
from sop.broadcasts import BadBroadcast
from sop.mistakes import Mistake
from sop.plans import CATEGORIES, FILTERS, Problem

NAME_MAX = 60
SPEAK_TO_GROUPS = {Kind.GROUP_GATEWAY, Kind.GROUP_ROBOT}


@console.route("/broadcasts/new", methods=["GET", "POST"])
def new_broadcast() -> Answer:
    return _edit(None)


@console.route("/broadcasts/<int:broadcast_id>/edit", methods=["GET", "POST"])
def edit_broadcast(broadcast_id: int) -> Answer:
    return _edit(broadcast_id)


@console.post("/broadcasts/form")
def change_broadcast_form() -> Answer:
    """The form's own part with a variant or a way more or less, for htmx."""
    definition = broadcast_forms.definition_in(request.form)
    broadcast_forms.changed(definition, request.form.get("change", ""))
    with siyu().database.reading() as session:
        return page("sending/_broadcast_fields.html", **_fields(session, definition, []))


@console.post("/broadcasts/preview")
def preview_broadcast() -> Answer:
    """Phones, and how many they are."""
    definition = broadcast_forms.definition_in(request.form)
    with siyu().database.reading() as session:
        return page("sending/_broadcast_preview.html", **_preview(session, definition))


def _edit(broadcast_id: int | None) -> Answer:
    problems: list[Problem] = []
    definition: dict[str, Any] = dict(broadcast_forms.EMPTY)
    if request.method == "POST":
        definition = broadcast_forms.definition_in(request.form)
        saved_id = _save(broadcast_id, definition, problems)
        if saved_id is not None:
            flash(_("已保存为草稿。"))
            return go("broadcast", broadcast_id=saved_id)
    with siyu().database.reading() as session:
        known = session.get(Broadcast, broadcast_id) if broadcast_id else None
        if broadcast_id and known is None:
            abort(404)
        if known is not None and request.method == "GET" and not unreadable.is_anew():
            definition = dict(known.definition)
        return page(
            "sending/broadcast_form.html",
            broadcast=known,
            name=request.form.get("name", known.name if known else ""),
            channels=_accounts(session),
            channel_id=known.channel_id if known else _sent_id("channel_id"),
            **_fields(session, definition, problems),
            **_preview(session, definition),
        )


def _save(
    broadcast_id: int | None, definition: dict[str, Any], problems: list[Problem]
) -> int | None:
    """The id of the saved draft, or None with what is wrong noted in ``problems``."""
    name, now = request.form.get("name", "").strip(), siyu().clock()
    with siyu().database.writing() as session:
        channel = session.get(Channel, _sent_id("channel_id") or 0)
        problems += _problems(session, name, channel, definition)
        if problems or channel is None:
            return None
        if broadcast_id is None:
            drafted = broadcasts.draft(
                session,
                name=name,
                channel_id=channel.id,
                definition=definition,
                operator_id=operator_id(),
                now=now,
            )
            return drafted.id
        known = session.get(Broadcast, broadcast_id) or abort(404)
        try:
            broadcasts.revise(session, known, definition)
        except NotAllowed:
            abort(409)
        known.name, known.channel_id = name, channel.id
        return known.id


def _problems(
    session: Session, name: str, channel: Channel | None, definition: dict[str, Any]
) -> list[Problem]:
    problems = []
    if not 0 < len(name) <= NAME_MAX:
        said = f"要有 1 到 {NAME_MAX} 个字", f"1 to {NAME_MAX} characters"
        problems.append(Problem("name", *said))
    if channel is None:
        return [*problems, Problem("channel_id", "要选一个渠道账号", "choose a channel")]
    if definition["audience"] == "group" and channel.kind not in SPEAK_TO_GROUPS:
        said = "这个渠道账号不能向社群发送", "this channel cannot speak to groups"
        problems.append(Problem("channel_id", *said))
    try:
        sop_broadcasts.parse(definition)
    except BadBroadcast as bad:
        return problems + bad.problems
    checked = None if problems else channel
    return problems + definition_checks.problems_in(session, checked, definition)


def _fields(
    session: Session, definition: dict[str, Any], problems: list[Problem]
) -> dict[str, Any]:
    chosen = definition["audience"]
    return {
        "definition": definition,
        "problems": problems,
        "problems_at": problems_at,
        "form_of": "broadcast",
        "ways_of": sorted(sop_routes.WAYS.get(chosen, ())),
        "routes": routes,
        "choices": {
            "channel": [(one.key, one.name) for one in _accounts(session)],
            **plan_choices.crowds(session),
        },
        "categories": CATEGORIES,
        "time": broadcast_forms.time_of(definition),
        "successes": broadcast_forms.SUCCESSES,
        "decisions": tryouts.DECISIONS,
        "tier_values": [(tier.key, words.tier_name(tier)) for tier in tiers.all_of(session)],
        "tag_values": [(tag.name, tag.name) for tag in tags.all_of(session)],
        **message_fields.in_template(message_fields.offered(session, chosen)),
    }


def _preview(session: Session, definition: dict[str, Any]) -> dict[str, Any]:
    channel = session.get(Channel, _sent_id("channel_id") or 0)
    channel = channel or next(iter(_accounts(session)), None)
    sender, now = channel.name if channel else "", siyu().clock()
    member = _looked_at(session)
    return {
        "count": _count(session, channel, definition),
        "member": member,
        "handsets": handsets.of(session, definition, sender, member, now),
    }


def _looked_at(session: Session) -> Member | None:
    """For whom the words are filled: the member the form names, or the operator's own."""
    own = session.get_one(operators.Operator, operator_id()).member_id
    return lookups.member_behind(session, _sent_id("member_id") or own or 0)


def _count(session: Session, channel: Channel | None, definition: dict[str, Any]) -> int | None:
    """How many are meant at present; None while that cannot be read."""
    read = FILTERS.get(definition["audience"])
    if channel is None or read is None:
        return None
    try:
        chosen = read(definition["filter"])
    except Mistake:
        return None
    category, crowd_of = (
        definition.get("category", CATEGORIES[0]),
        crowds.at(session, siyu().clock()),
    )
    return audience.count(session, audience.meant(channel, chosen, category, crowd_of))


def _accounts(session: Session) -> list[Channel]:
    return [one for one in channels.all_of(session) if one.kind != Kind.MINI_PROGRAM]


def _sent_id(name: str) -> int | None:
    return request.form.get(name, type=row_ids.read)
