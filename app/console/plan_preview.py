"""The preview beside a plan's form: what a member will hear and when, in the words of each message,
for a member of the operator's choice, from a moment of her choice on."""

from typing import Any

import sqlalchemy as sa
from flask import request
from sqlalchemy.orm import Session

from app.console import plan_fields, plan_previews, plan_timelines
from app.console.frame import Answer, console, page, siyu, zone
from app.console.plan_fields.written import Form, tree
from app.domain.people.members import Member
from sop import plans as sop_plans
from sop.plans import BadPlan
from sop.steps import ELSE, THEN

MEMBERS_MAX = 20


@console.post("/plans/preview")
def preview_plan() -> Answer:
    definition = plan_fields.definition_in(request.form)
    with siyu().database.reading() as session:
        return page("_plan_preview.html", **shown(session, definition, request.form))


def shown(session: Session, definition: dict[str, Any], form: Form) -> dict[str, Any]:
    """What the preview is made of. ``timeline`` is None while the plan cannot be read; then each
    step is shown as far as it can be."""
    written = tree(form)
    example = written.under("example")
    start = plan_timelines.start_in(example.text("start"))
    member = _chosen(session, example.text("member"))
    values = None
    if member is not None:
        values = plan_timelines.values_of(session, member, siyu().programme, siyu().clock())
    steps = plan_previews.of(session, definition, values)
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
    return session.get(Member, int(member_id)) if member_id.isdecimal() else None


def _latest(session: Session) -> list[Member]:
    return [*session.scalars(sa.select(Member).order_by(Member.id.desc()).limit(MEMBERS_MAX))]
