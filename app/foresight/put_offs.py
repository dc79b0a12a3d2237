"""Put-offs: of those who are meant, whom a frequency cap makes wait, and until when; and who has
had a direct line's share of a day. Sending asks the same of each; a test holds them together.

Whatever can be counted alike is counted in the database: members of whom nobody knows more than
that they heard one thing on the same day have the same book.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.outreach import manners, touches
from app.domain.outreach.allowances import limit_table, limits
from app.domain.people.members import Member
from app.outbox import OutboxMessage
from app.programme import Programme
from app.sending import direct_lines, rate_table
from app.sending.ways import Way
from sop import caps

LOOKED_BACK = timedelta(days=7)  # what was attempted yesterday was not planned long before
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PutOff:
    """So many ``members`` have no room left under the ``cap`` today, but have again on a day."""

    cap: str
    until: date
    members: int


def by_caps(
    session: Session, meant: sa.Select[int], category: str, programme: Programme, now: datetime
) -> Sequence[PutOff]:
    """The earliest first. Everybody is asked as if she were told now, on her own local day."""
    known = manners.in_force(session)
    if not any(cap.counts(category) for cap in known.caps):
        return []
    found: Counter[tuple[date, str]] = Counter()
    for book, zone, members in touches.alike(session, meant):
        on = now.astimezone(ZoneInfo(zone) if zone else programme.zone).date()
        full = caps.full(known.caps, book, category, on)
        if full is not None:
            found[full.until, full.cap.name] += members
    return [PutOff(name, until, members) for (until, name), members in sorted(found.items())]


def by_line(session: Session, way: Way, meant: sa.Select[int], now: datetime) -> int:
    """How many have had by this direct line what it may say to one number in a day."""
    assert way.medium is not None
    chosen, most = meant.subquery(), _most_a_day(session, way)
    had = (
        sa.select(OutboxMessage.member_id)
        .where(
            OutboxMessage.created_at >= now - LOOKED_BACK,
            OutboxMessage.member_id.is_not(None),
            *direct_lines.reached_since(way.medium, now - DAY),
        )
        .group_by(OutboxMessage.member_id)
        .having(sa.func.count() >= most)
    )
    whom = sa.select(sa.func.count()).select_from(Member).join(chosen, chosen.c[0] == Member.id)
    return session.scalar(whom.where(Member.id.in_(had))) or 0


def _most_a_day(session: Session, way: Way) -> int:
    """Our own number, or the provider's for one phone number, whichever is less."""
    names = {limit_table.DIRECT_MESSAGES_A_DAY, *rate_table.a_day_to_one(way.channel.kind)}
    return min(limits.value(session, name) for name in names)
