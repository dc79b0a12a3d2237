"""What nobody can handle is set aside after three tries, leaves nothing behind and stops nobody."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app import handlers, inbox, lanes, worker
from app.handlers.scene import Scene
from app.inbox import InboxEvent
from app.outbox import OutboxMessage
from app.sending import choosing
from app.sending.verdicts import Verdicts
from tests.test_lanes import AFTER_THE_LEASE, claim, lane_of
from tests.world import World


@pytest.fixture
def poison(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A handler that cannot stand the word 毒."""

    def choke(session: Session, scene: Scene, now: Any) -> None:
        if scene.event.text == "毒":
            raise KeyError("毒")

    steps = (*handlers.HANDLERS["text"], choke)
    monkeypatch.setitem(handlers.HANDLERS, "text", steps)
    return


def test_a_poison_event_is_quarantined_after_three_tries_and_stops_nobody(
    world: World, poison: None
):
    for said in ("签到", "毒", "积分"):
        world.says("小雨", said)
    world.says("阿诚", "签到")
    world.work()
    first, bad, after, other = world.rows(InboxEvent, InboxEvent.kind == "text")
    assert bad.quarantined_at is not None
    assert bad.tries == 3
    assert "KeyError" in bad.error
    assert bad.handled_at is None
    assert all(event.handled_at for event in (first, after, other))
    assert len(world.heard("小雨")) == 2
    assert "KeyError" not in str(world.heard("小雨"))


def test_nothing_of_a_failed_try_remains(world: World, monkeypatch: pytest.MonkeyPatch):
    failures = iter([KeyError("once"), KeyError("twice")])

    def fail_twice(session: Session, scene: Scene, now: Any) -> None:
        for failure in failures:
            raise failure

    steps = (*handlers.HANDLERS["text"], fail_twice)
    monkeypatch.setitem(handlers.HANDLERS, "text", steps)
    world.says("小雨", "签到")
    world.work()
    (event,) = world.rows(InboxEvent, InboxEvent.kind == "text")
    assert (event.tries, event.quarantined_at) == (2, None)
    assert event.handled_at is not None
    assert world.balance("小雨").points == 5
    assert len(world.heard("小雨")) == 1


def test_an_event_taken_out_of_quarantine_is_handled(
    world: World, poison: None, monkeypatch: pytest.MonkeyPatch
):
    world.says("小雨", "毒")
    world.work()
    monkeypatch.setitem(handlers.HANDLERS, "text", handlers.HANDLERS["text"][:-1])
    with world.siyu.database.writing() as session:
        assert inbox.release(session, world.rows(InboxEvent)[0].id) == lane_of("小雨")
    world.work()
    assert world.rows(InboxEvent)[0].handled_at is not None


def test_trouble_of_the_database_is_not_the_events_and_gives_the_lane_back(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    troubles = iter([OperationalError("x", {}, Exception("deadlock detected"))] * 4)

    def deadlock(session: Session, scene: Scene, now: Any) -> None:
        for trouble in troubles:
            raise trouble

    steps = (*handlers.HANDLERS["text"], deadlock)
    monkeypatch.setitem(handlers.HANDLERS, "text", steps)
    world.says("小雨", "签到")
    world.work()  # without a second passing
    (event,) = world.rows(InboxEvent, InboxEvent.kind == "text")
    assert (event.tries, event.quarantined_at) == (0, None)
    assert event.handled_at is not None
    assert world.balance("小雨").points == 5


def test_a_message_its_sender_cannot_handle_is_set_aside_and_stops_nobody(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    """Whatever is wrong with it, the lane goes on after three leases."""
    for said in ("签到", "积分"):
        world.says("小雨", said)
    worker.work(world.siyu, lanes.INBOX, lane_of("小雨"))
    first, second = world.rows(OutboxMessage, OutboxMessage.purpose == "reply")

    def stumble(session: Session, messages: Sequence[OutboxMessage], occasion: Any) -> Verdicts:
        if first.id in [message.id for message in messages]:
            raise KeyError("no such thing")
        return {}

    monkeypatch.setattr(choosing, "CHECKS", (stumble, *choosing.CHECKS))
    for _ in range(3):
        with pytest.raises(KeyError):
            worker.work(world.siyu, first.pipe, first.lane)
        world.now += AFTER_THE_LEASE
    worker.work(world.siyu, first.pipe, first.lane)
    first, second = world.rows(OutboxMessage, OutboxMessage.purpose == "reply")
    assert (first.state, first.reason) == ("failed", "its sender died")
    assert second.state == "accepted"


def test_nobody_is_blamed_for_a_death_before_her_time(world: World):
    """A holder that dies between its last work and giving the lane back died of nothing there."""
    world.says("小雨", "你好")
    world.work()
    for pipe in (lanes.INBOX, lanes.REPLIES):
        for number in range(lanes.LANES):
            claim(world, pipe, number)
    world.now += AFTER_THE_LEASE
    world.says("小雨", "签到")
    world.work()
    (event,) = world.rows(InboxEvent, InboxEvent.kind == "text")[1:]
    (reply,) = world.rows(OutboxMessage, OutboxMessage.event_id == event.id)
    assert (event.tries, reply.state, reply.attempts) == (0, "accepted", 1)
