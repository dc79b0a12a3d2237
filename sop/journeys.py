"""Journeys: how one member or group goes through a plan. What is due next, what the passing of a
step decides, and what something that happens meanwhile changes.

Pure: the same journey, facts and moments give the same answer, be it the tick that asks, a
rehearsal, or a page that explains.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sop.conditions import Condition
from sop.happenings import Happened
from sop.plans import PlanDefinition
from sop.steps import ELSE, THEN
from sop.times import schedules
from sop.times.grounds import Ground
from sop.times.schedules import Cursor, Due, Live

WAITING = "waiting"
TIME_OUT = "time-out"  # the occurrence at which a wait ends without what it waited for

Meets = Callable[[Condition], bool]
Known = dict[int, Due | None]


@dataclass(frozen=True, slots=True)
class Decided:
    """How a branch or a wait came out, or that it is still ``waiting``, since when."""

    arm: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Journey:
    """How far somebody has come: ``passed`` last, and what was ``decided`` on the way, by the
    number of the step."""

    enrolled_at: datetime
    passed: Cursor | None = None
    decided: Mapping[int, Decided] = field(default_factory=dict)


def next_due(
    plan: PlanDefinition, journey: Journey, ground: Ground, known: Known | None = None
) -> Due | None:
    """What comes next, or None when the plan has run out. A wait that is going on comes again as
    its time-out.

    Whoever asks again and again about one journey may hand in what is ``known`` of its steps, an
    empty dictionary at first: then each is reckoned once, and not every time.
    """
    due = (
        schedules.next_due(_live(plan, journey), journey.passed, ground)
        if known is None
        else (_next_known(plan, journey, ground, known))
    )
    for number, decided in journey.decided.items():
        wait = plan.steps[number].wait
        if decided.arm == WAITING and wait is not None:
            ends_at = decided.at + timedelta(minutes=wait.minutes)
            if due is None or (ends_at, number) < (due.at, due.step):
                due = Due(number, ends_at, TIME_OUT)
    return due


def passed(plan: PlanDefinition, journey: Journey, due: Due, meets: Meets) -> Journey:
    """The journey past what was due: a branch is decided by the condition that she ``meets`` or
    does not, a wait begins or has timed out. All of it as of the moment it was due."""
    step = plan.steps[due.step]
    cursor = Cursor(due.step, due.at)
    if step.branch is not None:
        arm = THEN if meets(step.branch) else ELSE
    elif step.wait is not None:
        arm = ELSE if due.occurrence == TIME_OUT else WAITING
    else:
        return Journey(journey.enrolled_at, cursor, journey.decided)
    return _decide(replace(journey, passed=cursor), due.step, Decided(arm, due.at))


def heard(plan: PlanDefinition, journey: Journey, happened: Happened) -> Journey:
    """The journey after something has happened: every wait for just this goes on. The very same
    journey when none did."""
    for number, decided in journey.decided.items():
        wait = plan.steps[number].wait
        if decided.arm == WAITING and wait is not None and wait.what.is_met_by(happened):
            at = _after_what_is_passed(journey, max(happened.at, decided.at))
            journey = _decide(journey, number, Decided(THEN, at))
    return journey


def reaches_goal(plan: PlanDefinition, enrolled_at: datetime, happened: Happened) -> bool:
    """Whether this makes the plan a success with her."""
    goal = plan.goal
    if goal is None or not goal.what.is_met_by(happened):
        return False
    return enrolled_at <= happened.at <= enrolled_at + timedelta(days=goal.within_days)


def ends(plan: PlanDefinition, meets: Meets) -> bool:
    """Whether she leaves the plan early."""
    return plan.ends is not None and meets(plan.ends.condition)


def _live(plan: PlanDefinition, journey: Journey) -> Iterator[Live]:
    for number, base in _bases(plan, journey):
        yield Live(number, plan.steps[number].when, base)


def _bases(plan: PlanDefinition, journey: Journey) -> Iterator[tuple[int, datetime]]:
    """The steps that can be due, and from when each counts: those on the trunk, and those in the
    arms that were taken. A branch or a wait is due once."""
    decided = journey.decided
    for number, step in enumerate(plan.steps):
        if number in decided:
            continue
        if step.under is None:
            yield number, journey.enrolled_at
            continue
        parent, arm = step.under
        hangs_on = decided.get(parent)
        if hangs_on is not None and hangs_on.arm == arm:
            yield number, hangs_on.at


def _next_known(plan: PlanDefinition, journey: Journey, ground: Ground, known: Known) -> Due | None:
    """The earliest of what each live step has next: reckoned when the step is asked about first,
    and again when that has been passed."""
    best: Due | None = None
    passed = journey.passed
    for number, base in _bases(plan, journey):
        when = plan.steps[number].when
        if number not in known:
            known[number] = schedules.next_due((Live(number, when, base),), passed, ground)
        due = known[number]
        if due is not None and passed is not None and _is_behind(due, passed):
            again = () if schedules.comes_once(when) else (Live(number, when, base),)
            due = known[number] = schedules.next_due(again, passed, ground)
        if due is not None and (best is None or due.at < best.at):
            best = due
    return best


def _is_behind(due: Due, passed: Cursor) -> bool:
    if due.at > passed.at:
        return False
    return due.at < passed.at or due.step <= passed.step


def _decide(journey: Journey, number: int, decided: Decided) -> Journey:
    return replace(journey, decided={**journey.decided, number: decided})


def _after_what_is_passed(journey: Journey, at: datetime) -> datetime:
    """An arm's moments count from after what has been passed already, or they would be behind."""
    if journey.passed is None or at > journey.passed.at:
        return at
    return journey.passed.at + datetime.resolution
