"""Stories of tiers: up at once, down when a period ends, and what an operator may do about it."""

import pytest

from app import inbox
from app.domain.loyalty import points
from app.domain.loyalty.entries import Cause
from app.domain.loyalty.spending import coupons, rewards
from app.domain.loyalty.spending.coupon_terms import CouponKind
from app.domain.loyalty.spending.coupons import MemberCoupon
from app.domain.loyalty.spending.redemptions import Redemption
from app.domain.loyalty.standing import benefits, standings, tier_presets, tiers
from app.domain.loyalty.standing.benefit_terms import Benefits
from app.domain.loyalty.standing.tiers import Tier, Why
from app.domain.outreach.journeys.enrolments import Enrolment
from app.domain.outreach.todos import Todo
from app.inbox import InboxEvent
from app.reviewing import reviews
from tests import standing_world as at
from tests.spending_shop import PLAIN
from tests.world import World

TAOBAO = tier_presets.PRESETS[tier_presets.TAOBAO]
SPEND = tier_presets.PRESETS[tier_presets.SPEND]
AT_ONCE = {"kind": "after", "minutes": 0}
ENDING = InboxEvent.kind == "tier_ending"


def benefit(world: World, key: str, **terms: object) -> None:
    with world.siyu.database.writing() as session:
        tier = session.query(Tier).filter_by(key=key).one()
        holder = benefits.of_tier(tier.id)
        benefits.change(session, holder, Benefits.model_validate(terms), None, world.now)


def coupon(world: World, **terms: object) -> int:
    with world.siyu.database.writing() as session:
        made = coupons.draft(
            session,
            kind=CouponKind.FIXED,
            name="升级礼",
            amount_fen=500,
            percent=None,
            valid_days=30,
            valid_until=None,
            stock=terms.get("stock", 10),
            per_member=None,
            now=world.now,
        )
        return made.id


def test_spend_and_orders_lift_her_and_being_paid_back_is_as_never_bought(world: World) -> None:
    at.come(world, "小雨")
    at.begin(world, TAOBAO)
    for number in range(4):
        at.order(world, "小雨", f"A{number}", 60_000)
    assert at.tier(world, "小雨") == "basic", "2,400 yuan, but four orders"
    at.order(world, "小雨", "A4", 100)
    assert at.tier(world, "小雨") == "gold"
    assert "恭喜您升级为黄金会员" in str(world.heard("小雨"))
    at.refund(world, "A1", 60_000)
    assert at.tier(world, "小雨") == "basic", "the fifth order is gone"
    at.order(world, "小雨", "A5", 60_000)
    assert at.changes(world) == [
        ("gold", "up", "event"),
        ("basic", "down", "event"),
        ("gold", "up", "event"),
    ]


def test_days_with_an_interaction_count_once_each(world: World) -> None:
    at.come(world, "小雨")
    at.begin(world, TAOBAO)
    at.order(world, "小雨", "A1", 500_000)
    for day in range(3, 14):
        world.at(day)
        world.says("小雨", "你好")
        world.says("小雨", "签到")
        world.work()
    assert at.tier(world, "小雨") == "basic", "eleven days, however much she said on them"
    world.at(14)
    world.says("小雨", "早")
    world.work()
    assert at.tier(world, "小雨") == "black"


def test_a_year_later_she_is_told_gets_a_time_of_grace_and_falls(world: World) -> None:
    at.come(world, "小雨")
    at.begin(world, SPEND)
    at.order(world, "小雨", "A1", 250_000)
    world.plan((AT_ONCE, "等级快到期"), trigger={"kind": "tier_ending", "tier": "gold"})
    at.live_to(world, "2027-10-18")
    assert world.rows(InboxEvent, ENDING) == []
    for _ in range(2):
        at.live_to(world, "2027-10-19")
    (told,) = world.rows(InboxEvent, ENDING)
    assert told.fields == {"tier": "gold", "on": "2027-12-03"}
    at.live_to(world, "2027-12-02", "23:59")
    assert at.tier(world, "小雨") == "gold", "in grace"
    at.live_to(world, "2027-12-03", "00:00")
    assert at.tier(world, "小雨") == "silver", "one level at most"
    assert at.changes(world)[-1] == ("silver", "down", "clock")
    assert str(world.heard("小雨")).count("恭喜") == 1, "on the way up"
    assert len(world.rows(Enrolment)) == 1, "the plan has heard of the notice"


def test_a_house_that_was_down_for_years_comes_to_the_same(world: World) -> None:
    at.come(world, "小雨")
    at.begin(world, SPEND)
    at.order(world, "小雨", "A1", 250_000)
    at.live_to(world, "2031-01-01")
    assert at.tier(world, "小雨") == "basic"
    downs = [("silver", "down", "clock"), ("basic", "down", "clock")]
    assert at.changes(world) == [("gold", "up", "event"), *downs], "one level at most at a time"


