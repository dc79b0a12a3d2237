"""Knowing: what is known of members whose tiers are looked at, and where their rows put them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from app.domain.loyalty.standing import paths, standings, tier_schemes, tiers
from app.domain.loyalty.standing.histories import History
from app.domain.loyalty.standing.paths import Place
from app.domain.loyalty.standing.standings import TierOverride, TierStanding
from app.domain.loyalty.standing.tier_schemes import Scheme
from app.domain.loyalty.standing.tier_terms import Measure
from app.domain.loyalty.standing.tiers import Tier
from app.domain.people.members import Member
from app.programme import Programme
from app.reviewing import records


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of everybody who is looked at."""

    scheme: Scheme
    tiers: Mapping[str, Tier]
    keys: Mapping[int, str]
    standings: Mapping[int, TierStanding]
    overrides: Mapping[int, Sequence[TierOverride]]
    histories: Mapping[int, History]
    today: date

    def rank(self, tier_id: int | None) -> int | None:
        return self.scheme.terms.rank(self.keys[tier_id]) if tier_id is not None else None

    def given(self, member: Member, on: date) -> TierOverride | None:
        """What an operator has given her that holds on this day; the last of several."""
        holding = [it for it in self.overrides.get(member.id, ()) if it.until_on >= on]
        return holding[-1] if holding else None

    def own(self, place: Place) -> Tier:
        """The tier that is hers where her own rows put her."""
        return self.tiers[self.scheme.terms.levels[place.level].key]


def places_under(
    session: Session, people: Sequence[Member], scheme: Scheme, programme: Programme, now: datetime
) -> Mapping[int, str]:
    """To which level (its key) each would belong if this scheme began today."""
    known = of(session, [it.id for it in people], programme, now, scheme)
    levels = scheme.terms.levels
    return {it.id: levels[place_in(session, it, known).level].key for it in people}


def of(
    session: Session,
    member_ids: Collection[int],
    programme: Programme,
    now: datetime,
    scheme: Scheme | None = None,
) -> Known:
    """By the scheme in force, or another."""
    scheme = scheme or tier_schemes.in_force(session)
    by_key = tiers.by_key(session)
    return Known(
        scheme=scheme,
        tiers=by_key,
        keys={tier.id: key for key, tier in by_key.items()},
        standings=standings.of_members(session, member_ids),
        overrides=standings.overrides_of(session, member_ids),
        histories=_histories(session, member_ids, scheme, programme),
        today=programme.business_day(now),
    )


def _histories(
    session: Session, member_ids: Collection[int], scheme: Scheme, programme: Programme
) -> Mapping[int, History]:
    measures = scheme.terms.measures
    if not scheme.may_lower:
        measures |= tier_schemes.before(session, scheme).terms.measures
    elif scheme.terms.is_timeless and measures <= {Measure.GROWTH}:
        return records.growth_now(session, member_ids)
    return records.histories_of(session, member_ids, measures, programme.zone)


def place_in(session: Session, member: Member, known: Known) -> Place:
    """Where her own rows put her today, whatever an operator has given."""
    history = known.histories[member.id]
    return paths.walk(known.scheme.terms, history, begins(session, member, known), known.today)


def begins(session: Session, member: Member, known: Known) -> Place:
    """Where her way through the scheme in force begins: below everything, or with what she had
    when it began, if it lowers nobody."""
    scheme, standing = known.scheme, known.standings.get(member.id)
    if scheme.begun_on is None:
        return Place()
    if scheme.may_lower:
        return Place(since_on=scheme.begun_on)
    if standing is not None and standing.scheme_id == scheme.id:
        return Place(known.rank(standing.begins_tier_id) or 0, scheme.begun_on)
    earlier = tier_schemes.before(session, scheme)
    had = known.keys.get(standing.begins_tier_id) if standing and standing.begins_tier_id else None
    began = Place(earlier.terms.rank(had or "") or 0, earlier.begun_on)
    if earlier.terms.levels:
        was = paths.walk(earlier.terms, known.histories[member.id], began, scheme.begun_on)
        rank = scheme.terms.rank(earlier.terms.levels[was.level].key)
        return Place(rank or 0, scheme.begun_on)
    return Place(since_on=scheme.begun_on)
