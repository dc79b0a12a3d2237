"""A broadcast as it is written: read as a whole, split by hash, spread over the minute."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sop import broadcasts
from sop.broadcasts import BadBroadcast

TEXT = {"kind": "text", "content": {"text": "{nickname|亲}，周五上新"}}
VARIANTS = [
    {"name": "A", "share": 50, "message": TEXT},
    {"name": "B", "share": 50, "message": {"kind": "text", "content": {"text": "上新"}}},
]
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
    due, following = broadcasts.moments(NOON, 3, 30)
    assert due == [NOON, NOON + timedelta(seconds=2), NOON + timedelta(seconds=4)]
    assert following == NOON + timedelta(seconds=6)
    assert broadcasts.moments(NOON, 2, None) == ([NOON, NOON], NOON)
