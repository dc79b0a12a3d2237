"""Stories of lotteries: drawn in the mini-program, on member pages and by orders; verified by
whoever wants to."""

import hashlib
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.domain.loyalty import orders, points
from app.domain.loyalty.orders import Buyer, Order
from app.domain.loyalty.spending import blind_boxes
from app.domain.loyalty.spending.draws import Draw
from app.domain.loyalty.spending.lotteries import Lottery
from app.domain.loyalty.spending.redemptions import Redemption
from tests import mini_world
from tests.console_desk import Desk
from tests.mall_world import HOME, has
from tests.mini_world import MINI_IDS, MiniWorld
from tests.test_h5_logins import logs_in

WHEEL = {
    "name": "四月转盘",
    "points": "10",
    "free_per_day": "1",
    "p0-name": "十积分",
    "p0-percent": "60",
    "p0-points": "10",
    "p1-name": "帆布袋",
    "p1-percent": "39.9999",
    "p1-stock": "1",
    "p1-reward": "",
    "p2-name": "谢谢参与",
    "p2-percent": "0.0001",
    "consolation": "2",
}

SURE = {"p0-percent": "99.9998", "p1-percent": "0.0001"}  # of the first prize


@pytest.fixture
def world(sqlite_url: str, redis_url: str, tmp_path: Path) -> Iterator[MiniWorld]:
    with mini_world.opened(tmp_path, sqlite_url, redis_url) as opened:
        yield opened


def opened_wheel(desk: Desk, **terms: str) -> None:
    assert desk.post("/lotteries/new", WHEEL | terms).status_code == 303
    assert desk.post("/lotteries/1/open").status_code == 303


def test_she_draws_freely_then_for_points_and_all_of_it_can_be_verified(
    world: MiniWorld, desk: Desk, token: str
):
    assert desk.post("/lotteries/new", WHEEL).status_code == 303
    assert world.call("GET", "lotteries", token).json["lotteries"] == []
    desk.post("/lotteries/1/open")
    (offered,) = world.call("GET", "lotteries", token).json["lotteries"]
    assert (offered["is_free"], offered["why_not"]) == (True, None)
    assert [one["odds_ppm"] for one in offered["prizes"]] == [600_000, 399_999, 1]
    with world.at_work():
        first = world.call("POST", "lotteries/1/draw", token, json={"key": "d1"}).json
        again = world.call("POST", "lotteries/1/draw", token, json={"key": "d1"}).json
        second = world.call("POST", "lotteries/1/draw", token, json={"key": "d2"}).json
    assert first == again
    assert [one["points_paid"] for one in (first, second)] == [0, 10]
    assert [one["number"] for one in (first, second)] == [1, 2]
    assert has(world) == 300 - 10 + first["points_won"] + second["points_won"]
    assert len(world.call("GET", "me/draws", token).json["draws"]) == 2

    cli = world.client.application.test_cli_runner()
    assert cli.invoke(args=["lottery", "verify", "1"]).exit_code == 0
    assert "2 次抽奖全部重算一致" in desk.post("/lotteries/1/verify", follow_redirects=True).text
    desk.post("/lotteries/1/close")
    (lottery,) = world.rows(Lottery)
    assert hashlib.sha256(bytes.fromhex(lottery.seed)).hexdigest() == offered["commitment"]
    assert lottery.seed in desk.read("/lotteries/1")
    with world.siyu.database.writing() as session:
        session.execute(sa.update(Draw).where(Draw.number == 2).values(ticket=Draw.ticket + 1))
    told = cli.invoke(args=["lottery", "verify", "1"])
    assert (told.exit_code, "draw 2" in told.output) == (1, True)
    with world.at_work():
        over = world.call("POST", "lotteries/1/draw", token, json={"key": "d3"})
    assert (over.status_code, over.json["error"]["code"]) == (409, "not_on_offer")


def test_on_her_page_she_presses_the_button_and_says_where_the_prize_goes(
    world: MiniWorld, desk: Desk, token: str
):
    bag = {"name": "帆布袋", "kind": "goods", "points": "0", "coupon_id": "0", "lottery_id": "0"}
    assert desk.post("/rewards/new", bag).status_code == 303
    sure = {"p0-percent": "0.0001", "p1-percent": "99.9998", "p1-reward": "1"}
    opened_wheel(desk, **sure)
    logs_in(world, "小雨")
    world.work()
    assert "四月转盘" in world.client.get("/h5/rewards").text
    page = world.client.get("/h5/lotteries/1").text
    assert "免费抽一次" in page
    (word,) = re.findall(r'name="word" value="([0-9a-f]+)"', page)
    (hers,) = re.findall(r'name="token" value="([^"]+)"', page)
    forged = world.client.post("/h5/lotteries/1", data={"word": word})
    assert forged.status_code == 403, "another site may not draw for her"
    sent = {"word": word, "token": hers}
    asked = [world.client.post("/h5/lotteries/1", data=sent) for _ in range(2)]
    world.work()
    outcome = world.client.get(asked[0].location).text
    assert '<h1 id="prize">帆布袋</h1>' in outcome
    (won,) = world.rows(Redemption)
    assert (won.state, won.points, won.sealed_delivery) == ("waiting", 0, None)
    path = f"/h5/redemptions/{won.code}"
    assert "请填写收货信息" in world.client.get("/h5/redemptions").text
    assert world.client.post(path, data=HOME).status_code == 403, "nor say where it goes"
    said = HOME | {"token": hers}
    assert world.client.post(path, data=said | {"phone": "x"}).status_code == 422
    assert world.client.post(path, data=said).status_code == 303
    world.work()
    assert "收货信息已填写" in world.client.get(path).text
    assert "四月路" in desk.post(f"/redemptions/{won.id}/delivery").text
    assert "100 积分抽一次" not in world.client.get("/h5/lotteries/1").text


