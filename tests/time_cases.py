"""The table of time cases: what docs/sop.md says about time, row by row.

Every expectation was found with a calendar and the zones' published changes of clocks. A moment is
written as its local wall clock with its distance from UTC; "a/b" is any moment from a, before b; END
says that nothing comes after that. Bases and cursors without a distance are local, too.
"""
# ruff: noqa: E501  a row is a line

from dataclasses import dataclass
from typing import Any

END = "end"

SHANGHAI = "Asia/Shanghai"  # +08:00; summer time from 1986 to 1991
NEW_YORK = "America/New_York"  # 2026: 8 March 02:00 → 03:00, 1 November 02:00 → 01:00
LONDON = "Europe/London"  # 2026: 29 March 01:00 → 02:00, 25 October 02:00 → 01:00
LORD_HOWE = "Australia/Lord_Howe"  # 2026: 4 October 02:00 → 02:30, 5 April 02:00 → 01:30
SAO_PAULO = "America/Sao_Paulo"  # 2018: 4 November 00:00 → 01:00, 18 February 00:00 → 23:00
HAVANA = "America/Havana"  # 2026: 8 March 00:00 → 01:00, 1 November 01:00 → 00:00
NUUK = "America/Nuuk"  # 2026: 28 March 23:00 → 24:00, 25 October 00:00 → 23:00
APIA = "Pacific/Apia"  # there was no 30 December 2011
KATHMANDU = "Asia/Kathmandu"  # 1 January 1986 00:00 → 00:15

Definition = dict[str, Any]


@dataclass(frozen=True)
class DueCase:
    name: str
    zone: str
    when: Definition
    base: str
    expects: tuple[str, ...]
    cursor: str | None = None
    skip: Definition | None = None
    active: str | None = None
    born: str | None = None


def minutes(count: int) -> Definition:
    return {"kind": "after", "minutes": count}


def after(days: int, at: str, **more: Any) -> Definition:
    return {"kind": "after", "days": days, "at": at, **more}


def next_weekday(weekdays: list[int], at: str, **more: Any) -> Definition:
    return {"kind": "next_weekday", "weekdays": weekdays, "at": at, **more}


def date(on: str, at: str, **more: Any) -> Definition:
    return {"kind": "date", "on": on, "at": at, **more}


def daily(at: str, **more: Any) -> Definition:
    return {"kind": "daily", "at": at, **more}


def weekly(weekdays: list[int], at: str, **more: Any) -> Definition:
    return {"kind": "weekly", "weekdays": weekdays, "at": at, **more}


def monthly(day: int | str, at: str, **more: Any) -> Definition:
    return {"kind": "monthly", "day": day, "at": at, **more}


def cron(expression: str, **more: Any) -> Definition:
    return {"kind": "cron", "cron": expression, **more}


def birthday(at: str, days_before: int = 0, **more: Any) -> Definition:
    return {
        "kind": "anniversary",
        "of": "birthday",
        "days_before": days_before,
        "at": at,
        **more,
    }


def due(name: str, zone: str, when: Definition, base: str, *expects: str, **givens: Any) -> DueCase:
    return DueCase(name, zone, when, base, expects, **givens)


NATIONAL_DAYS = {"dates": [f"2026-10-0{day}" for day in range(1, 8)]}  # 1 October is a Thursday
WEEKENDS = {"weekdays": [6, 7]}

# fmt: off
AFTER = [
    due("at once", SHANGHAI, minutes(0), "2026-06-01T12:00", "2026-06-01T12:00+08:00", END),
    due("five minutes over midnight and New Year", SHANGHAI, minutes(5), "2026-12-31T23:58", "2027-01-01T00:03+08:00", END),
    due("minutes are real ones where clocks go forward", NEW_YORK, minutes(60), "2026-03-08T01:30", "2026-03-08T03:30-04:00", END),
    due("minutes are real ones where clocks go back", NEW_YORK, minutes(60), "2026-11-01T01:30-04:00", "2026-11-01T01:30-05:00", END),
    due("a day in minutes is 24 hours, not a date", NEW_YORK, minutes(1440), "2026-03-07T12:00", "2026-03-08T13:00-04:00", END),
    due("minutes over the half hour of Lord Howe", LORD_HOWE, minutes(30), "2026-10-04T01:45", "2026-10-04T02:45+11:00", END),
    due("minutes over the quarter of Kathmandu", KATHMANDU, minutes(10), "1985-12-31T23:55", "1986-01-01T00:20+05:45", END),
    due("day 0, still to come", SHANGHAI, after(0, "10:00"), "2026-05-01T09:59", "2026-05-01T10:00+08:00", END),
    due("day 0, in this very minute", SHANGHAI, after(0, "10:00"), "2026-05-01T10:00", END),
    due("day 0, over", SHANGHAI, after(0, "10:00"), "2026-05-01T18:00", END),
    due("day 1 is tomorrow, however late today is", SHANGHAI, after(1, "00:00"), "2026-05-01T23:59", "2026-05-02T00:00+08:00", END),
    due("day 3 over the end of January", SHANGHAI, after(3, "10:00"), "2026-01-30T23:59", "2026-02-02T10:00+08:00", END),
    due("day 1 after 28 February, leap year", SHANGHAI, after(1, "09:00"), "2024-02-28T08:00", "2024-02-29T09:00+08:00", END),
    due("day 1 after 28 February, common year", SHANGHAI, after(1, "09:00"), "2026-02-28T08:00", "2026-03-01T09:00+08:00", END),
    due("day 1 after 29 February", SHANGHAI, after(1, "09:00"), "2024-02-29T08:00", "2024-03-01T09:00+08:00", END),
    due("day 365 after 29 February", SHANGHAI, after(365, "09:00"), "2024-02-29T08:00", "2025-02-28T09:00+08:00", END),
    due("day 366 after 28 February before a leap year", SHANGHAI, after(366, "09:00"), "2027-02-28T08:00", "2028-02-29T09:00+08:00", END),
    due("28 February 2100 has no leap day after it", SHANGHAI, after(1, "09:00"), "2100-02-28T08:00", "2100-03-01T09:00+08:00", END),
    due("the base's day is local: still yesterday in New York", NEW_YORK, after(1, "09:00"), "2026-06-02T03:00+00:00", "2026-06-02T09:00-04:00", END),
    due("the base's day is local: already tomorrow in Shanghai", SHANGHAI, after(1, "09:00"), "2026-06-01T16:30+00:00", "2026-06-03T09:00+08:00", END),
    due("a quarter hour's zone", KATHMANDU, after(1, "09:00"), "2026-06-01T12:00", "2026-06-02T09:00+05:45", END),
    due("day 1 at a time that clocks leave out", NEW_YORK, after(1, "02:30"), "2026-03-07T12:00", "2026-03-08T03:30-04:00", END),
    due("day 1 at a time that comes twice", NEW_YORK, after(1, "01:30"), "2026-10-31T12:00", "2026-11-01T01:30-04:00", END),
    due("day 0, enrolled between the two", NEW_YORK, after(0, "01:30"), "2026-11-01T01:10-05:00", END),
    due("day 1 on the day Apia left out", APIA, after(1, "09:00"), "2011-12-29T12:00", "2011-12-31T09:00+14:00", END),
    due("day 2 counts the day Apia left out", APIA, after(2, "09:00"), "2011-12-29T12:00", "2011-12-31T09:00+14:00", END),
    due("the cursor at its moment", SHANGHAI, after(1, "09:00"), "2026-06-01T12:00", END, cursor="2026-06-02T09:00"),
    due("the cursor a second before", SHANGHAI, after(1, "09:00"), "2026-06-01T12:00", "2026-06-02T09:00+08:00", END, cursor="2026-06-02T08:59:59"),
]

