"""What became of a plan's steps: messages by state and by the reason against them, which way
branches and waits went, what was done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.outreach.journeys.enrolments import Enrolment
from app.domain.outreach.journeys.journey_marks import JourneyMark
from app.outbox import OutboxMessage


@dataclass(slots=True)
class StepOutcome:
    """``states`` and ``reasons`` are of its messages; ``marks`` count how it came out otherwise: a
    branch ``then`` or ``else``, an act ``done`` or not."""

    states: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    marks: dict[str, int] = field(default_factory=dict)


def of(session: Session, plan_id: int, version: int) -> Mapping[int, StepOutcome]:
    """By the numbers of the steps of this version."""
    outcomes: dict[int, StepOutcome] = {}
    for step, state, reason, count in _messages(session, plan_id, version):
        outcome = outcomes.setdefault(step or 0, StepOutcome())
        outcome.states[state] = outcome.states.get(state, 0) + count
        if state == "suppressed":
            outcome.reasons[reason or ""] = outcome.reasons.get(reason or "", 0) + count
    for step, outcome_of, count in _marks(session, plan_id, version):
        outcomes.setdefault(step, StepOutcome()).marks[outcome_of] = count
    return outcomes


def _messages(
    session: Session, plan_id: int, version: int
) -> Sequence[sa.Row[int | None, str, str | None, int]]:
    step, state, reason = OutboxMessage.step, OutboxMessage.state, OutboxMessage.reason
    return session.execute(
        sa.select(step, state, reason, sa.func.count())
        .where(OutboxMessage.plan_id == plan_id, OutboxMessage.rule_version == version)
        .group_by(step, state, reason)
    ).all()


def _marks(session: Session, plan_id: int, version: int) -> Sequence[sa.Row[int, str, int]]:
    """Of those who are on this version now."""
    step, outcome = JourneyMark.step, JourneyMark.outcome
    return session.execute(
        sa.select(step, outcome, sa.func.count())
        .join(Enrolment, Enrolment.id == JourneyMark.enrolment_id)
        .where(Enrolment.plan_id == plan_id, Enrolment.version == version)
        .where(JourneyMark.kind.in_(("branch", "wait", "act")))
        .group_by(step, outcome)
    ).all()
