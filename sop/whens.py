"""The ways in which an operator can say when a step is due, as written in a plan.

{"kind": "after", "days": 3, "at": "10:00"}      day 3 after enrolment (day 0), local clock
{"kind": "after", "minutes": 5}                  minutes after enrolment, 0 is at once
{"kind": "daily", "at": "09:00"}
{"kind": "weekly", "weekdays": [1, 3], "at": "09:00"}        ISO: Monday 1 to Sunday 7
{"kind": "cron", "cron": "0 9 1 * *"}
{"kind": "date", "on": "2026-12-12", "at": "10:00"}
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from sop import crons
from sop.crons import BadSchedule

DAYS_MAX = 3650
MINUTES_MAX = 366 * 24 * 60

_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_WEEKDAYS_ZH = "一二三四五六日"
_WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class AfterDays:
    days: int
    at: time


@dataclass(frozen=True, slots=True)
class AfterMinutes:
    minutes: int


@dataclass(frozen=True, slots=True)
class Daily:
    at: time


@dataclass(frozen=True, slots=True)
class Weekly:
    weekdays: tuple[int, ...]
    at: time


@dataclass(frozen=True, slots=True)
class OnCron:
    cron: crons.Cron


@dataclass(frozen=True, slots=True)
class OnDate:
    on: date
    at: time


OnTheClock = AfterDays | Daily | Weekly | OnCron | OnDate
When = OnTheClock | AfterMinutes


def parse(definition: Any) -> When:
    """The schedule that a definition describes. Raises BadSchedule, also for fields too many."""
    if not isinstance(definition, Mapping):
        raise BadSchedule("时间要写成一个对象", "a schedule has to be an object")
    kind = definition.get("kind")
    if kind == "after" and "minutes" in definition:
        kind = "after_minutes"
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        raise BadSchedule(
            f"不认识的时间类型 {kind!r}，可用 after、daily、weekly、cron、date",
            f"unknown kind of schedule {kind!r}: use after, daily, weekly, cron or date",
        )
    fields, read = reader
    _check_fields(definition, fields)
    return read(definition)


def describe(when: When) -> tuple[str, str]:
    """The schedule in words, Chinese and English."""
    match when:
        case AfterDays(0, at):
            return f"入组当天 {at:%H:%M}", f"on the day of enrolment at {at:%H:%M}"
        case AfterDays(days, at):
            return f"入组后第 {days} 天 {at:%H:%M}", f"day {days} after enrolment at {at:%H:%M}"
        case AfterMinutes(0):
            return "入组后立即", "at once on enrolment"
        case AfterMinutes(minutes):
            return f"入组后 {minutes} 分钟", f"{minutes} min after enrolment"
        case Daily(at):
            return f"每天 {at:%H:%M}", f"every day at {at:%H:%M}"
        case Weekly(weekdays, at):
            zh = "、".join(f"周{_WEEKDAYS_ZH[day - 1]}" for day in weekdays)
            en = ", ".join(_WEEKDAYS_EN[day - 1] for day in weekdays)
            return f"每{zh} {at:%H:%M}", f"every {en} at {at:%H:%M}"
        case OnCron(cron):
            return f"按 cron：{cron.expression}", f"by cron: {cron.expression}"
        case OnDate(on, at):
            return f"{on} {at:%H:%M}", f"on {on} at {at:%H:%M}"


def _check_fields(definition: Mapping[str, Any], fields: frozenset[str]) -> None:
    missing = sorted(fields - definition.keys())
    unknown = sorted(str(name) for name in definition.keys() - fields)
    if missing:
        raise BadSchedule(f"时间缺少 {', '.join(missing)}", f"schedule lacks {', '.join(missing)}")
    if unknown:
        raise BadSchedule(
            f"时间里有多余的 {', '.join(unknown)}", f"schedule has unknown {', '.join(unknown)}"
        )


def _after_days(definition: Mapping[str, Any]) -> AfterDays:
    return AfterDays(_whole(definition, "days", DAYS_MAX), _clock(definition))


def _after_minutes(definition: Mapping[str, Any]) -> AfterMinutes:
    return AfterMinutes(_whole(definition, "minutes", MINUTES_MAX))


def _daily(definition: Mapping[str, Any]) -> Daily:
    return Daily(_clock(definition))


def _weekly(definition: Mapping[str, Any]) -> Weekly:
    weekdays = definition["weekdays"]
    if (
        not isinstance(weekdays, (list, tuple))
        or not weekdays
        or not all(type(day) is int and 1 <= day <= 7 for day in weekdays)
    ):
        raise BadSchedule(
            "weekdays 是 1(周一)到 7(周日)的列表，至少一天",
            "weekdays is a list of days from 1 (Monday) to 7 (Sunday), at least one",
        )
    return Weekly(tuple(sorted(set(weekdays))), _clock(definition))


def _on_cron(definition: Mapping[str, Any]) -> OnCron:
    expression = definition["cron"]
    if not isinstance(expression, str):
        raise BadSchedule("cron 要写成文字", "cron has to be text")
    return OnCron(crons.parse(expression))


def _on_date(definition: Mapping[str, Any]) -> OnDate:
    written = definition["on"]
    if not isinstance(written, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", written):
        raise BadSchedule(
            f"日期 {written!r} 要写成 2026-12-12", f"date {written!r} has to look like 2026-12-12"
        )
    try:
        on = date.fromisoformat(written)
    except ValueError:
        raise BadSchedule(f"没有 {written} 这一天", f"there is no day {written}") from None
    if not 2000 <= on.year <= 2100:
        raise BadSchedule(f"{written} 太远了", f"{written} is too far away")
    return OnDate(on, _clock(definition))


def _whole(definition: Mapping[str, Any], name: str, most: int) -> int:
    value = definition[name]
    if type(value) is not int or not 0 <= value <= most:
        raise BadSchedule(
            f"{name} 要是 0 到 {most} 的整数，不是 {value!r}",
            f"{name} has to be a whole number from 0 to {most}, not {value!r}",
        )
    return value


def _clock(definition: Mapping[str, Any]) -> time:
    written = definition["at"]
    match = _CLOCK.fullmatch(written) if isinstance(written, str) else None
    if match is None:
        raise BadSchedule(
            f"时刻 {written!r} 要写成 00:00 到 23:59",
            f"time {written!r} has to be from 00:00 to 23:59",
        )
    return time(int(match[1]), int(match[2]))


_READERS: dict[str, tuple[frozenset[str], Callable[[Mapping[str, Any]], When]]] = {
    "after": (frozenset({"kind", "days", "at"}), _after_days),
    "after_minutes": (frozenset({"kind", "minutes"}), _after_minutes),
    "daily": (frozenset({"kind", "at"}), _daily),
    "weekly": (frozenset({"kind", "weekdays", "at"}), _weekly),
    "cron": (frozenset({"kind", "cron"}), _on_cron),
    "date": (frozenset({"kind", "on", "at"}), _on_date),
}
