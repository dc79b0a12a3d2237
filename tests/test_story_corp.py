"""Stories of a corp, with a sandbox that is as strict as WeCom as the witness: what it accepted is
what members, staff and groups of the shop have heard."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app import outbox
from app.domain.insight import keywords
from app.domain.people import groups
from app.domain.people.kf_accounts import KfAccount
from app.inbox import InboxEvent
from app.outbox import OutboxMessage
from tests import corp_world
from tests.corp_world import ROBOT, CorpWorld
from tests.wecom_world import KF, LAOWANG


@pytest.fixture
def world(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[CorpWorld]:
    with corp_world.opened(tmp_path, database_url, redis_url) as opened:
        yield opened


def heard(world: CorpWorld, recipient: str) -> list[str]:
    return [str(message["content"]) for message in world.sent(recipient)]


def test_who_writes_to_the_customer_service_is_welcomed_and_answered(world: CorpWorld):
    world.act("kf_enter", scene="store_001")
    world.work()
    world.act("kf_text", text="签到")
    world.act("kf_text", text="积分")
    world.work()
    welcome, signed_in, balance = heard(world, LAOWANG)
    assert welcome.startswith("您好")
    assert "签到成功，+5 积分" in signed_in
    assert "您当前有 5 积分" in balance
    (account,) = world.rows(KfAccount)
    assert account.open_kfid == KF
    assert account.cursor != ""


def test_the_sandbox_never_sees_a_sixth_message(world: CorpWorld):
    for _ in range(7):
        world.act("kf_text", text="积分")
    world.work()
    assert len(heard(world, LAOWANG)) == 5
    suppressed = world.rows(OutboxMessage, OutboxMessage.state == "suppressed")
    assert [row.reason for row in suppressed] == ["window_closed"] * 2
    assert world.rows(OutboxMessage, OutboxMessage.state == "failed") == []


def test_an_answer_that_was_lost_on_its_way_back_arrives_once(world: CorpWorld):
    world.fault("/cgi-bin/kf/send_msg", "lost", times=1)
    world.act("kf_text", text="积分")
    world.work()
    (said,) = world.rows(OutboxMessage, OutboxMessage.rule == "balance")
    assert said.state == "planned"
    with world.siyu.database.writing() as session:
        session.get_one(OutboxMessage, said.id).due_at = world.now
    world.work()
    (said,) = world.rows(OutboxMessage, OutboxMessage.rule == "balance")
    assert said.state == "accepted"
    assert len(heard(world, LAOWANG)) == 1


def test_what_she_refuses_to_receive_becomes_a_failure(world: CorpWorld):
    world.act("kf_text", text="积分")
    world.act("kf_reject")
    world.work()
    world.act("kf_text", text="帮助")
    world.work()
    refused = world.rows(OutboxMessage, OutboxMessage.reason == "recipient_refuses")
    assert {row.state for row in refused} == {"failed"}
    assert refused


def test_what_she_takes_back_is_forgotten(world: CorpWorld):
    told = world.act("kf_text", text="住在长乐路 1 号")
    world.work()
    world.act("kf_recall", msgid=told["msgid"])
    world.work()
    assert not any("长乐路" in str(event.fields) for event in world.rows(InboxEvent))


def test_staff_are_told_by_the_app(world: CorpWorld):
    with world.siyu.database.writing() as session:
        keywords.write(
            session, name="要人工", words=["人工"], notify_userid="xiaowang", now=world.now
        )
    world.act("kf_text", text="我要人工")
    world.work()
    (notice,) = heard(world, "xiaowang")
    assert "我要人工" in notice


def test_the_sandbox_never_sees_a_robots_twenty_first_message_in_a_minute(world: CorpWorld):
    with world.siyu.database.writing() as session:
        channel = world.channel(session, ROBOT)
        (group,) = groups.of(session, channel.id)
        for number in range(25):
            outbox.put(
                session,
                outbox.Address(channel.id, group.external_id, None, group.id),
                key=f"robot:{number}",
                purpose="plan",
                kind="text",
                content={"text": str(number)},
                cause=outbox.Cause("test"),
                now=world.now,
            )
    world.work()
    assert len(world.sent()) == 20
    states = {row.state for row in world.rows(OutboxMessage)}
    assert states == {"accepted", "planned"}
