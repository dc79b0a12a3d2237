"""The rows of the table of time cases (``time_cases.py``) about what is not
done when it is due: hours in which nobody is written to, steps that are late, clocks that jump."""
# ruff: noqa: E501  a row is a line

from dataclasses import dataclass

from tests.time_cases import (
    APIA,
    KATHMANDU,
    LONDON,
    LORD_HOWE,
    NEW_YORK,
    SAO_PAULO,
    SHANGHAI,
    WEEKENDS,
    Definition,
    daily,
    date,
)


@dataclass(frozen=True)
class RunCase:
    """A plan of one step, looked at when the clock shows ``nows``; the clock may jump."""

    name: str
    zone: str
    when: Definition
    late: Definition | None
    base: str
    nows: tuple[str, ...]
    expects: tuple[str, ...]  # "<occurrence> went|skipped at <number of the look>"


@dataclass(frozen=True)
class QuietCase:
    name: str
    zone: str
    quiet: tuple[str, str]
    now: str
    ends: str | None


@dataclass(frozen=True)
class LateCase:
    name: str
    zone: str
    policy: Definition | None
    due: str
    now: str
    decision: str
    skip: Definition | None = None


# fmt: off
NIGHT, NOON = ("22:00", "08:00"), ("12:00", "14:00")
QUIET = [
    QuietCase("before midnight", SHANGHAI, NIGHT, "2026-06-01T23:00", "2026-06-02T08:00+08:00"),
    QuietCase("after midnight", SHANGHAI, NIGHT, "2026-06-02T03:00", "2026-06-02T08:00+08:00"),
    QuietCase("at midnight", SHANGHAI, NIGHT, "2026-06-02T00:00", "2026-06-02T08:00+08:00"),
    QuietCase("its first moment", SHANGHAI, NIGHT, "2026-06-01T22:00", "2026-06-02T08:00+08:00"),
    QuietCase("its last second", SHANGHAI, NIGHT, "2026-06-02T07:59:59", "2026-06-02T08:00+08:00"),
    QuietCase("its end is no more quiet", SHANGHAI, NIGHT, "2026-06-02T08:00", None),
    QuietCase("just before it", SHANGHAI, NIGHT, "2026-06-01T21:59:59", None),
    QuietCase("noon is not the night turned round", SHANGHAI, NIGHT, "2026-06-01T12:00", None),
    QuietCase("within a day", SHANGHAI, NOON, "2026-06-01T13:00", "2026-06-01T14:00+08:00"),
    QuietCase("within a day, after it", SHANGHAI, NOON, "2026-06-01T14:00", None),
    QuietCase("within a day, at night", SHANGHAI, NOON, "2026-06-01T23:00", None),
    QuietCase("until midnight", SHANGHAI, ("20:00", "00:00"), "2026-06-01T23:59", "2026-06-02T00:00+08:00"),
    QuietCase("from midnight", SHANGHAI, ("00:00", "07:00"), "2026-06-01T00:00", "2026-06-01T07:00+08:00"),
    QuietCase("over New Year", SHANGHAI, NIGHT, "2026-12-31T23:30", "2027-01-01T08:00+08:00"),
    QuietCase("over 29 February", SHANGHAI, NIGHT, "2028-02-28T23:30", "2028-02-29T08:00+08:00"),
    QuietCase("all but an hour", SHANGHAI, ("10:00", "09:00"), "2026-06-01T10:00", "2026-06-02T09:00+08:00"),
    QuietCase("each in her own zone: quiet in London", LONDON, NIGHT, "2026-06-01T22:30+00:00", "2026-06-02T08:00+01:00"),
    QuietCase("each in her own zone: day in Kathmandu", KATHMANDU, NIGHT, "2026-06-02T02:20+00:00", None),
    QuietCase("New York forward, an hour shorter", NEW_YORK, NIGHT, "2026-03-07T23:00", "2026-03-08T08:00-04:00"),
    QuietCase("New York back, an hour longer", NEW_YORK, NIGHT, "2026-11-01T01:30-05:00", "2026-11-01T08:00-05:00"),
    QuietCase("begins in the gap", NEW_YORK, ("02:30", "08:00"), "2026-03-08T03:10", "2026-03-08T08:00-04:00"),
    QuietCase("ends in the gap, the longer silence", NEW_YORK, ("22:00", "02:30"), "2026-03-08T01:00", "2026-03-08T03:30-04:00"),
    QuietCase("begins in the hour that comes twice: with the first", NEW_YORK, ("01:30", "08:00"), "2026-11-01T01:40-04:00", "2026-11-01T08:00-05:00"),
    QuietCase("and goes on when it comes again", NEW_YORK, ("01:30", "08:00"), "2026-11-01T01:10-05:00", "2026-11-01T08:00-05:00"),
    QuietCase("ends in the hour that comes twice: with the second", NEW_YORK, ("22:00", "01:30"), "2026-11-01T01:40-04:00", "2026-11-01T01:30-05:00"),
    QuietCase("London back", LONDON, ("23:00", "01:30"), "2026-10-25T00:30", "2026-10-25T01:30+00:00"),
    QuietCase("Lord Howe forward", LORD_HOWE, ("23:00", "02:15"), "2026-10-04T01:00", "2026-10-04T02:45+11:00"),
    QuietCase("Sao Paulo, until the midnight left out", SAO_PAULO, ("20:00", "00:00"), "2018-11-03T23:00", "2018-11-04T01:00-02:00"),
    QuietCase("Apia, over the day left out", APIA, NIGHT, "2011-12-29T23:00", "2011-12-31T08:00+14:00"),
    QuietCase("Apia, after the day left out", APIA, NIGHT, "2011-12-31T01:00", "2011-12-31T08:00+14:00"),
    QuietCase("Shanghai 1986", SHANGHAI, NIGHT, "1986-05-03T23:00", "1986-05-04T08:00+09:00"),
]

