"""The preview beside a plan's form: what a member will hear and when, in the words of each message,
for a member of the operator's choice, from a moment of her choice on."""

from typing import Any

import sqlalchemy as sa
from flask import request
from sqlalchemy.orm import Session

from app import row_ids
from app.console.automation import plan_fields, plan_previews, plan_timelines
from app.console.fields.written import Form, tree
from app.console.frame import Answer, console, page, siyu, zone
from app.domain.people.channels import Channel
from app.domain.people.members import Member
from sop import plans as sop_plans
from sop.plans import BadPlan
from sop.steps import ELSE, THEN

MEMBERS_MAX = 20


@console.post("/plans/preview")
def preview_plan() -> Answer:
    definition = plan_fields.definition_in(request.form)
    with siyu().database.reading() as session:
        channel = session.get(Channel, request.form.get("channel_id", type=row_ids.read) or 0)
        return page(
            "automation/_plan_preview.html", **shown(session, definition, channel, request.form)
        )


def shown(
    session: Session, definition: dict[str, Any], channel: Channel | None, form: Form
) -> dict[str, Any]:
    """What the preview is made of. ``timeline`` is None while the plan cannot be read; then each
    step is shown as far as it can be."""
    written = tree(form)
    example = written.under("example")
    start = plan_timelines.start_in(example.text("start"))
    member = _chosen(session, example.text("member"))
    values = None
    if member is not None:
        values = plan_timelines.values_of(session, member, siyu().programme, siyu().clock())
    sender = channel.name if channel is not None else ""
    steps = plan_previews.of(session, definition, sender, values, now=siyu().clock())
    arms = written.under("assumed").numbered
    assumed = {number: chosen.values[0] for number, chosen in arms.items() if chosen.values}
    try:
        plan = sop_plans.parse(definition)
    except BadPlan:
        timeline = None
    else:
        ground = plan_timelines.ground_of(member, plan, zone(), start)
        timeline = plan_timelines.of(plan, steps, assumed, ground, start)
    return {
        "preview": steps,
        "timeline": timeline,
        "arms": (THEN, ELSE),
        "example_members": _latest(session) if definition["audience"] == "member" else [],
        "example": member,
        "start": start.astimezone(zone()),
    }


def _chosen(session: Session, member_id: str) -> Member | None:
    return session.get(Member, row_ids.read_or_none(member_id) or 0)


def _latest(session: Session) -> list[Member]:
    return [*session.scalars(sa.select(Member).order_by(Member.id.desc()).limit(MEMBERS_MAX))]
