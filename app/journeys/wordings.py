"""Wordings: over which way, and in which words, a step speaks to each of a batch."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.domain.loyalty.entries import Cause
from app.domain.outreach.journeys.enrolments import Enrolment
from app.domain.outreach.journeys.plans import Plan
from app.domain.people.channels import Channel
from app.programme import Programme
from app.sending import routes
from app.sending.choices import Chosen
from sop import splits
from sop.contents import Message
from sop.plans import PlanDefinition, Step
from sop.times.schedules import Due


@dataclass(frozen=True, slots=True)
class Saying:
    """One step that has something to say to one member or group. ``is_missed``: too late for it."""

    enrolment: Enrolment
    definition: PlanDefinition
    due: Due
    is_missed: bool

    @property
    def key(self) -> str:
        it = self.enrolment
        return f"plan:{it.plan_id}:{it.subject}:{self.due.step}:{self.due.occurrence}"

    @property
    def subject_id(self) -> int:
        return self.enrolment.member_id or self.enrolment.group_id or 0

    @property
    def step(self) -> Step:
        return self.definition.steps[self.due.step]

    @property
    def message(self) -> Message:
        step = self.step
        assert step.message is not None
        return step.variants[self._arm].message if step.variants else step.message

    @property
    def variant(self) -> str | None:
        return self.step.variants[self._arm].name if self.step.variants else None

    @property
    def _arm(self) -> int:
        """At every step of the plan the same, however often she is in it."""
        shares = [one.share for one in self.step.variants]
        return splits.arm(f"plan:{self.enrolment.plan_id}", whom(self.enrolment), shares)


def whom(enrolment: Enrolment) -> str:
    """Whose journey it is, without the number of the times she has been in the plan."""
    return enrolment.subject.partition("/")[0]


def of_all(
    session: Session, plan: Plan, sayings: Sequence[Saying], programme: Programme, now: datetime
) -> dict[str, Chosen]:
    """By key, over which way each of them is said and in which words; or why it is not."""
    channel = session.get_one(Channel, plan.channel_id)
    chosen: dict[str, Chosen] = {}
    for alike in _alike(sayings):
        first, keys = alike[0], {one.subject_id: one.key for one in alike}
        route = routes.resolve(session, first.step.route, channel, plan.audience)
        cause = Cause(f"plan:{plan.id}", first.enrolment.version, None)
        found = routes.choose_all(session, keys, route, first.message, cause, programme, now)
        chosen |= {one.key: found[one.subject_id] for one in alike}
    return chosen


def _alike(sayings: Sequence[Saying]) -> Iterator[list[Saying]]:
    """Those that say the same, no subject twice among them."""
    groups: dict[tuple[Any, ...], dict[int, Saying]] = {}
    for one in sayings:
        what, times = (one.enrolment.version, one.due.step, one.variant), 0
        while one.subject_id in groups.setdefault((*what, times), {}):
            times += 1
        groups[(*what, times)][one.subject_id] = one
    for group in groups.values():
        yield list(group.values())
