"""Acting: a step that does something becomes an event of our own, under a key of enrolment and
step, in its member's lane. So it is done once, in order with all that happens to her, and what it
gives names it as the cause. ``handlers.plan_acts`` does it; then the journey goes on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app import inbox
from app.domain.outreach.enrolments import Enrolment
from app.domain.outreach.plans import Plan
from sop.plans import PlanDefinition
from sop.schedules import Due

OF_MEMBER, OF_GROUP = "plan_act", "plan_act_for_group"


@dataclass(frozen=True, slots=True)
class Beginning:
    """An act that is due."""

    enrolment: Enrolment
    definition: PlanDefinition
    due: Due


def begin_all(session: Session, plan: Plan, acts: Sequence[Beginning], now: datetime) -> None:
    """Puts them where they are done, each once."""
    for act in acts:
        enrolment, due = act.enrolment, act.due
        is_group = enrolment.group_id is not None
        inbox.receive_own(
            session,
            key=f"{OF_MEMBER}:{plan.id}:{enrolment.subject}:{due.step}:{due.occurrence}",
            kind=OF_GROUP if is_group else OF_MEMBER,
            subject=enrolment.subject.partition("/")[0],
            fields={
                "plan_id": plan.id,
                "enrolment_id": enrolment.id,
                "step": due.step,
                "occurrence": due.occurrence,
                "depth": enrolment.depth + 1,
            },
            channel_id=plan.channel_id if is_group else None,
            member_id=enrolment.member_id,
            now=now,
        )