NEXT_WEEKDAY = [
    due("Monday from a Sunday", SHANGHAI, next_weekday([1], "10:00"), "2026-06-07T23:59", "2026-06-08T10:00+08:00", END),
    due("Monday from a Monday is a week away, also in the morning", SHANGHAI, next_weekday([1], "10:00"), "2026-06-01T08:00", "2026-06-08T10:00+08:00", END),
    due("the nearest of two", SHANGHAI, next_weekday([1, 4], "10:00"), "2026-06-01T08:00", "2026-06-04T10:00+08:00", END),
    due("the nearest of two, round the week", SHANGHAI, next_weekday([2, 4], "10:00"), "2026-06-05T08:00", "2026-06-09T10:00+08:00", END),
    due("over New Year", SHANGHAI, next_weekday([5], "10:00"), "2026-12-31T12:00", "2027-01-01T10:00+08:00", END),
    due("over a leap day", SHANGHAI, next_weekday([5], "10:00"), "2024-02-28T12:00", "2024-03-01T10:00+08:00", END),
    due("the weekday of the base is local", SHANGHAI, next_weekday([2], "10:00"), "2026-06-01T23:00+00:00", "2026-06-09T10:00+08:00", END),
    due("on the day clocks go forward", NEW_YORK, next_weekday([7], "02:30"), "2026-03-07T12:00", "2026-03-08T03:30-04:00", END),
    due("every day is the same as tomorrow", SHANGHAI, next_weekday([1, 2, 3, 4, 5, 6, 7], "10:00"), "2026-06-01T08:00", "2026-06-02T10:00+08:00", END),
]

ON_DATE = [
    due("to come", SHANGHAI, date("2026-12-12", "10:00"), "2026-01-01T00:00", "2026-12-12T10:00+08:00", END),
    due("over", SHANGHAI, date("2026-12-12", "10:00"), "2026-12-13T00:00", END),
    due("over by a minute", SHANGHAI, date("2026-12-12", "10:00"), "2026-12-12T10:01", END),
    due("each in her own zone: New York", NEW_YORK, date("2026-12-12", "10:00"), "2026-01-01T00:00", "2026-12-12T10:00-05:00", END),
    due("each in her own zone: Kathmandu", KATHMANDU, date("2026-12-12", "10:00"), "2026-01-01T00:00", "2026-12-12T10:00+05:45", END),
    due("29 February", SHANGHAI, date("2028-02-29", "10:00"), "2026-01-01T00:00", "2028-02-29T10:00+08:00", END),
    due("midnight that Sao Paulo left out", SAO_PAULO, date("2018-11-04", "00:00"), "2018-11-01T12:00", "2018-11-04T01:00-02:00", END),
    due("half past eleven, twice in Sao Paulo", SAO_PAULO, date("2018-02-17", "23:30"), "2018-02-17T12:00", "2018-02-17T23:30-02:00", END),
    due("the day that Apia left out", APIA, date("2011-12-30", "10:00"), "2011-12-01T12:00", "2011-12-31T10:00+14:00", END),
]

