"""Rehearsals: what plans would do to one member or group in the days to come, moment by moment.

The decisions are those of the real house: ``journeys`` says what comes when, ``audiences`` who is
meant, ``manners`` and ``caps`` when and how often she may be spoken to. What is not known of the
days to come is assumed, and said: nobody answers unless ``reactions`` says how many in a hundred
do, and what happened in the days before happens again.

Members do not change each other's days, so each is gone through by herself, in the order of her
own moments.
"""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sop import audiences, conditions, journeys, presences, splits
from sop.audiences import Filter
from sop.conditions import Condition
from sop.happenings import Happened
from sop.journeys import WAITING, Journey
from sop.rehearsing import entries
from sop.rehearsing.casts import (
    DOES,
    ENDS,
    ENTERS,
    HELD_OUT,
    SAYS,
    WITHHELD,
    House,
    Moment,
    Person,
    PlanInRehearsal,
)
from sop.rehearsing.rehearsed_words import Later, Mouth, Outcome, Said, Unsaid
from sop.steps import Step
from sop.times.grounds import Ground
from sop.times.schedules import Due


def of(
    person: Person, plans: Sequence[PlanInRehearsal], house: House, start: datetime, end: datetime
) -> Iterator[Moment]:
    """Everything from ``start`` up to, but not including, ``end``, in order. Who is in a plan goes
    on in the version she is on."""
    return _Rehearsal(person, {plan.id: plan for plan in plans}, house, end).run(start)


@dataclass(slots=True)
class _Underway:
    plan: PlanInRehearsal
    journey: Journey
    ground: Ground
    is_held_out: bool
    known: journeys.Known = field(default_factory=dict)

    def next_due(self) -> Due | None:
        return journeys.next_due(self.plan.definition, self.journey, self.ground, self.known)


@dataclass(frozen=True, slots=True)
class _Message:
    """Due at ``planned_at``, waiting to be said. Of those that wait for one moment, the one that
    was planned first (``number``) goes first, and before what becomes due just then."""

    underway: _Underway
    due: Due
    planned_at: datetime
    number: int
    waited_for: str | None = None


_Item = _Underway | _Message | PlanInRehearsal | Happened


