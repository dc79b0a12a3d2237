"""Stories of orders that are found to be hers only later: what multiplies them is what she was when
she paid."""

from typing import Any

import pytest

from app import inbox
from app.domain.insight import tags
from app.domain.loyalty.earning import kinds, rules
from app.domain.loyalty.earning.earnings import Earning
from app.domain.loyalty.spending.coupons import MemberCoupon
from app.domain.loyalty.standing import tier_presets
from app.domain.loyalty.standing.memberships import REFUNDED, Membership
from app.domain.people import members
from tests import standing_world as at
from tests.test_coupons import a_coupon
from tests.test_order_imports import YOUZAN, brought
from tests.test_story_memberships import SKU, card
from tests.test_story_tiers import benefit
from tests.world import World

SPEND = tier_presets.PRESETS[tier_presets.SPEND]


@pytest.fixture(autouse=True)
def a_point_a_yuan(world: World) -> None:
    rule(world, kinds.ORDER, 1, tier_factor=True)
    rule(world, kinds.CLAIM, window_days=60)


def rule(world: World, key: str, points: int = 0, kind: str = "", **written: Any) -> None:
    with world.siyu.database.writing() as session:
        about: dict[str, Any] = {"written": written, "operator_id": None, "now": world.now}
        rules.add(session, key=key, kind=kind or key, points=points, **about)


def sold(
    world: World, order_no: str, fen: int, day: int, clock: str = "12:00", *lines: dict[str, Any]
) -> None:
    """A shop tells now of what nobody we know has bought then."""
    paid_at = (at.on("2026-11-01", clock) + at.days(day - 1)).isoformat()
    number = {"source": "youzan", "order_no": order_no}
    with world.siyu.database.writing() as session:
        inbox.receive_own(
            session,
            key=f"order:youzan:{order_no}",
            kind="order_paid",
            subject=f"order:youzan:{order_no}",
            fields=number | {"paid_at": paid_at, "amount_fen": fen, "lines": list(lines)},
            now=world.now,
        )
    world.work()


def claims(world: World, name: str, order_no: str) -> dict[str, int]:
    """What each rule gives her for it."""
    before = {one.id for one in world.rows(Earning)}
    world.says(name, f"订单 {order_no}")
    world.work()
    given = [one for one in world.rows(Earning) if one.id not in before]
    return {one.rule: one.amount for one in given if one.rule != kinds.CLAIM}


def climb(world: World) -> None:
    """小雨 is with us from the 2nd, gold from the 9th to the 12th, and has it again from the 20th.
    Gold counts double."""
    at.come(world, "小雨")
    at.begin(world, SPEND)
    benefit(world, "gold", points_factor=200)
    world.at(9)
    at.order(world, "小雨", "UP1", 250_000)
    world.at(12)
    at.refund(world, "UP1", 250_000)
    world.at(20)
    at.order(world, "小雨", "UP2", 250_000)
    assert [(tier, up) for tier, up, _ in at.changes(world)] == [
        ("gold", "up"),
        ("basic", "down"),
        ("gold", "up"),
    ]


def test_an_order_that_she_claims_goes_by_the_tier_she_had_when_she_paid(world: World) -> None:
    climb(world)
    world.at(25)
    for order_no, day in (("BEFORE", 5), ("WITHIN", 10), ("BETWEEN", 15), ("AGAIN", 22)):
        sold(world, order_no, 10_000, day)
    assert claims(world, "小雨", "BEFORE") == {"order": 100}
    assert claims(world, "小雨", "WITHIN") == {"order": 100, "tier": 100}
    assert claims(world, "小雨", "BETWEEN") == {"order": 100}
    assert claims(world, "小雨", "AGAIN") == {"order": 100, "tier": 100}


def test_whoever_was_no_member_yet_has_the_base_and_what_the_day_alone_brings(
    world: World,
) -> None:
    rule(world, kinds.MEMBER_DAY, factor=150, weekdays=[7])
    sold(world, "EARLY", 10_000, 1)  # a Sunday
    climb(world)
    assert claims(world, "小雨", "EARLY") == {"order": 100, "member_day": 50}


