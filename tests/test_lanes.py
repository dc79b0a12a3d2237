"""Lanes: one holder, in order, recovered from the dead, and nothing done twice."""

import threading
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app import handlers, inbox, lanes, turns, worker
from app.domain.loyalty import ledger
from app.domain.outreach import windows
from app.domain.people import members
from app.handlers.scene import Scene
from app.inbox import InboxEvent
from app.lanes import LaneLost, Lease
from app.outbox import OutboxMessage
from app.scheduler import Clock
from app.sending import attempts, choosing
from app.sending.verdicts import Verdicts
from bots.messages import Answer, Outgoing
from tests import world as worlds
from tests.shop import OA, OPENIDS, WECHAT
from tests.world import World

AFTER_THE_LEASE = timedelta(seconds=lanes.LEASE_S + 1)


def claim(world: World, pipe: str, number: int) -> Lease | None:
    with world.siyu.database.writing() as session:
        return lanes.claim(session, pipe, number, "another worker", world.now)


def lane_of(name: str) -> int:
    return lanes.of(f"{OA}/{OPENIDS[name]}")


def test_a_lane_has_one_holder_until_the_lease_runs_out(world: World):
    first = claim(world, lanes.INBOX, 1)
    assert first is not None
    assert claim(world, lanes.INBOX, 1) is None
    assert claim(world, lanes.INBOX, 2) is not None
    world.now += AFTER_THE_LEASE
    second = claim(world, lanes.INBOX, 1)
    assert second is not None
    assert second.left_behind
    assert second.term == first.term + 1


def test_whoever_was_frozen_past_the_lease_cannot_write(world: World):
    world.says("小雨", "签到")
    frozen = claim(world, lanes.INBOX, lane_of("小雨"))
    assert frozen is not None
    world.now += AFTER_THE_LEASE
    assert claim(world, lanes.INBOX, lane_of("小雨")) is not None
    with pytest.raises(LaneLost):
        worker._handle_batch(world.siyu, frozen, 10, turns.Turn())
    with pytest.raises(LaneLost), world.siyu.database.writing() as session:
        lanes.release(session, frozen)
    (event,) = world.rows(InboxEvent)
    assert (event.handled_at, event.tries) == (None, 0)


def test_forty_who_want_a_lane_at_once_get_it_once(world: World):
    got: list[Lease | None] = []
    in_threads(12, lambda _: got.append(claim(world, lanes.INBOX, 3)))
    assert len([lease for lease in got if lease is not None]) == 1


