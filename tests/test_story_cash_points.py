"""A story of points as cash: a till reserves them, the order is paid, and half of it paid back."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.domain.loyalty.spending.coupons import MemberCoupon
from app.domain.people import partner_keys
from tests import mini_world
from tests.console_desk import Desk
from tests.mall_world import has
from tests.mini_world import PHONES, MiniWorld

TERMS = {"is_offered": "y", "points_per_yuan": "100", "share_max_percent": "50"}
TERMS |= {"step": "10", "hold_minutes": "30"}
HER = {"member": {"phone": PHONES["小雨"]}}
T1 = {"source": "till", "order_no": "T1001"}


@pytest.fixture
def world(sqlite_url: str, redis_url: str, tmp_path: Path) -> Iterator[MiniWorld]:
    with mini_world.opened(tmp_path, sqlite_url, redis_url) as opened:
        yield opened


@pytest.fixture
def key(world: MiniWorld) -> str:
    with world.siyu.database.writing() as session:
        return partner_keys.make(session, "收银台", world.now)[1]


def refund(number: str, amount_fen: int, world: MiniWorld) -> dict[str, Any]:
    return {"refund_no": number, "amount_fen": amount_fen, "at": world.now.isoformat()}


def test_she_pays_a_part_with_points_and_has_half_of_them_back(
    world: MiniWorld, desk: Desk, token: str, key: str
):
    asked = HER | {"order_fen": 1_000}
    offer = world.call("POST", "cash-points/quote", key, json=asked).json
    assert (offer["points"], offer["points_per_yuan"]) == (0, None)
    assert desk.post("/cash-points", TERMS).status_code == 303
    offer = world.call("POST", "cash-points/quote", key, json=asked).json
    assert (offer["points"], offer["amount_fen"], offer["balance"]) == (300, 300, 300)

    with world.at_work():
        wish = asked | T1 | {"key": "w1", "points": 200}
        for _ in range(2):
            kept = world.call("POST", "cash-points", key, json=wish)
            assert (kept.status_code, kept.json["amount_fen"]) == (200, 200)
        assert has(world) == 100
        other = world.call("POST", "cash-points", key, json=wish | {"key": "w2"})
        assert (other.status_code, other.json["error"]["code"]) == (409, "already_reserved")
        posted = world.call("POST", "cash-points/post", key, json=T1).json
        assert posted["posted_at"] is not None
        paid = {**T1, **HER, "amount_fen": 800, "paid_at": world.now.isoformat()}
        assert world.call("POST", "orders", key, json=paid).status_code == 200
        path = "orders/till/T1001/refunds"
        for _ in range(2):
            back = world.call("POST", path, key, json=refund("R1", 400, world))
            assert back.status_code == 200
        assert has(world) == 200
        world.call("POST", path, key, json=refund("R2", 400, world))
        assert has(world) == 300
    shown = desk.read("/cash-points")
    assert "T1001" in shown
    assert "退回 200" in shown


def test_a_full_refund_gives_back_the_coupon_it_used_and_what_it_paid_for(
    world: MiniWorld, desk: Desk, token: str, key: str
):
    five = {"name": "五元券", "kind": "fixed", "amount": "5", "comes_back": "y"}
    assert desk.post("/coupons/new", five).status_code == 303
    bag = {"name": "帆布袋", "kind": "coupon", "coupon_id": "1", "lottery_id": "0", "points": "100"}
    assert desk.post("/rewards/new", bag | {"money": "8"}).status_code == 303
    hers = world.member_id(mini_world.MINI_IDS["小雨"])
    desk.post(f"/members/{hers}/coupons", {"coupon_id": "1", "once": "0" * 32})
    (held,) = world.rows(MemberCoupon)
    with world.at_work():
        made = world.call("POST", "rewards/1/redeem", token, json={"key": "w1"}).json
        world.call("POST", f"coupons/{held.code}/use", key, json=T1)
        world.call("POST", f"redemptions/{made['code']}/pay", key, json=T1)
        paid = {**T1, **HER, "amount_fen": 800, "paid_at": world.now.isoformat()}
        world.call("POST", "orders", key, json=paid)
        assert has(world) == 200
        world.call("POST", "orders/till/T1001/refunds", key, json=refund("R1", 799, world))
        assert world.rows(MemberCoupon)[0].used_at is not None
        world.call("POST", "orders/till/T1001/refunds", key, json=refund("R2", 1, world))
        assert has(world) == 300
        used_again = world.call(
            "POST", f"coupons/{held.code}/use", key, json=T1 | {"order_no": "T2"}
        )
        assert used_again.status_code == 200
    first, second = world.rows(MemberCoupon)
    assert (first.came_back, first.used_order_no) == (1, "T2")
    assert second.voided_at is not None


def test_what_an_order_used_comes_back_also_when_we_hear_of_its_refund_first(
    world: MiniWorld, desk: Desk, token: str, key: str
):
    desk.post("/cash-points", TERMS)
    desk.post("/coupons/new", {"name": "五元券", "kind": "fixed", "amount": "5", "comes_back": "y"})
    bag = {"name": "帆布袋", "kind": "coupon", "coupon_id": "1", "lottery_id": "0", "points": "10"}
    desk.post("/rewards/new", bag | {"money": "8"})
    hers = world.member_id(mini_world.MINI_IDS["小雨"])
    desk.post(f"/members/{hers}/coupons", {"coupon_id": "1", "once": "0" * 32})
    (held,) = world.rows(MemberCoupon)
    with world.at_work():
        made = world.call("POST", "rewards/1/redeem", token, json={"key": "w1"}).json
        wish = HER | T1 | {"order_fen": 1_000, "key": "w1", "points": 200}
        world.call("POST", "cash-points", key, json=wish)
        paid = {**T1, **HER, "amount_fen": 800, "paid_at": world.now.isoformat()}
        world.call("POST", "orders", key, json=paid)
        world.call("POST", "orders/till/T1001/refunds", key, json=refund("R1", 800, world))
        assert has(world) == 300 - 10 - 200
        posted = world.call("POST", "cash-points/post", key, json=T1).json
        assert (posted["points"], posted["given_back"]) == (200, 200)
        world.call("POST", f"coupons/{held.code}/use", key, json=T1)
        world.call("POST", f"redemptions/{made['code']}/pay", key, json=T1)
    assert has(world) == 300
    own, of_reward = world.rows(MemberCoupon)
    assert (own.used_at, own.came_back) == (None, 1)
    assert of_reward.voided_at is not None
