"""Reviews: whoever is looked at is put into the tier that her rows and the day make hers.

``review`` may be called as often as one likes, by an event of hers, by the clock, for one or for
five hundred. A change is a row with its cause and an event of our own: ``tier_changed`` under
``tier:{change}`` with the fields ``from``, ``to``, ``direction`` (up or down) and ``why``. When her
period comes to its end and she has done too little to keep her tier, ``tier_ending`` tells of it
once, under ``tier_ending:{member}:{the day she falls}``, with ``tier`` and ``on``, that day.

What the clock alone has ended since the last look is written first, as changes of its own from the
midnights on which it was over (``ends``).
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import inbox
from app.domain.loyalty.standing import paths, standings, tier_schemes
from app.domain.loyalty.standing.histories import History
from app.domain.loyalty.standing.paths import Place
from app.domain.loyalty.standing.periods import DAY
from app.domain.loyalty.standing.standings import TierStanding
from app.domain.loyalty.standing.tier_terms import Terms
from app.domain.loyalty.standing.tiers import DOWN, UP, Tier, TierChange, Why
from app.domain.people.members import Member
from app.inbox import InboxEvent
from app.programme import Programme
from app.reviewing import ends, knowing, records
from app.reviewing.knowing import Known
from sop.times import wall_clocks

ENDING = "tier_ending"


@dataclass(frozen=True, slots=True)
class Cause:
    why: Why
    event: InboxEvent | None = None

    def event_of(self, member: Member) -> InboxEvent | None:
        """What happened, when it happened to her: of two who were told apart it is one's."""
        is_hers = self.event is not None and self.event.member_id == member.id
        return self.event if is_hers else None


def review(
    session: Session,
    member_ids: Collection[int],
    programme: Programme,
    cause: Cause,
    now: datetime,
) -> Sequence[TierChange]:
    """Puts the members where they belong and tells what changes. The caller holds them."""
    session.flush()
    scheme = tier_schemes.in_force(session)
    if not scheme.terms.levels:
        return []
    known = knowing.of(session, member_ids, programme, now, scheme)
    moved = [
        change
        for member in _loaded(session, member_ids)
        for change in (
            *_let_end(session, member, known, programme, now),
            _review(session, member, known, cause, now),
        )
    ]
    session.flush()
    return [change for change in moved if change is not None]


def let_end(
    session: Session, member: Member, programme: Programme, at: datetime, now: datetime
) -> None:
    """What the clock alone had ended for her by a moment, and nothing else: what she did just then
    is still to be worked out by how she stood. The caller holds her."""
    if standings.is_due(session, member.id, programme.business_day(at)):
        known = knowing.of(session, [member.id], programme, at)
        for _ in _let_end(session, member, known, programme, now):
            session.flush()


def _let_end(
    session: Session, member: Member, known: Known, programme: Programme, now: datetime
) -> Iterator[TierChange | None]:
    for end in ends.since_last_look(session, member, known):
        over_at = wall_clocks.moment(end.on, time(), programme.zone)
        then = replace(known, today=end.on)
        yield _move(session, member, then, end.tier_id, Cause(Why.CLOCK), over_at, now)


def _loaded(session: Session, member_ids: Collection[int]) -> Sequence[Member]:
    """One alone is somebody's whose event is handled, and known to the session already."""
    if len(member_ids) == 1:
        return [session.get_one(Member, member_id) for member_id in member_ids]
    return session.scalars(sa.select(Member).where(Member.id.in_(member_ids))).all()


def _review(
    session: Session, member: Member, known: Known, cause: Cause, now: datetime
) -> TierChange | None:
    begins = knowing.begins(session, member, known)
    place = paths.walk(known.scheme.terms, known.histories[member.id], begins, known.today)
    own, given = known.own(place), known.given(member, known.today)
    _keep_standing(session, member, known, begins, place, own)
    if given is None:
        _tell_of_ending(session, member, known, place, cause, now)
    return _move(session, member, known, given.tier_id if given else own.id, cause, now, now)


