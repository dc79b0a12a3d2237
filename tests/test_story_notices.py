"""Stories of members of staff who are told: a keyword rule names who hears of a member's words."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.domain.insight import keywords
from app.outbox import OutboxMessage
from tests import kf_world
from tests.console_desk import Desk
from tests.kf_world import KfWorld

SEND = "/cgi-bin/message/send"


@pytest.fixture
def world(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[KfWorld]:
    with kf_world.opened(tmp_path, database_url, redis_url) as opened:
        opened.kf.scripted.answers[SEND] = [{"errcode": 0, "errmsg": "ok", "msgid": "app1"}]
        with opened.siyu.database.writing() as session:
            keywords.write(
                session, name="要人工", words=["人工"], notify_userid="xiaowang", now=opened.now
            )
        yield opened


def notices(world: KfWorld) -> list[dict[str, Any]]:
    return [call.json for call in world.kf.scripted.calls_to(SEND)]


def test_who_is_named_by_the_rule_hears_of_it_once_an_hour(world: KfWorld):
    world.at(2, "12:05")
    for _ in range(2):
        world.says("小雨", "我要找人工客服")
        world.work()
    (notice,) = notices(world)
    assert notice["touser"] == "xiaowang"
    assert notice["agentid"] == 1000002
    assert notice["enable_duplicate_check"] == 1
    assert notice["text"]["content"].endswith("说：我要找人工客服")
    world.now += timedelta(hours=1)
    world.says("小雨", "人工！")
    world.says("阿诚", "人工在吗")
    world.work()
    assert len(notices(world)) == 3


def test_the_group_is_named_in_which_it_was_said(world: KfWorld):
    world.says_in_group("小雨", "有没有人工")
    world.work()
    (notice,) = notices(world)
    assert notice["text"]["content"] == "小雨 在「四月黄金群」说：有没有人工"


def test_a_userid_the_corp_does_not_know_is_a_failure(world: KfWorld):
    world.kf.scripted.answers[SEND] = [
        {"errcode": 0, "errmsg": "ok", "invaliduser": "xiaowang", "msgid": "m"}
    ]
    world.says("小雨", "人工")
    world.work()
    (notice,) = world.rows(OutboxMessage, OutboxMessage.purpose == "notice")
    assert (notice.state, notice.reason) == ("failed", "bad_recipient")


def test_thirty_a_minute_to_one_person_and_the_rest_wait(world: KfWorld):
    for number in range(35):
        said = kf_world.shop.WECHAT.text(f"oMany{number}", "人工", world.now)
        world.deliver(kf_world.shop.WECHAT.seal(said, world.now))
    world.work()
    assert len(notices(world)) == 30
    world.now += timedelta(seconds=60 + 15 + 5)
    world.work()
    assert len(notices(world)) == 35


def test_an_operator_writes_such_a_rule(world: KfWorld, desk: Desk):
    form = {"name": "投诉", "words": "投诉", "dimension": "attribute", "notify_userid": "lili"}
    assert desk.post("/rules/new", form).status_code == 303
    assert "通知员工: lili" in desk.read("/rules/4")
