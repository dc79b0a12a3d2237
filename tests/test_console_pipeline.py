"""The pipeline in the console: what stands still is seen, and an operator decides."""

import re
from typing import Any

import pytest

from app import handlers
from app.console.saying import causes
from app.domain.people.operators import AuditEntry
from app.inbox import InboxConflict, InboxEvent
from app.outbox import OutboxMessage
from tests.console_desk import Desk
from tests.shop import OPENIDS, WECHAT
from tests.world import World

SEND = "/cgi-bin/message/custom/send"


def test_a_quarantined_event_is_shown_with_its_reason_and_tried_again(
    world: World, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("the till is on fire")

    with monkeypatch.context() as broken:
        broken.setitem(handlers.HANDLERS, "text", (fail,))
        world.event("小雨", "subscribe")
        world.says("小雨", "签到")
        world.work()
    page = desk.read("/pipeline")
    assert "the till is on fire" in page
    assert "<th>Content</th><td>签到</td>" in re.sub(r"\s+(?=<)", "", page)
    (event,) = world.rows(InboxEvent, InboxEvent.quarantined_at.is_not(None))
    assert desk.post(f"/pipeline/events/{event.id}/release").status_code == 303
    world.work()
    assert world.balance("小雨").points == 15
    assert "the till is on fire" not in desk.read("/pipeline")
    assert desk.post(f"/pipeline/events/{event.id}/release").status_code == 409, "once is enough"
    assert [entry.action for entry in world.rows(AuditEntry)] == ["event.release"]


def test_an_unknown_outcome_waits_for_an_operator_who_may_send_anyway(
    world: World, desk: Desk
) -> None:
    world.event("小雨", "subscribe")
    world.work()
    world.fault(SEND, "lost", times=1)
    world.says("小雨", "积分")
    world.work()
    (unknown,) = world.rows(OutboxMessage, OutboxMessage.state == "unknown")
    page = desk.read("/pipeline")
    assert "data-confirm" in page.split("结果未知和失败的消息")[1], "it may arrive twice"
    before = len(world.heard("小雨"))
    assert desk.post(f"/pipeline/messages/{unknown.id}/send").status_code == 303
    world.work()
    assert len(world.heard("小雨")) == before + 1
    assert desk.post(f"/pipeline/messages/{unknown.id}/send").status_code == 409
    (entry,) = world.rows(AuditEntry)
    assert (entry.action, entry.subject) == ("message.send_anyway", f"message:{unknown.id}")


def test_unknown_kinds_are_counted_and_named_as_such(world: World, desk: Desk) -> None:
    world.event("小雨", "brand_new_thing")
    world.work()
    page = desk.read("/pipeline")
    row = page.split("event.brand_new_thing")[1].split("</tr>")[0]
    assert "未知种类" in row
    assert ">1<" in row


def test_what_was_not_sent_is_counted_by_reason(world: World, desk: Desk) -> None:
    world.plan(({"kind": "after", "minutes": 0}, "只给黄金"), filter={"tiers": ["gold"]})
    world.event("小雨", "subscribe")
    world.work()
    row = desk.read("/pipeline").split("等级不在计划范围内")[1].split("</tr>")[0]
    assert ">1<" in row


def test_the_same_key_with_another_content_is_shown(world: World, desk: Desk) -> None:
    said = WECHAT.text(OPENIDS["小雨"], "一百", world.now)
    world.deliver(WECHAT.seal(said, world.now))
    world.deliver(WECHAT.seal(said | {"Content": "一万"}, world.now))
    assert len(world.rows(InboxConflict)) == 1
    assert "一万" in desk.read("/pipeline")


def test_what_waits_is_counted_with_its_age(world: World, desk: Desk) -> None:
    world.event("小雨", "subscribe")
    page = re.sub(r"\s+", " ", desk.read("/pipeline"))
    assert re.search(r"等待处理</div> ?<div class=\"figure-value ?\">1<", page)


def test_a_code_that_nobody_has_classified_stays_in_sight(world: World, desk: Desk) -> None:
    assert "未分类的错误码" not in desk.read("/") + desk.read("/pipeline")
    world.event("小雨", "subscribe", EventKey="")
    world.fault("/cgi-bin/message/custom/send", "errcode", errcode=99999, times=1)
    world.work()
    for path in ("/", "/pipeline"):
        page = desk.read(path)
        assert "未分类的错误码" in page
        assert "99999" in page
    (message,) = world.rows(OutboxMessage, OutboxMessage.reason == "unclassified")
    desk.post(f"/pipeline/messages/{message.id}/send")
    world.work()
    assert "未分类的错误码" not in desk.read("/pipeline")


def test_every_kind_that_is_handled_has_words(world: World) -> None:
    handled = {*handlers.HANDLERS, *handlers.OF_ACCOUNTS}
    with world.client.application.test_request_context():
        assert {kind for kind in handled if causes.kind_in_words(kind) == kind} == set()
