"""Cron expressions, as crontab(5) reads them."""

from datetime import date, time
from itertools import islice

import pytest

from sop.times import crons
from sop.times.when_fields import BadSchedule


def days(expression: str, first: str, count: int = 3) -> list[str]:
    found = islice(crons.parse(expression).days_from(date.fromisoformat(first)), count)
    return [on.isoformat()[5:] for on in found]


@pytest.mark.parametrize(
    ("expression", "times"),
    [
        ("0 9 * * *", ["09:00"]),
        ("0,30 9-10 * * *", ["09:00", "09:30", "10:00", "10:30"]),
        ("*/25 8 * * *", ["08:00", "08:25", "08:50"]),
        ("10-50/20 8 * * *", ["08:10", "08:30", "08:50"]),
        ("40/10 23 * * *", ["23:40", "23:50"]),
        ("5 7,7,06 * * *", ["06:05", "07:05"]),
    ],
)
def test_times_of_a_day(expression: str, times: list[str]) -> None:
    assert crons.parse(expression).times == tuple(map(time.fromisoformat, times))


@pytest.mark.parametrize(
    ("expression", "first", "expected"),
    [
        ("0 9 1 * *", "2026-01-02", ["02-01", "03-01", "04-01"]),
        ("0 9 * * 1", "2026-06-01", ["06-01", "06-08", "06-15"]),
        ("0 9 * * 0", "2026-06-01", ["06-07", "06-14", "06-21"]),
        ("0 9 * * 7", "2026-06-01", ["06-07", "06-14", "06-21"]),
        ("0 9 * * 5-7", "2026-06-01", ["06-05", "06-06", "06-07"]),
        ("0 9 * * Mon,wed", "2026-06-01", ["06-01", "06-03", "06-08"]),
        ("0 9 * FEB *", "2026-02-27", ["02-27", "02-28", "02-01"]),
        ("0 9 13 * fri", "2026-02-07", ["02-13", "02-20", "02-27"]),
        ("0 9 30 * *", "2026-01-31", ["03-30", "04-30", "05-30"]),
        ("0 0 31 12 *", "2026-12-31", ["12-31", "12-31", "12-31"]),
    ],
)
def test_days_that_are_meant(expression: str, first: str, expected: list[str]) -> None:
    assert days(expression, first) == expected


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "* * * *",
        "* * * * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * * 13 *",
        "* * * * 8",
        "5-1 * * * *",
        "*/0 * * * *",
        "a * * * *",
        "1, * * * *",
        "- * * * *",
        "1-2-3 * * * *",
        "*/ * * * *",
        "１ * * * *",
        "0 0 30 2 *",
        "0 0 31 4,6,9,11 *",
        "@daily",
    ],
)
def test_what_is_no_cron_or_never_comes_is_refused(expression: str) -> None:
    with pytest.raises(BadSchedule):
        crons.parse(expression)


def test_a_day_that_never_comes_is_no_harm_beside_a_weekday() -> None:
    assert days("0 0 30 2 mon", "2026-02-01") == ["02-02", "02-09", "02-16"]
