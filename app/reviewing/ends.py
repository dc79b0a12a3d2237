"""Ends: what the clock alone does to a member's tier. It is over when the midnight comes on which
her period, her grace or what an operator gave her has ended; whether somebody has looked at her
since makes no difference to what she buys, earns or asks for after it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from app.domain.loyalty.standing import paths, standings, tiers
from app.domain.loyalty.standing.periods import DAY
from app.domain.loyalty.standing.tiers import Tier
from app.domain.people.members import Member
from app.programme import Programme
from app.reviewing import knowing
from app.reviewing.knowing import Known


@dataclass(frozen=True, slots=True)
class End:
    """From the beginning of this day on the tier is another one."""

    on: date
    tier_id: int


def tier_of(session: Session, member: Member, programme: Programme, now: datetime) -> Tier | None:
    """Hers at this moment. Nothing is changed by looking."""
    if standings.is_due(session, member.id, programme.business_day(now)):
        known = knowing.of(session, [member.id], programme, now)
        *_, last = None, *since_last_look(session, member, known)
        if last is not None:
            return session.get_one(Tier, last.tier_id)
    return tiers.of(session, member)


def since_last_look(session: Session, member: Member, known: Known) -> Iterator[End]:
    """What has come to an end up to today, the first first. What she does on the day itself comes
    after its midnight. Who has not been moved into the scheme in force has that before her."""
    standing, terms = known.standings.get(member.id), known.scheme.terms
    if standing is None or standing.scheme_id != known.scheme.id or not terms.levels:
        return
    history, begins = known.histories[member.id], knowing.begins(session, member, known)
    on = standing.due_on
    while on is not None and on <= known.today:
        eve = paths.walk(terms, history, begins, on - DAY)
        dawn = paths.at_dawn(terms, history, begins, on)
        was, given = known.given(member, on - DAY), known.given(member, on)
        held_id = was.tier_id if was else known.own(eve).id
        tier_id = given.tier_id if given else known.own(dawn).id
        if tier_id != held_id:
            yield End(on, tier_id)
        looks = (paths.next_look_on(terms, dawn, on), given.until_on + DAY if given else None)
        on = min((it for it in looks if it is not None), default=None)
