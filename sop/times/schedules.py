"""When the steps of a plan are due. Wall clocks are local to a zone; moments that come out are UTC.

At any moment some steps of a plan are live, each with the base it counts from. Every moment has an
``occurrence``, a name that stays the same however often it is computed: step and occurrence
together are unique for an enrolment, whatever has become of her zone or her active hour since.

Days that a plan skips: a repeating step leaves them out, and they do not count as one of its times.
A step that comes once, or once a year, is due on the next day that is not skipped, at its time of
day, under the name of its own day. Minutes after the base move so from a whole day on; fewer are an
answer to what has just happened, and go out.

How changing clocks are read is in ``wall_clocks``.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sop.times import calendars, cron_moments, times_of_day, wall_clocks
from sop.times.calendars import first_day
from sop.times.grounds import Ground
from sop.times.wall_clocks import DAY
from sop.times.when_fields import BadSchedule
from sop.times.when_words import describe
from sop.times.whens import (
    AT_ONCE,
    AfterDays,
    AfterMinutes,
    NextWeekday,
    Once,
    OnCron,
    OnDate,
    Repeating,
    When,
    parse,
)

__all__ = [
    "AT_ONCE",
    "BadSchedule",
    "Cursor",
    "Due",
    "Ground",
    "Live",
    "When",
    "comes_once",
    "describe",
    "next_due",
    "parse",
]

MINUTES_OF_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Live:
    """A step that can be due. ``base`` is the enrolment or the moment its branch was decided; no
    earlier than the cursor of that moment, or what lies between is passed over."""

    step: int
    when: When
    base: datetime


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far an enrolment has come: the step and the moment that were passed last."""

    step: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Due(Cursor):
    """A step and the moment at which it is due; the cursor for what comes after it."""

    occurrence: str


def next_due(live: Iterable[Live], cursor: Cursor | None, ground: Ground) -> Due | None:
    """What comes next after ``cursor`` (None: nothing yet), or None when nothing is left.

    Moments count from the base on: a wall clock that had passed by then is not made up for.
    Steps due at one moment come in the order of their index.
    """
    best: Due | None = None
    for one in live:
        due = _next_of(one, _passed(cursor, one.step), ground)
        if due is not None and (best is None or (due.at, due.step) < (best.at, best.step)):
            best = due
    return best


def comes_once(when: When) -> bool:
    """Whether nothing more comes of it after its first moment."""
    return isinstance(when, AfterMinutes | AfterDays | NextWeekday | OnDate)


def _passed(cursor: Cursor | None, step: int) -> datetime | None:
    """The last moment at which ``step`` can no longer be due: at the cursor's own moment the
    steps of a higher index still can."""
    if cursor is None:
        return None
    at = cursor.at.astimezone(UTC)
    return at - datetime.resolution if step > cursor.step else at


def _next_of(live: Live, passed: datetime | None, ground: Ground) -> Due | None:
    when = live.when
    if isinstance(when, AfterMinutes):
        due = _after_minutes(live, when.minutes, ground)
        return due if passed is None or due.at > passed else None
    base = live.base.astimezone(UTC)  # moments of one zone would be compared by its clock
    after = base if passed is None else max(passed, base)
    if isinstance(when, Repeating):
        return _next_repeating(live, when, after, ground)
    if isinstance(when, OnCron):
        return _next_on_cron(live, when, after, ground)
    return _next_once(live, when, after, ground)


def _after_minutes(live: Live, minutes: int, ground: Ground) -> Due:
    at = live.base.astimezone(UTC) + timedelta(minutes=minutes)
    clock = at.astimezone(ground.zone)
    on = clock.date()
    named = clock.replace(tzinfo=None).isoformat(timespec="minutes")
    if minutes >= MINUTES_OF_DAY and not ground.skip.is_free(on, ground.zone):
        free = ground.skip.first_free(on, ground.zone)
        at = wall_clocks.moment(free, clock.time().replace(fold=0), ground.zone)
    return Due(live.step, at, named)


def _next_once(live: Live, when: Once, after: datetime, ground: Ground) -> Due | None:
    for on in _days_of(when, live.base, after, ground):
        at = times_of_day.moment_on(on, when.at, on, ground)
        if at <= live.base:
            continue  # a day that had passed is not made up for by moving it
        free = ground.skip.first_free(on, ground.zone)
        if free != on:
            at = times_of_day.moment_on(free, when.at, on, ground)
        if at > after:
            return Due(live.step, at, on.isoformat())
    return None


def _days_of(when: Once, base: datetime, after: datetime, ground: Ground) -> Iterable[date]:
    match when:
        case AfterDays(days):
            return [base.astimezone(ground.zone).date() + timedelta(days=days)]
        case NextWeekday(weekdays):
            base_on = base.astimezone(ground.zone).date()
            return [calendars.first_weekday_after(base_on, weekdays)]
        case OnDate(on):
            return [on]
        case _:
            return _days_before_birthdays(when.days_before, after, ground)


def _days_before_birthdays(days: int, after: datetime, ground: Ground) -> Iterator[date]:
    if ground.birthday_on is None:
        return
    # From last year's, which skipped days may have moved past New Year; a whole year before the
    # birthday may lie in either of two years.
    year = after.astimezone(ground.zone).year
    for of_year in range(year - 1, year + 3):
        yield calendars.anniversary(ground.birthday_on, of_year) - timedelta(days=days)


def _next_repeating(live: Live, when: Repeating, after: datetime, ground: Ground) -> Due | None:
    found = _first_repeating(when, after, ground)
    if found is None:
        return None
    at, on = found
    if when.ends.to is not None and on > when.ends.to:
        return None
    if when.ends.times is not None:
        first = _first_repeating(when, live.base, ground)
        assert first is not None
        start, n = first[1], when.ends.times
        if on > calendars.nth_day(when.days, ground.skip, ground.zone, start, n):
            return None
    return Due(live.step, at, on.isoformat())


def _first_repeating(
    when: Repeating, after: datetime, ground: Ground
) -> tuple[datetime, date] | None:
    # From yesterday on: an overnight window and a gap before midnight reach into today.
    start = after.astimezone(ground.zone).date() - DAY
    while (on := first_day(when.days, ground.skip, ground.zone, start)) is not None:
        at = times_of_day.moment_on(on, when.at, on, ground)
        if at > after:
            return at, on
        start = on + DAY
    return None


def _next_on_cron(live: Live, when: OnCron, after: datetime, ground: Ground) -> Due | None:
    found = cron_moments.first(when.cron, after, ground.skip, ground.zone)
    if found is None:
        return None
    at, on, clock = found
    if when.ends.to is not None and on > when.ends.to:
        return None
    if when.ends.times is not None:
        first = cron_moments.first(when.cron, live.base, ground.skip, ground.zone)
        assert first is not None
        if at > cron_moments.nth(when.cron, first[0], when.ends.times, ground.skip, ground.zone):
            return None
    return Due(live.step, at, f"{on}T{clock:%H:%M}")
