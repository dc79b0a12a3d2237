"""A schedule in words, Chinese and English."""

from sop.times import times_of_day
from sop.times.calendars import LAST_DAY, EveryDay, MonthDay, Weekdays
from sop.times.whens import (
    AfterDays,
    AfterMinutes,
    Birthday,
    Ends,
    NextWeekday,
    Once,
    OnCron,
    OnDate,
    Repeating,
    When,
)

_WEEKDAYS_ZH = "一二三四五六日"
_WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

_Words = tuple[str, str]


def describe(when: When) -> _Words:
    match when:
        case AfterMinutes(0):
            return "入组后立即", "at once on enrolment"
        case AfterMinutes(minutes):
            return f"入组后 {minutes} 分钟", f"{minutes} min after enrolment"
        case OnCron(cron, ends):
            return _joined((f"按 cron：{cron.expression}", f"by cron: {cron.expression}"), ends)
        case Repeating(days, at, ends):
            return _joined(_at_times(_every(days), at), ends)
        case _:
            return _at_times(_once(when), when.at)


def _once(when: Once) -> _Words:
    match when:
        case AfterDays(0):
            return "入组当天", "on the day of enrolment"
        case AfterDays(days):
            return f"入组后第 {days} 天", f"day {days} after enrolment"
        case NextWeekday(weekdays):
            zh, en = _names_of(weekdays)
            return f"之后的第一个{zh}", f"on the first {en} after that day"
        case OnDate(on):
            return f"{on}", f"on {on}"
        case Birthday(0):
            return "生日当天", "on the birthday"
        case Birthday(days_before):
            return (
                f"生日前 {days_before} 天",
                f"{days_before} {'day' if days_before == 1 else 'days'} before the birthday",
            )


def _every(days: EveryDay | Weekdays | MonthDay) -> _Words:
    match days:
        case EveryDay():
            return "每天", "every day"
        case Weekdays(weekdays):
            zh, en = _names_of(weekdays)
            return f"每{zh}", f"every {en}"
        case MonthDay(day) if day == LAST_DAY:
            return "每月最后一天", "on the last day of every month"
        case MonthDay(day) if day > 28:
            return (
                f"每月 {day} 日（没有则当月最后一天）",
                f"on day {day} of every month (else its last day)",
            )
        case MonthDay(day):
            return f"每月 {day} 日", f"on day {day} of every month"


def _names_of(weekdays: tuple[int, ...]) -> _Words:
    zh = "、".join(f"周{_WEEKDAYS_ZH[day - 1]}" for day in weekdays)
    return zh, ", ".join(_WEEKDAYS_EN[day - 1] for day in weekdays)


def _at_times(days: _Words, at: times_of_day.TimeOfDay) -> _Words:
    zh, en = times_of_day.in_words(at)
    return f"{days[0]} {zh}", f"{days[1]} {en}"


def _joined(words: _Words, ends: Ends) -> _Words:
    zh, en = words
    if ends.times is not None:
        zh, en = (
            f"{zh}，共 {ends.times} 次",
            f"{en}, {'once' if ends.times == 1 else f'{ends.times} times'}",
        )
    if ends.to is not None:
        zh, en = f"{zh}，到 {ends.to} 为止", f"{en}, until {ends.to}"
    return zh, en
