"""Causes: what brings somebody into a plan, and how many plans stand behind it.

What a plan does may start another, and that one the first again. So every act carries how deep in
such a chain it is, and whoever would come into a plan deeper than ``DEPTH_MAX`` does not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.domain.outreach.journeys import enrolments, journey_marks
from app.domain.outreach.journeys.journey_marks import mark
from app.domain.outreach.journeys.plans import Plan
from app.inbox import InboxEvent
from app.journeys.acting import OF_GROUP, OF_MEMBER
from app.programme import Programme

DEPTH_MAX = 5


@dataclass(frozen=True, slots=True)
class Cause:
    """``entry`` names the happening, of which each counts once in a plan that one enters per
    happening; ``act`` the fields of the act of a plan that stands behind it, if one does."""

    event_id: int | None = None
    entry: str = ""
    act: Mapping[str, Any] | None = None

    @property
    def depth(self) -> int:
        return int(self.act["depth"]) if self.act else 0


def of_event(session: Session, event: InboxEvent) -> Cause:
    """What stands behind something that an event has brought about."""
    behind: InboxEvent | None = event
    while behind is not None and behind.kind not in (OF_MEMBER, OF_GROUP):
        behind = session.get(InboxEvent, behind.cause_id) if behind.cause_id else None
    return Cause(event.id, _entry_of(event), behind.fields if behind else None)


def enrol(
    session: Session,
    plan: Plan,
    programme: Programme,
    cause: Cause,
    *,
    member_id: int | None = None,
    group_id: int | None = None,
    now: datetime,
) -> bool:
    """Takes somebody into the plan, unless the chain of plans behind it is too long: then the step
    that would have done it is marked."""
    if cause.act is not None and cause.depth > DEPTH_MAX:
        enrolment_id, step = int(cause.act["enrolment_id"]), int(cause.act["step"])
        too_deep = mark(enrolment_id, step, f"plan:{plan.id}", "trigger", "too_deep", now)
        journey_marks.put_all(session, [too_deep])
        return False
    return enrolments.enrol(
        session,
        plan,
        programme.zone,
        member_id=member_id,
        group_id=group_id,
        event_id=cause.event_id,
        entry=cause.entry,
        depth=cause.depth,
        now=now,
    )


def _entry_of(event: InboxEvent) -> str:
    """A shop's order is the same whatever has told of it."""
    order_no = event.fields.get("order_no")
    return f"{event.fields.get('source', '')}:{order_no}" if order_no else str(event.id)
