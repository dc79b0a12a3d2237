"""Stories of blind boxes 满额盲盒: from an order that a shop posts to the gift on her pages, and
back when the order is paid back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.people import partner_keys
from tests import mini_world
from tests.console_desk import Desk
from tests.mall_world import has
from tests.mini_world import PHONES, MiniWorld
from tests.test_h5_logins import logs_in
from tests.test_story_lotteries import SURE, opened_wheel

GOODS = {"p0-percent": "0.0001", "p1-percent": "99.9998", "p1-reward": "1"}


@pytest.fixture
def world(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[MiniWorld]:
    with mini_world.opened(tmp_path, database_url, redis_url) as opened:
        yield opened


@pytest.fixture
def key(world: MiniWorld) -> str:
    """Of a shop's system."""
    with world.siyu.database.writing() as session:
        return partner_keys.make(session, "有赞", world.now)[1]


def a_box_from_a_hundred_yuan_on(desk: Desk) -> None:
    rule = {"name": "满百盲盒", "lottery_id": "1", "source": "youzan", "amount": "100"}
    rule |= {"begins_at": "2026-11-01T00:00", "ends_at": "2026-12-01T00:00"}
    assert desk.post("/blind-boxes", rule).status_code == 303


def posted(world: MiniWorld, key: str, order_no: str, fen: int) -> None:
    sold = {"source": "youzan", "order_no": order_no, "paid_at": world.now.isoformat()}
    named = {"phone": PHONES["小雨"]}
    with world.at_work():
        answer = world.call("POST", "orders", key, json=sold | {"amount_fen": fen, "member": named})
    assert answer.status_code == 200


def paid_back(world: MiniWorld, key: str, order_no: str, *parts: int) -> None:
    for number, fen in enumerate(parts):
        told = {"refund_no": f"R{number}", "amount_fen": fen, "at": world.now.isoformat()}
        with world.at_work():
            answer = world.call("POST", f"orders/youzan/{order_no}/refunds", key, json=told)
        assert answer.status_code == 200


def test_an_order_that_a_shop_posts_brings_a_box_that_she_sees_until_it_is_paid_back(
    world: MiniWorld, desk: Desk, token: str, key: str
):
    opened_wheel(desk, points="", free_per_day="0", **SURE)
    posted(world, key, "E0", 20_000)
    a_box_from_a_hundred_yuan_on(desk)
    logs_in(world, "小雨")
    world.work()
    before = has(world)
    posted(world, key, "E1", 9_999)
    assert world.call("GET", "me/draws", token).json["draws"] == []
    for _ in range(2):  # the shop sends it twice
        posted(world, key, "E2", 26_800)
    (drawn,) = world.call("GET", "me/draws", token).json["draws"]
    assert (drawn["prize"], drawn["points_won"], drawn["points_paid"]) == ("十积分", 10, 0)
    assert has(world) == before + 10
    line = world.call("GET", "me/points", token).json["lines"][0]
    assert (line["points"], line["left"]) == (10, before + 10)
    assert "+10" in world.client.get("/h5/me/points").text

    paid_back(world, key, "E2", 16_800)
    assert has(world) == before + 10, "a part alone takes nothing back"
    paid_back(world, key, "E2", 16_800, 10_000)
    assert has(world) == before
    (drawn,) = world.call("GET", "me/draws", token).json["draws"]
    assert drawn["taken_back_at"] is not None
    cli = world.client.application.test_cli_runner()
    assert cli.invoke(args=["lottery", "verify", "1"]).exit_code == 0


def test_a_box_of_an_order_brings_goods_which_wait_for_her_until_it_is_paid_back(
    world: MiniWorld, desk: Desk, token: str, key: str
):
    bag = {"name": "帆布袋", "kind": "goods", "points": "0", "coupon_id": "0", "lottery_id": "0"}
    desk.post("/rewards/new", bag)
    opened_wheel(desk, points="", free_per_day="0", **GOODS)
    posted(world, key, "E0", 9_999)
    a_box_from_a_hundred_yuan_on(desk)
    logs_in(world, "小雨")
    world.work()
    posted(world, key, "E1", 10_000)
    (won,) = world.call("GET", "redemptions", token).json["redemptions"]
    assert (won["name"], won["state"], won["needs_address"]) == ("帆布袋", "waiting", True)
    page = world.client.get("/h5/redemptions").text
    assert "帆布袋" in page
    assert "请填写收货信息" in page
    paid_back(world, key, "E1", 10_000)
    (won,) = world.call("GET", "redemptions", token).json["redemptions"]
    assert won["state"] == "cancelled"
