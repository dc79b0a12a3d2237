"""Experiments: which variant works better, and does speaking help at all, read from what happened.

Arms are who was assigned, whether or not each was reached; an arm's success is who then did what
the measure asks, within its days of being assigned. Nothing is kept for it: the outbox and the
enrolments know who was in which arm, and ``journeys.past`` what everybody did.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.broadcasting import launching, rows
from app.domain.outreach.broadcasts import Broadcast, Recipient
from app.domain.outreach.journeys import plans, winner_rules
from app.domain.outreach.journeys.enrolments import Enrolment
from app.domain.outreach.journeys.plans import Plan
from app.domain.people import operators
from app.journeys import past
from app.outbox import OutboxMessage
from sop import experiments, happenings, winners
from sop.experiments import Arm, Lift
from sop.happenings import Happening
from sop.plans import PlanDefinition
from sop.reading import Problem, Reader

TREATED, HELD_OUT = "treated", "held_out"
DAYS_MAX = 365
AT_ONCE = 5000  # members a query
LOOK_EVERY = timedelta(hours=1)
USUAL: Mapping[str, Any] = {"happened": {"kind": "ordered"}, "within_days": 7}


class BadMeasure(ValueError):
    """What counts as success cannot be read."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{one.path}: {one.en}" for one in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Measure:
    """What counts as success, and within how many days of being assigned."""

    what: Happening
    within_days: int


@dataclass(frozen=True, slots=True)
class Compared:
    """``step`` is None for a holdout. ``lifts``: of each other arm over the first, by its name;
    ``mismatch`` is how probable so uneven a split is by chance."""

    step: int | None
    name: str
    arms: tuple[Arm, ...]
    lifts: Mapping[str, Lift]
    mismatch: float
    is_mismatched: bool
    winner: str | None


@dataclass(frozen=True, slots=True)
class _Assigned:
    """Who was assigned to which arm, and when: three columns, ``member_id``, ``arm`` and ``at``."""

    rows: sa.Select[int | None, str | None, datetime]
    shares: Mapping[str, float]


def measure(definition: Any) -> Measure:
    """From {"happened": {"kind": "ordered"}, "within_days": 7}. Raises BadMeasure."""
    reader = Reader()
    fields = reader.mapping("", definition, ("happened", "within_days")) or {}
    what = happenings.read(reader, "happened", fields.get("happened"))
    days = reader.whole("within_days", fields.get("within_days"), 1, DAYS_MAX)
    if reader.problems or what is None or days is None:
        raise BadMeasure(reader.problems)
    return Measure(what, days)


def measure_of(plan: PlanDefinition) -> Measure:
    """The plan's own goal, or else an order within a week."""
    return Measure(plan.goal.what, plan.goal.within_days) if plan.goal else measure(USUAL)


def of_plan(session: Session, plan: Plan, by: Measure) -> list[Compared]:
    """Each step with variants of the plan's present version, and its holdout."""
    definition = plans.definition_of(session, plan.id, plan.version)
    found = [
        of_step(session, plan, number, by)
        for number, step in enumerate(definition.steps)
        if step.variants
    ]
    if definition.holdout_percent:
        found.append(_compared(session, None, "", _holdout_of_plan(plan, definition), by))
    return found


def of_step(session: Session, plan: Plan, number: int, by: Measure) -> Compared:
    step = plans.definition_of(session, plan.id, plan.version).steps[number]
    told = sa.select(
        OutboxMessage.member_id.label("member_id"),
        OutboxMessage.variant.label("arm"),
        sa.func.min(OutboxMessage.created_at).label("at"),
    ).where(
        OutboxMessage.plan_id == plan.id,
        OutboxMessage.rule_version == plan.version,
        OutboxMessage.step == number,
        OutboxMessage.variant.is_not(None),
    )
    shares = {variant.name: float(variant.share) for variant in step.variants}
    assigned = _Assigned(told.group_by(OutboxMessage.member_id, OutboxMessage.variant), shares)
    return _compared(session, number, step.name, assigned, by)


def of_broadcast(session: Session, broadcast: Broadcast, by: Measure) -> list[Compared]:
    """Its variants, and those who were held out of it."""
    definition = broadcast.parsed
    found = []
    its = OutboxMessage.broadcast_id == broadcast.id
    if definition.tryout is not None:
        its = sa.and_(its, _is_tried_out(broadcast))
    is_held_out = sa.func.coalesce(OutboxMessage.reason, "") == rows.HELD_OUT
    columns = OutboxMessage.member_id.label("member_id"), OutboxMessage.created_at.label("at")
    if definition.variants:
        shares = {variant.name: float(variant.share) for variant in definition.variants}
        arm = OutboxMessage.variant.label("arm")
        told = sa.select(columns[0], arm, columns[1]).where(
            its, OutboxMessage.variant.is_not(None), sa.not_(is_held_out)
        )
        found.append(_compared(session, 0, broadcast.name, _Assigned(told, shares), by))
    if definition.holdout_percent:
        arm = sa.case((is_held_out, HELD_OUT), else_=TREATED).label("arm")
        everybody = sa.select(columns[0], arm, columns[1]).where(its)
        assigned = _Assigned(everybody, _shares(definition.holdout_percent))
        found.append(_compared(session, None, "", assigned, by))
    return found


