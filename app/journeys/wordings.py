"""Wordings: in which words a step speaks to each member or group of a batch."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app import contents, personal
from app.contents import AsSent, CannotBeSaid
from app.domain.loyalty.entries import Cause
from app.domain.outreach.enrolments import Enrolment
from app.domain.outreach.plans import Plan
from app.domain.people.channels import Channel
from app.domain.people.groups import Group
from app.journeys.facts import KnownOf
from app.personal import Unfilled
from app.programme import Programme
from sop import splits
from sop.contents import Message
from sop.plans import PlanDefinition
from sop.schedules import Due


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
    def message(self) -> Message:
        step = self.definition.steps[self.due.step]
        assert step.message is not None
        return step.variants[self._arm].message if step.variants else step.message

    @property
    def variant(self) -> str | None:
        step = self.definition.steps[self.due.step]
        return step.variants[self._arm].name if step.variants else None

    @property
    def _arm(self) -> int:
        """At every step of the plan the same, however often she is in it."""
        shares = [one.share for one in self.definition.steps[self.due.step].variants]
        return splits.arm(f"plan:{self.enrolment.plan_id}", whom(self.enrolment), shares)


@dataclass(frozen=True, slots=True)
class Worded:
    """What is said, and why it is not sent, if it is not."""

    kind: str
    content: Mapping[str, Any]
    reason: str | None = None

    @classmethod
    def as_written(cls, saying: Saying, reason: str) -> "Worded":
        return cls(saying.message.kind, saying.message.content, reason)


def whom(enrolment: Enrolment) -> str:
    """Whose journey it is, without the number of the times she has been in the plan."""
    return enrolment.subject.partition("/")[0]


def of_all(
    session: Session,
    plan: Plan,
    sayings: Sequence[Saying],
    known: Mapping[int, KnownOf],
    programme: Programme,
    now: datetime,
) -> dict[str, Worded]:
    """By key, what each of them says."""
    channel = session.get_one(Channel, plan.channel_id)
    worded: dict[str, Worded] = {}
    unfilled: list[tuple[Saying, AsSent]] = []
    for alike in _alike(sayings):
        keys = {one.subject_id: one.key for one in alike}
        cause = Cause(f"plan:{plan.id}", alike[0].enrolment.version, None)
        is_for_groups = plan.audience == "group"
        said = contents.Saying(channel, keys, cause, to_groups=is_for_groups)
        try:
            sent = contents.as_sent(session, alike[0].message, said, programme, now)
        except CannotBeSaid as error:
            worded |= {one.key: Worded.as_written(one, error.reason) for one in alike}
            continue
        for one in alike:
            if one.subject_id in sent.refused:
                worded[one.key] = Worded.as_written(one, sent.refused[one.subject_id])
            else:
                unfilled.append((one, sent))
    return worded | _filled(session, unfilled, known, programme, now)


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


def _filled(
    session: Session,
    unfilled: Sequence[tuple[Saying, AsSent]],
    known: Mapping[int, KnownOf],
    programme: Programme,
    now: datetime,
) -> dict[str, Worded]:
    of_members = [
        Unfilled(sent.content, known[one.subject_id].member, sent.values.get(one.subject_id, {}))
        for one, sent in unfilled
        if one.enrolment.group_id is None
    ]
    of_groups = [
        (sent.content, session.get_one(Group, one.enrolment.group_id))
        for one, sent in unfilled
        if one.enrolment.group_id is not None
    ]
    filled = personal.contents_for_members(session, of_members, programme, now)
    filled += [personal.filled_for_group(session, *one) for one in of_groups]
    worded = {}
    for (one, sent), words in zip(unfilled, filled, strict=True):
        hole = f"nothing_to_fill:{words.hole}" if words.hole else None
        worded[one.key] = Worded(sent.kind, words.content, hole)
    return worded
