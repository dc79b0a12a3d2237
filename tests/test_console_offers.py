"""What operators write of coupons, rewards and lotteries: a slip is told at the field where it
stands, what else was written stays, and nothing is kept of it."""

import pytest

from app.domain.loyalty.spending.coupons import Coupon
from app.domain.loyalty.spending.lotteries import Lottery
from app.domain.loyalty.spending.rewards import Reward
from tests.console_desk import Desk, told_at
from tests.test_story_lotteries import WHEEL
from tests.world import World

COUPON = {"name": "立减五元", "kind": "fixed", "amount": "5"}
REWARD = {"name": "帆布袋", "kind": "goods", "points": "10", "coupon_id": "0", "lottery_id": "0"}


@pytest.mark.parametrize(
    ("name", "written"),
    [("valid_on", "9999-12-31"), ("valid_on", "0202-01-01"), ("amount", "1.555")],
)
def test_a_coupon_of_no_day_or_of_a_part_of_a_fen_is_not_kept(
    world: World, desk: Desk, name: str, written: str
) -> None:
    answer = desk.post("/coupons/new", COUPON | {name: written})
    assert answer.status_code == 200
    assert len(told_at(answer.text, name)) == 1
    assert f'value="{written}"' in answer.text
    assert 'value="立减五元"' in answer.text
    assert world.rows(Coupon) == []


def test_a_character_that_no_text_can_hold_is_refused(world: World, desk: Desk) -> None:
    for answer in (
        desk.post("/coupons/new", COUPON | {"name": "立减\0五元"}),
        desk.get("/members?q=%00"),
    ):
        assert (answer.status_code, "NUL" in answer.text) == (400, True)
    assert world.client.get("/h5/earning?from=%00").status_code == 400
    assert world.client.post("/h5/earning", data={"order_no": "\0"}).status_code == 400
    assert world.rows(Coupon) == []


@pytest.mark.parametrize(
    ("wrong", "at", "told"),
    [
        ({"opens_at": "0001-01-01T00:00"}, "opens_at", "要在 2000 年到 2099 年之间。"),
        (
            {"opens_at": "2026-12-02T10:00", "closes_at": "2026-12-01T10:00"},
            *("closes_at", "要晚于开始时间。"),
        ),
        ({"kind": "coupon"}, "coupon_id", "种类是优惠券时选一种，其他种类不选。"),
        ({"kind": "blind_box"}, "lottery_id", "种类是盲盒时选一个，其他种类不选。"),
        ({"w0-months": "13"}, "w0-months", "写 1 到 12，用空格分开。"),
        ({"w1-from_clock": "25:00"}, "w1-from_clock", "写成 09:30，最晚 24:00。"),
        ({"w2-from_day": "20", "w2-to_day": "1"}, "w2-to_day", "写 1 到 31，并且不早于开始。"),
    ],
)
def test_what_is_wrong_with_a_reward_is_told_where_it_stands(
    world: World, desk: Desk, wrong: dict[str, str], at: str, told: str
) -> None:
    answer = desk.post("/rewards/new", REWARD | wrong)
    assert (answer.status_code, told_at(answer.text, at)) == (200, [told])
    assert 'value="帆布袋"' in answer.text
    assert world.rows(Reward) == []


@pytest.mark.parametrize(
    ("wrong", "at", "told"),
    [
        ({"p0-name": ""}, "p0-name", "名称要有 1 到 60 个字。"),
        ({"p0-name": "字" * 61}, "p0-name", "名称要有 1 到 60 个字。"),
        ({"p0-percent": "1e999"}, "p0-percent", "要大于 0，不超过 100，最多四位小数。"),
        ({"p1-percent": "1.00001"}, "p1-percent", "要大于 0，不超过 100，最多四位小数。"),
        ({"p1-stock": "1" + "0" * 30}, "p1-stock", "要是 0 到 1000000000 的整数。"),
        ({"p0-points": "-5"}, "p0-points", "要是 0 到 1000000000 的整数。"),
        ({"p1-reward": "999"}, "p1-reward", "没有这个兑换品，或已经下架。"),
        ({"p2-stock": "5"}, "p2-stock", "安慰奖不限库存，这里要空着。"),
        ({"w0-opens": "x"}, "w0-opens", "写成 09:30，最晚 24:00。"),
        (
            {"begins_at": "2026-12-02T10:00", "ends_at": "2026-12-01T10:00"},
            *("ends_at", "要晚于开始时间。"),
        ),
    ],
)
def test_what_is_wrong_with_a_lottery_is_told_where_it_stands(
    world: World, desk: Desk, wrong: dict[str, str], at: str, told: str
) -> None:
    answer = desk.post("/lotteries/new", WHEEL | wrong)
    assert (answer.status_code, told_at(answer.text, at)) == (200, [told])
    assert 'value="四月转盘"' in answer.text
    assert world.rows(Lottery) == []


def test_odds_that_do_not_add_up_are_told_with_what_they_come_to(world: World, desk: Desk) -> None:
    answer = desk.post("/lotteries/new", WHEEL | {"p0-percent": "50"})
    assert "概率加起来是 90%" in answer.text
    assert "请选一个奖品作安慰奖" in desk.post("/lotteries/new", WHEEL | {"consolation": ""}).text
    assert world.rows(Lottery) == []


def test_a_prize_whose_reward_has_left_the_shelf_stays_a_prize(world: World, desk: Desk) -> None:
    desk.post("/rewards/new", REWARD)
    desk.post("/lotteries/new", WHEEL | {"p1-reward": "1"})
    desk.post("/rewards/1/close")
    assert '<option value="1" selected>帆布袋' in desk.read("/lotteries/1/edit")
    assert desk.post("/lotteries/1/edit", WHEEL | {"p1-reward": "1"}).status_code == 303


def test_a_box_of_a_lottery_is_no_prize_of_it(world: World, desk: Desk) -> None:
    desk.post("/lotteries/new", WHEEL)
    desk.post("/rewards/new", REWARD | {"kind": "blind_box", "lottery_id": "1"})
    refused = desk.post("/lotteries/1/edit", WHEEL | {"p1-reward": "1"})
    assert "不能作它的奖品" in str(told_at(refused.text, "p1-reward"))
    assert desk.post("/lotteries/new", WHEEL | {"p1-reward": "1"}).status_code == 303


def test_a_page_without_draws_or_friends_says_what_to_do_next(world: World, desk: Desk) -> None:
    assert "先写好并保存推荐规则" in desk.read("/referrals")
    desk.post("/lotteries/new", WHEEL)
    assert "再点“开始抽奖”" in desk.read("/lotteries/1")
    desk.post("/lotteries/1/open")
    assert "/h5/lotteries/1" in desk.read("/lotteries/1")
    desk.post("/lotteries/1/close")
    assert "抽奖已经结束" in desk.read("/lotteries/1")
