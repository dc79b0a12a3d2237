"""Stories of template and subscribe messages: outside any window, once, and with a known end."""

from datetime import timedelta
from typing import Any

import requests

from app import outbox
from app.domain.outreach.allowances import subscribe_grants
from app.domain.people import members
from app.outbox import OutboxMessage
from tests.shop import OA, OPENIDS, WECHAT
from tests.world import World

TEMPLATE, BIZSEND = "/cgi-bin/message/template/send", "/cgi-bin/message/subscribe/bizsend"
BIRTHDAY = {"template_id": "sandbox-birthday", "data": {"thing1": "小雨", "time2": "12:00"}}
SHIPPED = {
    "template_id": "sandbox-order",
    "data": {"thing1": "巴旦木" * 9, "character_string2": "A-7", "amount3": "12.5元"},
}


def say(world: World, way: str, content: dict[str, Any], key: str) -> None:
    with world.siyu.database.writing() as session:
        member = world.member(session, "小雨")
        where = world.channel(session).id
        outbox.put(
            session,
            outbox.Address(where, OPENIDS["小雨"], member.id, way=way),
            key=key,
            purpose="notice",
            kind=way,
            content=content,
            cause=outbox.Cause("by_hand"),
            now=world.now,
        )
    world.work()


def follow(world: World) -> None:
    world.event("小雨", "subscribe", EventKey="")
    world.work()
    world.now += timedelta(days=3)  # long after every window


def message(world: World) -> OutboxMessage:
    return world.rows(OutboxMessage, OutboxMessage.purpose == "notice")[-1]


def taps(world: World, status: str, *, as_list: bool = False) -> None:
    """She taps in the dialogue: the platform knows, and tells us."""
    do = {"accept": "subscribe_accept", "reject": "subscribe_reject"}[status]
    act = {"account": OA, "member": OPENIDS["小雨"], "do": do, "template": "sandbox-order"}
    requests.post(f"{world.sandbox_url}/sandbox/act", json=act, timeout=10).raise_for_status()
    tapped = {"TemplateId": "sandbox-order", "SubscribeStatusString": status, "PopupScene": "0"}
    told: Any = {"List": [tapped] if as_list else tapped}
    event(world, "subscribe_msg_popup_event", SubscribeMsgPopupEvent=told)


def event(world: World, name: str, **fields: Any) -> None:
    world.now += timedelta(seconds=1)
    happened = WECHAT.event(OPENIDS["小雨"], name, world.now, **fields)
    world.deliver(WECHAT.seal(happened, world.now, "json"))
    world.work()


def grants(world: World) -> int:
    with world.siyu.database.reading() as session:
        identity = members.identity_of(session, world.channel(session).id, OPENIDS["小雨"])
        assert identity is not None
        return subscribe_grants.left(session, identity.id, "sandbox-order")


def test_a_template_message_needs_no_window_and_its_end_is_known(world: World):
    follow(world)
    say(world, "template", BIRTHDAY, "birthday:1")
    assert message(world).state == "accepted"
    event(world, "TEMPLATESENDJOBFINISH", MsgID=message(world).platform_id, Status="success")
    assert message(world).state == "delivered"


def test_a_template_message_she_has_blocked_has_failed(world: World):
    follow(world)
    for number, status in enumerate(("failed:user block", "failed: system failed", "failed:x")):
        say(world, "template", BIRTHDAY, f"birthday:{number}")
        event(world, "TEMPLATESENDJOBFINISH", MsgID=message(world).platform_id, Status=status)
    said = world.rows(OutboxMessage, OutboxMessage.purpose == "notice")
    reasons = ["user_block", "system_failed", "template_failed"]
    assert [(one.state, one.reason) for one in said] == [("failed", why) for why in reasons]


def test_a_lost_answer_to_a_template_message_is_asked_for_again(world: World):
    follow(world)
    world.fault(TEMPLATE, "lost", times=1)
    say(world, "template", BIRTHDAY, "birthday:1")
    world.now += timedelta(minutes=1)
    world.work()
    assert message(world).state == "accepted"
    assert len([one for one in world.sent(OPENIDS["小雨"]) if one["api"] == TEMPLATE]) == 1


def test_ten_minutes_later_nobody_can_tell_any_more(world: World):
    follow(world)
    world.fault(TEMPLATE, "lost", times=1)
    say(world, "template", BIRTHDAY, "birthday:1")
    world.now += timedelta(minutes=9)
    world.work()
    assert (message(world).state, message(world).reason) == ("unknown", "key_expired")
    assert world.calls(TEMPLATE) == 1


def test_an_agreement_is_one_message(world: World):
    follow(world)
    taps(world, "accept")
    taps(world, "accept", as_list=True)
    assert grants(world) == 2
    for number in range(3):
        say(world, "subscribe", SHIPPED, f"shipped:{number}")
    said = world.rows(OutboxMessage, OutboxMessage.purpose == "notice")
    assert [one.state for one in said] == ["accepted", "accepted", "suppressed"]
    assert said[2].reason == "not_subscribed"
    assert world.calls(BIZSEND) == 2
    (first, _) = [one for one in world.sent(OPENIDS["小雨"]) if one["api"] == BIZSEND]
    assert first["content"]["data"]["thing1"]["value"] == "巴旦木" * 6 + "巴…"


def test_whoever_refuses_is_told_nothing_more(world: World):
    follow(world)
    taps(world, "accept")
    taps(world, "reject")
    say(world, "subscribe", SHIPPED, "shipped:1")
    assert (message(world).state, world.calls(BIZSEND)) == ("suppressed", 0)


def test_what_the_platform_knows_better_ends_her_grants(world: World):
    follow(world)
    taps(world, "accept")
    world.fault(BIZSEND, "errcode", errcode=43101, times=1)
    say(world, "subscribe", SHIPPED, "shipped:1")
    assert (message(world).state, message(world).reason) == ("failed", "not_subscribed")
    assert grants(world) == 0


def test_what_was_not_taken_uses_no_grant_up(world: World):
    follow(world)
    taps(world, "accept")
    say(world, "subscribe", {**SHIPPED, "data": {"number1": "一"}}, "shipped:1")
    assert (message(world).state, message(world).reason) == ("failed", "bad_field:number1")
    assert grants(world) == 1


def test_the_end_of_a_subscribe_message_is_known(world: World):
    follow(world)
    taps(world, "accept")
    say(world, "subscribe", SHIPPED, "shipped:1")
    sent = {"TemplateId": "sandbox-order", "MsgID": message(world).platform_id}
    ended = {**sent, "ErrorCode": "43108", "ErrorStatus": "delivery failed"}
    event(world, "subscribe_msg_sent_event", SubscribeMsgSentEvent={"List": ended})
    assert message(world).reason == "subscribe_failed:delivery failed"
