"""Stories of the midnight on which a tier ends: what she buys, does or asks for after it goes by
what she has then, whether the clock has come round to her a moment later or a year."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.loyalty.earning import kinds
from app.domain.loyalty.earning.earnings import Earning
from app.domain.loyalty.entries import Cause
from app.domain.loyalty.spending import coupons
from app.domain.loyalty.standing import benefits, standings, tier_presets, tiers
from app.domain.loyalty.standing.benefit_terms import Benefits
from app.domain.loyalty.standing.tiers import TierChange, Why
from app.domain.people import partner_keys
from app.domain.people.members import Member
from app.reviewing import reviews
from tests import mini_world
from tests import standing_world as at
from tests.mini_world import MINI_IDS, PHONES, MiniWorld
from tests.test_coupons import a_coupon
from tests.test_story_late_orders import claims, rule, sold
from tests.test_story_tiers import benefit
from tests.world import World

SPEND = tier_presets.PRESETS[tier_presets.SPEND].model_copy(update={"grace_days": 0})
LAST_ON, NEXT_ON = "2027-11-02", "2027-11-03"  # gold's last day, and silver's first
DOUBLE = {"order": 100, "tier": 100}
HALF_AGAIN = {"order": 100, "tier": 50}
PLAIN = {"order": 100}
OF_THE_DAY = 5  # by the rule that every house begins with, which no tier multiplies


@pytest.fixture
def mini(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[MiniWorld]:
    with mini_world.opened(tmp_path, database_url, redis_url) as opened:
        yield opened


@pytest.fixture
def gold(world: World) -> World:
    """小雨 is gold to the end of 2 November 2027, for which points count double, and silver for a
    year after it, for which they count half as much again."""
    rule(world, kinds.ORDER, 1, tier_factor=True)
    rule(world, kinds.CLAIM, window_days=3650)
    rule(world, "greeting", 100, kind=kinds.SIGN_IN, tier_factor=True)
    at.come(world, "小雨")
    at.begin(world, SPEND)
    benefit(world, "gold", points_factor=200)
    benefit(world, "silver", points_factor=150)
    at.order(world, "小雨", "UP", 250_000)
    return world


def buys(world: World, order_no: str, fen: int = 10_000) -> dict[str, int]:
    """What each rule gives her for an order that she has paid just now."""
    before = {one.id for one in world.rows(Earning)}
    at.order(world, "小雨", order_no, fen)
    return {one.rule: one.amount for one in world.rows(Earning) if one.id not in before}


def signs_in(world: World) -> int:
    """The points that it brings her."""
    had = world.balance("小雨").points
    world.says("小雨", "签到")
    world.work()
    return world.balance("小雨").points - had


def gives(world: World, member_id: int, key: str, until: str) -> None:
    """An operator gives her a tier up to and with this day."""
    with world.siyu.database.writing() as session:
        standings.override(
            session,
            member_id,
            tiers.by_key(session)[key].id,
            reason="投诉补偿",
            until_on=at.on(until).date(),
            operator_id=None,
            now=world.now,
        )
        cause = reviews.Cause(Why.OPERATOR)
        reviews.review(session, [member_id], world.siyu.programme, cause, world.now)


def test_an_order_goes_by_the_tier_of_its_moment_before_the_clock_has_looked(gold: World) -> None:
    gold.now = at.on(LAST_ON, "23:59")
    assert buys(gold, "GOLD") == DOUBLE
    gold.now = at.on(NEXT_ON, "00:00")
    assert buys(gold, "SILVER") == HALF_AGAIN
    at.tick(gold)
    assert at.changes(gold)[1:] == [("silver", "down", "clock")]


def test_an_order_that_would_win_the_tier_back_is_paid_without_it(gold: World) -> None:
    gold.now = at.on(NEXT_ON, "00:00")
    assert buys(gold, "BACK", 200_000) == {"order": 2_000, "tier": 1_000}
    assert buys(gold, "NEXT") == DOUBLE
    expected = [("silver", "down", "clock"), ("gold", "up", "event")]
    assert at.changes(gold)[1:] == expected


def test_an_order_of_before_or_after_the_midnight_may_be_found_later(gold: World) -> None:
    at.live_to(gold, NEXT_ON, "00:01")
    for order_no, day, clock in (("LAST", 367, "23:59"), ("FIRST", 368, "00:00")):
        sold(gold, order_no, 10_000, day, clock)
    assert claims(gold, "小雨", "LAST") == DOUBLE
    assert claims(gold, "小雨", "FIRST") == HALF_AGAIN


def test_an_act_goes_by_the_tier_of_its_moment(gold: World) -> None:
    gold.now = at.on(NEXT_ON, "00:00")
    assert signs_in(gold) == 150 + OF_THE_DAY


def test_an_act_of_the_last_evening_that_is_handled_after_midnight_is_golds(gold: World) -> None:
    at.live_to(gold, NEXT_ON, "00:01")
    had = gold.balance("小雨").points
    gold.says("小雨", "签到", at.on(LAST_ON, "23:59"))
    gold.work()
    assert gold.balance("小雨").points - had == 200 + OF_THE_DAY


def test_what_an_operator_gave_ends_at_its_midnight_too(gold: World) -> None:
    with gold.siyu.database.reading() as session:
        member_id = gold.member(session, "小雨").id
    gives(gold, member_id, "basic", "2026-11-10")
    gold.now = at.on("2026-11-10", "23:59")
    assert buys(gold, "GIVEN") == PLAIN
    gold.now = at.on("2026-11-11", "00:00")
    assert buys(gold, "OWN") == DOUBLE
    assert at.changes(gold)[-1] == ("gold", "up", "clock")


def test_a_house_that_was_down_for_years_knows_what_she_was_in_between(gold: World) -> None:
    at.live_to(gold, "2031-01-01")
    assert at.tier(gold, "小雨") == "basic"
    for order_no, day in (("IN_2027", 300), ("IN_2028", 600), ("IN_2029", 900)):
        sold(gold, order_no, 10_000, day)
    assert claims(gold, "小雨", "IN_2027") == DOUBLE
    assert claims(gold, "小雨", "IN_2028") == HALF_AGAIN
    assert claims(gold, "小雨", "IN_2029") == PLAIN
    zone = gold.siyu.programme.zone
    when = [f"{it.changed_at.astimezone(zone):%Y-%m-%d %H:%M}" for it in gold.rows(TierChange)]
    assert when[1:] == ["2027-11-03 00:00", "2028-11-04 00:00"]


@pytest.mark.parametrize(("born", "gift"), [(LAST_ON, 88), (NEXT_ON, 0)])
def test_a_birthday_brings_golds_gift_up_to_golds_last_day(
    gold: World, born: str, gift: int
) -> None:
    benefit(gold, "gold", birthday_points=88)
    with gold.siyu.database.writing() as session:
        gold.member(session, "小雨").birthday_on = at.on(born).replace(year=1990).date()
    had = gold.balance("小雨").points
    gold.now = at.on(NEXT_ON, "00:00")
    for look in reversed(at.LOOKS):  # birthdays first
        with gold.siyu.database.writing() as session:
            look(session, gold.siyu.programme, gold.now)
        gold.work()
    assert gold.balance("小雨").points - had == gift


def test_shops_and_she_are_told_what_she_has_at_that_very_moment(mini: MiniWorld) -> None:
    with mini.siyu.database.writing() as session:
        key = partner_keys.make(session, "有赞", mini.now)[1]
        gold = tiers.by_key(session)["gold"]
        terms = Benefits(off_percent=10, points_factor=200)
        benefits.change(session, benefits.of_tier(gold.id), terms, None, mini.now)
        five = a_coupon(session, tier_ids=[gold.id])
    with mini.at_work():
        token = mini.sign_up("小雨")
    member_id = mini.member_id(MINI_IDS["小雨"])
    with mini.siyu.database.writing() as session:
        cause = Cause("test")
        held = coupons.issue(session, member_id, five, key="c", cause=cause, now=mini.now)
        assert held is not None
    gives(mini, member_id, "gold", "2026-11-02")
    basket = {"source": "till", "lines": [{"sku": "latte", "quantity": 1, "amount_fen": 5600}]}
    asked = {"member": {"phone": PHONES["小雨"]}}
    for day, clock, off, status in ((2, "23:59", 10, 200), (3, "00:00", 0, 409)):
        mini.at(day, clock)
        answer = mini.call("POST", "benefits", key, json=asked).json
        assert answer["off_percent"] == off
        mine = mini.call("GET", "me", token).json
        assert (mine["tier"] == answer["tier"], bool(mine["benefits"])) == (True, bool(off))
        priced = mini.call("POST", f"coupons/{held.code}/price", key, json=basket)
        assert priced.status_code == status
    with mini.siyu.database.reading() as session:
        her = session.get_one(Member, member_id)
        assert her.tier_id == gold.id, "nothing is changed by asking"
