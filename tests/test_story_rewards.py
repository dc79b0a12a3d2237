"""Stories of rewards: redeemed in the mini-program, on member pages and seen through to the end by
operators; asked about in chat."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from app.clockwork import unpaid_redemptions
from app.domain.loyalty import points
from app.domain.loyalty.entries import Cause
from app.domain.loyalty.spending.coupons import MemberCoupon
from app.domain.loyalty.spending.redemptions import Redemption
from app.domain.people import partner_keys
from app.domain.people.operators import AuditEntry
from tests import mini_world
from tests.console_desk import Desk, told_at
from tests.mall_world import HOME, has
from tests.mini_world import MiniWorld
from tests.test_h5_logins import logs_in

BAG = {"name": "帆布袋", "intro": "四月限定", "kind": "goods", "points": "100", "stock": "2"}
BAG |= {"coupon_id": "0", "lottery_id": "0"}


@pytest.fixture
def world(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[MiniWorld]:
    with mini_world.opened(tmp_path, database_url, redis_url) as opened:
        yield opened


def redeems(world: MiniWorld, token: str, reward: int = 1, key: str = "w1", **how: Any) -> Any:
    with world.at_work():
        wish = {"key": key} | how
        return world.call("POST", f"rewards/{reward}/redeem", token, json=wish)


def test_goods_go_from_the_shelf_to_her_door(world: MiniWorld, desk: Desk, token: str):
    assert desk.post("/rewards/new", BAG).status_code == 303
    offers = world.call("GET", "rewards", token).json
    assert offers["points"] == 300
    (offered,) = offers["rewards"]
    assert (offered["name"], offered["points"], offered["left"]) == ("帆布袋", 100, 2)
    assert offered["why_not"] is None
    refused = redeems(world, token, key="w0")
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "no_address")
    made = redeems(world, token, delivery=HOME)
    assert (made.status_code, made.json["state"]) == (200, "waiting")
    assert redeems(world, token, delivery=HOME).json == made.json
    assert has(world) == 200

    (kept,) = world.rows(Redemption)
    assert "四月路" not in str(kept.sealed_delivery)
    assert "帆布袋" in desk.read("/redemptions?open=yes")
    seen = desk.post(f"/redemptions/{kept.id}/delivery")
    assert "上海市四月路 1 号" in seen.text
    assert desk.post(f"/redemptions/{kept.id}/fulfil", {"note": "SF1001"}).status_code == 303
    (mine,) = world.call("GET", "redemptions", token).json["redemptions"]
    assert (mine["state"], mine["note"]) == ("fulfilled", "SF1001")
    with world.at_work():
        late = world.call("POST", f"redemptions/{kept.code}/cancel", token)
    assert (late.status_code, late.json["error"]["code"]) == (409, "not_cancellable")
    actions = [entry.action for entry in world.rows(AuditEntry)]
    assert actions == ["reward.make", "redemption.unmask", "redemption.fulfil"]
    table = desk.post("/redemptions/export", {"format": "csv", "in_full": "yes"})
    assert "四月路" in table.text
    assert "四月路" not in desk.post("/redemptions/export", {"format": "csv"}).text


def test_she_changes_her_mind_and_has_her_points_back_once(
    world: MiniWorld, desk: Desk, token: str
):
    desk.post("/rewards/new", BAG | {"stock": "1"})
    made = redeems(world, token, delivery=HOME).json
    assert world.call("GET", "rewards", token).json["rewards"][0]["why_not"] == "none_left"
    with world.at_work():
        for _ in range(2):
            gone = world.call("POST", f"redemptions/{made['code']}/cancel", token)
            assert (gone.status_code, gone.json["state"]) == (200, "cancelled")
    assert has(world) == 300
    assert world.call("GET", "rewards", token).json["rewards"][0]["left"] == 1


def test_a_coupon_is_hers_at_once_and_an_operator_can_take_it_back(
    world: MiniWorld, desk: Desk, token: str
):
    five = {"name": "五元券", "kind": "fixed", "amount": "5"}
    assert desk.post("/coupons/new", five).status_code == 303
    desk.post("/rewards/new", BAG | {"kind": "coupon", "coupon_id": "1"})
    made = redeems(world, token).json
    assert made["state"] == "fulfilled"
    (held,) = world.rows(MemberCoupon)
    assert made["coupon_code"] == held.code
    assert desk.post("/redemptions/1/cancel").status_code == 303
    assert (has(world), world.rows(MemberCoupon)[0].voided_at is not None) == (300, True)
    assert world.call("GET", "me/coupons", token).json["coupons"][0]["state"] == "taken_back"


def test_what_costs_money_is_paid_in_the_shop_or_let_go(world: MiniWorld, desk: Desk, token: str):
    with world.siyu.database.writing() as session:
        key = partner_keys.make(session, "收银台", world.now)[1]
    desk.post("/rewards/new", BAG | {"kind": "code", "money": "9.90"})
    assert (
        "新增 2 个兑换码"
        in desk.post("/rewards/1/codes", {"codes": "K-1\nK-2\nK-1"}, follow_redirects=True).text
    )
    first, second = (redeems(world, token, key=word).json for word in ("w1", "w2"))
    assert (first["state"], first["money_fen"], has(world)) == ("unpaid", 990, 100)
    order = {"source": "till", "order_no": "T1"}
    with world.at_work():
        for _ in range(2):
            paid = world.call("POST", f"redemptions/{first['code']}/pay", key, json=order)
            assert (paid.json["state"], paid.json["gift_code"]) == ("fulfilled", "K-1")
        other = world.call(
            "POST", f"redemptions/{first['code']}/pay", key, json=order | {"order_no": "T2"}
        )
    assert (other.status_code, other.json["error"]["code"]) == (409, "not_payable")
    world.at(2, "12:31")
    with world.siyu.database.writing() as session:
        unpaid_redemptions.run(session, world.now)
    world.work()
    states = {one.code: one.state for one in world.rows(Redemption)}
    assert states == {first["code"]: "fulfilled", second["code"]: "cancelled"}
    assert has(world) == 200
    late = world.call("POST", f"redemptions/{second['code']}/pay", key, json=order)
    assert late.status_code in (202, 409)


def test_a_window_says_when_it_opens(world: MiniWorld, desk: Desk, token: str):
    late_in_month = {"w0-from_day": "20", "w0-from_clock": "10:00"}
    assert desk.post("/rewards/new", BAG | late_in_month).status_code == 303
    assert "每月 20 日 10:00 至月底" in desk.read("/rewards")
    (offered,) = world.call("GET", "rewards", token).json["rewards"]
    assert offered["why_not"] == "not_open"
    assert offered["opens_at"] == "2026-11-20T02:00:00Z"
    assert redeems(world, token, delivery=HOME).json["error"]["code"] == "not_open"
    wrong = desk.post("/rewards/new", BAG | {"w0-from_day": "32"})
    assert told_at(wrong.text, "w0-from_day") == ["写 1 到 31。"]
    assert 'value="32"' in wrong.text


def test_on_her_pages_she_redeems_with_a_button(world: MiniWorld, desk: Desk, token: str):
    desk.post("/rewards/new", BAG)
    logs_in(world, "小雨")
    world.work()
    mall = world.client.get("/h5/rewards")
    assert "帆布袋" in mall.text
    assert '<strong id="points">300</strong>' in mall.text
    page = world.client.get("/h5/rewards/1").text
    word = re.search(r'name="word" value="([0-9a-f]+)"', page)
    assert word is not None
    forged = HOME | {"word": word[1]}
    assert world.client.post("/h5/rewards/1", data=forged).status_code == 403
    hers = re.search(r'name="token" value="([^"]+)"', page)
    assert hers is not None
    sent = forged | {"token": hers[1]}
    no_number = world.client.post("/h5/rewards/1", data=sent | {"phone": "no number"}).text
    assert "请把收货人" in no_number
    assert HOME["address"] in no_number, "what she has typed is not lost"
    for _ in range(2):
        asked = world.client.post("/h5/rewards/1", data=sent)
        assert (asked.status_code, asked.location) == (303, f"/h5/rewards/asked/{word[1]}")
    assert "请稍候" in world.client.get(asked.location).text
    world.work()
    assert "兑换成功" in world.client.get(asked.location).text
    assert "待处理" in world.client.get("/h5/redemptions").text
    assert (has(world), len(world.rows(Redemption))) == (200, 1)


def test_who_is_not_logged_in_is_led_to_wechat(world: MiniWorld):
    for path in ("/h5/rewards", "/h5/rewards/1", "/h5/redemptions"):
        answer = world.client.get(path)
        back = urlencode({"channel": "", "next": path})
        assert (answer.status_code, answer.location) == (302, f"/h5/login?{back}")


def test_in_chat_she_hears_what_she_can_have(world: MiniWorld, desk: Desk):
    world.says("小雨", "兑换")
    world.work()
    assert "现在没有可以兑换的" in world.heard("小雨")[-1]
    desk.post("/rewards/new", BAG)
    desk.post("/rewards/new", BAG | {"name": "大奖", "points": "9999"})
    with world.siyu.database.writing() as session:
        hers = world.member(session, "小雨").id
        points.award(session, hers, 300, key="test:300", cause=Cause("test"), now=world.now)
    world.says("小雨", "兑换")
    world.work()
    told = world.heard("小雨")[-1]
    assert "帆布袋：100 积分" in told
    assert "大奖" not in told
    assert "/h5/rewards" in told


def test_a_shop_hands_over_goods_by_their_code_once(world: MiniWorld, desk: Desk, token: str):
    with world.siyu.database.writing() as session:
        key = partner_keys.make(session, "门店", world.now)[1]
    desk.post("/rewards/new", BAG | {"money": "9.90"})
    made = redeems(world, token, delivery=HOME).json
    path, at_shop = f"redemptions/{made['code']}/hand-over", {"source": "store-1", "note": "小张"}

    def handed_over(**told: str) -> Any:
        with world.at_work():
            return world.call("POST", path, key, json=at_shop | told)

    unpaid = handed_over()
    assert (unpaid.status_code, unpaid.json["error"]["code"]) == (409, "not_waiting")
    with world.at_work():
        paid = {"source": "till", "order_no": "T1"}
        world.call("POST", f"redemptions/{made['code']}/pay", key, json=paid)
    first, again = handed_over(), handed_over()
    assert (first.status_code, first.json["state"], first.json["note"]) == (
        *(200, "fulfilled"),
        "小张",
    )
    assert again.json == first.json
    other = handed_over(source="store-2")
    assert (other.status_code, other.json["error"]["code"]) == (409, "not_waiting")
    with world.at_work():
        unknown = world.call("POST", "redemptions/NOBODYS/hand-over", key, json=at_shop)
        hers = world.call("POST", path, token, json=at_shop)
    assert (unknown.status_code, unknown.json["error"]["code"]) == (404, "unknown_redemption")
    assert hers.status_code == 401, "she does not hand over to herself"
    (kept,) = world.rows(Redemption)
    assert (kept.fulfilled_by, has(world)) == ("shop:store-1", 200)
    assert "shop:store-1" in desk.read(f"/redemptions/{kept.id}")


def test_what_is_no_goods_or_was_cancelled_is_not_handed_over(
    world: MiniWorld, desk: Desk, token: str
):
    with world.siyu.database.writing() as session:
        key = partner_keys.make(session, "门店", world.now)[1]
    desk.post("/rewards/new", BAG | {"points": "50"})
    desk.post("/rewards/new", BAG | {"points": "50", "kind": "code", "name": "月卡"})
    desk.post("/rewards/2/codes", {"codes": "K-1"})
    bag = redeems(world, token, delivery=HOME).json
    card = redeems(world, token, 2, "w2").json
    with world.at_work():
        world.call("POST", f"redemptions/{bag['code']}/cancel", token)
        for made in (bag, card):
            path = f"redemptions/{made['code']}/hand-over"
            refused = world.call("POST", path, key, json={"source": "store-1"})
            assert (refused.status_code, refused.json["error"]["code"]) == (409, "not_waiting")
