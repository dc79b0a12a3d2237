"""What a schedule means in words, and how what is none is refused."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from sop.times import lateness, quiet_hours, schedules, skips


@pytest.mark.parametrize(
    "definition",
    [
        None,
        [],
        {},
        {"kind": "hourly"},
        {"kind": ["daily"]},
        {"kind": "after", "days": 3},
        {"kind": "after", "days": -1, "at": "10:00"},
        {"kind": "after", "days": True, "at": "10:00"},
        {"kind": "after", "days": "3", "at": "10:00"},
        {"kind": "after", "days": 3, "at": "10:00", "minutes": 5},
        {"kind": "after", "minutes": 1.5},
        {"kind": "daily", "at": "24:00"},
        {"kind": "daily", "at": "9:00"},
        {"kind": "daily", "at": "０9:00"},
        {"kind": "daily", "at": 900},
        {"kind": "daily", "at": "09:00", "zone": "UTC"},
        {"kind": "weekly", "weekdays": [], "at": "09:00"},
        {"kind": "weekly", "weekdays": [0], "at": "09:00"},
        {"kind": "weekly", "weekdays": 1, "at": "09:00"},
        {"kind": "date", "on": "2026-02-29", "at": "09:00"},
        {"kind": "date", "on": "20260201", "at": "09:00"},
        {"kind": "date", "on": "9999-12-31", "at": "09:00"},
        {"kind": "cron", "cron": 5},
        {"kind": "cron", "cron": "0 9 * * *", "until": "10:00"},
        {"kind": "daily", "at": "09:00", "until": "09:00"},
        {"kind": "daily", "at": "09:00", "until": "24:00"},
        {"kind": "daily", "at": "09:00", "otherwise": "10:00"},
        {"kind": "daily", "at": "active"},
        {"kind": "daily", "at": "active", "otherwise": "20:00", "until": "21:00"},
        {"kind": "daily", "at": "09:00", "times": 0},
        {"kind": "daily", "at": "09:00", "times": 1001},
        {"kind": "daily", "at": "09:00", "to": "2026-02-30"},
        {"kind": "after", "days": 3, "at": "10:00", "times": 2},
        {"kind": "monthly", "day": 0, "at": "09:00"},
        {"kind": "monthly", "day": 32, "at": "09:00"},
        {"kind": "monthly", "day": "first", "at": "09:00"},
        {"kind": "next_weekday", "weekdays": [8], "at": "09:00"},
        {"kind": "anniversary", "of": "wedding", "days_before": 0, "at": "09:00"},
        {"kind": "anniversary", "of": "birthday", "days_before": 366, "at": "09:00"},
        {"kind": "anniversary", "of": "birthday", "at": "09:00"},
    ],
)
def test_what_is_no_schedule_is_refused_in_both_languages(definition: Any) -> None:
    with pytest.raises(schedules.BadSchedule) as refusal:
        schedules.parse(definition)
    assert refusal.value.zh
    assert refusal.value.en.isascii() or "０" in refusal.value.en


@pytest.mark.parametrize(
    ("definition", "zh", "en"),
    [
        ({"kind": "after", "days": 0, "at": "10:00"}, "入组当天 10:00", "on the day of enrolment"),
        ({"kind": "after", "days": 3, "at": "10:00"}, "入组后第 3 天 10:00", "day 3 after"),
        ({"kind": "after", "minutes": 0}, "入组后立即", "at once on enrolment"),
        ({"kind": "after", "minutes": 5}, "入组后 5 分钟", "5 min after enrolment"),
        ({"kind": "daily", "at": "09:05"}, "每天 09:05", "every day at 09:05"),
        ({"kind": "weekly", "weekdays": [7, 1], "at": "09:00"}, "每周一、周日 09:00", "Mon, Sun"),
        ({"kind": "cron", "cron": "0 9  1 * *"}, "按 cron：0 9 1 * *", "by cron: 0 9 1 * *"),
        ({"kind": "date", "on": "2026-12-12", "at": "10:00"}, "2026-12-12 10:00", "on 2026-12-12"),
        (
            {"kind": "next_weekday", "weekdays": [1], "at": "10:00"},
            "之后的第一个周一 10:00",
            "on the first Mon after that day at 10:00",
        ),
        (
            {"kind": "monthly", "day": 31, "at": "09:00", "times": 3},
            "每月最后一天 09:00，共 3 次",
            "on the last day of every month at 09:00, 3 times",
        ),
        (
            {"kind": "monthly", "day": 30, "at": "09:00"},
            "每月 30 日（没有则当月最后一天） 09:00",
            "on day 30 of every month (else its last day) at 09:00",
        ),
        (
            {"kind": "monthly", "day": 1, "at": "09:00"},
            "每月 1 日 09:00",
            "on day 1 of every month",
        ),
        (
            {"kind": "daily", "at": "10:00", "until": "12:00", "to": "2026-12-31"},
            "每天 10:00 至 12:00 之间错开，到 2026-12-31 为止",
            "every day between 10:00 and 12:00, spread out, until 2026-12-31",
        ),
        (
            {"kind": "daily", "at": "22:00", "until": "02:00"},
            "每天 22:00 至次日 02:00 之间错开",
            "every day between 22:00 and 02:00 of the next day, spread out",
        ),
        (
            {"kind": "after", "days": 1, "at": "active", "otherwise": "20:00"},
            "入组后第 1 天 在各人的活跃时间（未知时 20:00）",
            "day 1 after enrolment at each one's active hour (20:00 while unknown)",
        ),
        (
            {"kind": "anniversary", "of": "birthday", "days_before": 0, "at": "09:00"},
            "生日当天 09:00",
            "on the birthday at 09:00",
        ),
        (
            {"kind": "anniversary", "of": "birthday", "days_before": 3, "at": "09:00"},
            "生日前 3 天 09:00",
            "3 days before the birthday at 09:00",
        ),
    ],
)
def test_a_schedule_says_in_words_what_it_means(
    definition: dict[str, Any], zh: str, en: str
) -> None:
    said = schedules.describe(schedules.parse(definition))
    assert said[0] == zh
    assert en in said[1]


@pytest.mark.parametrize(
    ("reading", "definition"),
    [
        (skips.parse, None),
        (skips.parse, {"dates": "2026-10-01"}),
        (skips.parse, {"dates": ["1 October"]}),
        (skips.parse, {"dates": ["2026-10-01"] * 401}),
        (skips.parse, {"weekdays": [0]}),
        (skips.parse, {"weekdays": 0}),
        (skips.parse, {"weekdays": [1, 2, 3, 4, 5, 6, 7]}),
        (skips.parse, {"days": []}),
        (quiet_hours.parse, {"from": "22:00"}),
        (quiet_hours.parse, {"from": "22:00", "to": "8:00"}),
        (quiet_hours.parse, {"from": "22:00", "to": "22:00"}),
        (lateness.parse, {"within_h": 2}),
        (lateness.parse, {"within_h": 0.5, "else": "skip"}),
        (lateness.parse, {"within_h": 721, "else": "skip"}),
        (lateness.parse, {"within_h": 2, "else": "drop"}),
        (lateness.parse, {"within_h": 2, "else": ["skip"]}),
    ],
)
def test_what_is_no_rule_of_time_is_refused_in_both_languages(
    reading: Callable[[Any], Any], definition: Any
) -> None:
    with pytest.raises(schedules.BadSchedule) as refusal:
        reading(definition)
    assert refusal.value.zh
    assert refusal.value.en.isascii()


def test_rules_of_time_are_read() -> None:
    assert skips.parse({}) == skips.NONE
    assert skips.parse({"dates": ["2026-10-01"], "weekdays": [7, 6]}) == skips.SkipDates(
        frozenset({date(2026, 10, 1)}), frozenset({6, 7})
    )
    assert lateness.parse(None) == lateness.parse({"within_h": 2, "else": "skip"})
