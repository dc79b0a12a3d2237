"""On which days something comes again and again, before any clock is looked at."""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from sop.times.crons import Cron
from sop.times.skips import SkipDates
from sop.times.wall_clocks import DAY

LAST_DAY = 31  # of a month; in a shorter one its last day is meant
HORIZON = timedelta(days=41 * 366)  # past every 29 February on a given day of the week
DAYS_KEPT = 1 << 16


@dataclass(frozen=True, slots=True)
class EveryDay:
    def days_from(self, first: date) -> Iterator[date]:
        on = first
        while True:
            yield on
            on += DAY


@dataclass(frozen=True, slots=True)
class Weekdays:
    """As ISO counts them, Monday 1 to Sunday 7."""

    weekdays: tuple[int, ...]

    def days_from(self, first: date) -> Iterator[date]:
        return (on for on in EveryDay().days_from(first) if on.isoweekday() in self.weekdays)


@dataclass(frozen=True, slots=True)
class MonthDay:
    """A day of every month, the last one where the month is shorter."""

    day: int

    def days_from(self, first: date) -> Iterator[date]:
        month = first.replace(day=1)
        while True:
            on = month.replace(day=min(self.day, length_of_month(month)))
            if on >= first:
                yield on
            month += timedelta(days=length_of_month(month))


Calendar = EveryDay | Weekdays | MonthDay | Cron


@lru_cache(maxsize=DAYS_KEPT)
def first_day(days: Calendar, skip: SkipDates, zone: ZoneInfo, start: date) -> date | None:
    """The first of the days from ``start`` on that is not skipped; None if none ever comes."""
    for on in days.days_from(start):
        if on - start > HORIZON:
            break
        if skip.is_free(on, zone):
            return on
    return None


@lru_cache(maxsize=DAYS_KEPT)
def nth_day(days: Calendar, skip: SkipDates, zone: ZoneInfo, start: date, n: int) -> date:
    """The ``n``-th of those days, counting from 1; ``date.max`` if there are not so many."""
    on = first_day(days, skip, zone, start)
    for _ in range(n - 1):
        on = on and first_day(days, skip, zone, on + DAY)
    return on or date.max


def first_weekday_after(on: date, weekdays: tuple[int, ...]) -> date:
    """The first such day of the week strictly after a day."""
    return on + timedelta(days=min((day - on.isoweekday() - 1) % 7 + 1 for day in weekdays))


def anniversary(of: date, year: int) -> date:
    """In common years 29 February is kept on the 28th: like every end of a month in a shorter one,
    and within the month of birth."""
    month = date(year, of.month, 1)
    return month.replace(day=min(of.day, length_of_month(month)))


def length_of_month(month: date) -> int:
    return calendar.monthrange(month.year, month.month)[1]
