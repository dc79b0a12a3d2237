"""Quotas before something goes to many: whom each limit would refuse, on how many days it can be
said, and a broadcast's pace that keeps to that. Asked for by the page once it stands, since it is
counted over everybody who is meant."""

from collections.abc import Sequence

import sqlalchemy as sa
from flask import abort, flash
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.broadcasting import own_moments
from app.console.frame import Answer, console, go, operator_id, page, siyu
from app.domain.outreach import audience, broadcasts
from app.domain.outreach.broadcasts import Broadcast, NotAllowed
from app.domain.outreach.journeys import plans
from app.domain.outreach.journeys.plans import Plan
from app.domain.people import operators
from app.domain.people.channels import Channel
from app.foresight import put_offs, quota_plans
from app.foresight.put_offs import PutOff
from app.foresight.quota_plans import WayPlan
from app.segments import crowds
from app.sending import routes

Planned = list[tuple[str, list[WayPlan]]]  # by step, or one without a name


@console.get("/plans/<int:plan_id>/quotas")
def plan_quotas(plan_id: int) -> Answer:
    """Each step that speaks, as if everybody who is meant now came to it on one day."""
    with siyu().database.reading() as session:
        plan = session.get(Plan, plan_id) or abort(404)
        if plan.audience != "member":
            abort(404)
        definition = plans.definition_of(session, plan.id, plan.version)
        return page(
            "sending/_quotas.html",
            planned=_of_plan(session, plan),
            put_off=_put_off(
                session,
                audience.of(session, plan, crowds.at(session, siyu().clock())),
                definition.category,
            ),
            broadcast=None,
            pace=None,
        )


@console.get("/broadcasts/<int:broadcast_id>/quotas")
def broadcast_quotas(broadcast_id: int) -> Answer:
    with siyu().database.reading() as session:
        broadcast = _broadcast(session, broadcast_id)
        found = _of_broadcast(session, broadcast)
        pace = quota_plans.safe_pace(found)
        category = broadcast.parsed.category
        put_off = _put_off(
            session,
            broadcasts.meant(session, broadcast, crowds.at(session, siyu().clock())),
            category,
        )
        shown = {"planned": [("", found)], "put_off": put_off, "pace": pace}
        return page("sending/_quotas.html", broadcast=broadcast, **shown)


@console.post("/broadcasts/<int:broadcast_id>/quotas")
def pace_broadcast(broadcast_id: int) -> Answer:
    """The draft gets the pace at which no account runs out of its number of a day."""
    now = siyu().clock()
    try:
        with siyu().database.writing() as session:
            broadcast = _broadcast(session, broadcast_id)
            pace = quota_plans.safe_pace(_of_broadcast(session, broadcast))
            if pace is None:
                abort(409)
            paced = {**broadcast.definition, "pace_a_minute": pace}
            broadcasts.revise(session, broadcast, paced)
            subject, details = f"broadcast:{broadcast_id}", {"pace_a_minute": pace}
            operators.record(session, operator_id(), "broadcast.pace", subject, details, now)
    except NotAllowed:
        abort(409)
    flash(_("已设为每分钟最多 %(n)s 条。", n=pace))
    return go("broadcast", broadcast_id=broadcast_id)


def _of_plan(session: Session, plan: Plan) -> Planned:
    definition = plans.definition_of(session, plan.id, plan.version)
    channel, now = session.get_one(Channel, plan.channel_id), siyu().clock()
    meant, planned = audience.of(session, plan, crowds.at(session, now)), []
    for step in definition.steps:
        if step.message is not None:
            route = routes.resolve(session, step.route, channel, "member")
            found = quota_plans.of_members(session, route, step.message, meant, now)
            planned.append((step.name, list(found)))
    return planned


def _of_broadcast(session: Session, broadcast: Broadcast) -> list[WayPlan]:
    definition = broadcast.parsed
    channel = session.get_one(Channel, broadcast.channel_id)
    route = routes.resolve(session, definition.route, channel, "member")
    now = siyu().clock()
    meant = broadcasts.meant(session, broadcast, crowds.at(session, now))
    begin, own_time = max(now, broadcast.scheduled_at or now), definition.own_time

    def days_of(some: sa.Select[int]) -> Sequence[int]:
        assert own_time is not None
        return own_moments.on_days(session, some, own_time, siyu().programme, begin)

    asked = session, route, definition.message, meant, now
    return list(quota_plans.of_members(*asked, days_of if own_time is not None else None))


def _put_off(session: Session, meant: sa.Select[int], category: str) -> Sequence[PutOff]:
    return put_offs.by_caps(session, meant, category, siyu().programme, siyu().clock())


def _broadcast(session: Session, broadcast_id: int) -> Broadcast:
    found = session.get(Broadcast, broadcast_id) or abort(404)
    if found.audience != "member":
        abort(404)
    return found
