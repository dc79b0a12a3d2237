"""Crowds: many members to whom the same is to be said at once, by a mass job or by staff.

Nobody of them is waited for. Who must not be spoken to now is left out, with the reason; the others
are counted, all in a few statements.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.domain.outreach import manners, touches
from app.domain.people import conversations, lookups, zones
from app.domain.people.member_records import AnyMember
from sop import caps
from sop.manners import UNASKED, Manners

HELD_OUT, OPTED_OUT, AGENT = "held_out", "opted_out", "agent_talking"


def refused(
    session: Session, member_ids: Collection[int], category: str, zone: ZoneInfo, now: datetime
) -> Mapping[int, str]:
    """Whom of these a message of this category must not reach now, and why. Their books are held
    until the transaction ends."""
    known = manners.in_force(session)
    people = lookups.members_behind(session, member_ids)
    found = {
        member_id: reason
        for member_id, her in people.items()
        if (reason := reason_against(known, category, her, now)) is not None
    }
    books = touches.hold(session, {her.id for her in people.values()})
    for member_id in people.keys() - found.keys():
        her = people[member_id]
        full = caps.full(known.caps, books[her.id], category, zones.day(her, zone, now))
        if full is not None:
            found[member_id] = f"cap:{full.cap.name}"
    return found


def count(
    session: Session,
    member_ids: Collection[int],
    category: str,
    zone: ZoneInfo,
    at: datetime,
    times: int = 1,
) -> None:
    """Each of them is spoken to at this moment; -1 takes it back."""
    people = lookups.members_behind(session, member_ids)
    made = [(her.id, category, zones.day(her, zone, at)) for her in people.values()]
    touches.add(session, made, times)


def reason_against(known: Manners, category: str, her: AnyMember, now: datetime) -> str | None:
    """Why she must not hear what she did not ask for, whatever the hour and however little she has
    heard."""
    if category not in UNASKED:
        return None
    if manners.is_held_out(known, her.id):
        return HELD_OUT
    if her.opted_out_at is not None:
        return OPTED_OUT
    return AGENT if conversations.is_open(her, now) else None
