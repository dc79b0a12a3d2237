"""Running: the clock moves journeys on. What is due in a plan is passed a batch at a time, and all
of it set-based: read with a few queries, decided in memory, written with a few statements.

A step that says something leaves one row in the outbox, whatever becomes of it; branches, waits and
acts leave marks. A step that acts becomes an event of our own in its member's lane (``handlers``
do what it says); the journey stands still until that is done.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from app import odd_ones
from app.alone import Alone, together
from app.domain.outreach.journeys import (
    enrolments,
    holdouts,
    journey_marks,
    plans,
    positions,
    progress,
)
from app.domain.outreach.journeys.enrolments import Enrolment
from app.domain.outreach.journeys.journey_marks import mark
from app.domain.outreach.journeys.plans import Plan
from app.domain.people import members
from app.journeys import acting, facts, saying, wordings
from app.journeys.facts import KnownOf
from app.journeys.wordings import Saying
from app.programme import Programme
from sop import conditions, journeys
from sop.audiences import Filter
from sop.conditions import Condition
from sop.journeys import Journey
from sop.plans import PlanDefinition
from sop.times import lateness
from sop.times.grounds import Ground
from sop.times.schedules import Due

BATCH = 500
ROUND = 1000  # steps in one transaction, so that nobody waits long for the database


def run_due(
    session: Session, programme: Programme, now: datetime, *, alone: Alone = together
) -> int:
    """Passes what is due, up to a batch a plan, those first that have waited longest. Returns how
    many steps; the caller goes on while there are any."""
    passed = 0
    for plan in enrolments.plans_due(session, now):
        batch = partial(_pass_batch, session, plan, programme, now, alone)
        passed += alone(session, f"plan:{plan.id}", batch, 0)
        if passed >= ROUND:
            break
    return passed


def _pass_batch(
    session: Session, plan: Plan, programme: Programme, now: datetime, alone: Alone
) -> int:
    """Without those at whom it raises, who rest by themselves and are then tried by themselves."""
    name = f"plan:{plan.id}"
    odd = alone.below(name)
    resting = [who for who, rests in odd.items() if rests]
    rows = enrolments.due(session, plan.id, BATCH, now, without=resting)
    passing = partial(_pass_rows, session, plan, programme, now)
    usual = [row for row in rows if row.subject not in odd]
    new = odd_ones.found(session, usual, passing)
    for it in new:
        alone(session, f"{name}/{it.one.subject}", partial(_raise, it.error), None)
    passed = len(usual) - len(new)
    for row in rows:
        if row.subject in odd:
            passed += alone(session, f"{name}/{row.subject}", partial(passing, [row]), 0)
    return passed


def _raise(error: Exception) -> None:
    raise error


def _pass_rows(
    session: Session, plan: Plan, programme: Programme, now: datetime, due: Sequence[Enrolment]
) -> int:
    rows = list(due)
    versions = {row.version for row in rows}
    definitions = {one: plans.definition_of(session, plan.id, one) for one in versions}
    if _issues_coupons(definitions):
        rows = _held(session, rows)
    if not rows:
        return 0
    asked = facts.asked_by(
        definitions.values(),
        min(row.enrolled_at for row in rows),
        min(row.put_off_from_at or row.due_at or now for row in rows),
    )
    member_ids = [row.member_id for row in rows if row.member_id is not None]
    known = facts.of_members(session, member_ids, asked, programme, now)
    batch = _Batch(plan, known, programme, now)
    for row in rows:
        batch.moved.append({"id": row.id, **batch.passing(row, definitions[row.version])})
    saying.say_all(session, plan, batch.sayings, known, programme, now)
    acting.begin_all(session, plan, batch.acts, now)
    journey_marks.put_all(session, batch.marks)
    enrolments.move_all(session, batch.moved)
    return len(rows)


def _issues_coupons(definitions: Mapping[int, PlanDefinition]) -> bool:
    return any(
        message.kind == "coupon"
        for plan in definitions.values()
        for step in plan.steps
        for message in (
            step.message,
            *[arm.message for arm in step.variants],
            *[way.message for way in step.route],
        )
        if message is not None
    )


def _held(session: Session, rows: Sequence[Enrolment]) -> list[Enrolment]:
    """Without those whose member's record somebody else has locked: they are for the next round.
    Handlers lock the member first and the enrolment then, so to wait here would be to wait for each
    other."""
    ids = [row.member_id for row in rows if row.member_id is not None]
    held = members.hold_free(session, ids)
    return [row for row in rows if row.member_id is None or row.member_id in held]


@dataclass(slots=True)
class _Batch:
    """What passing a batch comes to, before any of it is written."""

    plan: Plan
    known: Mapping[int, KnownOf]
    programme: Programme
    now: datetime
    sayings: list[Saying] = field(default_factory=list)
    acts: list[acting.Beginning] = field(default_factory=list)
    marks: list[dict[str, Any]] = field(default_factory=list)
    moved: list[dict[str, Any]] = field(default_factory=list)

    def passing(self, row: Enrolment, plan: PlanDefinition) -> dict[str, Any]:
        """The columns of an enrolment after what is due in it, which is noted here."""
        journey, ground = progress.journey_of(row), self._ground(row, plan)
        due, stays = progress.due_of(row), {"acting": None, "held_out_at": row.held_out_at}
        if due is None:
            return stays | self._placed(row, plan, journey, ground)
        if journeys.ends(plan, self._meets(row, due.at)):
            return stays | progress.kept(row) | positions.ended("ended", self.now)
        step = plan.steps[due.step]
        says, acts = step.message is not None, step.act is not None
        decision: lateness.Decision = "go"
        if says or acts:
            assert row.due_at is not None
            decision = lateness.decide(plan.late, row.due_at, self.now, ground.zone, plan.skip)
        if isinstance(decision, datetime):
            later = {"due_at": decision, "put_off_from_at": due.at}
            return stays | progress.kept(row) | later
        is_held_out, is_missed = row.held_out_at is not None, decision == "skip"
        passed = journeys.passed(plan, journey, due, self._meets(row, due.at))
        columns = positions.columns(plan, passed, ground, self.now)
        if says and not is_held_out:
            self.sayings.append(Saying(row, plan, due, is_missed))
        elif acts and not is_held_out:
            reason = "missed" if is_missed else self._reason_not_to_act(row, plan)
            if reason is None:
                self.acts.append(acting.Beginning(row, due))
                return stays | columns | positions.standing_still(due.step)
            self.marks.append(mark(row.id, due.step, due.occurrence, "act", reason, self.now))
        elif not acts:
            self._mark_decision(row, plan, passed, due)
        return stays | columns

    def _reason_not_to_act(self, row: Enrolment, plan: PlanDefinition) -> str | None:
        of_her = self.known.get(row.member_id or 0)
        if of_her is None or not isinstance(plan.filter, Filter):
            return None
        return of_her.reason_outside(plan.filter)

    def _placed(
        self, row: Enrolment, plan: PlanDefinition, journey: Journey, ground: Ground
    ) -> dict[str, Any]:
        """Her place, where that is not the same for everybody, or in a version she was moved to.
        Only at the beginning is it decided whether she is held out."""
        columns = positions.columns(plan, journey, ground, self.now)
        if journey.passed is not None:
            return columns
        is_held_out = holdouts.is_of_plan(self.plan.id, wordings.whom(row), plan)
        return columns | {"held_out_at": self.now if is_held_out else None}

    def _ground(self, row: Enrolment, plan: PlanDefinition) -> Ground:
        of_her = self.known.get(row.member_id or 0)
        ground = of_her.ground(self.programme) if of_her else Ground(self.programme.zone, "")
        return progress.ground(ground, row, plan)

    def _meets(self, row: Enrolment, at: datetime) -> journeys.Meets:
        of_her = self.known.get(row.member_id or 0)
        known = of_her.facts if of_her else conditions.Facts()

        def meets(condition: Condition) -> bool:
            return conditions.holds(condition, known, row.enrolled_at, at)

        return meets

    def _mark_decision(
        self, row: Enrolment, plan: PlanDefinition, passed: Journey, due: Due
    ) -> None:
        if due.step in passed.decided:
            kind = "wait" if plan.steps[due.step].wait else "branch"
            outcome = passed.decided[due.step].arm
            self.marks.append(mark(row.id, due.step, due.occurrence, kind, outcome, due.at))