def test_plans_hear_of_moves_down(world: World) -> None:
    at.come(world, "小雨")
    at.begin(world, SPEND)
    world.plan(
        (AT_ONCE, "想念您"),
        trigger={"kind": "tier_changed", "direction": "down"},
    )
    at.order(world, "小雨", "A1", 250_000)
    at.refund(world, "A1", 250_000)
    world.work()
    assert "想念您" in str(world.heard("小雨"))


def test_an_operator_gives_a_tier_for_a_time(world: World) -> None:
    at.come(world, "小雨")
    with world.siyu.database.writing() as session:
        member = world.member(session, "小雨")
        gold = session.query(Tier).filter_by(key="gold").one()
        last_on = world.siyu.programme.business_day(world.now) + at.days(10)
        standings.override(
            session,
            member.id,
            gold.id,
            reason="投诉补偿",
            until_on=last_on,
            operator_id=None,
            now=world.now,
        )
        cause = reviews.Cause(Why.OPERATOR)
        reviews.review(session, [member.id], world.siyu.programme, cause, world.now)
    assert at.tier(world, "小雨") == "gold"
    at.live_to(world, "2026-11-12", "23:59")
    assert at.tier(world, "小雨") == "gold"
    at.live_to(world, "2026-11-13", "00:00")
    assert at.tier(world, "小雨") == "basic"
    assert at.changes(world) == [("gold", "up", "operator"), ("basic", "down", "clock")]


@pytest.mark.parametrize("may_lower", [True, False])
def test_a_new_scheme_lowers_nobody_unless_it_may(world: World, may_lower: bool) -> None:
    at.come(world, "小雨", "阿诚")
    at.begin(world, SPEND)
    at.order(world, "小雨", "A1", 250_000)
    world.at(9)
    dearer = SPEND.model_dump(mode="json")
    dearer["levels"][2]["ways"][0][0]["at_least"] = 400_000
    at.begin(world, SPEND.model_validate(dearer), may_lower=may_lower)
    kept = "silver" if may_lower else "gold"
    assert at.tier(world, "小雨") == kept
    at.order(world, "小雨", "A2", 100)
    assert at.tier(world, "小雨") == kept, "and looking again changes nothing"
    at.live_to(world, "2028-01-01")
    assert at.tier(world, "小雨") == ("basic" if may_lower else "silver"), "one level a period"


def test_reaching_a_tier_brings_its_coupons_once_each_time_and_an_agent(world: World) -> None:
    at.come(world, "小雨")
    at.begin(world, SPEND)
    gift = coupon(world)
    benefit(world, "gold", coupon_ids=[gift], own_agent=True)
    at.order(world, "小雨", "A1", 250_000)
    at.tick(world)
    (held,) = world.rows(MemberCoupon)
    assert (held.rule.startswith("tier_benefit:"), held.rule_version) == (True, 1)
    (todo,) = world.rows(Todo)
    assert "专属客服" in todo.text
    at.refund(world, "A1", 250_000)
    at.order(world, "小雨", "A2", 250_000)
    assert len(world.rows(MemberCoupon)) == 2, "she has reached it a second time"


def test_a_promised_coupon_that_is_gone_is_somebodys_work(world: World) -> None:
    at.come(world, "小雨", "阿诚")
    at.begin(world, SPEND)
    benefit(world, "gold", coupon_ids=[coupon(world, stock=1)])
    at.order(world, "小雨", "A1", 250_000)
    at.order(world, "阿诚", "A2", 250_000)
    assert len(world.rows(MemberCoupon)) == 1
    (todo,) = world.rows(Todo)
    assert "补发" in todo.text


def test_her_birthday_brings_its_gift_once_a_year(world: World) -> None:
    at.come(world, "小雨", "阿诚")
    with world.siyu.database.writing() as session:
        for name in ("小雨", "阿诚"):
            world.member(session, name).birthday_on = at.on("1990-11-05").date()
    at.begin(world, SPEND)
    at.order(world, "小雨", "A1", 250_000)
    benefit(world, "gold", birthday_points=88)
    before = world.balance("小雨").points
    for day in (4, 5, 5, 6):
        world.at(day)
        at.tick(world)
    assert world.balance("小雨").points == before + 88
    assert world.growth("小雨") == world.growth("阿诚"), "a gift is no growth"
    assert world.balance("阿诚").points < 88
    at.live_to(world, "2027-11-05")
    assert world.balance("小雨").points == before + 176