def test_the_factor_is_the_one_that_the_tier_had_then(world: World) -> None:
    climb(world)
    world.at(23)
    benefit(world, "gold", points_factor=300)
    world.at(25)
    sold(world, "TWICE", 10_000, 22)
    sold(world, "THRICE", 10_000, 24)
    assert claims(world, "小雨", "TWICE") == {"order": 100, "tier": 100}
    assert claims(world, "小雨", "THRICE") == {"order": 100, "tier": 200}


def test_a_card_counts_for_the_days_on_which_she_held_it(world: World) -> None:
    at.come(world, "小雨")
    card(world, points_factor=300)
    world.at(5)
    at.order(world, "小雨", "CARD", 8_800, at.line(SKU, 8_800))
    world.at(15)
    at.refund(world, "CARD", 8_800)
    for order_no, day in (("BEFORE", 4), ("WITHIN", 10), ("AFTER", 16)):
        sold(world, order_no, 10_000, day)
    world.at(16, "13:00")
    assert claims(world, "小雨", "BEFORE") == {"order": 100}
    assert claims(world, "小雨", "WITHIN") == {"order": 100, "tier": 200}
    assert claims(world, "小雨", "AFTER") == {"order": 100}


def test_a_card_that_was_paid_back_before_it_was_found_to_be_hers_is_over(world: World) -> None:
    at.come(world, "小雨")
    with world.siyu.database.writing() as session:
        gift = a_coupon(session)
    card(world, points_factor=300, coupon_ids=[gift])
    world.at(10)
    sold(world, "CARD", 8_800, 5, "12:00", at.line(SKU, 8_800))
    at.refund(world, "CARD", 8_800)
    sold(world, "WITHIN", 10_000, 8)
    claims(world, "小雨", "CARD")
    (held,) = world.rows(Membership)
    assert (held.end_reason, held.ended_at) == (REFUNDED, world.now)
    assert world.rows(MemberCoupon) == [], "nor does it bring what a card brings"
    assert claims(world, "小雨", "WITHIN") == {"order": 100, "tier": 200}, "it was hers then"


def test_a_campaign_for_a_tag_asks_for_the_tags_of_then(world: World) -> None:
    at.come(world, "小雨")
    days = {"from": "2026-11-01", "until": "2026-11-30"}
    rule(world, kinds.CAMPAIGN, factor=200, tags=["控油"], **days)
    with world.siyu.database.writing() as session:
        tag, her = (
            tags.named(session, "控油", "preference", world.now),
            world.member(session, "小雨"),
        )
        about: dict[str, Any] = {"rule": "test", "rule_version": None, "event_id": None}
        tags.give(session, her.id, tag.id, **about, now=at.on("2026-11-05"))
        tags.remove(session, her.id, tag.id, None, at.on("2026-11-08"))
    world.at(10)
    for order_no, day in (("BEFORE", 4), ("WITHIN", 6), ("AFTER", 9)):
        sold(world, order_no, 10_000, day)
    assert claims(world, "小雨", "BEFORE") == {"order": 100}
    assert claims(world, "小雨", "WITHIN") == {"order": 100, "campaign": 100}
    assert claims(world, "小雨", "AFTER") == {"order": 100}


def test_an_imported_order_goes_by_the_tier_of_its_day(world: World) -> None:
    climb(world)
    with world.siyu.database.writing() as session:
        members.keep_phone(world.member(session, "小雨"), "13800000001", world.siyu.vault)
    heading = YOUZAN[0]
    lines = [
        f"{number},交易完成,普通订单,2026-11-{day} 12:00:00,1,洗发水,100.00,100.00,林,13800000001,"
        for number, day in (("E-WITHIN", "10"), ("E-BETWEEN", "15"))
    ]
    world.at(25)
    brought(world, [heading, *lines])
    world.work()
    acts = {"order:youzan:E-WITHIN": 200, "order:youzan:E-BETWEEN": 100}
    given = [one for one in world.rows(Earning) if one.act in acts]
    assert {act: sum(one.amount for one in given if one.act == act) for act in acts} == acts
