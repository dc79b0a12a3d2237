"""Outlooks: where a member stands, until when, and what she still lacks for the next tier."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.loyalty.standing import paths
from app.domain.loyalty.standing.paths import Ending, Place
from app.domain.loyalty.standing.standings import TierOverride
from app.domain.loyalty.standing.tier_terms import Condition, Level, Measure
from app.domain.loyalty.standing.tiers import Tier
from app.domain.people.members import Member
from app.programme import Programme
from app.reviewing import ends, knowing


@dataclass(frozen=True, slots=True)
class Progress:
    """A condition, and what it comes to today."""

    condition: Condition
    came_to: int

    @property
    def missing(self) -> int:
        return max(0, self.condition.at_least - self.came_to)


@dataclass(frozen=True, slots=True)
class Outlook:
    """``place`` is by her own rows; ``given`` is what an operator has put in its place. ``ways``
    lead to ``next_tier``, and are empty on the highest."""

    tier: Tier | None
    place: Place
    given: TierOverride | None
    ending: Ending | None
    next_tier: Tier | None
    ways: Sequence[Sequence[Progress]]

    @property
    def growth_missing(self) -> int:
        """By the way that asks for growth value alone; 0 where there is none."""
        alone = (way[0] for way in self.ways if len(way) == 1)
        return min(
            (it.missing for it in alone if it.condition.measure is Measure.GROWTH), default=0
        )


def of(session: Session, member: Member, programme: Programme, now: datetime) -> Outlook:
    """As of now; nothing is changed by looking."""
    known = knowing.of(session, [member.id], programme, now)
    terms, history, today = known.scheme.terms, known.histories[member.id], known.today
    tier, given = ends.tier_of(session, member, programme, now), known.given(member, today)
    if not terms.levels:
        return Outlook(tier, Place(), given, None, None, [])
    place = knowing.place_in(session, member, known)
    present = (terms.rank(tier.key) if tier is not None else None) or 0
    following: Level | None = next(iter(terms.levels[max(place.level, present) + 1 :]), None)
    ways = following.ways if following is not None else ()
    return Outlook(
        tier=tier,
        place=place,
        given=given,
        ending=paths.ending(terms, history, place),
        next_tier=known.tiers[following.key] if following is not None else None,
        ways=[
            [Progress(it, history.total(it.measure, it.over, today)) for it in way] for way in ways
        ],
    )
