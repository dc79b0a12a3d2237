"""When a step of a plan is due. Wall clocks are local to a zone; moments that come out are UTC.

Where clocks are put forward, a time that does not exist is taken later by as much as the clock
jumped (02:30 becomes 03:30); where they are put back, the first of the two is meant, never both.
Every moment has an ``occurrence``, a name that stays the same however often it is computed: step
and occurrence together are unique for an enrolment.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sop.crons import BadSchedule
from sop.whens import (
    AfterDays,
    AfterMinutes,
    Daily,
    OnCron,
    OnDate,
    OnTheClock,
    Weekly,
    When,
    describe,
    parse,
)

__all__ = ["BadSchedule", "Cursor", "Due", "When", "describe", "next_due", "parse"]


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far an enrolment has come: the step and the moment that were passed last."""

    step: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Due(Cursor):
    """A step and the moment at which it is due; the cursor for what comes after it."""

    occurrence: str


def next_due(
    whens: Sequence[When], enrolled_at: datetime, cursor: Cursor | None, zone: ZoneInfo
) -> Due | None:
    """What comes next after ``cursor`` (None: nothing yet), or None when the plan has run out.

    Moments count from enrolment on: a wall clock that had passed by then is not made up for.
    Steps due at one moment come in the order of their index.
    """
    best: Due | None = None
    for step, when in enumerate(whens):
        due = _next_of(step, when, enrolled_at, _passed(cursor, step), zone)
        if due is not None and (best is None or due.at < best.at):
            best = due
    return best


def _passed(cursor: Cursor | None, step: int) -> datetime | None:
    """The last moment at which ``step`` can no longer be due: at the cursor's own moment the
    steps of a higher index still can."""
    if cursor is None:
        return None
    return cursor.at - datetime.resolution if step > cursor.step else cursor.at


def _next_of(
    step: int, when: When, enrolled_at: datetime, passed: datetime | None, zone: ZoneInfo
) -> Due | None:
    if isinstance(when, AfterMinutes):
        at = enrolled_at.astimezone(UTC) + timedelta(minutes=when.minutes)
        named = at.astimezone(zone).strftime("%Y-%m-%dT%H:%M")
        return Due(step, at, named) if passed is None or at > passed else None
    after = enrolled_at if passed is None else max(passed, enrolled_at)
    found = _next_on_the_clock(when, enrolled_at, after, zone)
    if found is None:
        return None
    at, on, clock = found
    by_minute = isinstance(when, OnCron)  # the only one that can be due twice in a day
    return Due(step, at, f"{on}T{clock:%H:%M}" if by_minute else on.isoformat())


def _next_on_the_clock(
    when: OnTheClock, enrolled_at: datetime, after: datetime, zone: ZoneInfo
) -> tuple[datetime, date, time] | None:
    clock_now = after.astimezone(zone)
    # Yesterday too: a time in a gap before midnight is taken later, into today.
    first = clock_now.date() - timedelta(days=1)
    times = when.cron.times if isinstance(when, OnCron) else (when.at,)
    for on in _days(when, enrolled_at, first, zone):
        found = _next_in_day(on, times, after, clock_now, zone)
        if found is not None:
            return found
    return None


def _days(when: OnTheClock, enrolled_at: datetime, first: date, zone: ZoneInfo) -> Iterable[date]:
    match when:
        case AfterDays(days):
            return [enrolled_at.astimezone(zone).date() + timedelta(days=days)]
        case OnDate(on):
            return [on]
        case Daily():
            return _every_day(first)
        case Weekly(weekdays):
            return (on for on in _every_day(first) if on.isoweekday() in weekdays)
        case OnCron(cron):
            return cron.days_from(first)


def _every_day(first: date) -> Iterator[date]:
    on = first
    while True:
        yield on
        on += timedelta(days=1)


def _next_in_day(
    on: date, times: Sequence[time], after: datetime, clock_now: datetime, zone: ZoneInfo
) -> tuple[datetime, date, time] | None:
    """The first moment of a local day that is strictly later than ``after``."""
    if _clocks_change(on, zone):
        moments = [(_moment(on, at, zone), on, at) for at in times]
        return min((found for found in moments if found[0] > after), default=None)
    if on < clock_now.date():
        return None
    index = bisect_right(times, clock_now.time()) if on == clock_now.date() else 0
    if index == len(times):
        return None
    return _moment(on, times[index], zone), on, times[index]


def _clocks_change(on: date, zone: ZoneInfo) -> bool:
    midnight = datetime.combine(on, time(), zone)
    return midnight.utcoffset() != (midnight + timedelta(days=1)).utcoffset()


def _moment(on: date, at: time, zone: ZoneInfo) -> datetime:
    # PEP 495: fold=0 is the first of two equal times, and keeps the old offset in a gap.
    return datetime.combine(on, at, zone).astimezone(UTC)