class _Rehearsal:
    """One person's days: a heap of what comes, taken off in order."""

    def __init__(
        self, person: Person, plans: Mapping[int, PlanInRehearsal], house: House, end: datetime
    ):
        self._person, self._plans, self._house, self._end = person, plans, house, end
        self._facts = person.facts
        touches = {category: dict(days) for category, days in person.touches.items()}
        self._mouth = Mouth(
            person.subject, person.zone, house.manners, person.reach.copy(), touches
        )
        self._on: dict[int, _Underway] = {}
        self._been_in = set(person.been_in) | set(person.underway)
        self._last_in: dict[int, datetime] = {}
        self._heap: list[tuple[datetime, bool, int, _Item]] = []
        self._number = 0

    def run(self, start: datetime) -> Iterator[Moment]:
        for plan_id, entered in self._person.underway.items():
            if plan_id in self._plans:
                plan = self._house.older.get((plan_id, entered.version), self._plans[plan_id])
                self._set_out(plan, entered.journey)
        for plan in self._plans.values():
            for at in entries.of(plan.definition.trigger, self._arrival(), start, self._end):
                self._push(at, plan)
        while self._heap and self._heap[0][0] < self._end:
            at, _, _, item = heapq.heappop(self._heap)
            match item:
                case PlanInRehearsal():
                    yield from self._enter(item, at)
                case _Underway():
                    yield from self._pass_step(item, at)
                case _Message():
                    yield from self._say(item, at)
                case Happened():
                    yield from self._hear(item)

    def _arrival(self) -> entries.Arriving:
        person = self._person
        return entries.Arriving(
            self._house.zone, person.birthday_on, person.last_heard_at, self._facts.past
        )

    def _enter(self, plan: PlanInRehearsal, at: datetime) -> Iterator[Moment]:
        if not self._may_enter(plan, at):
            return
        self._been_in.add(plan.id)
        self._last_in[plan.id] = at
        yield Moment(at, plan.id, ENTERS, version=plan.version)
        underway = self._set_out(plan, Journey(at))
        if underway.is_held_out:
            yield Moment(at, plan.id, HELD_OUT, version=plan.version)

    def _may_enter(self, plan: PlanInRehearsal, at: datetime) -> bool:
        """As re-entry has it, and for plans that the clock starts, only who is meant."""
        trigger, reentry = plan.definition.trigger, plan.definition.reentry
        if trigger.happening is None and self._against(plan) is not None:
            return False
        if plan.id not in self._been_in:
            return True
        if reentry.kind == "after_days":
            last = self._last_in.get(plan.id)
            return last is None or at - last >= timedelta(days=reentry.days)
        if reentry.kind == "after_end":
            return plan.id not in self._on
        return reentry.kind == "per_happening"

    def _set_out(self, plan: PlanInRehearsal, journey: Journey) -> _Underway:
        person = self._person
        ground = Ground(
            person.zone,
            person.subject,
            person.active_at,
            person.birthday_on,
            plan.definition.skip,
        )
        held_out = splits.is_held_out(plan.split, person.subject, plan.definition.holdout_percent)
        underway = _Underway(plan, journey, ground, held_out)
        self._on[plan.id] = underway
        self._push_next(underway)
        return underway

    def _push_next(self, underway: _Underway) -> None:
        due = underway.next_due()
        if due is None:
            self._on.pop(underway.plan.id, None)
        elif due.at < self._end:
            self._push(due.at, underway)

    def _pass_step(self, underway: _Underway, at: datetime) -> Iterator[Moment]:
        plan, definition = underway.plan, underway.plan.definition
        due = underway.next_due()
        if self._on.get(plan.id) is not underway or due is None or due.at != at:
            return  # something that happened meanwhile has changed what comes next
        meets = self._meets(underway.journey.enrolled_at, at)
        if journeys.ends(definition, meets):
            del self._on[plan.id]
            yield Moment(at, plan.id, ENDS, reason="ended_early", version=plan.version)
            return
        underway.journey = journeys.passed(definition, underway.journey, due, meets)
        step = definition.steps[due.step]
        if not underway.is_held_out:
            yield from self._do(underway, step, due)
        self._react(underway, due)
        self._push_next(underway)
        if plan.id not in self._on:
            yield Moment(at, plan.id, ENDS, reason="finished", version=plan.version)

    def _do(self, underway: _Underway, step: Step, due: Due) -> Iterator[Moment]:
        if step.message is not None:
            yield from self._say(_Message(underway, due, due.at, self._next_number()), due.at)
        elif step.act is not None:
            plan = underway.plan
            yield Moment(due.at, plan.id, DOES, due.step, version=plan.version)
            self._act(step, due.at)

    def _act(self, step: Step, at: datetime) -> None:
        assert step.act is not None
        facts, what = self._facts, step.act.what
        if step.act.kind == "tag" and str(what) not in facts.tags:
            self._facts = replace(facts, tags=facts.tags | {str(what)})
            self._push(at, Happened("tagged", at, {"tag": what}))
        elif step.act.kind == "untag":
            self._facts = replace(facts, tags=facts.tags - {str(what)})
        elif step.act.kind == "points":
            self._facts = replace(facts, points=facts.points + int(what))
        elif step.act.kind == "move" and int(what) in self._plans:
            self._push(at, self._plans[int(what)])

    def _hear(self, happened: Happened) -> Iterator[Moment]:
        self._facts = replace(self._facts, past=[*self._facts.past, happened])
        for underway in list(self._on.values()):
            heard = journeys.heard(underway.plan.definition, underway.journey, happened)
            if heard is not underway.journey:
                underway.journey = heard
                self._push_next(underway)
        for plan in self._plans.values():
            trigger = plan.definition.trigger
            if trigger.happening is not None and trigger.happening.is_met_by(happened):
                yield from self._enter(plan, happened.at)

    def _react(self, underway: _Underway, due: Due) -> None:
        """Some of those of whom a wait expects something do it, half-way through the wait."""
        wait = underway.plan.definition.steps[due.step].wait
        decided = underway.journey.decided.get(due.step)
        if wait is None or decided is None or decided.arm != WAITING or not self._house.reactions:
            return
        name = f"{underway.plan.split}/reaction/{due.step}/{due.occurrence}"
        if splits.place(name, self._person.subject) * 100 < self._house.reactions:
            at = due.at + timedelta(minutes=wait.minutes) / 2
            fields = dict(wait.what.narrowed)
            self._push(at, Happened(wait.what.kind, at, fields))

    def _say(self, message: _Message, at: datetime) -> Iterator[Moment]:
        plan, due = message.underway.plan, message.due
        outcome = self._outcome(message, at)
        if isinstance(outcome, Later):
            reason = message.waited_for or outcome.reason
            self._push(outcome.until, replace(message, waited_for=reason))
            return
        said = outcome if isinstance(outcome, Said) else None
        yield Moment(
            said.at if said else at,
            plan.id,
            SAYS if said else WITHHELD,
            due.step,
            way=said.way if said else None,
            reason=outcome.reason if isinstance(outcome, Unsaid) else None,
            planned_at=message.planned_at if at != message.planned_at else None,
            waited_for=message.waited_for,
            passed_over=outcome.passed_over,
            variant=self._variant(plan, plan.definition.steps[due.step]),
            version=plan.version,
        )

    def _outcome(self, message: _Message, at: datetime) -> Outcome:
        plan = message.underway.plan
        against = self._against(plan)
        if against is not None:
            return Unsaid(against)
        ways, category = plan.ways[message.due.step], plan.definition.category
        return self._mouth.say(ways, category, message.planned_at, at)

    def _against(self, plan: PlanInRehearsal) -> str | None:
        """Why she is not meant, or not any more."""
        person, definition = self._person, plan.definition
        is_there = person.has_left, person.has_opted_out, plan.is_recall
        absent = presences.reason_against(*is_there, definition.category)
        if absent is not None:
            return absent
        if isinstance(definition.filter, Filter):
            known = self._facts
            return audiences.reason_against(definition.filter, known.tier, known.tags, known.crowds)
        return audiences.reason_against_group(definition.filter, person.tier_label)

    def _variant(self, plan: PlanInRehearsal, step: Step) -> str | None:
        if not step.variants:
            return None
        shares = [variant.share for variant in step.variants]
        return step.variants[splits.arm(plan.split, self._person.subject, shares)].name

    def _meets(self, enrolled_at: datetime, at: datetime) -> journeys.Meets:
        def meets(condition: Condition) -> bool:
            return conditions.holds(condition, self._facts, enrolled_at, at)

        return meets

    def _push(self, at: datetime, item: _Item) -> None:
        number = item.number if isinstance(item, _Message) else self._next_number()
        heapq.heappush(self._heap, (at, not isinstance(item, _Message), number, item))

    def _next_number(self) -> int:
        self._number += 1
        return self._number