DAILY = [
    due("enrolled before", SHANGHAI, daily("09:00"), "2026-06-01T08:59", "2026-06-01T09:00+08:00", "2026-06-02T09:00+08:00"),
    due("enrolled in the very minute", SHANGHAI, daily("09:00"), "2026-06-01T09:00", "2026-06-02T09:00+08:00"),
    due("over the end of February", SHANGHAI, daily("09:00"), "2026-02-27T09:00", "2026-02-28T09:00+08:00", "2026-03-01T09:00+08:00"),
    due("over 29 February", SHANGHAI, daily("09:00"), "2028-02-28T08:00", "2028-02-28T09:00+08:00", "2028-02-29T09:00+08:00", "2028-03-01T09:00+08:00"),
    due("over New Year", SHANGHAI, daily("00:00"), "2026-12-31T12:00", "2027-01-01T00:00+08:00", "2027-01-02T00:00+08:00"),
    due("the last minute of a day", SHANGHAI, daily("23:59"), "2026-06-01T12:00", "2026-06-01T23:59+08:00", "2026-06-02T23:59+08:00"),
    due("New York forward, in the gap", NEW_YORK, daily("02:30"), "2026-03-07T12:00", "2026-03-08T03:30-04:00", "2026-03-09T02:30-04:00"),
    due("New York forward, the gap's first minute", NEW_YORK, daily("02:00"), "2026-03-07T12:00", "2026-03-08T03:00-04:00", "2026-03-09T02:00-04:00"),
    due("New York forward, the first minute after the gap", NEW_YORK, daily("03:00"), "2026-03-07T12:00", "2026-03-08T03:00-04:00", "2026-03-09T03:00-04:00"),
    due("New York forward, at noon", NEW_YORK, daily("12:00"), "2026-03-07T11:00", "2026-03-07T12:00-05:00", "2026-03-08T12:00-04:00"),
    due("New York back, twice", NEW_YORK, daily("01:30"), "2026-10-31T12:00", "2026-11-01T01:30-04:00", "2026-11-02T01:30-05:00"),
    due("New York back, the hour's first minute", NEW_YORK, daily("01:00"), "2026-10-31T12:00", "2026-11-01T01:00-04:00", "2026-11-02T01:00-05:00"),
    due("New York back, just after", NEW_YORK, daily("02:00"), "2026-10-31T12:00", "2026-11-01T02:00-05:00", "2026-11-02T02:00-05:00"),
    due("New York back, cursor between the two", NEW_YORK, daily("01:30"), "2026-10-01T12:00", "2026-11-02T01:30-05:00", cursor="2026-11-01T01:10-05:00"),
    due("London forward", LONDON, daily("01:30"), "2026-03-28T12:00", "2026-03-29T02:30+01:00", "2026-03-30T01:30+01:00"),
    due("London back", LONDON, daily("01:30"), "2026-10-24T12:00", "2026-10-25T01:30+01:00", "2026-10-26T01:30+00:00"),
    due("Lord Howe forward by half an hour", LORD_HOWE, daily("02:15"), "2026-10-03T12:00", "2026-10-04T02:45+11:00", "2026-10-05T02:15+11:00"),
    due("Lord Howe back by half an hour", LORD_HOWE, daily("01:45"), "2026-04-04T12:00", "2026-04-05T01:45+11:00", "2026-04-06T01:45+10:30"),
    due("Sao Paulo without a midnight", SAO_PAULO, daily("00:00"), "2018-11-02T12:00", "2018-11-03T00:00-03:00", "2018-11-04T01:00-02:00", "2018-11-05T00:00-02:00"),
    due("Sao Paulo with two last hours", SAO_PAULO, daily("23:30"), "2018-02-16T23:45", "2018-02-17T23:30-02:00", "2018-02-18T23:30-03:00"),
    due("Sao Paulo, midnight after two last hours", SAO_PAULO, daily("00:00"), "2018-02-17T12:00", "2018-02-18T00:00-03:00", "2018-02-19T00:00-03:00"),
    due("Sao Paulo since 2019 changes no more", SAO_PAULO, daily("00:00"), "2026-11-01T12:00", "2026-11-02T00:00-03:00", "2026-11-03T00:00-03:00"),
    due("Havana without a midnight", HAVANA, daily("00:30"), "2026-03-07T12:00", "2026-03-08T01:30-04:00", "2026-03-09T00:30-04:00"),
    due("Havana with two first hours", HAVANA, daily("00:30"), "2026-10-31T12:00", "2026-11-01T00:30-04:00", "2026-11-02T00:30-05:00"),
    due("Nuuk, a gap before midnight reaches into the next day", NUUK, daily("23:30"), "2026-03-28T12:00", "2026-03-29T00:30-01:00", "2026-03-29T23:30-01:00"),
    due("Nuuk, enrolled after that midnight", NUUK, daily("23:30"), "2026-03-29T00:10", "2026-03-29T00:30-01:00", "2026-03-29T23:30-01:00"),
    due("Nuuk, cursor after that midnight", NUUK, daily("23:30"), "2026-03-01T12:00", "2026-03-29T23:30-01:00", cursor="2026-03-29T00:30"),
    due("Shanghai 1986 forward", SHANGHAI, daily("02:30"), "1986-05-03T12:00", "1986-05-04T03:30+09:00", "1986-05-05T02:30+09:00"),
    due("Shanghai 1986 back", SHANGHAI, daily("01:30"), "1986-09-13T12:00", "1986-09-14T01:30+09:00", "1986-09-15T01:30+08:00"),
    due("Shanghai 1987 forward", SHANGHAI, daily("02:00"), "1987-04-11T12:00", "1987-04-12T03:00+09:00", "1987-04-13T02:00+09:00"),
    due("Shanghai 1991, the last time back", SHANGHAI, daily("09:00"), "1991-09-14T08:00", "1991-09-14T09:00+09:00", "1991-09-15T09:00+08:00"),
    due("Shanghai 1992, no more", SHANGHAI, daily("02:30"), "1992-04-11T12:00", "1992-04-12T02:30+08:00", "1992-04-13T02:30+08:00"),
    due("Apia, no occurrence on the day left out", APIA, daily("09:00"), "2011-12-29T00:00", "2011-12-29T09:00-10:00", "2011-12-31T09:00+14:00", "2012-01-01T09:00+14:00"),
    due("Apia, the first minute after", APIA, daily("00:00"), "2011-12-29T12:00", "2011-12-31T00:00+14:00", "2012-01-01T00:00+14:00"),
    due("Kathmandu takes a quarter of an hour", KATHMANDU, daily("00:05"), "1985-12-31T00:01", "1985-12-31T00:05+05:30", "1986-01-01T00:20+05:45", "1986-01-02T00:05+05:45"),
    due("Kathmandu today", KATHMANDU, daily("09:00"), "2026-06-01T12:00", "2026-06-02T09:00+05:45", "2026-06-03T09:00+05:45"),
]

