"""What a wall clock of a zone means as a moment, also on the days when clocks change.

A time that clocks leave out is taken later by as much as they jump (02:30 becomes 03:30); of a
time that comes twice the first is meant. Zones have left out whole days, too: Apia had no
30 December 2011.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
DAYS_KEPT = 4096

_MIDNIGHT = time()


def moment(on: date, at: time, zone: ZoneInfo) -> datetime:
    """The moment, in UTC, at which the clock of ``zone`` shows this."""
    # PEP 495: fold=0 is the first of two equal times, and keeps the old offset in a gap.
    return datetime.combine(on, at, zone).astimezone(UTC)


def earliest(on: date, at: time, zone: ZoneInfo) -> datetime:
    """The first moment that a wall clock can be read as; differs only where clocks change."""
    return min(moment(on, at, zone), moment(on, at.replace(fold=1), zone))


def latest(on: date, at: time, zone: ZoneInfo) -> datetime:
    """The last moment that a wall clock can be read as; differs only where clocks change."""
    return max(moment(on, at, zone), moment(on, at.replace(fold=1), zone))


@lru_cache(maxsize=DAYS_KEPT)
def clocks_change(on: date, zone: ZoneInfo) -> bool:
    """Whether the day is longer or shorter than others."""
    midnight = datetime.combine(on, _MIDNIGHT, zone)
    return midnight.utcoffset() != (midnight + DAY).utcoffset()


def exists(on: date, zone: ZoneInfo) -> bool:
    """Whether the calendar of ``zone`` has this day."""
    if not clocks_change(on, zone):
        return True
    return moment(on, _MIDNIGHT, zone) < moment(on + DAY, _MIDNIGHT, zone)
