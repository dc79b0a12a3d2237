"""Choices: for many members at once, the first of several ways over which a message can go, what
it says there, and why each way before it was passed over.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import contents, lanes, personal
from app.contents import AsSent
from app.domain.loyalty.entries import Cause
from app.domain.outreach.allowances import limits
from app.domain.people.groups import Group
from app.domain.people.members import Member
from app.outbox import Address
from app.personal import Filled, Unfilled
from app.programme import Programme
from app.sending import reaching
from app.sending.ways import GATHERED, Way
from sop.contents import Message

NO_WAY = "no_way"


@dataclass(frozen=True, slots=True)
class Chosen:
    """Where a message goes and what it says there. Without an address there is no way, and
    ``reason`` is why; ``kind`` and ``content`` are then as they were written."""

    address: Address | None
    kind: str
    content: Mapping[str, Any]
    pipe: str = lanes.BROADCASTS
    passed_over: Sequence[Mapping[str, Any]] = ()
    ways_left: Sequence[Mapping[str, Any]] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """The ways of one step or broadcast, to members or to groups. ``is_choice``: there were several
    to choose from; where there is one only, it is all there is."""

    ways: Sequence[Way]
    to_groups: bool
    is_choice: bool


def nowhere(message: Message, reason: str | None) -> Chosen:
    """It goes no way at all, for this reason."""
    return Chosen(None, message.kind, message.content, reason=reason)


@dataclass(slots=True)
class Choosing:
    """One message for many, over the same ways."""

    session: Session
    keys: Mapping[int, str]
    route: Route
    message: Message
    cause: Cause
    programme: Programme
    now: datetime

    def all_chosen(self) -> Mapping[int, Chosen]:
        chosen: dict[int, Chosen] = {}
        passed: dict[int, list[dict[str, Any]]] = {subject: [] for subject in self.keys}
        for number, way in enumerate(self.route.ways):
            left = [one.kept(self.message) for one in self.route.ways[number + 1 :]]
            pipe = lanes.RECIPIENTS if way.name in GATHERED else lanes.BROADCASTS
            for subject, found in self._over(way, list(passed)).items():
                if isinstance(found, str):
                    passed[subject].append(way.passed_over(found))
                    continue
                over = passed.pop(subject)
                chosen[subject] = replace(found, pipe=pipe, passed_over=over, ways_left=left)
        return chosen | {subject: self._no_way(over) for subject, over in passed.items()}

    def _no_way(self, over: list[dict[str, Any]]) -> Chosen:
        if not self.route.is_choice:
            return nowhere(self.message, over[-1]["reason"])
        return replace(nowhere(self.message, NO_WAY), passed_over=over)

    def _over(self, way: Way, subjects: Sequence[int]) -> Mapping[int, Chosen | str]:
        """Where and in which words it would go over this way; or why it would not."""
        if way.problem:
            return dict.fromkeys(subjects, way.problem)
        said = way.message or self.message
        reached = self._reached(way, subjects, said)
        there = {subject: at for subject, at in reached.items() if isinstance(at, Address)}
        found: dict[int, Chosen | str] = {
            subject: reason for subject, reason in reached.items() if isinstance(reason, str)
        }
        return found | self._said(way, said, there)

    def _said(
        self, way: Way, said: Message, there: Mapping[int, Address]
    ) -> dict[int, Chosen | str]:
        saying = self._saying(way, there)
        try:
            sent = contents.as_sent(self.session, said, saying, self.programme, self.now)
        except contents.CannotBeSaid as reason:
            return dict.fromkeys(there, reason.reason)
        if way.name in GATHERED and not personal.is_same_for_all(sent.content):
            return dict.fromkeys(there, "personal_words")
        words = self._words(way, list(there), sent)
        return {
            subject: content if isinstance(content, str) else Chosen(at, sent.kind, content)
            for subject, at in there.items()
            for content in [words[subject]]
        }

    def _reached(self, way: Way, subjects: Sequence[int], said: Message) -> reaching.Reached:
        if self.route.to_groups:
            return reaching.groups_over(self.session, way, subjects, self.now)
        at_once = self.route.is_choice
        return reaching.members_over(self.session, way, subjects, said, self.now, at_once=at_once)

    def _saying(self, way: Way, there: Collection[int]) -> contents.Saying:
        keys = {subject: self.keys[subject] for subject in there}
        return contents.Saying(way.channel, keys, self.cause, way.name, self.route.to_groups)

    def _words(
        self, way: Way, subjects: Sequence[int], sent: AsSent
    ) -> Mapping[int, Mapping[str, Any] | str]:
        """The content for each, or what is against it."""
        told = [subject for subject in subjects if subject not in sent.refused]
        is_same = personal.is_same_for_all(sent.content)
        words: dict[int, Mapping[str, Any] | str] = dict(sent.refused)
        asked = told[:1] if is_same else told
        for subject, filled in zip(asked, self._filled(asked, sent), strict=True):
            hole = f"nothing_to_fill:{filled.hole}" if filled.hole else None
            too_much = hole or self._too_much(way, sent.kind, filled.content)
            words[subject] = too_much or filled.content
        return words | {subject: words[asked[0]] for subject in told if is_same}

    def _filled(self, subjects: Sequence[int], sent: AsSent) -> Sequence[Filled]:
        if self.route.to_groups:
            groups = [self.session.get_one(Group, subject) for subject in subjects]
            return [personal.filled_for_group(self.session, sent.content, one) for one in groups]
        found = self.session.scalars(sa.select(Member).where(Member.id.in_(subjects)))
        people = {member.id: member for member in found}
        unfilled = [
            Unfilled(sent.content, people[subject], sent.values.get(subject, {}))
            for subject in subjects
        ]
        return personal.contents_for_members(self.session, unfilled, self.programme, self.now)

    def _too_much(self, way: Way, kind: str, content: Mapping[str, Any]) -> str | None:
        """What goes over a direct line is measured by its provider, in parts that are paid for;
        elsewhere an operator's words are not cut behind her back."""
        if way.medium is not None:
            return None
        said = way.channel.kind, way.outbox_way, kind, content
        return limits.reason_against(self.session, *said)