SKIP, SEND, NEXT_DAY = ({"within_h": 2, "else": name} for name in ("skip", "send", "next_day"))
LATE = [
    LateCase("in time", SHANGHAI, SKIP, "2026-06-01T10:00", "2026-06-01T10:00", "go"),
    LateCase("late within the grace", SHANGHAI, SKIP, "2026-06-01T10:00", "2026-06-01T11:59", "go"),
    LateCase("late by just the grace", SHANGHAI, SKIP, "2026-06-01T10:00", "2026-06-01T12:00", "go"),
    LateCase("later: left out", SHANGHAI, SKIP, "2026-06-01T10:00", "2026-06-01T12:00:01", "skip"),
    LateCase("later: sent", SHANGHAI, SEND, "2026-06-01T10:00", "2026-06-01T15:00", "go"),
    LateCase("days later: sent", SHANGHAI, SEND, "2026-06-01T10:00", "2026-06-09T15:00", "go"),
    LateCase("later: the next day", SHANGHAI, NEXT_DAY, "2026-06-01T10:00", "2026-06-01T15:00", "2026-06-02T10:00+08:00"),
    LateCase("the next day, within the grace", SHANGHAI, NEXT_DAY, "2026-06-01T10:00", "2026-06-01T11:00", "go"),
    LateCase("days later, before its time of day: today", SHANGHAI, NEXT_DAY, "2026-06-01T10:00", "2026-06-04T09:00", "2026-06-04T10:00+08:00"),
    LateCase("days later, at its time of day: tomorrow", SHANGHAI, NEXT_DAY, "2026-06-01T10:00", "2026-06-04T10:00", "2026-06-05T10:00+08:00"),
    LateCase("the next day over a month's end", SHANGHAI, NEXT_DAY, "2026-02-28T10:00", "2026-02-28T15:00", "2026-03-01T10:00+08:00"),
    LateCase("the next day is 29 February", SHANGHAI, NEXT_DAY, "2028-02-28T10:00", "2028-02-28T15:00", "2028-02-29T10:00+08:00"),
    LateCase("late over midnight is still the same night's", SHANGHAI, NEXT_DAY, "2026-06-01T20:00", "2026-06-02T01:00", "2026-06-02T20:00+08:00"),
    LateCase("the next day is skipped", SHANGHAI, NEXT_DAY, "2026-06-05T10:00", "2026-06-05T15:00", "2026-06-08T10:00+08:00", WEEKENDS),
    LateCase("the next day, clocks forward", NEW_YORK, NEXT_DAY, "2026-03-07T02:30", "2026-03-07T15:00", "2026-03-08T03:30-04:00"),
    LateCase("the next day, clocks back", NEW_YORK, NEXT_DAY, "2026-10-31T01:30", "2026-10-31T15:00", "2026-11-01T01:30-04:00"),
    LateCase("hours of grace are real ones", NEW_YORK, SKIP, "2026-03-08T01:30", "2026-03-08T04:30", "go"),
    LateCase("hours of grace are real ones, clocks back", NEW_YORK, SKIP, "2026-11-01T00:30", "2026-11-01T01:45-05:00", "skip"),
    LateCase("no grace", SHANGHAI, {"within_h": 0, "else": "skip"}, "2026-06-01T10:00", "2026-06-01T10:00:01", "skip"),
    LateCase("no policy is two hours, then left out: within", SHANGHAI, None, "2026-06-01T10:00", "2026-06-01T12:00", "go"),
    LateCase("no policy is two hours, then left out: after", SHANGHAI, None, "2026-06-01T10:00", "2026-06-01T13:00", "skip"),
    LateCase("a clock put back: not due yet", SHANGHAI, SKIP, "2026-06-01T10:00", "2026-05-31T11:00", "2026-06-01T10:00+08:00"),
]