WEEKLY = [
    due("three days of a week, in their order", SHANGHAI, weekly([7, 1, 3], "09:00"), "2026-06-01T09:00", "2026-06-03T09:00+08:00", "2026-06-07T09:00+08:00", "2026-06-08T09:00+08:00"),
    due("on its own day, before the time", SHANGHAI, weekly([1], "09:00"), "2026-06-01T08:00", "2026-06-01T09:00+08:00", "2026-06-08T09:00+08:00"),
    due("over the end of a month", SHANGHAI, weekly([5], "09:00"), "2026-02-27T10:00", "2026-03-06T09:00+08:00", "2026-03-13T09:00+08:00"),
    due("over 29 February", SHANGHAI, weekly([4], "09:00"), "2024-02-26T10:00", "2024-02-29T09:00+08:00", "2024-03-07T09:00+08:00"),
    due("over New Year", SHANGHAI, weekly([4, 5], "09:00"), "2026-12-30T10:00", "2026-12-31T09:00+08:00", "2027-01-01T09:00+08:00", "2027-01-07T09:00+08:00"),
    due("Sundays, when clocks change: forward", LONDON, weekly([7], "01:15"), "2026-03-23T12:00", "2026-03-29T02:15+01:00", "2026-04-05T01:15+01:00"),
    due("Sundays, when clocks change: back", LONDON, weekly([7], "01:15"), "2026-10-19T12:00", "2026-10-25T01:15+01:00", "2026-11-01T01:15+00:00"),
    due("the Friday Apia left out is none", APIA, weekly([5], "09:00"), "2011-12-24T12:00", "2012-01-06T09:00+14:00", "2012-01-13T09:00+14:00"),
    due("the weekday is the local one", NEW_YORK, weekly([1], "22:00"), "2026-06-01T12:00", "2026-06-01T22:00-04:00", "2026-06-08T22:00-04:00"),
]

MONTHLY = [
    due("the 31st in February and April", SHANGHAI, monthly(31, "09:00"), "2026-01-31T10:00", "2026-02-28T09:00+08:00", "2026-03-31T09:00+08:00", "2026-04-30T09:00+08:00"),
    due("the last day is the same", SHANGHAI, monthly("last", "09:00"), "2026-01-31T10:00", "2026-02-28T09:00+08:00", "2026-03-31T09:00+08:00", "2026-04-30T09:00+08:00"),
    due("the last day of a leap February", SHANGHAI, monthly("last", "09:00"), "2028-02-01T00:00", "2028-02-29T09:00+08:00", "2028-03-31T09:00+08:00"),
    due("the 30th in a common February", SHANGHAI, monthly(30, "09:00"), "2026-02-01T00:00", "2026-02-28T09:00+08:00", "2026-03-30T09:00+08:00"),
    due("the 30th in a leap February", SHANGHAI, monthly(30, "09:00"), "2028-02-01T00:00", "2028-02-29T09:00+08:00", "2028-03-30T09:00+08:00"),
    due("the 29th in a common February", SHANGHAI, monthly(29, "09:00"), "2027-02-01T00:00", "2027-02-28T09:00+08:00", "2027-03-29T09:00+08:00"),
    due("the 29th in a leap February", SHANGHAI, monthly(29, "09:00"), "2028-02-01T00:00", "2028-02-29T09:00+08:00", "2028-03-29T09:00+08:00"),
    due("the 28th is the 28th also in a leap year", SHANGHAI, monthly(28, "09:00"), "2028-02-01T00:00", "2028-02-28T09:00+08:00", "2028-03-28T09:00+08:00"),
    due("February 2100 has 28 days", SHANGHAI, monthly(31, "09:00"), "2100-02-01T00:00", "2100-02-28T09:00+08:00", "2100-03-31T09:00+08:00"),
    due("the 1st, over New Year", SHANGHAI, monthly(1, "09:00"), "2026-11-15T00:00", "2026-12-01T09:00+08:00", "2027-01-01T09:00+08:00"),
    due("enrolled on its day, after the time", SHANGHAI, monthly(15, "09:00"), "2026-06-15T09:00", "2026-07-15T09:00+08:00"),
    due("enrolled on its day, before the time", SHANGHAI, monthly(15, "09:00"), "2026-06-15T08:59", "2026-06-15T09:00+08:00", "2026-07-15T09:00+08:00"),
    due("New York's 8 March", NEW_YORK, monthly(8, "02:30"), "2026-02-10T00:00", "2026-03-08T03:30-04:00", "2026-04-08T02:30-04:00"),
    due("New York's 1 November", NEW_YORK, monthly(1, "01:30"), "2026-10-10T00:00", "2026-11-01T01:30-04:00", "2026-12-01T01:30-05:00"),
    due("the month's end that Apia had a day later", APIA, monthly(30, "09:00"), "2011-12-01T00:00", "2012-01-30T09:00+14:00", "2012-02-29T09:00+14:00"),
]

