"""Active hours: at what time of the day a member has been most active of late."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.inbox import MESSAGES, InboxEvent

LOOKS_BACK = timedelta(days=60)
DAY, MINUTE, HOUR_S = timedelta(days=1), timedelta(minutes=1), 3600
TIMES_MIN = 3  # fewer say nothing yet
SIGNS = (*MESSAGES, "event.click", "sign_in", "radar_opened")


def of_members(
    session: Session, lives_by: Mapping[int, ZoneInfo], now: datetime
) -> Mapping[int, time]:
    """By member: the full hour, on the clock that she ``lives_by``, in which she acted most often,
    the earliest of several; those of whom too little is known are not in the answer."""
    acted: dict[int, Counter[int]] = {}
    wanted = sa.select(InboxEvent.member_id, InboxEvent.happened_at).where(
        InboxEvent.member_id.in_(lives_by), *signs(now)
    )
    for member_id, at in session.execute(wanted):
        assert member_id is not None
        acted.setdefault(member_id, Counter())[at.astimezone(lives_by[member_id]).hour] += 1
    return {
        member_id: time(min(hours, key=lambda hour: (-hours[hour], hour)))
        for member_id, hours in acted.items()
        if hours.total() >= TIMES_MIN
    }


def all_of(chosen: sa.FromClause, zone: ZoneInfo, now: datetime) -> sa.Select[tuple[int, int]]:
    """(``member_id``, ``hour``) of those whose ids are the first column of ``chosen``, all on one
    clock: what ``of_members`` says of each, asked in the database for all at once."""
    second = sa.cast(sa.extract("epoch", InboxEvent.happened_at), sa.BigInteger)
    hour = (second + _ahead_of_utc_s(zone, now)) // HOUR_S % 24
    acted = (
        sa.select(InboxEvent.member_id, hour.label("hour"), sa.func.count().label("times"))
        .join(chosen, chosen.c[0] == InboxEvent.member_id)
        .where(InboxEvent.kind.in_(SIGNS), InboxEvent.happened_at >= now - LOOKS_BACK)
        .group_by(InboxEvent.member_id, hour)
        .subquery()
    )
    hers, most = acted.c.member_id, (acted.c.times.desc(), acted.c.hour)
    best = sa.func.row_number().over(partition_by=hers, order_by=most)
    in_all = sa.func.sum(acted.c.times).over(partition_by=hers)
    ranked = sa.select(acted, best.label("rank"), in_all.label("in_all")).subquery()
    return sa.select(ranked.c.member_id, ranked.c.hour).where(
        ranked.c.rank == 1, ranked.c.in_all >= TIMES_MIN
    )


def _ahead_of_utc_s(zone: ZoneInfo, now: datetime) -> sa.ColumnElement[int]:
    """By how many seconds the clock was ahead at each moment of late."""
    at, changes = now - LOOKS_BACK, list[tuple[datetime, int]]()
    while at <= now:
        ahead_s = _offset_s(at, zone)
        if changes and changes[-1][1] != ahead_s:
            changes.append((_changed_at(at, zone), ahead_s))
        elif not changes:
            changes.append((at, ahead_s))
        at += DAY
    *later, (_, first_s) = reversed(changes)
    if not later:
        return sa.literal(first_s)
    return sa.case(*[(InboxEvent.happened_at >= at, ahead) for at, ahead in later], else_=first_s)


def _changed_at(at: datetime, zone: ZoneInfo) -> datetime:
    """When, in the day before ``at``, clocks came to show what they show then; they change on a
    full minute."""
    before, after = at - DAY, at
    while after - before > MINUTE:
        middle = before + (after - before) / 2
        before, after = (
            (before, middle) if _offset_s(middle, zone) == _offset_s(at, zone) else (middle, after)
        )
    return after.replace(second=0, microsecond=0)


def _offset_s(at: datetime, zone: ZoneInfo) -> int:
    ahead = at.astimezone(zone).utcoffset()
    assert ahead is not None
    return int(ahead.total_seconds())


def signs(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """Which events say that somebody was active of late."""
    return (
        InboxEvent.member_id.is_not(None),
        InboxEvent.kind.in_(SIGNS),
        InboxEvent.happened_at >= now - LOOKS_BACK,
    )
