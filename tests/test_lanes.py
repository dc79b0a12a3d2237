"""Lanes: one holder, in order, recovered from the dead, and nothing done twice."""

import threading
from datetime import timedelta
from typing import Any

import pytest

from app import lanes, turns, worker
from app.domain.loyalty import ledger
from app.domain.outreach.allowances import windows
from app.domain.people import members
from app.inbox import InboxEvent
from app.lanes import LaneLost, Lease
from app.outbox import OutboxMessage
from bots.messages import Answer, Outgoing
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
    for _ in range(3):
        world.says("小雨", "帮助")
    number = lane_of("小雨")
    assert worker.work(world.siyu, lanes.INBOX, number) == 1, "its turn was over after the first"
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