def test_a_sender_frozen_in_mid_send_sends_once_and_its_outcome_is_not_lost(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    """It wakes after another has taken its lane over, and only then reaches the platform."""
    world.says("小雨", "签到")
    worker.work(world.siyu, lanes.INBOX, lane_of("小雨"))
    speaker = world.siyu.speaker

    class Frozen:
        def repeatable(self, way: str) -> bool:
            return False

        def send(self, outgoing: Outgoing) -> Answer:
            monkeypatch.setattr(world.siyu, "speaker", speaker)
            world.now += AFTER_THE_LEASE
            world.work()
            return speaker(channel).send(outgoing)

    with world.siyu.database.reading() as session:
        channel = world.channel(session)
    monkeypatch.setattr(world.siyu, "speaker", lambda _: Frozen())
    for message in world.rows(OutboxMessage, OutboxMessage.purpose == "reply"):
        worker.work(world.siyu, message.pipe, message.lane)
    world.work()
    (reply,) = world.rows(OutboxMessage, OutboxMessage.purpose == "reply")
    assert reply.state == "accepted"  # what was given up as unknown is known after all
    assert len(world.heard("小雨")) == 1


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


def test_what_one_member_says_is_handled_in_order_whoever_works(world: World):
    said = ["签到", "积分", "帮助", "什么时候发货"]
    for word in said:
        for name in OPENIDS:
            world.says(name, word)
    work_at_once(world, 8)
    world.work()
    for name in OPENIDS:
        begins = [str(text)[:4] for text in world.heard(name)]
        assert begins == ["签到成功", "您当前有", "我可以帮", "亲，48"]
    with world.siyu.database.reading() as session:
        assert ledger.discrepancies(session) == []
    assert [world.balance(name).points for name in OPENIDS] == [5, 5, 5]


def test_many_workers_at_once_handle_and_send_everything_once(world: World):
    for number in range(60):
        fields = WECHAT.text(f"oStranger{number}", "签到", world.now)
        world.deliver(WECHAT.seal(fields, world.now))
    for _ in range(3):
        work_at_once(world, 8)
    world.work()
    assert all(event.handled_at for event in world.rows(InboxEvent))
    recipients = [message["recipient"] for message in world.sent()]
    assert sorted(recipients) == sorted(f"oStranger{number}" for number in range(60))


def test_a_lane_with_much_to_do_gives_others_their_turn(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(turns, "TURN_S", 0)
    monkeypatch.setattr(worker, "BATCH", 2)
    for _ in range(3):
        world.says("小雨", "帮助")
    number = lane_of("小雨")
    assert worker.work(world.siyu, lanes.INBOX, number) == 2
    assert claim(world, lanes.INBOX, number) is not None, "it was given back"
    world.now += AFTER_THE_LEASE
    world.work()
    assert len(world.heard("小雨")) == 3


def test_a_window_asked_for_at_once_from_all_sides_gives_what_it_holds(world: World):
    world.says("小雨", "你好")
    world.work()
    with world.siyu.database.reading() as session:
        where = world.channel(session).id
        identity = members.identity_of(session, where, OPENIDS["小雨"])
    assert identity is not None
    taken: list[bool] = []

    def take(_: int) -> None:
        with world.siyu.database.writing() as session:
            taken.append(windows.take(session, identity.id, world.now))

    in_threads(10, take)
    assert sum(taken) == 5


@pytest.fixture
def without_redis(database_url: str, tmp_path: Any) -> Iterator[World]:
    with worlds.opened(tmp_path, database_url, f"unix://{tmp_path}/no-redis.sock") as opened:
        yield opened


def test_without_redis_the_tick_alone_gets_everything_done(without_redis: World):
    world = without_redis
    world.says("小雨", "签到")
    clock = Clock(world.siyu)
    for _ in range(3):
        clock.tick()
    assert "签到成功" in world.heard("小雨")[0]
    assert world.balance("小雨").points == 5


def test_of_two_schedulers_one_ticks_and_the_other_takes_over(without_redis: World):
    world = without_redis
    first, second = Clock(world.siyu), Clock(world.siyu)
    first.tick()
    world.says("小雨", "签到")
    second.tick()
    assert world.heard("小雨") == []
    world.now += AFTER_THE_LEASE
    second.tick()
    second.tick()
    first.tick()
    assert len(world.heard("小雨")) == 1
    world.says("小雨", "帮助")
    first.tick()
    assert len(world.heard("小雨")) == 1, "the first one knows that it was replaced"
    second.give_back()
    first.tick()
    first.tick()
    assert len(world.heard("小雨")) == 2


def test_two_schedulers_that_both_believe_to_lead_do_nothing_twice(without_redis: World):
    world = without_redis
    for name in OPENIDS:
        world.says(name, "签到")
    clocks: Sequence[Clock] = [Clock(world.siyu) for _ in range(4)]
    for _ in range(3):
        in_threads(4, lambda number: clocks[number]._wake_what_waits())
    for name in OPENIDS:
        assert len(world.heard(name)) == 1
        assert world.balance(name).points == 5


def test_what_was_cut_off_is_found_by_the_tick_after_the_lease(world: World):
    world.says("小雨", "签到")
    worker.work(world.siyu, lanes.INBOX, lane_of("小雨"))
    (reply,) = world.rows(OutboxMessage, OutboxMessage.purpose == "reply")
    lease = claim(world, reply.pipe, reply.lane)
    assert lease is not None
    with world.siyu.database.writing() as session:
        message = session.get_one(OutboxMessage, reply.id)
        attempts.begin(message, lease, world.now)  # and then the machine loses power
    world.work_once()
    assert world.rows(OutboxMessage, OutboxMessage.id == reply.id)[0].state == "attempting"
    world.now += AFTER_THE_LEASE
    world.work()
    (message,) = world.rows(OutboxMessage, OutboxMessage.id == reply.id)
    assert (message.state, message.reason) == ("unknown", "the sender was cut off")
    assert world.heard("小雨") == []


def work_at_once(world: World, count: int) -> None:
    waiting = world.waiting()

    def everything(_: int) -> None:
        for pipe, number in waiting:
            worker.work(world.siyu, pipe, number)

    in_threads(count, everything)


def in_threads(count: int, act: Any) -> None:
    threads = [threading.Thread(target=act, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


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