def run(
    name: str, late: Definition | None, nows: str, *expects: str, zone: str = SHANGHAI,
    when: Definition | None = None, base: str = "2026-06-01T12:00",
) -> RunCase:
    return RunCase(name, zone, when or daily("09:00"), late, base, tuple(nows.split()), expects)


RUNS = [
    run("every day in time", SKIP, "2026-06-02T09:00 2026-06-03T09:00", "2026-06-02 went at 1", "2026-06-03 went at 2"),
    run("a look before it is due", SKIP, "2026-06-02T08:59 2026-06-02T09:00", "2026-06-02 went at 2"),
    run("looked at twice, sent once", SKIP, "2026-06-02T09:00 2026-06-02T09:00 2026-06-02T09:01", "2026-06-02 went at 1"),
    run("the clock goes back a day: nothing twice", SKIP, "2026-06-02T09:00 2026-06-01T09:30 2026-06-02T09:00 2026-06-03T09:00", "2026-06-02 went at 1", "2026-06-03 went at 4"),
    run("the clock goes back an hour: nothing twice", SKIP, "2026-06-02T09:00 2026-06-02T08:00 2026-06-02T09:00", "2026-06-02 went at 1"),
    run("the clock goes forward a day and comes back", SKIP, "2026-06-02T09:00 2026-06-03T09:30 2026-06-02T10:00 2026-06-03T09:00 2026-06-04T09:00", "2026-06-02 went at 1", "2026-06-03 went at 2", "2026-06-04 went at 5"),
    run("the clock goes forward a year: each day once, none sent late", SKIP, "2026-06-02T09:00 2026-06-05T09:00", "2026-06-02 went at 1", "2026-06-03 skipped at 2", "2026-06-04 skipped at 2", "2026-06-05 went at 2"),
    run("a short downtime is made up for", SKIP, "2026-06-02T08:00 2026-06-02T11:00", "2026-06-02 went at 2"),
    run("a downtime past the grace: left out", SKIP, "2026-06-02T08:00 2026-06-02T11:01 2026-06-03T09:00", "2026-06-02 skipped at 2", "2026-06-03 went at 3"),
    run("a downtime past the grace: sent", SEND, "2026-06-02T08:00 2026-06-02T15:00 2026-06-03T09:00", "2026-06-02 went at 2", "2026-06-03 went at 3"),
    run("a downtime past the grace: the next day", NEXT_DAY, "2026-06-02T15:00 2026-06-03T08:00 2026-06-03T09:00", "2026-06-02 went at 3", when=date("2026-06-02", "09:00")),
    run("two downtimes: the day after next", NEXT_DAY, "2026-06-02T15:00 2026-06-03T15:00 2026-06-04T09:00", "2026-06-02 went at 3", when=date("2026-06-02", "09:00")),
    run("a downtime of three days: left out", SKIP, "2026-06-04T12:00 2026-06-05T09:00", "2026-06-02 skipped at 1", "2026-06-03 skipped at 1", "2026-06-04 skipped at 1", "2026-06-05 went at 2"),
    run("a downtime of three days: all sent", SEND, "2026-06-04T12:00", "2026-06-02 went at 1", "2026-06-03 went at 1", "2026-06-04 went at 1"),
    run("down while clocks go forward", SKIP, "2026-03-08T06:00 2026-03-09T02:30", "2026-03-08 skipped at 1", "2026-03-09 went at 2", zone=NEW_YORK, when=daily("02:30"), base="2026-03-07T12:00"),
    run("up in both of two equal hours", SKIP, "2026-11-01T01:30-04:00 2026-11-01T01:30-05:00 2026-11-02T01:30", "2026-11-01 went at 1", "2026-11-02 went at 3", zone=NEW_YORK, when=daily("01:30"), base="2026-10-31T12:00"),
    run("down in the first of two equal hours", SKIP, "2026-11-01T01:30-05:00", "2026-11-01 went at 1", zone=NEW_YORK, when=daily("01:30"), base="2026-10-31T12:00"),
    run("up over the day Apia left out", SKIP, "2011-12-29T09:00 2011-12-31T09:00 2012-01-01T09:00", "2011-12-29 went at 1", "2011-12-31 went at 2", "2012-01-01 went at 3", zone=APIA, base="2011-12-29T00:00"),
    run("the clock goes back after the last one", SKIP, "2026-06-02T09:00 2026-06-01T09:00 2026-06-02T09:00 2026-06-03T09:00", "2026-06-02 went at 1", when=daily("09:00", times=1)),
    run("set back to before the enrolment", SKIP, "2026-05-01T12:00 2026-06-02T09:00", "2026-06-02 went at 2"),
]
# fmt: on
