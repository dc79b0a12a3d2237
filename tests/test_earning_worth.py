"""What an act is worth: the stated order, rounding and caps, in examples and for any rules."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.loyalty.earning import kinds, terms
from app.domain.loyalty.earning.acts import Act, Bought, Line, Standing
from app.domain.loyalty.earning.terms import BadTerms
from app.domain.loyalty.earning.worth import Grant, Ruling, is_birthday, worth
from app.domain.loyalty.expiry_terms import AfterDays, AfterMonths, Yearly

WEDNESDAY = date(2026, 11, 4)
GOLD = Standing(tier="gold", tier_factor=150, birthday_on=date(1990, 11, 6))


def rule(kind: str, points: int = 0, key: str = "", **written: Any) -> Ruling:
    return Ruling(key or kind, kind, 1, points, terms.read(kind, written))


def order(
    fen: int, on: date = WEDNESDAY, *lines: Line, net: int | None = None, **where: str
) -> Act:
    bought = Bought(fen, fen if net is None else net, lines)
    return Act(kinds.ORDER, _noon(on), on, bought=bought, **where)


def act(kind: str, on: date = WEDNESDAY, **how: Any) -> Act:
    return Act(kind, _noon(on), on, **how)


def said(grants: list[Grant]) -> list[tuple[str, int]]:
    return [(grant.rule, grant.amount) for grant in grants]


BY_THE_YUAN = rule(kinds.ORDER, 1, tier_factor=True)
WEDNESDAYS = rule(kinds.MEMBER_DAY, factor=150, weekdays=[3])
BIRTHDAYS = rule(kinds.BIRTHDAY, factor=200, span="week")


def test_an_order_of_268_yuan_on_a_wednesday_by_a_gold_member_in_the_week_of_her_birthday() -> None:
    singles = rule(
        kinds.CAMPAIGN, key="singles", factor=120, **{"from": "2026-11-01", "until": "2026-11-11"}
    )
    rules = [BY_THE_YUAN, WEDNESDAYS, BIRTHDAYS, singles]
    grants = worth(rules, order(26_890), GOLD, {})
    # 268.9 yuan: 268; gold half as much again; the birthday beats the Wednesday; a fifth on top
    assert said(grants) == [("order", 268), ("tier", 134), ("birthday", 268), ("singles", 53)]
    assert [grant.is_bonus for grant in grants] == [False, True, True, True]
    assert (grants[0].counted_fen, grants[1].tier, grants[2].factor) == (26_890, "gold", 200)


def test_bonuses_begin_and_end_with_their_days() -> None:
    rules = [BY_THE_YUAN, WEDNESDAYS]
    assert said(worth(rules, order(10_000, WEDNESDAY), Standing(), {})) == [
        ("order", 100),
        ("member_day", 50),
    ]
    thursday = WEDNESDAY + timedelta(days=1)
    assert said(worth(rules, order(10_000, thursday), Standing(), {})) == [("order", 100)]
    until = rule(kinds.ORDER, 1, until="2026-11-04")
    assert worth([until], order(10_000, thursday), Standing(), {}) == []


def test_of_campaigns_that_stand_alone_only_the_best_counts() -> None:
    days = {"from": "2026-11-01", "until": "2026-11-30"}
    rules = [
        BY_THE_YUAN,
        rule(kinds.CAMPAIGN, key="a", factor=130, stacks="best_only", **days),
        rule(kinds.CAMPAIGN, key="b", factor=200, stacks="best_only", **days),
        rule(kinds.CAMPAIGN, key="c", factor=110, **days),
    ]
    assert said(worth(rules, order(10_000), Standing(), {})) == [
        ("order", 100),
        ("c", 10),
        ("b", 100),
    ]


def test_a_campaign_is_for_the_kinds_channels_tiers_and_tags_it_names() -> None:
    days = {"from": "2026-11-01", "until": "2026-11-30"}
    named = {"kinds": ["sign_in"], "channels": ["demo-oa"], "tiers": ["gold"], "tags": ["护发"]}
    rules = [rule(kinds.SIGN_IN, 10), rule(kinds.CAMPAIGN, factor=200, **named, **days)]
    hers = Standing(tier="gold", tags=frozenset({"护发"}))
    there = act(kinds.SIGN_IN, channel="demo-oa")
    assert said(worth(rules, there, hers, {})) == [("sign_in", 10), ("campaign", 10)]
    for other_act, standing in (
        (act(kinds.SIGN_IN, channel="demo-mini"), hers),
        (there, Standing(tier="silver", tags=hers.tags)),
        (there, Standing(tier="gold")),
    ):
        assert said(worth(rules, other_act, standing, {})) == [("sign_in", 10)]


def test_a_rule_may_count_only_some_products_and_a_refund_is_spread_over_all_lines() -> None:
    lines = (Line("shampoo", "hair", 10_000), Line("soap", "body", 20_000))
    hair = rule(kinds.ORDER, 2, categories=["hair"])
    assert said(worth([hair], order(30_000, WEDNESDAY, *lines), Standing(), {})) == [("order", 200)]
    half = order(30_000, WEDNESDAY, *lines, net=15_000)
    assert said(worth([hair], half, Standing(), {})) == [("order", 100)]
    assert worth([rule(kinds.ORDER, 1, min_fen=30_001)], order(30_000), Standing(), {}) == []
    assert worth([rule(kinds.ORDER, 1, sources=["jd"])], order(100, source="tb"), GOLD, {}) == []


def test_a_streak_pays_for_its_own_length_and_chat_for_enough_characters() -> None:
    rules = [rule(kinds.STREAK, 30, "streak_7", days=7), rule(kinds.STREAK, 99, "s30", days=30)]
    assert said(worth(rules, act(kinds.STREAK, measure=7), GOLD, {})) == [("streak_7", 30)]
    chat = [rule(kinds.GROUP_CHAT, 2, chars=5)]
    assert worth(chat, act(kinds.GROUP_CHAT, measure=4), GOLD, {}) == []
    assert said(worth(chat, act(kinds.GROUP_CHAT, measure=5), GOLD, {})) == [("group_chat", 2)]


@pytest.mark.parametrize(
    ("born", "span", "day", "is_hers"),
    [
        ("1990-11-06", "day", "2026-11-06", True),
        ("1990-11-06", "day", "2026-11-05", False),
        ("1990-11-06", "week", "2026-11-02", True),  # the Monday before
        ("1990-11-06", "week", "2026-11-09", False),
        ("1990-11-06", "month", "2026-11-30", True),
        ("1992-02-29", "day", "2026-02-28", True),
        ("1992-02-29", "day", "2028-02-29", True),
        ("1992-02-29", "day", "2028-02-28", False),
        ("1990-01-01", "week", "2026-12-29", True),  # the week runs into the new year
    ],
)
def test_the_days_of_a_birthday(born: str, span: str, day: str, is_hers: bool) -> None:
    assert is_birthday(date.fromisoformat(born), span, date.fromisoformat(day)) is is_hers


def test_when_points_lapse_is_a_term_of_the_rule() -> None:
    for written, read in (
        ({"after_days": 30}, AfterDays(30)),
        ({"after_months": 12}, AfterMonths(12)),
        ({"on": "12-31", "years": 1}, Yearly(12, 31, 1)),
    ):
        assert terms.read(kinds.ORDER, {"expires": written}).expires == read


@pytest.mark.parametrize(
    ("kind", "written", "where"),
    [
        (kinds.JOIN, {"until": "2026-13-01"}, "until"),
        (kinds.JOIN, {"from": "2026-11-02", "until": "2026-11-01"}, "until"),
        (kinds.JOIN, {"caps": {"day": 0}}, "caps.day"),
        (kinds.JOIN, {"caps": {"month": 10}}, "caps.month"),
        (kinds.JOIN, {"chars": 3}, "chars"),
        (kinds.JOIN, {"tier_factor": 1}, "tier_factor"),
        (kinds.JOIN, {"expires": {"on": "02-30", "years": 1}}, "expires.on"),
        (kinds.JOIN, {"expires": {"after_days": 0}}, "expires.after_days"),
        (kinds.ORDER, {"each_fen": 0}, "each_fen"),
        (kinds.ORDER, {"skus": "shampoo"}, "skus"),
        (kinds.CAMPAIGN, {"factor": 200}, "until"),
        (kinds.BIRTHDAY, {}, "factor"),
        (kinds.BIRTHDAY, {"factor": 100}, "factor"),
        (kinds.BIRTHDAY, {"factor": 200, "span": "year"}, "span"),
        (kinds.MEMBER_DAY, {"factor": 200}, "weekdays"),
        (kinds.MEMBER_DAY, {"factor": 200, "weekdays": [8]}, "weekdays[0]"),
        (kinds.MEMBER_DAY, {"factor": 200, "weekdays": [3], "kinds": ["x"]}, "kinds[0]"),
        (kinds.JOIN, [], ""),
    ],
)
def test_what_is_wrong_with_terms_is_said_at_its_place(kind: str, written: Any, where: str) -> None:
    with pytest.raises(BadTerms) as refused:
        terms.read(kind, written)
    assert where in [problem.path for problem in refused.value.problems]


FACTORS = st.integers(101, 1000)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    fen=st.integers(0, 10_000_000),
    per=st.integers(0, 20),
    tier_factor=st.integers(100, 500),
    birthday=FACTORS,
    member_day=FACTORS,
    room=st.none() | st.integers(0, 5_000),
)
def test_every_bonus_is_its_share_of_what_the_cap_has_left_of_the_base(
    fen: int, per: int, tier_factor: int, birthday: int, member_day: int, room: int | None
) -> None:
    rules = [
        rule(kinds.ORDER, per, tier_factor=True),
        rule(kinds.BIRTHDAY, factor=birthday, span="month"),
        rule(kinds.MEMBER_DAY, factor=member_day, weekdays=[3]),
    ]
    hers = Standing("gold", tier_factor, date(1990, 11, 6))
    rooms = {} if room is None else {"order": room}
    found = {grant.kind: grant.amount for grant in worth(rules, order(fen), hers, rooms)}
    base = per * fen // 100 if room is None else min(room, per * fen // 100)
    best = max(birthday, member_day)
    assert found.get("order", 0) == base
    assert found.get("tier", 0) == base * (tier_factor - 100) // 100
    assert found.get("birthday", 0) + found.get("member_day", 0) == base * (best - 100) // 100


def _noon(on: date) -> datetime:
    return datetime(on.year, on.month, on.day, 4, tzinfo=UTC)
