"""The tick finds whatever waits, alone too; of two schedulers one ticks."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from app import lanes, worker
from app.outbox import OutboxMessage
from app.scheduler import Clock
from app.sending import attempts
from tests import world as worlds
from tests.shop import OPENIDS
from tests.test_lanes import AFTER_THE_LEASE, claim, in_threads, lane_of
from tests.world import World


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
        attempts.begin(session, [message], lease, world.now)  # and then the machine loses power
    world.work_once()
    assert world.rows(OutboxMessage, OutboxMessage.id == reply.id)[0].state == "attempting"
    world.now += AFTER_THE_LEASE
    world.work()
    (message,) = world.rows(OutboxMessage, OutboxMessage.id == reply.id)
    assert (message.state, message.reason) == ("unknown", "the sender was cut off")
    assert world.heard("小雨") == []
