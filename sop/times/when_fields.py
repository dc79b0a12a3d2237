"""The single fields of which a schedule is written, each read strictly."""

import re
from collections.abc import Mapping, Set
from datetime import date, time
from typing import Any

from sop.mistakes import Mistake

YEARS = range(2000, 2101)

_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class BadSchedule(Mistake):
    """A schedule that cannot be followed."""


def check(definition: Any, needed: Set[str], optional: Set[str] = frozenset()) -> None:
    """Raises BadSchedule unless it is an object of the needed fields, and no others than these."""
    if not isinstance(definition, Mapping):
        raise BadSchedule("时间要写成一个对象", "a schedule has to be an object")
    missing = ", ".join(sorted(needed - definition.keys()))
    unknown = ", ".join(sorted(str(name) for name in definition.keys() - needed - optional))
    if missing:
        raise BadSchedule(f"时间缺少 {missing}", f"schedule lacks {missing}")
    if unknown:
        raise BadSchedule(f"时间里有多余的 {unknown}", f"schedule has unknown {unknown}")


def whole(name: str, written: Any, least: int, most: int) -> int:
    if type(written) is not int or not least <= written <= most:
        raise BadSchedule(
            f"{name} 要是 {least} 到 {most} 的整数，不是 {written!r}",
            f"{name} has to be a whole number from {least} to {most}, not {written!r}",
        )
    return written


def weekdays(written: Any) -> tuple[int, ...]:
    """Days as ISO counts them, Monday 1 to Sunday 7, in order."""
    if (
        not isinstance(written, (list, tuple))
        or not written
        or not all(type(day) is int and 1 <= day <= 7 for day in written)
    ):
        raise BadSchedule(
            "weekdays 是 1(周一)到 7(周日)的列表，至少一天",
            "weekdays is a list of days from 1 (Monday) to 7 (Sunday), at least one",
        )
    return tuple(sorted(set(written)))


def clock(written: Any) -> time:
    match = _CLOCK.fullmatch(written) if isinstance(written, str) else None
    if match is None:
        raise BadSchedule(
            f"时刻 {written!r} 要写成 00:00 到 23:59",
            f"time {written!r} has to be from 00:00 to 23:59",
        )
    return time(int(match[1]), int(match[2]))


def day(written: Any) -> date:
    if not isinstance(written, str) or not _DAY.fullmatch(written):
        raise BadSchedule(
            f"日期 {written!r} 要写成 2026-12-12", f"date {written!r} has to look like 2026-12-12"
        )
    try:
        on = date.fromisoformat(written)
    except ValueError:
        raise BadSchedule(f"没有 {written} 这一天", f"there is no day {written}") from None
    if on.year not in YEARS:
        raise BadSchedule(f"{written} 太远了", f"{written} is too far away")
    return on