CRON = [
    due("the 31st by cron skips shorter months", SHANGHAI, cron("0 9 31 * *"), "2026-01-31T10:00", "2026-03-31T09:00+08:00", "2026-05-31T09:00+08:00"),
    due("29 February by cron waits for leap years", SHANGHAI, cron("0 9 29 2 *"), "2026-01-01T00:00", "2028-02-29T09:00+08:00", "2032-02-29T09:00+08:00"),
    due("29 February over 2100", SHANGHAI, cron("0 9 29 2 *"), "2096-03-01T00:00", "2104-02-29T09:00+08:00"),
    due("a day of the month or a weekday: either", SHANGHAI, cron("0 9 13 * fri"), "2026-03-01T00:00", "2026-03-06T09:00+08:00", "2026-03-13T09:00+08:00", "2026-03-20T09:00+08:00"),
    due("either, when they fall apart", SHANGHAI, cron("0 9 1,15 * mon"), "2026-06-22T10:00", "2026-06-29T09:00+08:00", "2026-07-01T09:00+08:00", "2026-07-06T09:00+08:00"),
    due("a star with a step is no restriction: both", SHANGHAI, cron("0 9 */2 * mon"), "2026-05-31T10:00", "2026-06-01T09:00+08:00", "2026-06-15T09:00+08:00", "2026-06-29T09:00+08:00"),
    due("a weekday star with a step: both", SHANGHAI, cron("0 9 1-7 * */7"), "2026-06-02T10:00", "2026-06-07T09:00+08:00", "2026-07-05T09:00+08:00"),
    due("Sunday is 0 and 7", SHANGHAI, cron("0 9 * * 0,7"), "2026-06-01T10:00", "2026-06-07T09:00+08:00", "2026-06-14T09:00+08:00"),
    due("weekdays only", SHANGHAI, cron("0 9 * * 1-5"), "2026-06-05T09:00", "2026-06-08T09:00+08:00", "2026-06-09T09:00+08:00"),
    due("several times a day", SHANGHAI, cron("0,30 9-10 * * *"), "2026-06-01T09:30", "2026-06-01T10:00+08:00", "2026-06-01T10:30+08:00", "2026-06-02T09:00+08:00"),
    due("an hour that clocks leave out moves into the next, once", NEW_YORK, cron("30 1-3 * * *"), "2026-03-08T00:00", "2026-03-08T01:30-05:00", "2026-03-08T03:30-04:00", "2026-03-09T01:30-04:00"),
    due("an hour that comes twice counts once", NEW_YORK, cron("0,30 1 * * *"), "2026-11-01T00:00", "2026-11-01T01:00-04:00", "2026-11-01T01:30-04:00", "2026-11-02T01:00-05:00"),
    due("the hour after it", NEW_YORK, cron("0 1,2 * * *"), "2026-11-01T00:00", "2026-11-01T01:00-04:00", "2026-11-01T02:00-05:00", "2026-11-02T01:00-05:00"),
    due("Lord Howe, each quarter in the gap of half an hour", LORD_HOWE, cron("0,15,30,45 2 4 10 *"), "2026-10-04T00:00", "2026-10-04T02:30+11:00", "2026-10-04T02:45+11:00", "2027-10-04T02:00+11:00"),
    due("Sao Paulo, midnight left out, and one o'clock", SAO_PAULO, cron("0 0,1 * * *"), "2018-11-03T12:00", "2018-11-04T01:00-02:00", "2018-11-05T00:00-02:00"),
    due("Apia, the 30th left out", APIA, cron("0 9 30 12 *"), "2011-12-01T12:00", "2012-12-30T09:00+14:00"),
    due("New Year's Eve and New Year", SHANGHAI, cron("59 23 31 12 *"), "2026-12-31T23:59", "2027-12-31T23:59+08:00"),
]

BIRTHDAYS = [
    due("on the day", SHANGHAI, birthday("09:00"), "2026-01-01T00:00", "2026-05-20T09:00+08:00", "2027-05-20T09:00+08:00", born="1990-05-20"),
    due("today, still to come", SHANGHAI, birthday("09:00"), "2026-05-20T08:59", "2026-05-20T09:00+08:00", born="1990-05-20"),
    due("today, over", SHANGHAI, birthday("09:00"), "2026-05-20T09:00", "2027-05-20T09:00+08:00", born="1990-05-20"),
    due("not known", SHANGHAI, birthday("09:00"), "2026-01-01T00:00", END),
    due("29 February in common years and leap years", SHANGHAI, birthday("09:00"), "2026-01-01T00:00", "2026-02-28T09:00+08:00", "2027-02-28T09:00+08:00", "2028-02-29T09:00+08:00", "2029-02-28T09:00+08:00", born="1992-02-29"),
    due("29 February in 2100", SHANGHAI, birthday("09:00"), "2100-01-01T00:00", "2100-02-28T09:00+08:00", born="1992-02-29"),
    due("28 February in a leap year stays the 28th", SHANGHAI, birthday("09:00"), "2028-01-01T00:00", "2028-02-28T09:00+08:00", born="1991-02-28"),
    due("the day before 29 February", SHANGHAI, birthday("09:00", 1), "2027-01-01T00:00", "2027-02-27T09:00+08:00", "2028-02-28T09:00+08:00", born="1992-02-29"),
    due("the day before 1 March", SHANGHAI, birthday("09:00", 1), "2027-01-01T00:00", "2027-02-28T09:00+08:00", "2028-02-29T09:00+08:00", born="1990-03-01"),
    due("three days before 2 January", SHANGHAI, birthday("09:00", 3), "2026-01-01T00:00", "2026-12-30T09:00+08:00", "2027-12-30T09:00+08:00", born="1990-01-02"),
    due("the day before New Year's birthday", SHANGHAI, birthday("09:00", 1), "2026-12-31T08:00", "2026-12-31T09:00+08:00", "2027-12-31T09:00+08:00", born="2000-01-01"),
    due("a whole year before", SHANGHAI, birthday("09:00", 365), "2026-06-15T00:00", "2026-06-15T09:00+08:00", "2027-06-16T09:00+08:00", born="2000-06-15"),
    due("31 December", SHANGHAI, birthday("23:59"), "2026-12-31T23:59", "2027-12-31T23:59+08:00", born="1990-12-31"),
    due("in the gap of New York", NEW_YORK, birthday("02:30"), "2026-01-01T00:00", "2026-03-08T03:30-04:00", "2027-03-08T02:30-05:00", born="1990-03-08"),
    due("cursor at this year's", SHANGHAI, birthday("09:00"), "2025-01-01T00:00", "2027-05-20T09:00+08:00", cursor="2026-05-20T09:00", born="1990-05-20"),
    due("at her active hour", SHANGHAI, birthday("active", otherwise="20:00"), "2026-01-01T00:00", "2026-05-20T07:15+08:00", active="07:15", born="1990-05-20"),
    due("in a window", SHANGHAI, birthday("09:00", until="11:00"), "2026-01-01T00:00", "2026-05-20T09:00+08:00/2026-05-20T11:00+08:00", born="1990-05-20"),
]