def _keep_standing(
    session: Session, member: Member, known: Known, begins: Place, place: Place, own: Tier
) -> None:
    """Where there is a day to keep, or something that her rows alone do not say."""
    scheme, standing = known.scheme, known.standings.get(member.id)
    given = known.given(member, known.today)
    if standing is None:
        if place.last_on is None and given is None and scheme.may_lower:
            return
        standing = TierStanding(member_id=member.id)
        session.add(standing)
    if standing.scheme_id != scheme.id:
        key = scheme.terms.levels[begins.level].key
        standing.begins_tier_id = known.tiers[key].id if begins.level else None
        standing.scheme_id = scheme.id
    standing.tier_id = own.id
    standing.since_on, standing.last_on = place.since_on, place.last_on
    standing.falls_on, standing.ends_on = place.falls_on, place.falls_on or place.last_on
    looks = [paths.next_look_on(scheme.terms, place, known.today)]
    looks.append(given.until_on + DAY if given else None)
    standing.due_on = min((on for on in looks if on is not None), default=None)


def _move(
    session: Session,
    member: Member,
    known: Known,
    tier_id: int,
    cause: Cause,
    changed_at: datetime,
    now: datetime,
) -> TierChange | None:
    """Her first, lowest tier is given without being a change."""
    left, ranks = member.tier_id, (known.rank(member.tier_id), known.rank(tier_id))
    if left == tier_id:
        return None
    member.tier_id = tier_id
    if left is None and ranks[1] == 0:
        return None
    was, became = ((rank if rank is not None else -1) for rank in ranks)
    change = TierChange(
        member_id=member.id,
        from_tier_id=left,
        tier_id=tier_id,
        direction=UP if became > was else DOWN,
        why=cause.why,
        scheme_id=known.scheme.id,
        growth=records.growth_of(session, [member.id]).get(member.id, 0),
        evidence=_evidence(known.scheme.terms, known.histories[member.id], max(was, became), known),
        event_id=cause.event.id if cause.event else None,
        changed_at=changed_at,
    )
    session.add(change)
    session.flush()
    _tell(session, member, known, change, cause, now)
    return change


def _evidence(terms: Terms, history: History, rank: int, known: Known) -> dict[str, Any]:
    """What everything that the higher of the two levels asks for came to on that day."""
    return {
        "on": str(known.today),
        "conditions": [
            it.model_dump(mode="json")
            | {"came_to": history.total(it.measure, it.over, known.today)}
            for way in terms.levels[rank].ways
            for it in way
        ],
    }


def _tell(
    session: Session,
    member: Member,
    known: Known,
    change: TierChange,
    cause: Cause,
    now: datetime,
) -> None:
    inbox.receive_own(
        session,
        key=f"tier:{change.id}",
        kind="tier_changed",
        subject=f"member:{member.id}",
        fields={
            "from": known.keys[change.from_tier_id] if change.from_tier_id else "",
            "to": known.keys[change.tier_id],
            "direction": change.direction,
            "why": change.why,
        },
        cause=cause.event_of(member),
        member_id=member.id,
        now=now,
    )


def _tell_of_ending(
    session: Session, member: Member, known: Known, place: Place, cause: Cause, now: datetime
) -> None:
    terms, last_on = known.scheme.terms, place.last_on
    if not terms.notice_days or last_on is None or known.today < paths.notice_on(terms, last_on):
        return
    ending = paths.ending(terms, known.histories[member.id], place)
    if ending is None:
        return
    inbox.receive_own(
        session,
        key=f"{ENDING}:{member.id}:{ending.falls_on}",
        kind=ENDING,
        subject=f"member:{member.id}",
        fields={
            "tier": terms.levels[place.level].key,
            "on": str(ending.falls_on),
        },
        cause=cause.event_of(member),
        member_id=member.id,
        now=now,
    )
