"""What operators may write as manners, and what they are told when it makes no sense."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sop import manners
from sop.manners import USUAL, BadManners

BEIJING, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")


def _problems(**changed: Any) -> list[str]:
    with pytest.raises(BadManners) as refused:
        manners.parse(USUAL | changed)
    return [problem.path for problem in refused.value.problems]


def test_the_usual_manners_are_good_manners():
    usual = manners.parse(USUAL)
    assert [cap.name for cap in usual.caps] == [
        "marketing/day",
        "marketing/week",
        "marketing/month",
    ]
    assert "td" in usual.opt_out_words


def test_a_night_is_the_members_own():
    quiet = manners.parse(USUAL).quiet
    assert quiet is not None
    noon_in_beijing = datetime(2026, 11, 2, 4, tzinfo=UTC)
    assert quiet.until("marketing", noon_in_beijing, BEIJING) is None
    assert quiet.until("marketing", noon_in_beijing, NEW_YORK) == datetime(
        2026, 11, 2, 13, tzinfo=UTC
    )
    assert quiet.until("service", noon_in_beijing, NEW_YORK) is None


def test_everything_that_is_wrong_is_said_at_once():
    quiet = {"from": "22:00", "to": "22:00", "categories": ["gossip"], "then": "shout"}
    cap = {"category": "marketing", "period": "day", "most": 0}
    assert _problems(quiet=quiet, caps=[cap], holdout_percent=80) == [
        "quiet",
        "quiet.then",
        "quiet.categories[0]",
        "caps[0].most",
        "holdout_percent",
    ]


def test_two_caps_of_one_category_and_period_contradict_each_other():
    twice = [{"category": "", "period": "week", "most": most} for most in (3, 5)]
    assert _problems(caps=twice) == ["caps[1]"]


def test_a_word_cannot_mean_going_and_coming_back():
    assert _problems(opt_out_words=["退订"], come_back_words=["退订 "]) == ["come_back_words"]
    assert _problems(opt_out_words=[]) == ["opt_out_words"]


def test_replies_are_counted_only_where_a_cap_is_for_them():
    usual = manners.parse(USUAL)
    assert not usual.counts("reply")
    every = manners.parse(USUAL | {"caps": [{"category": "", "period": "day", "most": 9}]})
    assert every.counts("reply")
    assert usual.counts("service")


@pytest.mark.parametrize("said", ["TD", " td。", "ＴＤ", "td!"])
def test_a_word_is_read_in_any_width_and_case(said: str):
    assert manners.plain(said) in manners.parse(USUAL).opt_out_words