def test_odds_that_do_not_add_up_are_told_and_nothing_can_change_after_the_opening(
    world: MiniWorld, desk: Desk
):
    for wrong in ({"p0-percent": "60.0001"}, {"p0-percent": "x"}, {"consolation": ""}):
        answer = desk.post("/lotteries/new", WHEEL | wrong)
        assert answer.status_code == 200, wrong
        assert 'value="四月转盘"' in answer.text
    assert world.rows(Lottery) == []
    opened_wheel(desk)
    assert desk.post("/lotteries/1/edit", WHEEL | {"points": "1"}).status_code == 303
    assert world.rows(Lottery)[0].points == 10


def an_order(world: MiniWorld, member_id: int, number: str, amount_fen: int) -> Order:
    with world.siyu.database.writing() as session:
        order_id = orders.pay(
            session,
            source="youzan",
            order_no=number,
            named=Buyer(member_id=member_id),
            member_id=member_id,
            amount_fen=amount_fen,
            lines=[],
            event_id=None,
            paid_at=world.now,
            now=world.now,
        )
        assert order_id is not None
        return session.get_one(Order, order_id)


def test_an_order_over_the_amount_brings_a_box_which_a_full_refund_takes_back(
    world: MiniWorld, desk: Desk, token: str
):
    sure = {"p0-percent": "99.9998", "p1-percent": "0.0001", "points": "", "free_per_day": "0"}
    opened_wheel(desk, **sure)
    an_order(world, world.member_id(MINI_IDS["小雨"]), "E0", 1)
    rule = {"name": "满百盲盒", "lottery_id": "1", "source": "youzan", "amount": "100"}
    rule |= {"begins_at": "2026-11-01T00:00", "ends_at": "2026-12-01T00:00"}
    assert desk.post("/blind-boxes", rule).status_code == 303
    hers, house, now = world.member_id(MINI_IDS["小雨"]), world.siyu, world.now
    vault = house.programme.vault
    small, large = an_order(world, hers, "E1", 9_999), an_order(world, hers, "E2", 10_000)
    with house.database.writing() as session:
        assert blind_boxes.give(session, small, vault, event_id=None, now=now) == []
        for times in range(2):
            given = blind_boxes.give(session, large, vault, event_id=None, now=now)
            assert len(given) == (times == 0)
    assert has(world) == 310
    with house.database.writing() as session:
        order = session.get_one(Order, large.id)
        order.refunded_fen = 9_999
        assert blind_boxes.take_back(session, order, event_id=None, now=now) == []
        order.refunded_fen = 10_000
        for times in range(2):
            taken = blind_boxes.take_back(session, order, event_id=None, now=now)
            assert len(taken) == (times == 0)
    assert has(world) == 300
    assert "已收回" in desk.read("/lotteries/1")
    late = an_order(world, hers, "E3", 10_000)
    with house.database.writing() as session:
        kept = session.get_one(Order, late.id)
        kept.paid_at = now + timedelta(days=60)
        assert blind_boxes.give(session, kept, vault, event_id=None, now=now) == []
        assert points.balance_of(session, hers).points == 300


def test_the_word_of_a_lottery_draws_in_a_chat_and_in_a_group(world: MiniWorld, desk: Desk):
    opened_wheel(desk, word="抽奖", points="", per_day="1", **SURE)
    assert "抽奖" in desk.read("/lotteries/1")
    world.event("阿诚", "subscribe", EventKey="")
    world.says("阿诚", "抽奖！")
    world.says("阿诚", "抽奖")
    world.says("阿诚", "抽奖什么时候开始")
    world.says_in_group("林夏", "抽奖")
    world.work()
    assert [text for text in world.heard("阿诚") if "四月转盘" in text] == [
        "「四月转盘」抽到了：十积分，+10 积分。当前 20 积分。",
        "您今天在「四月转盘」的次数已经用完啦，明天再来吧。",
    ]
    assert "抽到了：十积分" in str(world.heard_in_group())
    assert world.balance("阿诚").points == 20
    assert len(world.rows(Draw)) == 2


def test_a_draw_for_points_says_what_is_missing_and_where_a_prize_waits(
    world: MiniWorld, desk: Desk
):
    bag = {"name": "帆布袋", "kind": "goods", "points": "0", "coupon_id": "0", "lottery_id": "0"}
    desk.post("/rewards/new", bag)
    sure = {"p0-percent": "0.0001", "p1-percent": "99.9998", "p1-reward": "1"}
    opened_wheel(desk, word="转盘", points="10", free_per_day="0", **sure)
    world.event("阿诚", "subscribe", EventKey="")
    world.says("阿诚", "转盘")
    world.says("阿诚", "转盘")
    world.work()
    first, second = [text for text in world.heard("阿诚") if "转盘" in text]
    assert first.startswith("「四月转盘」抽到了：帆布袋。当前 0 积分。奖品在这里：http")
    assert second == "积分不够啦，「四月转盘」抽一次要 10 积分。"
    desk.post("/lotteries/1/close")
    world.says("阿诚", "转盘")
    world.work()
    assert str(world.heard("阿诚")).count("转盘") == 2
    assert "这个词已经有别的用处了" in desk.post("/lotteries/new", WHEEL | {"word": "签到"}).text
