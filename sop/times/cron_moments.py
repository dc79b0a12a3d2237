"""The moments of a cron expression, several in a day, in a zone whose clocks may change."""

from bisect import bisect_right
from datetime import date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from sop.times import wall_clocks
from sop.times.calendars import first_day
from sop.times.crons import Cron
from sop.times.skips import SkipDates
from sop.times.wall_clocks import DAY

ENDS_KEPT = 1 << 16


def first(
    cron: Cron, after: datetime, skip: SkipDates, zone: ZoneInfo
) -> tuple[datetime, date, time] | None:
    """The first moment strictly later than ``after``, with the local day and time that name it."""
    clock_now = after.astimezone(zone)
    start = clock_now.date() - DAY
    while (on := first_day(cron, skip, zone, start)) is not None:
        found = _next_in_day(on, cron.times, after, clock_now, zone)
        if found is not None:
            return found
        start = on + DAY
    return None


@lru_cache(maxsize=ENDS_KEPT)
def nth(cron: Cron, first_at: datetime, n: int, skip: SkipDates, zone: ZoneInfo) -> datetime:
    """The ``n``-th moment, counting ``first_at`` as 1; the last one if there are not so many."""
    at = first_at
    for _ in range(n - 1):
        found = first(cron, at, skip, zone)
        if found is None:
            break
        at = found[0]
    return at


def _next_in_day(
    on: date, times: tuple[time, ...], after: datetime, clock_now: datetime, zone: ZoneInfo
) -> tuple[datetime, date, time] | None:
    """The first moment of a local day that is strictly later than ``after``. Of two times that
    changing clocks bring to one moment only the first comes."""
    if wall_clocks.clocks_change(on, zone):
        moments = [(wall_clocks.moment(on, at, zone), on, at) for at in times]
        return min((found for found in moments if found[0] > after), default=None)
    if on < clock_now.date():
        return None
    index = bisect_right(times, clock_now.time()) if on == clock_now.date() else 0
    if index == len(times):
        return None
    return wall_clocks.moment(on, times[index], zone), on, times[index]
