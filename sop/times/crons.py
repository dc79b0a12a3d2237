"""Cron expressions of five fields: minute, hour, day of month, month, day of week.

Read as crontab(5) says: lists, ranges, steps, names of months and days, 0 and 7 both Sunday. When
day of month and day of week are both restricted, that is when neither begins with a star, a day
that meets either is meant, otherwise one that meets both. (APScheduler counts weekdays from Monday
and always wants both, so its trigger is no help here.)
"""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, time, timedelta

from sop.times.when_fields import BadSchedule

_MONTHS = {"jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6}
_MONTHS |= {"jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12}
_WEEKDAYS = {"sun": 0, "mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6}


@dataclass(frozen=True, slots=True)
class Cron:
    """What an expression means. ``weekdays`` as ISO counts them, Monday 1 to Sunday 7.

    All the rest follows from the expression, so that alone is compared.
    """

    expression: str
    times: tuple[time, ...] = field(compare=False)
    days: frozenset[int] = field(compare=False)
    months: frozenset[int] = field(compare=False)
    weekdays: frozenset[int] = field(compare=False)
    either_day: bool = field(compare=False)

    def days_from(self, first: date) -> Iterator[date]:
        """The days that are meant, from ``first`` on, in order; without end."""
        for year, month in _months_from(first):
            if month not in self.months:
                continue
            begins = first.day if (year, month) == (first.year, first.month) else 1
            for day in range(begins, calendar.monthrange(year, month)[1] + 1):
                on = date(year, month, day)
                if self._means(on):
                    yield on

    def _means(self, on: date) -> bool:
        by_day, by_weekday = on.day in self.days, on.isoweekday() in self.weekdays
        return (by_day or by_weekday) if self.either_day else (by_day and by_weekday)


def parse(expression: str) -> Cron:
    """Raises BadSchedule, also for days that never come, such as 30 February."""
    fields = expression.lower().split()
    if len(fields) != 5:
        raise BadSchedule(
            f"cron 表达式要有五段(分 时 日 月 周),这里有 {len(fields)} 段",
            f"a cron expression has five fields (minute hour day month weekday), not {len(fields)}",
        )
    minute, hour, day, month, weekday = fields
    times = [time(h, m) for h in _values(hour, 0, 23) for m in _values(minute, 0, 59)]
    cron = Cron(
        expression=" ".join(fields),
        times=tuple(times),
        days=frozenset(_values(day, 1, 31)),
        months=frozenset(_values(month, 1, 12, _MONTHS)),
        weekdays=frozenset(n or 7 for n in _values(weekday, 0, 7, _WEEKDAYS)),
        either_day=not day.startswith("*") and not weekday.startswith("*"),
    )
    if not cron.either_day and min(cron.days) > max(map(_longest, cron.months)):
        raise BadSchedule(
            f"cron 表达式“{expression}”指定的日子不存在",
            f"the day that cron {expression!r} asks for never comes",
        )
    return cron


def _months_from(first: date) -> Iterator[tuple[int, int]]:
    month = first.replace(day=1)
    while True:
        yield month.year, month.month
        month = (month + timedelta(days=31)).replace(day=1)


def _longest(month: int) -> int:
    return calendar.monthrange(2024, month)[1]


def _values(
    field: str, lowest: int, highest: int, names: dict[str, int] | None = None
) -> list[int]:
    values: set[int] = set()
    for part in field.split(","):
        values.update(_part(part, lowest, highest, names or {}))
    return sorted(values)


def _part(part: str, lowest: int, highest: int, names: dict[str, int]) -> range:
    span, slash, step_text = part.partition("/")
    step = _number(step_text, {}) if slash else 1
    if span == "*":
        first, last = lowest, highest
    else:
        start, dash, end = span.partition("-")
        first = _number(start, names)
        last = _number(end, names) if dash else (highest if slash else first)
    if step < 1 or not lowest <= first <= last <= highest:
        raise BadSchedule(
            f"cron 中的“{part}”超出范围 {lowest}-{highest}",
            f"{part!r} in cron is outside {lowest}-{highest}",
        )
    return range(first, last + 1, step)


def _number(text: str, names: dict[str, int]) -> int:
    if text in names:
        return names[text]
    if text.isascii() and text.isdigit() and len(text) <= 4:
        return int(text)
    raise BadSchedule(f"cron 中的“{text}”不是数字", f"{text!r} in cron is not a number")