WINDOWS = [
    due("once, within the day", SHANGHAI, after(1, "10:00", until="12:00"), "2026-06-01T12:00", "2026-06-02T10:00+08:00/2026-06-02T12:00+08:00", END),
    due("a window that is over is not made up for", SHANGHAI, after(0, "10:00", until="12:00"), "2026-06-01T12:00", END),
    due("every day", SHANGHAI, daily("10:00", until="12:00"), "2026-06-01T12:00", "2026-06-02T10:00+08:00/2026-06-02T12:00+08:00", "2026-06-03T10:00+08:00/2026-06-03T12:00+08:00"),
    due("one minute", SHANGHAI, daily("10:00", until="10:01"), "2026-06-01T12:00", "2026-06-02T10:00+08:00/2026-06-02T10:01+08:00"),
    due("overnight", SHANGHAI, daily("22:00", until="02:00"), "2026-06-01T12:00", "2026-06-01T22:00+08:00/2026-06-02T02:00+08:00", "2026-06-02T22:00+08:00/2026-06-03T02:00+08:00"),
    due("overnight, over New Year", SHANGHAI, date("2026-12-31", "22:00", until="02:00"), "2026-06-01T12:00", "2026-12-31T22:00+08:00/2027-01-01T02:00+08:00", END),
    due("overnight, over a month's end", SHANGHAI, monthly("last", "23:00", until="01:00"), "2026-02-01T12:00", "2026-02-28T23:00+08:00/2026-03-01T01:00+08:00", "2026-03-31T23:00+08:00/2026-04-01T01:00+08:00"),
    due("overnight, over 29 February", SHANGHAI, date("2028-02-29", "23:00", until="01:00"), "2026-06-01T12:00", "2028-02-29T23:00+08:00/2028-03-01T01:00+08:00", END),
    due("overnight, Sunday's reaches into Monday", SHANGHAI, weekly([7], "22:00", until="02:00"), "2026-06-01T12:00", "2026-06-07T22:00+08:00/2026-06-08T02:00+08:00", "2026-06-14T22:00+08:00/2026-06-15T02:00+08:00"),
    due("overnight, cursor at the night's end", SHANGHAI, daily("22:00", until="02:00"), "2026-06-01T12:00", "2026-06-02T22:00+08:00/2026-06-03T02:00+08:00", cursor="2026-06-02T02:00"),
    due("next weekday in a window", SHANGHAI, next_weekday([1], "08:00", until="09:00"), "2026-06-05T12:00", "2026-06-08T08:00+08:00/2026-06-08T09:00+08:00", END),
    due("all but a minute of a day", SHANGHAI, daily("10:00", until="09:59"), "2026-06-01T09:59", "2026-06-01T10:00+08:00/2026-06-02T09:59+08:00", "2026-06-02T10:00+08:00/2026-06-03T09:59+08:00"),
    due("New York forward: an hour is missing from it", NEW_YORK, daily("01:00", until="03:00"), "2026-03-07T12:00", "2026-03-08T01:00-05:00/2026-03-08T03:00-04:00", "2026-03-09T01:00-04:00/2026-03-09T03:00-04:00"),
    due("New York forward: wholly in the gap", NEW_YORK, daily("02:10", until="02:40"), "2026-03-07T12:00", "2026-03-08T03:10-04:00/2026-03-08T03:40-04:00", "2026-03-09T02:10-04:00/2026-03-09T02:40-04:00"),
    due("New York forward: to the end of the gap", NEW_YORK, daily("02:15", until="03:00"), "2026-03-07T12:00", "2026-03-08T03:15-04:00/2026-03-08T04:00-04:00"),
    due("New York forward: all of the gap", NEW_YORK, daily("02:00", until="03:00"), "2026-03-07T12:00", "2026-03-08T03:00-04:00/2026-03-08T04:00-04:00"),
    due("New York forward: begins in the gap", NEW_YORK, daily("02:30", until="05:00"), "2026-03-07T12:00", "2026-03-08T03:30-04:00/2026-03-08T05:00-04:00"),
    due("New York forward: ends in the gap", NEW_YORK, daily("01:00", until="02:30"), "2026-03-07T12:00", "2026-03-08T01:00-05:00/2026-03-08T03:30-04:00"),
    due("New York forward: overnight", NEW_YORK, daily("22:00", until="04:00"), "2026-03-07T12:00", "2026-03-07T22:00-05:00/2026-03-08T04:00-04:00", "2026-03-08T22:00-04:00/2026-03-09T04:00-04:00"),
    due("New York back: three hours long", NEW_YORK, daily("01:00", until="03:00"), "2026-10-31T12:00", "2026-11-01T01:00-04:00/2026-11-01T03:00-05:00", "2026-11-02T01:00-05:00/2026-11-02T03:00-05:00"),
    due("New York back: within the first of the two", NEW_YORK, daily("01:10", until="01:50"), "2026-10-31T12:00", "2026-11-01T01:10-04:00/2026-11-01T01:50-04:00", "2026-11-02T01:10-05:00/2026-11-02T01:50-05:00"),
    due("New York back: overnight", NEW_YORK, daily("23:00", until="01:30"), "2026-10-31T12:00", "2026-10-31T23:00-04:00/2026-11-01T01:30-04:00", "2026-11-01T23:00-05:00/2026-11-02T01:30-05:00"),
    due("Lord Howe forward: half an hour is missing", LORD_HOWE, daily("01:30", until="03:00"), "2026-10-03T12:00", "2026-10-04T01:30+10:30/2026-10-04T03:00+11:00"),
    due("Sao Paulo: overnight over the midnight left out", SAO_PAULO, daily("22:00", until="00:30"), "2018-11-03T12:00", "2018-11-03T22:00-03:00/2018-11-04T01:30-02:00", "2018-11-04T22:00-02:00/2018-11-05T00:30-02:00"),
    due("Nuuk: a window in the gap before midnight", NUUK, daily("23:00", until="23:30"), "2026-03-28T12:00", "2026-03-29T00:00-01:00/2026-03-29T00:30-01:00", "2026-03-29T23:00-01:00/2026-03-29T23:30-01:00"),
    due("Apia: the night into the day left out", APIA, daily("22:00", until="02:00"), "2011-12-29T12:00", "2011-12-29T22:00-10:00/2011-12-31T02:00+14:00", "2011-12-31T22:00+14:00/2012-01-01T02:00+14:00"),
    due("Shanghai 1986", SHANGHAI, daily("01:00", until="04:00"), "1986-05-03T12:00", "1986-05-04T01:00+08:00/1986-05-04T04:00+09:00"),
]

