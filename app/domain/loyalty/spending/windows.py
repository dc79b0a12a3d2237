"""Redemption windows 兑换时段: when something may be had. Pure; on the programme's own clock.

A window is said as people say it: 每月 20 日 10:00 至月底, only in December, Saturdays from ten to
twelve. All it says has to hold at once; several windows add up, and none at all is always open.
Where the clock is put forward or back, what counts is what clocks show.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

MONTH_END = 31  # as a last day: whichever day the month ends with
DAY_END = "24:00"
YEARS_AHEAD = 41  # the 29th of February on one weekday comes round within 40 years


class BadWindow(ValueError):
    """It says nothing that a clock can show; the text names the field."""


@dataclass(frozen=True, slots=True)
class Window:
    """``months`` 1 to 12 and ``weekdays`` 1 (Monday) to 7; empty is all of them. Of each month it
    lasts from ``from_day`` at ``from_clock`` until ``to_day`` at ``to_clock`` without a break; of
    each day only ``opens`` until ``closes`` counts, over midnight where that is earlier. Clocks
    are written HH:MM."""

    months: tuple[int, ...] = ()
    from_day: int = 1
    from_clock: str = "00:00"
    to_day: int = MONTH_END
    to_clock: str = DAY_END
    weekdays: tuple[int, ...] = ()
    opens: str = "00:00"
    closes: str = DAY_END

    @classmethod
    def of(cls, written: dict[str, Any]) -> Self:
        """As ``as_json`` wrote it. Raises BadWindow."""
        parts = dict(written)
        for name in ("months", "weekdays"):
            parts[name] = tuple(parts.get(name, ()))
        window = cls(**parts)
        window.check()
        return window

    def as_json(self) -> dict[str, Any]:
        parts = asdict(self)
        return {name: list(v) if isinstance(v, tuple) else v for name, v in parts.items()}

    def check(self) -> None:
        """Raises BadWindow."""
        _check(all(1 <= month <= 12 for month in self.months), "months")
        _check(all(1 <= weekday <= 7 for weekday in self.weekdays), "weekdays")
        _check(1 <= self.from_day <= MONTH_END, "from_day")
        _check(1 <= self.to_day <= MONTH_END, "to_day")
        minutes = [_minute(getattr(self, name), name) for name in _CLOCKS]
        _check((self.from_day, minutes[0]) < (self.to_day, minutes[1]), "to_day")
        _check(minutes[2] != minutes[3], "closes")

    def holds(self, shown: datetime) -> bool:
        """Whether it is open when the wall clock shows this."""
        minute = shown.hour * 60 + shown.minute
        return self._has_day(shown.date()) and any(
            begins <= minute < ends for begins, ends in self._minutes_of(shown.day)
        )

    def _has_day(self, on: date) -> bool:
        return (
            (not self.months or on.month in self.months)
            and (not self.weekdays or on.isoweekday() in self.weekdays)
            and self.from_day <= on.day <= self.to_day
        )

    def _minutes_of(self, day: int) -> list[tuple[int, int]]:
        """From which to which minute of this day of a month it is open."""
        begins = _minute(self.from_clock) if day == self.from_day else 0
        ends = _minute(self.to_clock) if day == self.to_day else _minute(DAY_END)
        opens, closes = _minute(self.opens), _minute(self.closes)
        hours = [(opens, closes)] if opens < closes else [(0, closes), (opens, _minute(DAY_END))]
        spans = [(max(begins, one), min(ends, other)) for one, other in hours]
        return [(one, other) for one, other in spans if one < other]

    def openings(self, on: date) -> Iterator[datetime]:
        """What the wall clock shows when it opens on this day."""
        if self._has_day(on):
            for begins, _ends in self._minutes_of(on.day):
                yield datetime.combine(on, time(begins // 60, begins % 60))


def is_open(windows: Sequence[Window], at: datetime, zone: ZoneInfo) -> bool:
    return not windows or any(one.holds(at.astimezone(zone)) for one in windows)


def next_open(windows: Sequence[Window], at: datetime, zone: ZoneInfo) -> datetime | None:
    """The first moment from ``at`` on at which it is open; None when no clock will ever show it."""
    if is_open(windows, at, zone):
        return at
    first = at.astimezone(zone).date()
    last = date(first.year + YEARS_AHEAD, 1, 1)
    on = first
    while on < last:
        moments = (m for m in _moments(windows, on, zone) if m > at and is_open(windows, m, zone))
        found = min(moments, default=None)
        if found is not None:
            return found
        on = _next_day(windows, on)
    return None


_CLOCKS = ("from_clock", "to_clock", "opens", "closes")


def _next_day(windows: Sequence[Window], on: date) -> date:
    """The next day, or the first of a month in which there is anything."""
    following = on + timedelta(days=1)
    if any(not one.months or following.month in one.months for one in windows):
        return following
    return (following.replace(day=1) + timedelta(days=32)).replace(day=1)


def _moments(windows: Sequence[Window], on: date, zone: ZoneInfo) -> Iterator[datetime]:
    """When it may open on a day: as the windows say, both times where the clock shows that twice;
    or when the clock is put forward over an opening."""
    for window in windows:
        for shown in window.openings(on):
            for fold in (0, 1):
                yield shown.replace(tzinfo=zone, fold=fold).astimezone(UTC)
    jump = _jump(on, zone)
    if jump is not None:
        yield jump


def _jump(on: date, zone: ZoneInfo) -> datetime | None:
    """The moment around this day at which the clock is put forward or back, if there is one."""
    early = datetime.combine(on, time(), UTC) - timedelta(hours=16)
    late = early + timedelta(hours=56)
    before = early.astimezone(zone).utcoffset()
    if before == late.astimezone(zone).utcoffset():
        return None
    while late - early > timedelta(seconds=1):
        middle = early + timedelta(seconds=(late - early) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == before:
            early = middle
        else:
            late = middle
    return late


def _minute(clock: str, name: str = "") -> int:
    """Of the day. Raises BadWindow."""
    hours, mark, minutes = clock.partition(":")
    _check(mark == ":" and hours.isdecimal() and minutes.isdecimal(), name)
    found = int(hours) * 60 + int(minutes)
    _check(int(minutes) < 60 and found <= 24 * 60, name)
    return found


def _check(holds: bool, name: str) -> None:
    if not holds:
        raise BadWindow(name)