def _is_tried_out(broadcast: Broadcast) -> sa.ColumnElement[bool]:
    """The rest has its words by choice, and compares nothing."""
    return sa.exists().where(
        Recipient.broadcast_id == broadcast.id,
        Recipient.subject_id == OutboxMessage.member_id,
        Recipient.turn == launching.FIRST,
    )


def choose(
    session: Session, plan: Plan, number: int, winner: str, operator_id: int, now: datetime
) -> None:
    """From now on the step says what this variant said: a new version of the plan. Raises KeyError
    where there is no such variant, plans.NotAllowed for a stopped plan."""
    written = plans.written(session, plan.id, plan.version)
    decided = winners.with_winner(written, number, winner)
    plans.revise(session, plan, decided, operator_id, now)
    details = {"step": number, "winner": winner, "version": plan.version}
    operators.record(session, operator_id, "plan.winner", f"plan:{plan.id}", details, now)


def decide_by_rule(session: Session, now: datetime) -> int:
    """Decides what operators have left to a rule and is certain by now; looks once an hour. Returns
    how many. A rule about a version that is no longer the present one has nothing to decide."""
    decided = 0
    for rule in winner_rules.undecided(session, now - LOOK_EVERY):
        rule.looked_at = now
        plan = session.get_one(Plan, rule.plan_id)
        if plan.version != rule.version or plan.state == plans.State.STOPPED:
            rule.decided_at = now
            continue
        winner = of_step(session, plan, rule.step, measure(rule.measure)).winner
        if winner is not None:
            choose(session, plan, rule.step, winner, rule.operator_id, now)
            rule.decided_at, rule.winner = now, winner
            decided += 1
    return decided


def _holdout_of_plan(plan: Plan, definition: PlanDefinition) -> _Assigned:
    arm = sa.case((Enrolment.held_out_at.is_not(None), HELD_OUT), else_=TREATED)
    everybody = sa.select(
        Enrolment.member_id.label("member_id"),
        arm.label("arm"),
        sa.func.min(Enrolment.enrolled_at).label("at"),
    ).where(Enrolment.plan_id == plan.id, Enrolment.version == plan.version)
    return _Assigned(
        everybody.group_by(Enrolment.member_id, arm), _shares(definition.holdout_percent)
    )


def _shares(holdout_percent: int) -> Mapping[str, float]:
    """What the others are compared with comes first."""
    return {HELD_OUT: float(holdout_percent), TREATED: float(100 - holdout_percent)}


def _compared(
    session: Session, step: int | None, name: str, assigned: _Assigned, by: Measure
) -> Compared:
    counted = assigned.rows.subquery()
    by_arm = sa.select(counted.c.arm, sa.func.count()).group_by(counted.c.arm)
    members: dict[str, int] = dict(session.execute(by_arm).all())
    converted = _converted(session, counted, by)
    arms = tuple(
        Arm(arm, share, members.get(arm, 0), converted[arm])
        for arm, share in assigned.shares.items()
    )
    first, *others = arms
    lifts = {
        arm.name: experiments.lift(arm, first) for arm in others if arm.members and first.members
    }
    best = experiments.winner(arms)
    return Compared(
        step,
        name,
        arms,
        lifts,
        experiments.mismatch(arms),
        experiments.is_mismatched(arms),
        best.name if best else None,
    )


def _converted(session: Session, assigned: sa.Subquery, by: Measure) -> Counter[str]:
    """By arm, how many did it in time. Only those who did it at all are looked at one by one."""
    since = session.scalar(sa.select(sa.func.min(assigned.c.at)))
    if since is None:
        return Counter()
    within = timedelta(days=by.within_days)
    counts: Counter[str] = Counter()
    for part in _in_parts(session, assigned):
        happened = past.of_members(session, [row.member_id for row in part], {by.what.kind: since})
        for row in part:
            counts[row.arm] += any(
                row.at <= one.at <= row.at + within and by.what.is_met_by(one)
                for one in happened.get(row.member_id, ())
            )
    return counts


def _in_parts(session: Session, assigned: sa.Subquery) -> Iterator[Sequence[Any]]:
    last_id = 0
    wanted = sa.select(assigned).where(assigned.c.member_id.is_not(None))
    while True:
        part = session.execute(
            wanted.where(assigned.c.member_id > last_id)
            .order_by(assigned.c.member_id)
            .limit(AT_ONCE)
        ).all()
        if not part:
            return
        yield part
        last_id = part[-1].member_id
