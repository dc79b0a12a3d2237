"""Facts: what plans ask about their members, of a whole batch in a handful of queries."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.insight.tags import MemberTag, Tag
from app.domain.loyalty import points
from app.domain.loyalty.tiers import Tier
from app.domain.people.members import Member
from app.journeys import active_hours, past
from app.programme import Programme
from sop import audiences, conditions
from sop.audiences import Filter
from sop.conditions import Condition
from sop.grounds import Ground
from sop.happenings import Happened
from sop.plans import PlanDefinition
from sop.times_of_day import ActiveHour


@dataclass(frozen=True, slots=True)
class Asked:
    """What has to be known beside who she is: her ``points``, her active hour, and what has
    happened to her since when, by its kind."""

    points: bool = False
    active_hour: bool = False
    since: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KnownOf:
    """One member as she is now."""

    member: Member
    facts: conditions.Facts
    active_at: time | None

    def reason_outside(self, chosen: Filter) -> str | None:
        """Why the filter of a plan does not mean her at present."""
        return audiences.reason_against(chosen, self.facts.tier, self.facts.tags)

    def ground(self, programme: Programme) -> Ground:
        return Ground(
            programme.zone, f"member:{self.member.id}", self.active_at, self.member.birthday_on
        )


def asked_by(
    definitions: Collection[PlanDefinition], enrolled_since: datetime, as_of: datetime
) -> Asked:
    """What these plans ask, at ``as_of`` or later, about members of whom the first was enrolled at
    ``enrolled_since``."""
    asking = [condition for plan in definitions for condition in _conditions(plan)]
    since: dict[str, datetime] = {}
    for looking in [one for condition in asking for one in conditions.looks_back(condition)]:
        kind = looking.what.kind
        begins = enrolled_since
        if looking.within_days is not None:
            begins = as_of - timedelta(days=looking.within_days)
        since[kind] = min(begins, since.get(kind, begins))
    return Asked(
        points=bool(asking),
        active_hour=any(
            isinstance(getattr(when, "at", None), ActiveHour)
            for plan in definitions
            for when in plan.whens
        ),
        since=since,
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
    active = active_hours.of_members(session, ids, programme.zone, now) if asked.active_hour else {}
    return {
        member.id: KnownOf(
            member,
            conditions.Facts(
                tiers.get(member.tier_id or 0, ""),
                tags.get(member.id, frozenset()),
                held.get(member.id, 0),
                happened.get(member.id, ()),
            ),
            active.get(member.id),
        )
        for member in known
    }


def _conditions(plan: PlanDefinition) -> list[Condition]:
    branches = [step.branch for step in plan.steps if step.branch is not None]
    return [*branches, plan.ends.condition] if plan.ends else branches


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