ACTIVE = [
    due("known", SHANGHAI, after(1, "active", otherwise="20:00"), "2026-06-01T12:00", "2026-06-02T19:30+08:00", END, active="19:30"),
    due("not known", SHANGHAI, after(1, "active", otherwise="20:00"), "2026-06-01T12:00", "2026-06-02T20:00+08:00", END),
    due("midnight is known, too", SHANGHAI, after(1, "active", otherwise="20:00"), "2026-06-01T12:00", "2026-06-02T00:00+08:00", END, active="00:00"),
    due("every day", SHANGHAI, daily("active", otherwise="20:00"), "2026-06-01T12:00", "2026-06-02T07:05+08:00", "2026-06-03T07:05+08:00", active="07:05"),
    due("over for today", SHANGHAI, after(0, "active", otherwise="20:00"), "2026-06-01T12:00", END, active="07:05"),
    due("in the gap", NEW_YORK, after(1, "active", otherwise="20:00"), "2026-03-07T12:00", "2026-03-08T03:30-04:00", END, active="02:30"),
    due("twice", LONDON, after(1, "active", otherwise="20:00"), "2026-10-24T12:00", "2026-10-25T01:30+01:00", END, active="01:30"),
    due("on a weekday", SHANGHAI, next_weekday([6], "active", otherwise="20:00"), "2026-06-01T12:00", "2026-06-06T21:00+08:00", END, active="21:00"),
    due("on the last of a month", SHANGHAI, monthly("last", "active", otherwise="20:00"), "2026-02-01T12:00", "2026-02-28T21:00+08:00", active="21:00"),
]

SKIPS = [
    due("every day but weekends", SHANGHAI, daily("09:00"), "2026-06-05T08:00", "2026-06-05T09:00+08:00", "2026-06-08T09:00+08:00", skip=WEEKENDS),
    due("every day but the national days", SHANGHAI, daily("09:00"), "2026-09-30T08:00", "2026-09-30T09:00+08:00", "2026-10-08T09:00+08:00", skip=NATIONAL_DAYS),
    due("a week's day that is skipped comes a week later", SHANGHAI, weekly([4], "09:00"), "2026-09-25T08:00", "2026-10-08T09:00+08:00", skip=NATIONAL_DAYS),
    due("a month's day that is skipped comes a month later", SHANGHAI, monthly(1, "09:00"), "2026-09-15T08:00", "2026-11-01T09:00+08:00", skip=NATIONAL_DAYS),
    due("cron", SHANGHAI, cron("0 9,18 * * *"), "2026-09-30T10:00", "2026-09-30T18:00+08:00", "2026-10-08T09:00+08:00", skip=NATIONAL_DAYS),
    due("repeating on skipped days only", SHANGHAI, weekly([6, 7], "09:00"), "2026-06-01T08:00", END, skip=WEEKENDS),
    due("29 February only on a Sunday", SHANGHAI, cron("0 9 29 2 *"), "2026-01-01T00:00", "2032-02-29T09:00+08:00", "2060-02-29T09:00+08:00", skip={"weekdays": [1, 2, 3, 4, 5, 6]}),
    due("once: after days", SHANGHAI, after(1, "09:00"), "2026-09-30T12:00", "2026-10-08T09:00+08:00", END, skip=NATIONAL_DAYS),
    due("once: next weekday", SHANGHAI, next_weekday([4], "09:00"), "2026-09-30T12:00", "2026-10-08T09:00+08:00", END, skip=NATIONAL_DAYS),
    due("once: a date on a weekend", SHANGHAI, date("2026-06-06", "09:00"), "2026-06-01T12:00", "2026-06-08T09:00+08:00", END, skip=WEEKENDS),
    due("once: a date after which a weekend follows", SHANGHAI, date("2026-06-05", "09:00"), "2026-06-01T12:00", "2026-06-08T09:00+08:00", END, skip={"dates": ["2026-06-05"], "weekdays": [6, 7]}),
    due("once: what had passed at the base is not revived", SHANGHAI, date("2026-10-01", "09:00"), "2026-10-03T12:00", END, skip=NATIONAL_DAYS),
    due("once: day 0, over, on a skipped day", SHANGHAI, after(0, "09:00"), "2026-10-01T12:00", END, skip=NATIONAL_DAYS),
    due("once: day 0, to come, on a skipped day", SHANGHAI, after(0, "18:00"), "2026-10-01T12:00", "2026-10-08T18:00+08:00", END, skip=NATIONAL_DAYS),
    due("once: moved to the day clocks go forward", NEW_YORK, date("2026-03-07", "02:30"), "2026-03-01T12:00", "2026-03-08T03:30-04:00", END, skip={"weekdays": [6]}),
    due("once: the cursor at the original moment", SHANGHAI, after(1, "09:00"), "2026-09-30T12:00", "2026-10-08T09:00+08:00", END, cursor="2026-10-01T09:00", skip=NATIONAL_DAYS),
    due("once: the cursor at the moved moment", SHANGHAI, after(1, "09:00"), "2026-09-30T12:00", END, cursor="2026-10-08T09:00", skip=NATIONAL_DAYS),
    due("a window moves whole", SHANGHAI, after(1, "10:00", until="12:00"), "2026-09-30T12:00", "2026-10-08T10:00+08:00/2026-10-08T12:00+08:00", END, skip=NATIONAL_DAYS),
    due("an overnight window belongs to the day it begins: skipped", SHANGHAI, daily("22:00", until="02:00"), "2026-09-30T12:00", "2026-09-30T22:00+08:00/2026-10-01T02:00+08:00", "2026-10-08T22:00+08:00/2026-10-09T02:00+08:00", skip=NATIONAL_DAYS),
    due("a birthday moves", SHANGHAI, birthday("09:00"), "2026-06-01T12:00", "2026-10-08T09:00+08:00", "2027-10-01T09:00+08:00", born="1990-10-01", skip=NATIONAL_DAYS),
    due("a birthday moves over New Year", SHANGHAI, birthday("09:00"), "2026-06-01T12:00", "2027-01-04T09:00+08:00", "2027-12-31T09:00+08:00", born="1990-12-31", skip={"dates": ["2026-12-31", "2027-01-01"], "weekdays": [6, 7]}),
    due("a birthday moved over New Year, seen from there", SHANGHAI, birthday("09:00"), "2026-06-01T12:00", "2027-01-04T09:00+08:00", cursor="2027-01-02T12:00", born="1990-12-31", skip={"dates": ["2026-12-31", "2027-01-01"], "weekdays": [6, 7]}),
    due("a few minutes do not move", SHANGHAI, minutes(5), "2026-10-01T12:00", "2026-10-01T12:05+08:00", END, skip=NATIONAL_DAYS),
    due("a minute less than a day does not move", SHANGHAI, minutes(1439), "2026-09-30T12:00", "2026-10-01T11:59+08:00", END, skip=NATIONAL_DAYS),
    due("a day in minutes moves", SHANGHAI, minutes(1440), "2026-09-30T12:00", "2026-10-08T12:00+08:00", END, skip=NATIONAL_DAYS),
    due("a day left out and a day skipped", APIA, after(1, "09:00"), "2011-12-29T12:00", "2012-01-01T09:00+14:00", END, skip={"dates": ["2011-12-31"]}),
    due("the skipped day is the local one", NEW_YORK, daily("21:00"), "2026-09-30T12:00", "2026-09-30T21:00-04:00", "2026-10-02T21:00-04:00", skip={"dates": ["2026-10-01"]}),
]

