"""Own moments: when it is whose turn, where each is told at some time by her own clock.

A moment is the second (Unix time) at which that time comes next for her, reckoned in the database
for all at once: there are few clocks, and twenty-four active hours.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db import Id
from app.domain.outreach import broadcasts
from app.domain.outreach.broadcasts import Broadcast, Recipient
from app.domain.people.members import Member
from app.journeys import active_hours
from app.programme import Programme
from app.segments import crowds
from sop.times import own_times
from sop.times.own_times import OwnTime
from sop.times.times_of_day import ActiveHour

HOUR_S = 3600


def of(
    session: Session,
    meant: sa.Select[int],
    own_time: OwnTime,
    programme: Programme,
    now: datetime,
) -> sa.Select[int, int | None]:
    """(id, moment) of the members whom ``meant`` selects, from ``now`` on."""
    chosen = meant.subquery()
    if not isinstance(own_time, ActiveHour):
        moment = _by_clock(session, own_time.clock, programme, now)
        whose = sa.select(chosen.c[0], moment.label("turn"))
        return whose.join_from(chosen, Member, Member.id == chosen.c[0])
    active = active_hours.all_of(chosen, programme.zone, now).subquery()
    otherwise = _by_clock(session, own_time.otherwise, programme, now)
    moment = sa.func.coalesce(_by_hour(active.c.hour, programme.zone, now), otherwise)
    whose = sa.select(chosen.c[0], moment.label("turn"))
    joined = whose.join_from(chosen, Member, Member.id == chosen.c[0])
    return joined.outerjoin(active, active.c.member_id == Member.id)


def foreseen(
    session: Session, broadcast: Broadcast, programme: Programme, now: datetime
) -> Mapping[datetime, int]:
    """By the full hour, how many would be told then, or, once it was launched, are to be told."""
    own_time = broadcast.parsed.own_time
    if own_time is None:
        return {}
    if broadcast.launched_at is None:
        meant = broadcasts.meant(session, broadcast, crowds.at(session, now))
        begin = max(now, broadcast.scheduled_at or now)
        return _by_the_hour(session, of(session, meant, own_time, programme, begin))
    frozen = sa.select(Recipient.subject_id, Recipient.turn)
    return _by_the_hour(session, frozen.where(Recipient.broadcast_id == broadcast.id))


def on_days(
    session: Session,
    meant: sa.Select[int],
    own_time: OwnTime,
    programme: Programme,
    begin: datetime,
) -> Sequence[int]:
    """On each of the programme's days from the first on, how many of these would be told."""
    counts: Counter[date] = Counter()
    hours = _by_the_hour(session, of(session, meant, own_time, programme, begin))
    for at, count in hours.items():
        counts[programme.business_day(at)] += count
    return [counts[on] for on in sorted(counts)]


def _by_the_hour(session: Session, turns: sa.Select[int, int | None]) -> Mapping[datetime, int]:
    each = turns.subquery()
    moments = sa.select(each.c.turn, sa.func.count()).group_by(each.c.turn)
    counts: Counter[datetime] = Counter()
    for turn, count in session.execute(moments.where(each.c.turn.is_not(None))):
        counts[datetime.fromtimestamp(turn - turn % HOUR_S, UTC)] += count
    return dict(sorted(counts.items()))


def _by_clock(
    session: Session, clock: time, programme: Programme, now: datetime
) -> sa.ColumnElement[int]:
    """The moment at which her own clock shows this; the programme's, where hers is not known."""
    usual = sa.literal(_second(clock, programme.zone, now), Id)
    known = session.scalars(sa.select(Member.zone).where(Member.zone.is_not(None)).distinct())
    moments = {name: _second(clock, ZoneInfo(name), now) for name in known if name}
    if not moments:
        return usual
    return sa.case(
        {name: sa.literal(second, Id) for name, second in moments.items()},
        value=Member.zone,
        else_=usual,
    )


def _by_hour(
    hour: sa.ColumnElement[int], zone: ZoneInfo, now: datetime
) -> sa.ColumnElement[int | None]:
    hours = {each: sa.literal(_second(time(each), zone, now), Id) for each in range(24)}
    return sa.case(hours, value=hour)


def _second(clock: time, zone: ZoneInfo, begin: datetime) -> int:
    return int(own_times.following(clock, zone, begin).timestamp())
