"""Acting: a step that does something becomes an event of our own, under a key of enrolment and
step, in its member's lane. So it is done once, in order with all that happens to her, and what it
gives names it as the cause. ``handlers.plan_acts`` does it; then the journey goes on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app import inbox
from app.domain.outreach import todos
from app.domain.outreach.journeys import enrolments, journey_marks, plans, positions, progress
from app.domain.outreach.journeys.enrolments import Enrolment
from app.domain.outreach.journeys.journey_marks import mark
from app.domain.outreach.journeys.plans import Plan
from app.journeys import facts
from app.programme import Programme
from sop.plans import PlanDefinition
from sop.times.grounds import Ground
from sop.times.schedules import Due

OF_MEMBER, OF_GROUP = "plan_act", "plan_act_for_group"
MOVED = "moved"  # the outcome with which she leaves the plan


@dataclass(frozen=True, slots=True)
class Beginning:
    """An act that is due."""

    enrolment: Enrolment
    due: Due


@dataclass(frozen=True, slots=True)
class Act:
    """An act that is being done. ``key`` is for what it gives: the same however often it is
    tried."""

    plan: Plan
    definition: PlanDefinition
    enrolment: Enrolment
    step: int
    occurrence: str

    @property
    def kind(self) -> str:
        act = self.definition.steps[self.step].act
        assert act is not None
        return act.kind

    @property
    def what(self) -> str:
        act = self.definition.steps[self.step].act
        assert act is not None
        return str(act.what)

    @property
    def key(self) -> str:
        return f"plan:{self.plan.id}:{self.enrolment.subject}:{self.step}:{self.occurrence}"

    @property
    def rule(self) -> str:
        return f"plan:{self.plan.id}/step:{self.step + 1}"

    @property
    def todo_cause(self) -> todos.Cause:
        return todos.Cause(self.plan.id, self.enrolment.id, self.step)


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
                "enrolment_id": enrolment.id,
                "step": due.step,
                "occurrence": due.occurrence,
                "depth": enrolment.depth + 1,
            },
            channel_id=plan.channel_id if is_group else None,
            member_id=enrolment.member_id,
            now=now,
        )


def begun(session: Session, fields: Mapping[str, Any], now: datetime) -> Act | None:
    """The act that an event asks for, its enrolment locked; None when she has left the plan
    meanwhile: then nothing is done any more, and that is marked."""
    (enrolment,) = enrolments.locked(session, [int(fields["enrolment_id"])])
    plan = session.get_one(Plan, enrolment.plan_id)
    definition = plans.definition_of(session, plan.id, enrolment.version)
    step, occurrence = int(fields["step"]), str(fields["occurrence"])
    if enrolment.ended_at is not None or enrolment.acting != step:
        left = mark(enrolment.id, step, occurrence, "act", "left_plan", now)
        journey_marks.put_all(session, [left])
        return None
    return Act(plan, definition, enrolment, step, occurrence)


def end(session: Session, act: Act, outcome: str, programme: Programme, now: datetime) -> None:
    """The act is done, or cannot be done: the journey goes on, or ends here."""
    enrolment = act.enrolment
    done = mark(enrolment.id, act.step, act.occurrence, "act", outcome, now)
    journey_marks.put_all(session, [done])
    session.refresh(enrolment)  # what the act has brought about may have moved it
    if enrolment.ended_at is not None:
        return
    if outcome == MOVED:
        columns = progress.kept(enrolment) | positions.ended(MOVED, now)
    else:
        ground = _ground(session, act, programme, now)
        journey = progress.journey_of(enrolment)
        columns = positions.columns(act.definition, journey, ground, now)
    enrolments.move_all(session, [{"id": enrolment.id, **columns, "acting": None}])


def _ground(session: Session, act: Act, programme: Programme, now: datetime) -> Ground:
    usual, member_id = Ground(programme.zone, act.enrolment.subject), act.enrolment.member_id
    if member_id is not None:
        asked = facts.asked_by([act.definition], act.enrolment.enrolled_at, now)
        known = facts.of_members(session, [member_id], asked, programme, now)
        usual = known[member_id].ground(programme)
    return progress.ground(usual, act.enrolment, act.definition)
