"""A broadcast as it is written: read as a whole, split by hash, spread over the minute."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sop import broadcasts, tryouts
from sop.broadcasts import BadBroadcast
from sop.experiments import Arm
from sop.times import own_times

TEXT = {"kind": "text", "content": {"text": "{nickname|亲}，周五上新"}}
VARIANTS = [
    {"name": "A", "share": 50, "message": TEXT},
    {"name": "B", "share": 50, "message": {"kind": "text", "content": {"text": "上新"}}},
]
TRYOUT = {"percent": 20, "hours": 24, "happened": {"kind": "clicked"}, "decide": "certain"}
NINE = {"at": "09:00"}
NOON = datetime(2026, 11, 2, 4, tzinfo=UTC)


def written(**rest: Any) -> dict[str, Any]:
    return {"audience": "member", "filter": {"tiers": ["gold"]}, "message": TEXT} | rest


def test_what_is_written_is_read():
    read = broadcasts.parse(
        written(category="service", route=["customer_service", "mass"], pace_a_minute=600)
    )
    assert (read.category, read.pace_a_minute, read.holdout_percent) == ("service", 600, 0)
    assert [way.name for way in read.route] == ["customer_service", "mass"]
    assert read.messages == (read.message,)


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"audience": "everybody"}, "audience"),
        ({"message": None}, "message"),
        ({"variants": VARIANTS}, "message"),
        ({"message": {"kind": "text", "content": {"text": "{name}"}}}, "message.content.text"),
        ({"message": None, "variants": VARIANTS[:1]}, "variants"),
        ({"route": ["pigeon"]}, "route[0].way"),
        ({"category": "spam"}, "category"),
        ({"pace_a_minute": 0}, "pace_a_minute"),
        ({"holdout_percent": 91}, "holdout_percent"),
        ({"steps": []}, "steps"),
        ({"when": {"at": "25:00"}}, "when"),
        ({"when": {"at": "10:00", "until": "12:00"}}, "when"),
        ({"when": {"at": "active"}}, "when"),
        ({"tryout": TRYOUT}, "tryout"),
        ({"tryout": TRYOUT | {"percent": 91}}, "tryout.percent"),
        ({"tryout": TRYOUT | {"decide": "dice"}}, "tryout.decide"),
        ({"tryout": TRYOUT | {"happened": {"kind": "rained"}}}, "tryout.happened.kind"),
        ({"message": None, "variants": VARIANTS, "tryout": TRYOUT, "when": NINE}, "tryout"),
        ({"audience": "group", "filter": {}, "when": NINE}, "when"),
    ],
)
def test_what_is_wrong_is_told_at_its_place(wrong: dict[str, Any], path: str):
    with pytest.raises(BadBroadcast) as bad:
        broadcasts.parse(written(**wrong))
    assert path in [problem.path for problem in bad.value.problems]


def test_everybody_stays_in_her_variant_and_few_are_held_out():
    read = broadcasts.parse(written(message=None, variants=VARIANTS, holdout_percent=10))
    subjects = [f"member:{number}" for number in range(4000)]
    got = [broadcasts.variant_of(read, "broadcast:1", subject) for subject in subjects]
    assert got == [broadcasts.variant_of(read, "broadcast:1", subject) for subject in subjects]
    assert 1850 < sum(variant.name == "A" for variant in got if variant) < 2150
    held_out = [broadcasts.gets_nothing(read, "broadcast:1", subject) for subject in subjects]
    assert 320 < sum(held_out) < 480


def test_messages_are_spread_over_the_minute():
    due, following = broadcasts.moments(NOON, [NOON] * 3, 30)
    assert due == [NOON, NOON + timedelta(seconds=2), NOON + timedelta(seconds=4)]
    assert following == NOON + timedelta(seconds=6)
    assert broadcasts.moments(NOON, [NOON] * 2, None) == ([NOON, NOON], NOON)


def test_each_waits_for_her_own_moment_and_for_the_pace():
    later = NOON + timedelta(hours=1)
    due, following = broadcasts.moments(NOON, [NOON, NOON, later], 30)
    assert due == [NOON, NOON + timedelta(seconds=2), later]
    assert following == later + timedelta(seconds=2)
    assert broadcasts.moments(NOON, [NOON, later], None) == ([NOON, later], NOON)


@pytest.mark.parametrize(
    ("zone", "clock", "begin", "comes"),
    [
        ("Asia/Shanghai", "10:00", "2026-11-02T02:00", "2026-11-02T02:00"),  # just now
        ("Asia/Shanghai", "10:00", "2026-11-02T02:01", "2026-11-03T02:00"),
        ("America/New_York", "10:00", "2026-11-01T00:00", "2026-11-01T15:00"),  # clocks went back
        ("America/New_York", "02:30", "2026-03-08T06:00", "2026-03-08T07:30"),  # is left out
        ("Pacific/Apia", "09:00", "2011-12-29T20:00", "2011-12-30T19:00"),  # the day is left out
    ],
)
def test_her_own_time_is_that_of_her_clock(zone: str, clock: str, begin: str, comes: str):
    at = datetime.fromisoformat(f"{begin}+00:00")
    found = own_times.following(time.fromisoformat(clock), ZoneInfo(zone), at)
    assert found == datetime.fromisoformat(f"{comes}+00:00")


def arms(*converted: int) -> list[Arm]:
    return [Arm(name, 50, 1000, count) for name, count in zip("AB", converted, strict=True)]


@pytest.mark.parametrize(
    ("decide", "converted", "goes_on"),
    [
        ("certain", (50, 100), "B"),
        ("certain", (50, 52), None),
        ("best", (50, 52), "B"),
        ("best", (0, 0), "A"),
        ("by_hand", (50, 100), None),
    ],
)
def test_what_goes_to_the_rest(decide: str, converted: tuple[int, int], goes_on: str | None):
    read = broadcasts.parse(
        written(message=None, variants=VARIANTS, tryout=TRYOUT | {"decide": decide})
    )
    assert read.tryout is not None
    assert tryouts.decided(read.tryout, arms(*converted)) == goes_on
