"""The ways in which an operator can say when a step is due, as written in a plan.

Once, counted from the base: the enrolment, or the moment at which the step's branch was decided:

    {"kind": "after", "minutes": 5}                  0 is at once
    {"kind": "after", "days": 3, "at": "10:00"}      the base's local day is day 0
    {"kind": "next_weekday", "weekdays": [1], "at": "10:00"}     strictly after the base's day
    {"kind": "date", "on": "2026-12-12", "at": "10:00"}

Again and again; each of these may end with "times": 7 or "to": "2026-12-31", its last day:

    {"kind": "daily", "at": "09:00"}
    {"kind": "weekly", "weekdays": [1, 3], "at": "09:00"}        ISO: Monday 1 to Sunday 7
    {"kind": "monthly", "day": 31, "at": "09:00"}    in shorter months, and as "last": the last day
    {"kind": "cron", "cron": "0 9 1 * *"}

Every year:

    {"kind": "anniversary", "of": "birthday", "days_before": 0, "at": "09:00"}

What "at" can be beside a clock time is in ``times_of_day``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sop.times import crons, times_of_day, when_fields
from sop.times.calendars import LAST_DAY, EveryDay, MonthDay, Weekdays
from sop.times.times_of_day import TimeOfDay
from sop.times.when_fields import BadSchedule

DAYS_MAX = 3650
MINUTES_MAX = 366 * 24 * 60
TIMES_MAX = 1000
DAYS_BEFORE_MAX = 365


@dataclass(frozen=True, slots=True)
class AfterMinutes:
    minutes: int


@dataclass(frozen=True, slots=True)
class AfterDays:
    days: int
    at: TimeOfDay


@dataclass(frozen=True, slots=True)
class NextWeekday:
    weekdays: tuple[int, ...]
    at: TimeOfDay


@dataclass(frozen=True, slots=True)
class OnDate:
    on: date
    at: TimeOfDay


@dataclass(frozen=True, slots=True)
class Birthday:
    days_before: int
    at: TimeOfDay


@dataclass(frozen=True, slots=True)
class Ends:
    """``times``: after so many occurrences. ``to``: its last day. None is without end."""

    times: int | None = None
    to: date | None = None


@dataclass(frozen=True, slots=True)
class Repeating:
    days: EveryDay | Weekdays | MonthDay
    at: TimeOfDay
    ends: Ends


@dataclass(frozen=True, slots=True)
class OnCron:
    cron: crons.Cron
    ends: Ends


Once = AfterDays | NextWeekday | OnDate | Birthday
When = AfterMinutes | Once | Repeating | OnCron

AT_ONCE = AfterMinutes(0)


def parse(definition: Any) -> When:
    """The schedule that a definition describes. Raises BadSchedule, also for fields too many."""
    if not isinstance(definition, Mapping):
        raise BadSchedule("时间要写成一个对象", "a schedule has to be an object")
    kind = definition.get("kind")
    if kind == "after" and "minutes" in definition:
        kind = "after_minutes"
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        kinds = [name for name in _READERS if name != "after_minutes"]
        raise BadSchedule(
            f"不认识的时间类型 {kind!r}，可用 {'、'.join(kinds)}",
            f"unknown kind of schedule {kind!r}: use one of {', '.join(kinds)}",
        )
    needed, optional, read = reader
    when_fields.check(definition, needed | {"kind"}, optional)
    return read(definition)


def _after_minutes(definition: Mapping[str, Any]) -> AfterMinutes:
    return AfterMinutes(when_fields.whole("minutes", definition["minutes"], 0, MINUTES_MAX))


def _after_days(definition: Mapping[str, Any]) -> AfterDays:
    days = when_fields.whole("days", definition["days"], 0, DAYS_MAX)
    return AfterDays(days, times_of_day.parse(definition))


def _next_weekday(definition: Mapping[str, Any]) -> NextWeekday:
    weekdays = when_fields.weekdays(definition["weekdays"])
    return NextWeekday(weekdays, times_of_day.parse(definition))


def _on_date(definition: Mapping[str, Any]) -> OnDate:
    return OnDate(when_fields.day(definition["on"]), times_of_day.parse(definition))


def _daily(definition: Mapping[str, Any]) -> Repeating:
    return Repeating(EveryDay(), times_of_day.parse(definition), _ends(definition))


def _weekly(definition: Mapping[str, Any]) -> Repeating:
    days = Weekdays(when_fields.weekdays(definition["weekdays"]))
    return Repeating(days, times_of_day.parse(definition), _ends(definition))


def _monthly(definition: Mapping[str, Any]) -> Repeating:
    day = LAST_DAY
    if definition["day"] != "last":
        day = when_fields.whole("day", definition["day"], 1, LAST_DAY)
    return Repeating(MonthDay(day), times_of_day.parse(definition), _ends(definition))


def _on_cron(definition: Mapping[str, Any]) -> OnCron:
    expression = definition["cron"]
    if not isinstance(expression, str):
        raise BadSchedule("cron 要写成文字", "cron has to be text")
    return OnCron(crons.parse(expression), _ends(definition))


def _anniversary(definition: Mapping[str, Any]) -> Birthday:
    if definition["of"] != "birthday":
        raise BadSchedule("of 只能是 birthday", "of can only be birthday")
    before = when_fields.whole("days_before", definition["days_before"], 0, DAYS_BEFORE_MAX)
    return Birthday(before, times_of_day.parse(definition))


def _ends(definition: Mapping[str, Any]) -> Ends:
    times = to = None
    if "times" in definition:
        times = when_fields.whole("times", definition["times"], 1, TIMES_MAX)
    if "to" in definition:
        to = when_fields.day(definition["to"])
    return Ends(times, to)


_IN_DAY = times_of_day.FIELDS_MAY
_ENDS = frozenset({"times", "to"})
_Reader = tuple[frozenset[str], frozenset[str], Callable[[Mapping[str, Any]], When]]
# The fields that each must have, those it may have, and how it is read.
_READERS: Mapping[str, _Reader] = {
    "after_minutes": (frozenset({"minutes"}), frozenset(), _after_minutes),
    "after": (frozenset({"days", "at"}), _IN_DAY, _after_days),
    "next_weekday": (frozenset({"weekdays", "at"}), _IN_DAY, _next_weekday),
    "date": (frozenset({"on", "at"}), _IN_DAY, _on_date),
    "daily": (frozenset({"at"}), _IN_DAY | _ENDS, _daily),
    "weekly": (frozenset({"weekdays", "at"}), _IN_DAY | _ENDS, _weekly),
    "monthly": (frozenset({"day", "at"}), _IN_DAY | _ENDS, _monthly),
    "cron": (frozenset({"cron"}), _ENDS, _on_cron),
    "anniversary": (frozenset({"of", "days_before", "at"}), _IN_DAY, _anniversary),
}
