"""Stories of an account without the customer-service right: it speaks in the answer to the
platform's push, or not at all."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from app import lanes, outbox, passive_replies
from app.domain.insight import keywords
from app.domain.outreach.allowances import windows
from app.domain.people import channels
from app.ears import Ears
from app.inbox import InboxEvent
from app.outbox import OutboxMessage
from app.sending import second_attempts
from bots.official_account import passive_replies as bots_replies
from tests.foreign_client import Delivery
from tests.shop import OA, OPENIDS, WECHAT
from tests.world import World

NOBODY_WAITS = -1.0


@pytest.fixture(autouse=True)
def may_only_reply(world: World):
    change(world, reply_mode="passive")


@pytest.fixture
def impatient(monkeypatch):
    """The door answers at once, as if it had been killed while it waited for the worker."""
    monkeypatch.setattr(passive_replies, "ANSWER_WITHIN_S", NOBODY_WAITS)
    return lambda: monkeypatch.setattr(passive_replies, "ANSWER_WITHIN_S", 3.5)


class Killed(BaseException):
    """The door's process is no more."""


def die(*_: object) -> None:
    raise Killed


def change(world: World, secrets: dict[str, str] | None = None, **settings: str) -> None:
    with world.siyu.database.writing() as session:
        channel = world.channel(session)
        channels.change(
            session, channel.id, vault=world.siyu.vault, secrets=secrets or {}, settings=settings
        )
    world.client.application.extensions["ears"] = Ears(world.siyu)


def said(world: World, text: str, form: str = "xml", name: str = "小雨") -> Delivery:
    return WECHAT.seal(WECHAT.text(OPENIDS[name], text, world.now), world.now, form)


def pushed(world: World, *deliveries: Delivery) -> list[bytes]:
    """What the pushes are answered, with a worker at work beside the door."""
    clients = [world.client.application.test_client() for _ in deliveries]
    with ThreadPoolExecutor(len(deliveries)) as platform:
        answers = [
            platform.submit(
                client.post,
                f"/callback/{OA}",
                query_string=delivery.query,
                headers=delivery.headers,
                data=delivery.body,
            )
            for client, delivery in zip(clients, deliveries, strict=True)
        ]
        while not all(answer.done() for answer in answers):
            world.work_once()
            time.sleep(0.01)
    return [answer.result().data for answer in answers]


def pushed_again(world: World, delivery: Delivery) -> bytes:
    """The platform repeats itself; nobody has to do any work for it."""
    return world.post(delivery).data


def replies(world: World) -> list[OutboxMessage]:
    return list(world.rows(OutboxMessage, OutboxMessage.purpose != outbox.QUESTION))


def test_she_is_answered_in_the_answer_and_nothing_is_sent(world: World):
    [answer] = pushed(world, said(world, "积分"))
    reply = WECHAT.open(answer)
    assert reply["MsgType"] == "text"
    assert "您当前有 0 积分" in reply["Content"]
    assert (reply["ToUserName"], reply["FromUserName"]) == (OPENIDS["小雨"], WECHAT.original_id)
    assert world.sent() == []
    [row] = replies(world)
    assert (row.way, row.state, row.attempts) == ("passive", "accepted", 1)


def test_a_push_in_json_is_answered_in_json(world: World):
    [answer] = pushed(world, said(world, "积分", "json"))
    assert answer.startswith(b"{")
    reply = WECHAT.open(answer)
    assert (reply["MsgType"], reply["CreateTime"]) == ("text", int(world.now.timestamp()))


def test_three_pushes_of_one_event_get_one_reply(world: World):
    told = WECHAT.text(OPENIDS["小雨"], "签到", world.now)
    [first] = pushed(world, WECHAT.seal(told, world.now))
    world.now += timedelta(seconds=5)
    second = pushed_again(world, WECHAT.seal(told, world.now))
    world.now += timedelta(seconds=5)
    third = pushed_again(world, WECHAT.seal(told, world.now))
    assert WECHAT.open(first) == WECHAT.open(second) == WECHAT.open(third)
    assert "签到成功" in WECHAT.open(first)["Content"]
    assert len(replies(world)) == 1
    assert world.balance("小雨").points == 5


def test_two_pushes_of_one_event_at_the_same_moment_get_the_same_reply(world: World):
    told = WECHAT.text(OPENIDS["小雨"], "签到", world.now)
    pushes = [WECHAT.seal(told, world.now) for _ in range(4)]
    answers = [WECHAT.open(answer) for answer in pushed(world, *pushes)]
    assert all(answer == answers[0] for answer in answers)
    assert len(replies(world)) == 1


def test_who_says_nothing_for_us_gets_no_reply(world: World):
    assert pushed(world, said(world, "今天天气真好")) == [b"success"]
    assert replies(world) == []


def test_a_door_killed_before_it_took_the_reply_gives_it_to_the_next_push(world: World, impatient):
    push = said(world, "积分")
    assert world.post(push).data == b"success"
    world.work()
    [row] = replies(world)
    assert row.state == "planned"
    impatient()
    assert "积分" in WECHAT.open(pushed_again(world, push))["Content"]