ENDS = [
    due("three times", SHANGHAI, daily("09:00", times=3), "2026-06-01T12:00", "2026-06-02T09:00+08:00", "2026-06-03T09:00+08:00", "2026-06-04T09:00+08:00", END),
    due("once", SHANGHAI, daily("09:00", times=1), "2026-06-01T08:00", "2026-06-01T09:00+08:00", END),
    due("weekly, over a month's end", SHANGHAI, weekly([1, 4], "09:00", times=3), "2026-06-25T12:00", "2026-06-29T09:00+08:00", "2026-07-02T09:00+08:00", "2026-07-06T09:00+08:00", END),
    due("monthly, over February", SHANGHAI, monthly(31, "09:00", times=3), "2026-01-31T12:00", "2026-02-28T09:00+08:00", "2026-03-31T09:00+08:00", "2026-04-30T09:00+08:00", END),
    due("cron, each moment counts", SHANGHAI, cron("0 9,18 * * *", times=3), "2026-06-01T12:00", "2026-06-01T18:00+08:00", "2026-06-02T09:00+08:00", "2026-06-02T18:00+08:00", END),
    due("cron over the gap, merged moments count once", NEW_YORK, cron("30 2,3 * * *", times=2), "2026-03-08T00:00", "2026-03-08T03:30-04:00", "2026-03-09T02:30-04:00", END),
    due("skipped days do not count", SHANGHAI, daily("09:00", times=2), "2026-09-30T08:00", "2026-09-30T09:00+08:00", "2026-10-08T09:00+08:00", END, skip=NATIONAL_DAYS),
    due("cron, skipped days do not count", SHANGHAI, cron("0 9 * * *", times=2), "2026-09-30T08:00", "2026-09-30T09:00+08:00", "2026-10-08T09:00+08:00", END, skip=NATIONAL_DAYS),
    due("counted from the base, whatever the cursor", SHANGHAI, daily("09:00", times=3), "2026-06-01T12:00", "2026-06-04T09:00+08:00", END, cursor="2026-06-03T20:00"),
    due("the cursor past the last", SHANGHAI, daily("09:00", times=3), "2026-06-01T12:00", END, cursor="2026-06-04T09:00"),
    due("the day Apia left out does not count", APIA, daily("09:00", times=2), "2011-12-29T00:00", "2011-12-29T09:00-10:00", "2011-12-31T09:00+14:00", END),
    due("to a day, that day too", SHANGHAI, daily("09:00", to="2026-06-03"), "2026-06-01T12:00", "2026-06-02T09:00+08:00", "2026-06-03T09:00+08:00", END),
    due("to a day that was before", SHANGHAI, daily("09:00", to="2026-05-31"), "2026-06-01T12:00", END),
    due("to the end of February", SHANGHAI, monthly(31, "09:00", to="2026-02-28"), "2026-01-31T12:00", "2026-02-28T09:00+08:00", END),
    due("to a day between", SHANGHAI, weekly([1], "09:00", to="2026-06-14"), "2026-06-01T12:00", "2026-06-08T09:00+08:00", END),
    due("cron to a day", SHANGHAI, cron("0 9,18 * * *", to="2026-06-01"), "2026-06-01T12:00", "2026-06-01T18:00+08:00", END),
    due("whichever comes first: times", SHANGHAI, daily("09:00", times=1, to="2026-06-30"), "2026-06-01T12:00", "2026-06-02T09:00+08:00", END),
    due("whichever comes first: to", SHANGHAI, daily("09:00", times=9, to="2026-06-02"), "2026-06-01T12:00", "2026-06-02T09:00+08:00", END),
    due("an overnight window begins on its last day", SHANGHAI, daily("22:00", until="02:00", to="2026-06-01"), "2026-06-01T12:00", "2026-06-01T22:00+08:00/2026-06-02T02:00+08:00", END),
    due("a window, twice", SHANGHAI, daily("22:00", until="02:00", times=2), "2026-06-01T12:00", "2026-06-01T22:00+08:00/2026-06-02T02:00+08:00", "2026-06-02T22:00+08:00/2026-06-03T02:00+08:00", END),
]

# fmt: on

DUE = AFTER + NEXT_WEEKDAY + ON_DATE + DAILY + WEEKLY + MONTHLY + CRON + BIRTHDAYS + WINDOWS
DUE += ACTIVE + SKIPS + ENDS
