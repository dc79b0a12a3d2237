"""The people of a rehearsal: every member, or group, as the house knows them at this moment."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.domain.outreach import touches
from app.domain.outreach.journeys import progress
from app.domain.outreach.journeys.enrolments import Enrolment
from app.domain.people.groups import Group
from app.domain.people.members import Member
from app.journeys import facts
from app.journeys.facts import Asked
from app.programme import Programme
from app.rehearsals import reaches
from app.rehearsals.casting import Cast
from sop.conditions import Facts
from sop.rehearsing.casts import Person, Underway

CHUNK = 2000
_NOWHERE: Mapping[int, Underway] = {}
Whose = InstrumentedAttribute[int | None]


@dataclass(frozen=True, slots=True)
class Part:
    """Of several processes that go through all members, the one whose ids leave this remainder."""

    number: int
    of: int


ALL = Part(0, 1)


def members(
    session: Session, cast: Cast, programme: Programme, now: datetime, part: Part = ALL
) -> Iterator[Person]:
    """Every member there is, in the order of their ids."""
    last_id = 0
    while True:
        ids = session.scalars(
            sa.select(Member.id)
            .where(Member.id > last_id, Member.same_as_id.is_(None))
            .where(Member.id % part.of == part.number)
            .order_by(Member.id)
            .limit(CHUNK)
        ).all()
        if not ids:
            return
        yield from some_members(session, cast, ids, programme, now)
        last_id = ids[-1]
        session.expunge_all()


def some_members(
    session: Session, cast: Cast, ids: Collection[int], programme: Programme, now: datetime
) -> Iterator[Person]:
    asked = Asked(True, cast.asks_active_hour, cast.looks_back_to(now), cast.crowds)
    known = facts.of_members(session, ids, asked, programme, now)
    journeys = _journeys(session, cast, Enrolment.member_id, ids)
    been_in = _been_in(session, cast, Enrolment.member_id, ids)
    reached = reaches.of_members(session, cast, ids, now)
    heard = touches.of_many(session, ids)
    for member_id, of_her in known.items():
        yield Person(
            subject=f"member:{member_id}",
            zone=ZoneInfo(of_her.member.zone) if of_her.member.zone else programme.zone,
            facts=of_her.facts,
            has_left=of_her.member.left_at is not None,
            has_opted_out=of_her.member.opted_out_at is not None,
            birthday_on=of_her.member.birthday_on,
            active_at=of_her.active_at,
            last_heard_at=of_her.member.last_seen_at,
            underway=journeys.get(member_id, _NOWHERE),
            been_in=been_in.get(member_id, frozenset()),
            reach=reached[member_id],
            touches=heard.get(member_id, {}),
        )


def groups(session: Session, cast: Cast, programme: Programme, now: datetime) -> Iterator[Person]:
    """Every group that has not been dismissed."""
    known = session.scalars(sa.select(Group).where(Group.dismissed_at.is_(None)).order_by(Group.id))
    found = {group.id: group for group in known}
    journeys = _journeys(session, cast, Enrolment.group_id, found.keys())
    been_in = _been_in(session, cast, Enrolment.group_id, found.keys())
    reached = reaches.of_groups(session, cast, found.keys(), now)
    for group_id, group in found.items():
        yield Person(
            subject=f"group:{group_id}",
            zone=programme.zone,
            facts=Facts(),
            tier_label=group.tier_label,
            underway=journeys.get(group_id, _NOWHERE),
            been_in=been_in.get(group_id, frozenset()),
            reach=reached[group_id],
        )


def _journeys(
    session: Session, cast: Cast, whose: Whose, ids: Collection[int]
) -> Mapping[int, Mapping[int, Underway]]:
    """The journeys that go on, each on its own version."""
    found: dict[int, dict[int, Underway]] = {}
    rows = session.scalars(
        sa.select(Enrolment).where(
            whose.in_(ids), Enrolment.plan_id.in_(cast.versions), Enrolment.ended_at.is_(None)
        )
    )
    for row in rows:
        of_whom = row.member_id or row.group_id or 0
        underway = Underway(row.version, progress.journey_of(row))
        found.setdefault(of_whom, {})[row.plan_id] = underway
    return found


def _been_in(
    session: Session, cast: Cast, whose: Whose, ids: Collection[int]
) -> Mapping[int, frozenset[int]]:
    found: dict[int, set[int]] = {}
    rows = session.execute(
        sa.select(whose, Enrolment.plan_id)
        .where(whose.in_(ids), Enrolment.plan_id.in_(cast.versions))
        .distinct()
    )
    for of_whom, plan_id in rows:
        found.setdefault(of_whom or 0, set()).add(plan_id)
    return {of_whom: frozenset(plans) for of_whom, plans in found.items()}
