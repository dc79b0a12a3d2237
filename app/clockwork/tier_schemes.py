"""Schemes of tiers at work: a draft is counted, one that has begun moves everybody, each a batch of
members at a time, the lowest id first."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.loyalty.standing import tier_schemes, tiers
from app.domain.loyalty.standing.tier_schemes import Scheme, TierScheme
from app.domain.loyalty.standing.tier_terms import Terms
from app.domain.loyalty.standing.tiers import Why
from app.domain.people import members
from app.domain.people.members import Member
from app.programme import Programme
from app.reviewing import knowing, reviews

BATCH = 1000


def count(session: Session, programme: Programme, now: datetime) -> bool:
    """Where the next members would be if the draft began today. Returns whether there are more."""
    draft = tier_schemes.counting(session)
    if draft is None:
        return False
    people = _next(session, draft.counted_to)
    terms = Terms.model_validate(draft.terms)
    scheme = Scheme(terms, draft.id, programme.business_day(now), draft.may_lower)
    places = knowing.places_under(session, people, scheme, programme, now)
    keys = {tier.id: key for key, tier in tiers.by_key(session).items()}
    counted = {was: dict(to) for was, to in draft.counted.items()}
    for member in people:
        to = counted.setdefault(keys.get(member.tier_id or 0, ""), {})
        to[places[member.id]] = to.get(places[member.id], 0) + 1
    draft.counted = counted
    draft.counted_to = people[-1].id if people else draft.counted_to
    draft.counted_at = now if len(people) < BATCH else None
    return draft.counted_at is None


def move(session: Session, programme: Programme, now: datetime) -> bool:
    """Puts the next members where the scheme that has begun has them. Returns whether there are
    more."""
    scheme = tier_schemes.at_work(session)
    if scheme is None:
        return False
    ids = [member.id for member in _next(session, scheme.moved_to)]
    members.lock(session, *ids)
    moved = reviews.review(session, ids, programme, reviews.Cause(Why.SCHEME), now)
    _note(scheme, ids, len(moved), now)
    return scheme.finished_at is None


def _note(scheme: TierScheme, ids: Sequence[int], moved: int, now: datetime) -> None:
    scheme.moved += moved
    scheme.moved_to = ids[-1] if ids else scheme.moved_to
    scheme.finished_at = now if len(ids) < BATCH else None


def _next(session: Session, after_id: int) -> Sequence[Member]:
    """Members whose record stands for itself, from this id on."""
    rest = sa.select(Member).where(Member.id > after_id, Member.same_as_id.is_(None))
    return session.scalars(rest.order_by(Member.id).limit(BATCH)).all()


LOOKS = (count, move)
