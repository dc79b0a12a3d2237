"""Stories of what earns points: each act once, by the rules an operator has set."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app import inbox
from app.domain.loyalty import quizzes
from app.domain.loyalty.earning import kinds, rules
from app.domain.loyalty.earning.earnings import Earning
from app.domain.loyalty.orders import Order
from app.domain.loyalty.quizzes import Quiz
from app.domain.people import partner_keys
from tests import mini_world
from tests.mini_world import PHONES, MiniWorld
from tests.reading import Browser, an_article, house, own_path
from tests.shop import GROUPS, MINI
from tests.test_h5_logins import agrees
from tests.world import World

__all__ = ["house"]  # a fixture


@pytest.fixture
def world(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[MiniWorld]:
    with mini_world.opened(tmp_path, database_url, redis_url) as opened:
        yield opened


@pytest.fixture
def key(world: MiniWorld) -> str:
    with world.siyu.database.writing() as session:
        return partner_keys.make(session, "有赞", world.now)[1]


def add_rule(world: World, kind: str, points: int = 0, key: str = "", **written: Any) -> None:
    with world.siyu.database.writing() as session:
        rules.add(
            session,
            key=key or kind,
            kind=kind,
            points=points,
            written=written,
            operator_id=None,
            now=world.now,
        )


def an_order(order_no: str, fen: int, **fields: Any) -> dict[str, Any]:
    paid = {"source": "youzan", "order_no": order_no, "paid_at": "2026-11-02T11:30:00+08:00"}
    return paid | {"amount_fen": fen} | fields


def test_speaking_in_a_group_pays_for_the_first_message_of_a_day_that_says_something(
    world: MiniWorld,
) -> None:
    add_rule(world, kinds.GROUP_CHAT, 3, chars=6, caps={"week": 5})
    for day, texts in (
        (3, ["早", "今天的面膜真好用呀", "大家觉得怎么样呢？"]),
        (4, ["昨天买的到货啦！"]),
    ):
        world.at(day)
        for text in texts:
            world.says_in_group("小雨", text)
        world.work()
    assert world.balance("小雨", GROUPS).points == 5, "three, and the two that the week had left"
    assert [one.amount for one in world.rows(Earning)] == [3, 2]


def test_a_rule_that_takes_the_place_of_another_does_not_pay_for_the_same_again(
    world: MiniWorld, key: str
) -> None:
    add_rule(world, kinds.GROUP_CHAT, 3, "chat_long", chars=12)
    add_rule(world, kinds.GROUP_CHAT, 2, "chat_short", chars=4)
    add_rule(world, kinds.ORDER, 1, "order_old")
    with world.at_work():
        world.sign_up("小雨")
        bought = an_order("E1", 5_000, member={"phone": PHONES["小雨"]})
        world.call("POST", "orders", key, json=bought)
    world.says_in_group("阿诚", "今天的面膜")
    world.work()
    add_rule(world, kinds.GROUP_CHAT, 5, "chat_new", chars=4)
    add_rule(world, kinds.ORDER, 2, "order_new")
    with world.siyu.database.writing() as session:
        about: dict[str, Any] = {"name": "", "operator_id": None, "now": world.now}
        rules.change(session, "order_old", points=1, written={"until": "2026-11-01"}, **about)
    world.says_in_group("阿诚", "昨天买的面膜到货啦，真的好用呀")
    with world.siyu.database.writing() as session:
        (order,) = session.scalars(sa.select(Order))
        inbox.receive_own(
            session,
            key="imported:E1",
            kind="order_imported",
            subject="order:E1",
            fields={"source": order.source, "order_no": order.order_no},
            member_id=order.member_id,
            cause=None,
            now=world.now,
        )
    world.work()
    assert [(one.rule, one.amount) for one in world.rows(Earning)] == [
        *(("sign_up", 20), ("order_old", 50), ("chat_short", 2))
    ]
    assert world.balance("阿诚", GROUPS).points == 2
    assert world.balance("小雨", MINI).points == 20 + 50


def test_a_cap_counts_what_earlier_versions_of_its_rule_have_given(world: MiniWorld) -> None:
    add_rule(world, kinds.GROUP_CHAT, 3, caps={"week": 5})
    world.at(3)
    world.says_in_group("小雨", "早上好")
    world.work()
    with world.siyu.database.writing() as session:
        about: dict[str, Any] = {"name": "", "operator_id": None, "now": world.now}
        written = {"caps": {"week": 6}}
        rules.change(session, kinds.GROUP_CHAT, points=4, written=written, **about)
    for day in (4, 5):
        world.at(day)
        world.says_in_group("小雨", "早上好")
        world.work()
    given = [(one.rule_version, one.amount) for one in world.rows(Earning)]
    assert given == [(1, 3), (2, 3), (2, 0)]


def test_a_live_stream_earns_once_when_it_was_watched_long_enough(
    world: MiniWorld, key: str
) -> None:
    add_rule(world, kinds.LIVE, 15, minutes=10)
    with world.at_work():
        world.sign_up("小雨")
        world.sign_up("阿诚")
        seen = {"source": "video", "watched_at": "2026-11-02T11:00:00+08:00"}
        for name, minutes, points in (("小雨", 30, 15), ("小雨", 30, 15), ("阿诚", 9, 0)):
            watched = seen | {"member": {"phone": PHONES[name]}, "minutes": minutes}
            answer = world.call("POST", "live-streams/L7/watched", key, json=watched)
            assert (answer.status_code, answer.json["points"]) == (200, points), answer.text
        nobody = seen | {"member": {"phone": "13911112222"}, "minutes": 30}
        answer = world.call("POST", "live-streams/L7/watched", key, json=nobody)
        assert (answer.status_code, answer.json["error"]["code"]) == (404, "unknown_buyer")
    assert world.balance("小雨", MINI).points == 20 + 15


def test_a_complete_profile_pays_once(world: MiniWorld) -> None:
    add_rule(world, kinds.PROFILE, 30)
    with world.at_work():
        world.sign_up("小雨", birthday="1995-04-01")
        world.sign_up("阿诚")
    assert world.balance("小雨", MINI).points == 20 + 30
    assert world.balance("阿诚", MINI).points == 20, "her birthday is not known"


def test_a_page_tells_how_points_are_earned_and_takes_the_number_of_an_order(
    world: MiniWorld, key: str
) -> None:
    add_rule(world, kinds.ORDER, 1)
    assert "order_no" not in world.client.get("/h5/earning").text, "no rule for claims yet"
    add_rule(world, kinds.CLAIM, 5)
    shown = world.client.get("/h5/earning").text
    assert "每消费 1 元得 1 积分" in shown
    assert "用订单号领取订单：得 5 积分" in shown
    told = world.client.post("/h5/earning", data={"order_no": "E1001"})
    assert told.location == "/h5/login?channel=&next=%2Fh5%2Fearning", "whoever is not logged in"
    begun = world.client.get("/h5/login?next=/h5/earning")
    world.client.get(agrees(world, "小雨", begun))
    world.work()  # who has logged in is met
    with world.at_work():
        world.call("POST", "orders", key, json=an_order("E1001", 8_800))
        said = world.client.post("/h5/earning", data={"order_no": "E1001"}).text
        assert "订单 E1001 已归到您名下。+93 积分。" in said
        assert "Order E1001 is yours now. +93 points." in said
        said = world.client.post("/h5/earning", data={"order_no": "E1001"}).text
        assert "没有" not in said
        refused = world.client.post("/h5/earning", data={"order_no": "<b>"})
        assert refused.status_code == 400
        assert "letters, digits and hyphens" in refused.text


def test_operators_say_which_streaks_pay_and_a_birthday_makes_more_of_both(
    world: MiniWorld,
) -> None:
    add_rule(world, kinds.STREAK, 12, "streak_3", days=3)
    add_rule(world, kinds.BIRTHDAY, factor=200, span="day", kinds=["sign_in", "streak"])
    with world.at_work():
        world.sign_up("小雨", birthday="1995-11-05")
        world.event("小雨", "subscribe", EventKey="")
    for day in (3, 4, 5):
        world.at(day)
        world.says("小雨", "签到")
        world.work()
    assert "+10 积分，已连续 3 天，连签 3 天奖励 +24 积分" in str(world.heard("小雨"))


def test_what_has_points_of_its_own_is_given_by_the_rule_for_its_kind(world: MiniWorld) -> None:
    add_rule(world, kinds.QUIZ, caps={"day": 15})
    world.event("小雨", "subscribe", EventKey="")
    for points in (10, 20):
        asked = world.quiz(points=points)
        world.says("小雨", "B")
        world.work()
        with world.siyu.database.writing() as session:
            quizzes.close(session.get_one(Quiz, asked.id), world.now)
        world.now = world.now + timedelta(minutes=1)
    assert world.balance("小雨").points == 10 + 10 + 5
    assert "回答正确！+5 积分。" in str(world.heard("小雨")), "what the day had left"


def test_whoever_passes_a_link_on_earns_when_a_friend_opens_it(house: World) -> None:
    add_rule(house, kinds.SHARE, 4, caps={"day": 100})
    hers = Browser(house).reads(own_path(house, an_article(house)))
    had = house.balance("小雨").points
    with house.siyu.database.reading() as session:
        channel_id = house.channel(session).id
    friend = Browser(house).is_named(house, channel_id, "阿诚")
    friend.reads(hers.onward)
    friend.reads(hers.onward)
    house.work()
    assert house.balance("小雨").points == had + 4, "once for each reader"
