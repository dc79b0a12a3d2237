"""Arrivals through live codes: which code acts, and the plan and the group that it leads into."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.outreach.journeys.plans import Plan, State
from app.domain.outreach.live_codes import live_code_terms
from app.domain.outreach.live_codes.live_code_terms import LiveCodeArrival
from app.domain.people import ways_in
from app.domain.people.groups import Group
from app.domain.people.live_codes import LiveCode
from app.handlers.scene import Scene
from app.journeys import causes


def note(session: Session, scene: Scene, code: LiveCode | None, now: datetime) -> None:
    """She has come through this code, if any: once for the event, whoever asks. The code that acts
    takes her into its plan."""
    if code is None or _of(session, scene) is not None:
        return
    event, zone = scene.event, scene.programme.zone
    arrival = live_code_terms.arrive(
        *(session, code, scene.member.id, event.id, zone, event.happened_at),
        userid=str(event.fields.get("UserID", "")) or None,
    )
    terms = live_code_terms.of(session, arrival.through_id) if arrival.through_id else None
    plan = session.get(Plan, terms.plan_id) if terms is not None and terms.plan_id else None
    if plan is not None and plan.state == State.RUNNING:
        cause = causes.of_event(session, event)
        causes.enrol(session, plan, scene.programme, cause, member_id=scene.member.id, now=now)


def acting(session: Session, scene: Scene, code: LiveCode | None) -> LiveCode | None:
    """The code that acts in this event: the one she came through, or its fallback; None where none
    is open."""
    arrival = _of(session, scene)
    if code is None or arrival is None:
        return code
    return session.get(LiveCode, arrival.through_id) if arrival.through_id else None


def invitation(session: Session, code: LiveCode) -> str:
    """What the welcome adds where the code leads on into a group; empty where nothing does."""
    terms = live_code_terms.of(session, code.id)
    group = session.get(Group, terms.group_id) if terms is not None and terms.group_id else None
    if group is None or ways_in.into(session, group) is None:
        return ""
    return f"欢迎加入社群「{group.name}」：{{group_link:{group.id}}}"


def _of(session: Session, scene: Scene) -> LiveCodeArrival | None:
    return session.scalar(
        sa.select(LiveCodeArrival).where(LiveCodeArrival.event_id == scene.event.id)
    )