def test_a_birthday_that_was_missed_is_made_up_for_within_a_week_and_once(world: World) -> None:
    at.come(world, "小雨", "阿诚")
    at.begin(world, SPEND)
    benefit(world, "gold", birthday_points=88)
    with world.siyu.database.writing() as session:
        for name in ("小雨", "阿诚"):
            world.member(session, name).birthday_on = at.on("1990-11-05").date()
    at.order(world, "小雨", "A1", 250_000)
    before = world.balance("小雨").points
    world.at(11)  # nobody has looked since
    at.order(world, "阿诚", "A2", 250_000)
    assert at.tier(world, "阿诚") == "gold"
    others = world.balance("阿诚").points
    for day in (11, 11, 12, 13):
        world.at(day)
        at.tick(world)
    assert world.balance("小雨").points == before + 88
    assert world.balance("阿诚").points == others, "on her birthday there was nothing for her"
    at.live_to(world, "2027-11-14")
    assert world.balance("小雨").points == before + 88, "nine days late is too late"


def test_a_birthday_at_the_end_of_a_year_that_was_missed_is_of_that_year(world: World) -> None:
    at.come(world, "小雨")
    at.begin(world, SPEND)
    benefit(world, "gold", birthday_points=88)
    with world.siyu.database.writing() as session:
        world.member(session, "小雨").birthday_on = at.on("1990-12-31").date()
    at.order(world, "小雨", "A1", 250_000)
    before = world.balance("小雨").points
    at.live_to(world, "2027-01-02")
    at.live_to(world, "2027-01-03")
    assert world.balance("小雨").points == before + 88
    assert [it.fields["on"] for it in world.rows(InboxEvent, InboxEvent.kind == "birthday")] == [
        "2026-12-31"
    ]


def test_who_has_lost_the_tier_since_gets_what_her_birthday_owed_her(world: World) -> None:
    at.come(world, "小雨")
    at.begin(world, SPEND)
    benefit(world, "gold", birthday_points=88)
    with world.siyu.database.writing() as session:
        world.member(session, "小雨").birthday_on = at.on("1990-11-05").date()
    at.order(world, "小雨", "A1", 250_000)
    before = world.balance("小雨").points
    world.at(8)
    at.refund(world, "A1", 250_000)
    assert at.tier(world, "小雨") == "basic"
    at.tick(world)
    assert world.balance("小雨").points == before + 88


def test_a_birthday_is_kept_once_of_two_records_that_became_one(world: World) -> None:
    at.come(world, "小雨")
    at.come(world, "阿诚")
    at.begin(world, SPEND)
    benefit(world, "gold", birthday_points=88)
    with world.siyu.database.writing() as session:
        for name in ("小雨", "阿诚"):
            world.member(session, name).birthday_on = at.on("1990-11-05").date()
    at.order(world, "阿诚", "A1", 250_000)
    had = world.balance("小雨").points
    world.at(5, "09:00")
    at.tick(world)
    with world.siyu.database.writing() as session:
        older, younger = (world.member(session, name) for name in ("小雨", "阿诚"))
        assert points.balance_of(session, younger.id).points == had + 88
        younger.same_as_id = older.id
    at.order(world, "小雨", "A2", 10_000)
    at.tick(world)
    assert at.tier(world, "小雨") == "gold"
    assert world.balance("小雨").points == had


def test_what_is_golds_alone_is_golds_to_the_end_and_not_until_the_clock_comes_round(
    world: World,
) -> None:
    at.come(world, "小雨")
    at.begin(world, SPEND.model_copy(update={"grace_days": 0}))
    with world.siyu.database.writing() as session:
        gold = tiers.by_key(session)["gold"].id
    five = coupon(world)
    with world.siyu.database.writing() as session:
        terms = {"coupon_id": five, "tier_ids": [gold], "points": 1, "name": "黄金专享"}
        reward = rewards.draft(session, kind="coupon", now=world.now, **(PLAIN | terms))
    at.order(world, "小雨", "A1", 250_000)
    points_are_hers(world, 100)
    for last_on, asked in (("2027-11-02", "23:59"), ("2027-11-03", "00:00")):
        world.now = at.on(last_on, asked)  # and no tick
        wishes(world, "小雨", reward.id, key=f"wish:{last_on}")
    assert len(world.rows(Redemption)) == 1
    assert at.tier(world, "小雨") == "silver"
    at.tick(world)
    assert at.changes(world)[-1] == ("silver", "down", "clock")


def points_are_hers(world: World, amount: int) -> None:
    with world.siyu.database.writing() as session:
        hers = world.member(session, "小雨").id
        points.award(session, hers, amount, key="gift", cause=Cause("test"), now=world.now)


def wishes(world: World, name: str, reward_id: int, *, key: str) -> None:
    with world.siyu.database.writing() as session:
        member_id = world.member(session, name).id
        inbox.receive_own(
            session,
            key=key,
            kind="redeem_asked",
            subject=f"member:{member_id}",
            fields={"RewardId": reward_id, "Sealed": ""},
            member_id=member_id,
            now=world.now,
        )
    world.work()