def test_a_door_killed_between_settling_and_answering_says_the_same_again(
    world: World, monkeypatch
):
    push = said(world, "积分")
    with monkeypatch.context() as dying:
        dying.setattr(bots_replies, "sealed", die)
        with pytest.raises(Killed):
            pushed(world, push)
    [row] = replies(world)
    assert row.state == "accepted"
    assert "积分" in WECHAT.open(pushed_again(world, push))["Content"]
    assert [again.id for again in replies(world)] == [row.id]


def test_what_no_push_came_for_is_given_up_and_never_sent(world: World, impatient):
    push = said(world, "积分")
    world.post(push)
    world.work()
    world.now += timedelta(seconds=19)
    world.work()
    assert [row.state for row in replies(world)] == ["planned"]
    world.now += timedelta(seconds=2)
    world.work()
    [row] = replies(world)
    assert (row.state, row.reason) == ("suppressed", "not_fetched")
    impatient()
    assert pushed_again(world, push) == b"success"
    assert world.sent() == []


def test_a_push_has_room_for_one_reply(world: World, impatient):
    push = said(world, "积分")
    world.post(push)
    world.work()
    also_say(world, "还有一句")
    impatient()
    assert "积分" in WECHAT.open(pushed_again(world, push))["Content"]
    first, second = replies(world)
    assert (first.state, second.state) == ("accepted", "suppressed")
    assert second.reason == "one_reply_per_push"


def test_what_no_reply_can_hold_fails_and_the_next_one_is_said(world: World, impatient):
    push = said(world, "今天天气真好")
    world.post(push)
    world.work()
    also_say(world, "选一个", kind="choices")
    also_say(world, "文字总可以")
    impatient()
    assert WECHAT.open(pushed_again(world, push))["Content"] == "文字总可以"
    first, second = replies(world)
    assert (first.state, first.reason) == ("failed", "kind_not_offered")
    assert second.state == "accepted"


def test_an_operator_cannot_send_a_reply_that_has_gone_by(world: World, impatient):
    push = said(world, "今天天气真好")
    world.post(push)
    world.work()
    also_say(world, "选一个", kind="choices")
    assert pushed_again(world, push) == b"success"
    [row] = replies(world)
    assert row.state == "failed"
    with world.siyu.database.writing() as session:
        second_attempts.of(session, row.id, world.now)
    world.work()
    assert [(row.state, row.reason) for row in replies(world)] == [("suppressed", "not_fetched")]
    assert world.sent() == []


def test_plans_cannot_speak_there_and_say_why(world: World):
    world.plan(({"kind": "after", "minutes": 1}, "早上好"))
    pushed(world, WECHAT.seal(WECHAT.event(OPENIDS["小雨"], "subscribe", world.now), world.now))
    world.now += timedelta(minutes=2)
    world.work()
    [row] = world.rows(OutboxMessage, OutboxMessage.purpose == "plan")
    assert (row.state, row.reason) == ("suppressed", "no_customer_service")
    assert world.sent() == []


def test_words_cannot_break_out_of_the_reply(world: World):
    trick = "a]]></Content><MsgType>image</MsgType><Content><![CDATA["
    with world.siyu.database.writing() as session:
        keywords.write(session, name="trick", words=["把戏"], reply=trick, now=world.now)
    [answer] = pushed(world, said(world, "把戏"))
    reply = WECHAT.open(answer)
    assert (reply["MsgType"], reply["Content"]) == ("text", trick)


def test_while_keys_change_the_answer_is_sealed_as_the_push_was(world: World):
    new_key = "B" * 42 + "A"
    change(world, {"encoding_aes_key": new_key})
    [old] = pushed(world, said(world, "积分"))
    assert "积分" in WECHAT.open(old)["Content"]
    renewed = replace(WECHAT, encoding_aes_key=new_key)
    told = renewed.text(OPENIDS["阿诚"], "积分", world.now)
    [new] = pushed(world, renewed.seal(told, world.now))
    assert "积分" in renewed.open(new)["Content"]


def test_with_the_right_given_it_speaks_by_customer_service_again(world: World):
    change(world, reply_mode="customer_service")
    world.says("小雨", "积分")
    world.work()
    [heard] = world.heard("小雨")
    assert "您当前有 0 积分" in heard


def also_say(world: World, text: str, kind: str = "text") -> None:
    """One more thing said because of the last event."""
    with world.siyu.database.writing() as session:
        event = session.query(InboxEvent).order_by(InboxEvent.id.desc()).first()
        address = outbox.Address(
            event.channel_id, event.sender, event.member_id, way=windows.PASSIVE
        )
        count = session.query(OutboxMessage).count()
        outbox.put(
            session,
            address,
            key=f"also:{count}",
            purpose="reply",
            kind=kind,
            content={"text": text},
            cause=outbox.Cause("also", None, event.id),
            pipe=lanes.REPLIES,
            due_at=world.now + timedelta(seconds=20),
            now=world.now,
        )
