"""Stories of what orders earn: posted, found to be hers later, claimed by their numbers."""

from datetime import timedelta
from typing import Any

from app.domain.loyalty import ledger, orders
from app.domain.loyalty.earning import kinds
from app.domain.loyalty.earning.claims import OrderClaim
from app.domain.loyalty.earning.earnings import Earning
from app.domain.loyalty.orders import Buyer, Order
from tests.mini_world import MINI_IDS, PHONES, MiniWorld
from tests.shop import MINI
from tests.test_story_earning import add_rule, an_order, key, world

__all__ = ["key", "world"]  # fixtures


def a_refund(number: str, fen: int) -> dict[str, Any]:
    return {"refund_no": number, "amount_fen": fen, "at": "2026-11-02T11:50:00+08:00"}


def test_an_order_earns_at_once_and_a_refund_takes_back_what_was_spent_as_arrears(
    world: MiniWorld, key: str
) -> None:
    add_rule(world, kinds.ORDER, 1)
    add_rule(world, kinds.MEMBER_DAY, factor=150, weekdays=[1], kinds=["order"])
    with world.at_work():
        world.sign_up("小雨")
        named = {"phone": PHONES["小雨"]}
        world.call("POST", "orders", key, json=an_order("E1", 26_890, member=named))
        assert world.balance("小雨", MINI).points == 20 + 268 + 134, "2 November 2026 is a Monday"
        world.call("POST", "orders/youzan/E1/refunds", key, json=a_refund("R1", 6_890))
        assert world.balance("小雨", MINI).points == 20 + 200 + 100
        world.call("POST", "orders/youzan/E1/refunds", key, json=a_refund("R2", 20_000))
    assert world.balance("小雨", MINI).points == 20
    with world.siyu.database.reading() as session:
        assert ledger.discrepancies(session) == []


def test_points_for_an_order_wait_until_it_can_no_longer_be_returned(
    world: MiniWorld, key: str
) -> None:
    add_rule(world, kinds.ORDER, 1, pending_days=15)
    with world.at_work():
        world.sign_up("小雨")
        named = {"phone": PHONES["小雨"]}
        world.call("POST", "orders", key, json=an_order("E1", 10_000, member=named))
        world.call("POST", "orders/youzan/E1/refunds", key, json=a_refund("R1", 4_000))
    held = world.balance("小雨", MINI)
    assert (held.points, held.pending, held.arrears) == (20, 60, 0)


def test_orders_of_somebody_unknown_earn_by_their_own_day_once_she_signs_up(
    world: MiniWorld, key: str
) -> None:
    add_rule(world, kinds.ORDER, 1)
    add_rule(world, kinds.CAMPAIGN, factor=300, **{"from": "2026-11-02", "until": "2026-11-02"})
    named = {"phone": PHONES["小雨"]}
    with world.at_work():
        world.call("POST", "orders", key, json=an_order("E1", 5_000, member=named))
        world.call("POST", "orders/youzan/E1/refunds", key, json=a_refund("R1", 1_000))
    assert world.rows(Earning) == []
    world.at(20)
    with world.at_work():
        world.sign_up("小雨")
    assert world.balance("小雨", MINI).points == 20 + 40 + 80
    (order,) = world.rows(Order)
    assert order.member_id == world.member_id(MINI_IDS["小雨"])


def test_an_order_that_was_nobodys_is_hers_when_its_shop_names_her(
    world: MiniWorld, key: str
) -> None:
    add_rule(world, kinds.ORDER, 1)
    with world.siyu.database.writing() as session:
        orders.pay(
            session,
            source="youzan",
            order_no="E1",
            named=Buyer(),
            member_id=None,
            amount_fen=5_000,
            lines=[],
            event_id=None,
            paid_at=world.now,
            now=world.now,
        )
    with world.at_work():
        world.sign_up("小雨")
        world.sign_up("阿诚")
        for name in ("小雨", "阿诚"):
            named = {"phone": PHONES[name]}
            world.call("POST", "orders", key, json=an_order("E1", 5_000, member=named))
    assert world.balance("小雨", MINI).points == 20 + 50
    assert world.balance("阿诚", MINI).points == 20
    assert world.rows(Order)[0].member_id == world.member_id(MINI_IDS["小雨"])


def test_an_order_is_claimed_once_by_one_member_and_within_its_days(
    world: MiniWorld, key: str
) -> None:
    add_rule(world, kinds.ORDER, 1)
    add_rule(world, kinds.CLAIM, 5, window_days=7)
    with world.at_work():
        token = world.sign_up("小雨")
        for number, fen in (("E1-a", 8_800), ("E2001", 9_900)):
            world.call("POST", "orders", key, json=an_order(number, fen))
        answer = world.call("POST", "order-claims", token, json={"order_no": "E1-a"})
        assert (answer.json["outcome"], answer.json["points"]) == ("claimed", 88 + 5)
        assert answer.json["en"] == "Order E1-a is yours now. +93 points."
        world.event("阿诚", "subscribe", EventKey="")
        world.says("阿诚", "订单 E1-a")
        world.says("阿诚", "订单号：Z9999")
        world.work()
        world.now = world.now + timedelta(days=8)
        world.says("阿诚", "order e2001")  # the number is another one: letters count
        world.says("阿诚", "订单 E2001")
    world.work()
    assert world.balance("小雨", MINI).points == 20 + 93
    assert [claim.outcome for claim in world.rows(OrderClaim)] == [
        *("claimed", "taken", "unknown", "unknown", "too_late")
    ]
    said = str(world.heard("阿诚"))
    assert "已被领取" in said
    assert "已过领取期限" in said
    assert world.balance("阿诚").points == 10, "only what following brings"


def test_whoever_guesses_numbers_has_to_wait(world: MiniWorld, key: str) -> None:
    add_rule(world, kinds.CLAIM, 5)
    with world.at_work():
        world.event("阿诚", "subscribe", EventKey="")
        for number in range(6):
            world.says("阿诚", f"订单 GUESS{number}")
        world.call("POST", "orders", key, json=an_order("GUESS9", 100))
        world.says("阿诚", "订单 GUESS9")
    world.work()
    assert [claim.outcome for claim in world.rows(OrderClaim)] == ["unknown"] * 5 + ["too_many"] * 2
