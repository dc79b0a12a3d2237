"""Facts: what plans ask about their members, of a whole batch in a handful of queries."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.insight.tags import MemberTag, Tag
from app.domain.loyalty import points
from app.domain.loyalty.standing.tiers import Tier
from app.domain.people import zones
from app.domain.people.members import Member
from app.journeys import active_hours, past
from app.programme import Programme
from app.segments import crowds
from sop import audiences, conditions
from sop.audiences import Filter
from sop.happenings import Happened
from sop.plans import PlanDefinition
from sop.times.grounds import Ground
from sop.times.times_of_day import ActiveHour


@dataclass(frozen=True, slots=True)
class Asked:
    """What has to be known beside who she is: her ``points``, her active hour, what has happened to
    her since when, by its kind, and in which of these ``crowds`` she is (``segments.crowds``)."""

    points: bool = False
    active_hour: bool = False
    since: Mapping[str, datetime] = field(default_factory=dict)
    crowds: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class KnownOf:
    """One member as she is now."""

    member: Member
    facts: conditions.Facts
    active_at: time | None

    def reason_outside(self, chosen: Filter) -> str | None:
        """Why the filter of a plan does not mean her at present."""
        known = self.facts
        return audiences.reason_against(chosen, known.tier, known.tags, known.crowds)

    def ground(self, programme: Programme) -> Ground:
        zone = zones.of(self.member, programme.zone)
        return Ground(zone, f"member:{self.member.id}", self.active_at, self.member.birthday_on)


def asked_by(
    definitions: Collection[PlanDefinition], enrolled_since: datetime, as_of: datetime
) -> Asked:
    """What these plans ask, at ``as_of`` or later, about members of whom the first was enrolled at
    ``enrolled_since``."""
    since: dict[str, datetime] = {}
    for looking in [one for plan in definitions for one in plan.looks_back]:
        kind = looking.what.kind
        begins = enrolled_since
        if looking.within_days is not None:
            begins = as_of - timedelta(days=looking.within_days)
        since[kind] = min(begins, since.get(kind, begins))
    return Asked(
        points=any(plan.asked for plan in definitions),
        active_hour=any(
            isinstance(getattr(when, "at", None), ActiveHour)
            for plan in definitions
            for when in plan.whens
        ),
        since=since,
        crowds=frozenset(name for plan in definitions for name in plan.crowds),
    )


def of_members(
    session: Session,
    member_ids: Collection[int],
    asked: Asked,
    programme: Programme,
    now: datetime,
) -> dict[int, KnownOf]:
    """What is known of each member. What has happened since is not there, unless it is asked."""
    ids = set(member_ids)
    if not ids:
        return {}
    known = session.scalars(sa.select(Member).where(Member.id.in_(ids))).all()
    tiers = {tier.id: tier.key for tier in session.scalars(sa.select(Tier))}
    tags = _tags(session, ids)
    held = points.balances_of(session, ids) if asked.points else {}
    happened: Mapping[int, Sequence[Happened]] = past.of_members(session, ids, asked.since)
    within = crowds.held(session, ids, asked.crowds, now)
    active: Mapping[int, time] = {}
    if asked.active_hour:
        lives_by = {member.id: zones.of(member, programme.zone) for member in known}
        active = active_hours.of_members(session, lives_by, now)
    return {
        member.id: KnownOf(
            member,
            conditions.Facts(
                tiers.get(member.tier_id or 0, ""),
                tags.get(member.id, frozenset()),
                held.get(member.id, 0),
                happened.get(member.id, ()),
                within.get(member.id, frozenset()),
            ),
            active.get(member.id),
        )
        for member in known
    }


def _tags(session: Session, member_ids: Collection[int]) -> Mapping[int, frozenset[str]]:
    found: dict[int, set[str]] = {}
    held = (
        sa.select(MemberTag.member_id, Tag.name)
        .join(Tag, Tag.id == MemberTag.tag_id)
        .where(MemberTag.member_id.in_(member_ids), MemberTag.removed_at.is_(None))
    )
    for member_id, name in session.execute(held):
        found.setdefault(member_id, set()).add(name)
    return {member_id: frozenset(names) for member_id, names in found.items()}
