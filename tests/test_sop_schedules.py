"""When steps are due: local wall clocks, month ends, changing clocks, cursors."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sop.times import schedules
from sop.times.schedules import Cursor, Due, Ground, Live

SHANGHAI = ZoneInfo("Asia/Shanghai")


NEW_YORK = ZoneInfo("America/New_York")


LONDON = ZoneInfo("Europe/London")


DAILY_0230 = {"kind": "daily", "at": "02:30"}


DAILY_0130 = {"kind": "daily", "at": "01:30"}


MONTHLY_31 = {"kind": "cron", "cron": "0 9 31 * *"}


LEAP_DAY = {"kind": "cron", "cron": "0 9 29 2 *"}


def local(text: str, zone: ZoneInfo, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold)


def steps(definitions: list[dict[str, Any]], base: datetime) -> list[Live]:
    return [
        Live(step, schedules.parse(definition), base) for step, definition in enumerate(definitions)
    ]


def walk(
    definitions: list[dict[str, Any]], enrolled_at: datetime, zone: ZoneInfo, count: int
) -> list[Due]:
    live = steps(definitions, enrolled_at)
    dues: list[Due] = []
    while len(dues) < count:
        due = schedules.next_due(live, dues[-1] if dues else None, Ground(zone, "member:1"))
        if due is None:
            break
        dues.append(due)
    return dues


@pytest.mark.parametrize(
    ("definition", "enrolled", "zone", "expected"),
    [
        # day N: counted from the local day of enrolment
        ({"kind": "after", "days": 3, "at": "10:00"}, "2026-01-30T23:59", SHANGHAI, ["02T10:00"]),
        ({"kind": "after", "days": 1, "at": "00:00"}, "2024-02-28T08:00", SHANGHAI, ["29T00:00"]),
        ({"kind": "after", "days": 1, "at": "00:00"}, "2026-02-28T08:00", SHANGHAI, ["01T00:00"]),
        ({"kind": "after", "days": 0, "at": "10:00"}, "2026-05-01T09:59", SHANGHAI, ["01T10:00"]),
        # what had passed, or passes in this very moment, is not made up for
        ({"kind": "after", "days": 0, "at": "10:00"}, "2026-05-01T10:00", SHANGHAI, []),
        ({"kind": "after", "days": 0, "at": "10:00"}, "2026-05-01T18:00", SHANGHAI, []),
        ({"kind": "date", "on": "2026-12-12", "at": "10:00"}, "2026-12-13T00:00", SHANGHAI, []),
        (
            {"kind": "date", "on": "2026-12-12", "at": "10:00"},
            "2026-01-01T00:00",
            SHANGHAI,
            ["12T10:00"],
        ),
        ({"kind": "after", "minutes": 5}, "2026-12-31T23:58", SHANGHAI, ["01T00:03"]),
        ({"kind": "after", "minutes": 0}, "2026-12-31T23:58", SHANGHAI, ["31T23:58"]),
        (
            {"kind": "daily", "at": "09:00"},
            "2026-02-27T09:00",
            SHANGHAI,
            ["28T09:00", "01T09:00", "02T09:00"],
        ),
        (  # 2026-06-01 is a Monday
            {"kind": "weekly", "weekdays": [7, 1, 3], "at": "09:00"},
            "2026-06-01T09:00",
            SHANGHAI,
            ["03T09:00", "07T09:00", "08T09:00"],
        ),
        (MONTHLY_31, "2026-01-31T10:00", SHANGHAI, ["31T09:00", "31T09:00", "31T09:00"]),
        (LEAP_DAY, "2026-01-01T00:00", SHANGHAI, ["29T09:00", "29T09:00", "29T09:00"]),
        # clocks put forward: 2026-03-08 in New York, 2026-03-29 in London
        (DAILY_0230, "2026-03-07T12:00", NEW_YORK, ["08T03:30", "09T02:30", "10T02:30"]),
        (DAILY_0130, "2026-03-28T12:00", LONDON, ["29T02:30", "30T01:30", "31T01:30"]),
        (DAILY_0230, "2026-03-28T12:00", SHANGHAI, ["29T02:30", "30T02:30", "31T02:30"]),
        # clocks put back: 2026-11-01 in New York, 2026-10-25 in London
        (DAILY_0130, "2026-10-31T12:00", NEW_YORK, ["01T01:30", "02T01:30", "03T01:30"]),
        (DAILY_0130, "2026-10-24T12:00", LONDON, ["25T01:30", "26T01:30", "27T01:30"]),
    ],
)
def test_a_schedule_is_due_at_these_wall_clocks(
    definition: dict[str, Any], enrolled: str, zone: ZoneInfo, expected: list[str]
) -> None:
    dues = walk([definition], local(enrolled, zone), zone, 3)
    assert [due.at.astimezone(zone).strftime("%dT%H:%M") for due in dues] == expected
    assert all(due.at.tzinfo is UTC for due in dues)


def test_the_last_day_of_a_month_skips_short_months() -> None:
    dues = walk([MONTHLY_31], local("2026-01-31T10:00", SHANGHAI), SHANGHAI, 3)
    assert [due.occurrence for due in dues] == [
        "2026-03-31T09:00",
        "2026-05-31T09:00",
        "2026-07-31T09:00",
    ]


def test_leap_days_are_found_over_the_gap_of_2100() -> None:
    dues = walk([LEAP_DAY], local("2095-01-01T00:00", SHANGHAI), SHANGHAI, 2)
    assert [due.occurrence[:10] for due in dues] == ["2096-02-29", "2104-02-29"]


def test_of_two_equal_clock_times_the_first_is_meant_and_only_once() -> None:
    first, second = walk([DAILY_0130], local("2026-10-31T12:00", NEW_YORK), NEW_YORK, 2)
    assert first.at == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert second.at == datetime(2026, 11, 2, 6, 30, tzinfo=UTC)


def test_who_is_enrolled_between_two_equal_clock_times_waits_for_the_next_day() -> None:
    between = local("2026-11-01T01:10", NEW_YORK, fold=1)
    (due,) = walk([DAILY_0130], between, NEW_YORK, 1)
    assert due.occurrence == "2026-11-02"


def test_a_time_in_the_gap_keeps_the_name_of_its_own_day_and_clock() -> None:
    enrolled_at = local("2026-03-08T00:00", NEW_YORK)
    (due,) = walk([{"kind": "cron", "cron": "30 2 8 3 *"}], enrolled_at, NEW_YORK, 1)
    assert due == Due(0, datetime(2026, 3, 8, 7, 30, tzinfo=UTC), "2026-03-08T02:30")


def test_a_day_that_a_zone_left_out_is_not_sent_twice() -> None:
    apia = ZoneInfo("Pacific/Apia")  # went from 29 to 31 December 2011
    dues = walk([{"kind": "daily", "at": "09:00"}], local("2011-12-29T00:00", apia), apia, 3)
    assert [due.at.astimezone(apia).day for due in dues] == [29, 31, 1]


def test_steps_due_at_one_moment_come_in_their_order() -> None:
    nine = {"kind": "daily", "at": "09:00"}
    dues = walk([nine, {"kind": "cron", "cron": "0 9 * * *"}, nine], at_noon(), SHANGHAI, 4)
    assert [due.step for due in dues] == [0, 1, 2, 0]


def test_steps_at_once_all_come_when_enrolled() -> None:
    at_once = {"kind": "after", "minutes": 0}
    dues = walk([at_once, at_once, {"kind": "after", "minutes": 1}], at_noon(), SHANGHAI, 9)
    assert [(due.step, due.at - at_noon()) for due in dues] == [
        (0, timedelta()),
        (1, timedelta()),
        (2, timedelta(minutes=1)),
    ]


def test_a_plan_without_steps_has_run_out() -> None:
    assert schedules.next_due([], None, Ground(SHANGHAI, "member:1")) is None


def at_noon() -> datetime:
    return datetime(2026, 6, 1, 4, tzinfo=UTC)


CLOCKS = st.times().map(lambda at: f"{at:%H:%M}")


DEFINITIONS = st.one_of(
    st.fixed_dictionaries(
        {"kind": st.just("after"), "days": st.integers(0, 40), "at": CLOCKS},
    ),
    st.fixed_dictionaries({"kind": st.just("after"), "minutes": st.integers(0, 5000)}),
    st.fixed_dictionaries({"kind": st.just("daily"), "at": CLOCKS}),
    st.fixed_dictionaries(
        {
            "kind": st.just("weekly"),
            "weekdays": st.lists(st.integers(1, 7), min_size=1),
            "at": CLOCKS,
        }
    ),
    st.fixed_dictionaries(
        {
            "kind": st.just("cron"),
            "cron": st.sampled_from(
                ["*/20 1-3 * * *", "0,35 0,2,23 * * *", "30 2 * * 0", "15 1 8 3,11 7", "5 4 1 * *"]
            ),
        }
    ),
    st.fixed_dictionaries(
        {
            "kind": st.just("date"),
            "on": st.dates(date(2026, 1, 1), date(2027, 1, 1)).map(str),
            "at": CLOCKS,
        }
    ),
)


PLANS = st.lists(DEFINITIONS, min_size=1, max_size=4)


ZONES = st.sampled_from(
    [SHANGHAI, NEW_YORK, LONDON]
    + [ZoneInfo(name) for name in ("Australia/Lord_Howe", "America/Nuuk", "UTC")]
)


MOMENTS = st.integers(0, 364 * 24 * 60 * 60).map(
    lambda seconds: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
) | st.sampled_from([datetime(2026, 3, 8, 6, 59, tzinfo=UTC), datetime(2026, 11, 1, 5, tzinfo=UTC)])


@given(PLANS, MOMENTS, ZONES)
def test_moments_only_go_forward_and_no_occurrence_comes_twice(
    definitions: list[dict[str, Any]], enrolled_at: datetime, zone: ZoneInfo
) -> None:
    dues = walk(definitions, enrolled_at, zone, 12)
    assert all((one.at, one.step) < (next_.at, next_.step) for one, next_ in pairwise(dues))
    assert len({(due.step, due.occurrence) for due in dues}) == len(dues)
    assert all(due.at >= enrolled_at for due in dues)


@given(PLANS, MOMENTS, ZONES)
def test_a_walk_can_be_taken_up_again_from_any_cursor(
    definitions: list[dict[str, Any]], enrolled_at: datetime, zone: ZoneInfo
) -> None:
    live = steps(definitions, enrolled_at)
    dues = walk(definitions, enrolled_at, zone, 12)
    for due, following in pairwise(dues):
        stored = Cursor(due.step, due.at)
        assert schedules.next_due(live, stored, Ground(zone, "member:1")) == following


@given(PLANS, MOMENTS, MOMENTS, ZONES)
def test_from_any_moment_the_next_is_the_first_of_the_walk_after_it(
    definitions: list[dict[str, Any]], one: datetime, other: datetime, zone: ZoneInfo
) -> None:
    enrolled_at = min(one, other)
    moment = min(max(one, other), enrolled_at + timedelta(days=2))
    live = steps(definitions, enrolled_at)
    cursor = Cursor(len(live), moment)
    found = schedules.next_due(live, cursor, Ground(zone, "member:1"))
    walked = walk(definitions, enrolled_at, zone, 100)
    later = [due for due in walked if due.at > moment]
    assert found == (later[0] if later else None)
