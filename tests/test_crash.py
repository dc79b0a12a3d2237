"""Real processes killed in the middle of real work: nothing lost, nothing twice."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
import redis
import sqlalchemy as sa

from app.domain.loyalty import ledger, points
from app.domain.people.members import Identity
from app.inbox import InboxEvent
from app.outbox import OutboxMessage
from app.scheduler import Clock
from tests import world as worlds
from tests.shop import WECHAT
from tests.world import World

LEASE_S = 2
DEADLINE_S = 60
DEADLY = "kill -9"
SAID = ("签到", "帮助", "什么时候发货")
# The worker as it is, with a short lease and a member's word that kills it.
WORKER = f"""
import os, signal, time
from app import handlers, lanes, worker
lanes.LEASE_S = {LEASE_S}
def dangerous(session, scene, now):
    time.sleep(0.01)
    if scene.event.text == "{DEADLY}":
        os.kill(os.getpid(), signal.SIGKILL)
handlers.HANDLERS["text"] = (*handlers.HANDLERS["text"], dangerous)
worker.main()
"""


class Worker:
    """A worker process of this world; ``kill`` is kill -9."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-c", WORKER]
        self._process = subprocess.Popen(
            command, env=self._environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    @property
    def is_dead(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def send(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@pytest.fixture
def workers(
    world: World, database_url: str, redis_url: str, tmp_path: Path
) -> Iterator[list[Worker]]:
    """Two workers, not started yet. The world lives in real time, as they do."""
    world.siyu.clock = lambda: datetime.now(UTC)
    environment = dict(os.environ) | {
        "SIYU_DATABASE_URL": database_url,
        "SIYU_REDIS_URL": redis_url,
        "SIYU_SECRET_KEY": "april-" * 8,
        "SIYU_VAR": str(tmp_path),
        "SIYU_WORKER_THREADS": "3",
    }
    made = [Worker(environment), Worker(environment)]
    yield made
    for worker in made:
        worker.kill()


def chat(world: World, members: int) -> list[str]:
    """Each of so many members says everything there is to say. Returns who they are."""
    openids = [f"oCrash{number}" for number in range(members)]
    for said in SAID:
        for openid in openids:
            world.deliver(WECHAT.seal(WECHAT.text(openid, said, world.now), world.now))
    return openids


def tick_until(world: World, is_done: Callable[[], bool]) -> None:
    """The scheduler's part, in this process; fails after the deadline."""
    clock, ends_at = Clock(world.siyu), time.monotonic() + DEADLINE_S
    while not is_done():
        assert time.monotonic() < ends_at, [waiting(world), world.waiting()]
        clock.tick()
        time.sleep(0.1)
    clock.give_back()


def waiting(world: World) -> Counter[str]:
    """How many messages are in which state, and how many events wait."""
    with world.siyu.database.reading() as session:
        states = Counter(session.scalars(sa.select(OutboxMessage.state)))
        unhandled = sa.select(sa.func.count(InboxEvent.id)).where(
            InboxEvent.handled_at.is_(None), InboxEvent.quarantined_at.is_(None)
        )
        states["unhandled"] = session.scalar(unhandled) or 0
        return states


def is_quiet(world: World) -> bool:
    states = waiting(world)
    return not states["unhandled"] and not states["planned"] and not states["attempting"]


def check_everything_happened_once(world: World, openids: list[str]) -> None:
    """Every line handled and every award booked once; every message accepted at most once, and
    those that nobody can be sure of are listed as unknown."""
    heard = Counter((message["recipient"], str(message["content"])) for message in world.sent())
    assert max(heard.values()) == 1
    replies = world.rows(OutboxMessage, OutboxMessage.purpose == "reply")
    assert Counter(reply.recipient for reply in replies) == dict.fromkeys(openids, len(SAID))
    for reply in replies:
        was_heard = heard[(reply.recipient, reply.content["text"])] == 1
        assert reply.state in (("accepted", "unknown") if was_heard else ("unknown",))
    with world.siyu.database.reading() as session:
        assert ledger.discrepancies(session) == []
        for openid in openids:
            whose = sa.select(Identity.member_id).where(Identity.external_id == openid)
            member_id = session.scalars(whose).one()
            assert points.balance_of(session, member_id).points == 5


def test_workers_killed_in_mid_batch_and_mid_send_lose_nothing_and_repeat_nothing(
    world: World, workers: list[Worker]
):
    world.fault("/cgi-bin/message/custom/send", "late", seconds=0.2, times=20)
    for worker in workers:
        worker.start()
    openids = chat(world, 12)
    tick_until(world, lambda: waiting(world)["accepted"] > 2)
    for turn in range(2):
        victim = workers[turn % 2]
        seen = waiting(world)["accepted"]
        victim.kill()
        victim.start()
        tick_until(world, lambda seen=seen: waiting(world)["accepted"] > seen or is_quiet(world))
    for worker in workers:
        worker.kill()
    unsure = waiting(world)["attempting"]
    workers[0].start()
    tick_until(world, lambda: is_quiet(world))
    check_everything_happened_once(world, openids)
    assert waiting(world)["unknown"] >= min(unsure, 1)


def test_an_event_that_kills_its_worker_ends_in_quarantine_and_stops_nobody(
    world: World, workers: list[Worker]
):
    world.says("小雨", "签到")
    world.says("小雨", DEADLY)
    world.says("小雨", "帮助")
    world.says("阿诚", "签到")
    worker = workers[0]

    def is_done() -> bool:
        if worker.is_dead:
            worker.start()
        return is_quiet(world)

    tick_until(world, is_done)
    (bad,) = world.rows(InboxEvent, InboxEvent.quarantined_at.is_not(None))
    assert bad.text == DEADLY
    assert (bad.tries, bad.error) == (3, "its worker died")
    assert world.balance("小雨").points == world.balance("阿诚").points == 5
    assert len(world.heard("小雨")) == 2


def test_a_worker_frozen_past_its_lease_and_thawed_repeats_nothing(
    world: World, workers: list[Worker]
):
    world.fault("/cgi-bin/message/custom/send", "late", seconds=0.3, times=12)
    workers[0].start()
    openids = chat(world, 5)
    tick_until(world, lambda: waiting(world)["attempting"] > 0)
    workers[0].send(signal.SIGSTOP)
    workers[1].start()
    ends_at = time.monotonic() + 2 * LEASE_S
    with suppress(AssertionError):
        tick_until(world, lambda: is_quiet(world) or time.monotonic() > ends_at)
    workers[0].send(signal.SIGCONT)
    tick_until(world, lambda: is_quiet(world))
    check_everything_happened_once(world, openids)


def test_redis_wiped_in_the_middle_of_the_work_loses_nothing(
    world: World, workers: list[Worker], redis_client: redis.Redis
):
    workers[0].start()
    openids = chat(world, 12)
    for _ in range(2):
        redis_client.flushall()
        accepted = waiting(world)["accepted"]
        tick_until(
            world, lambda seen=accepted: waiting(world)["accepted"] > seen or is_quiet(world)
        )
    redis_client.flushall()
    tick_until(world, lambda: is_quiet(world))
    check_everything_happened_once(world, openids)
    assert waiting(world)["unknown"] == 0


def test_redis_that_stops_answering_leaves_the_work_to_the_scheduler(
    sqlite_url: str, redis_url: str, redis_client: redis.Redis, tmp_path: Path
):
    with worlds.opened(tmp_path, sqlite_url, redis_url) as world:
        with stopped(redis_client):
            openids = chat(world, 1)
            tick_until(world, lambda: is_quiet(world))
        check_everything_happened_once(world, openids)


def test_a_callback_is_answered_in_time_when_redis_hangs(
    sqlite_url: str, redis_url: str, redis_client: redis.Redis, tmp_path: Path
):
    with worlds.opened(tmp_path, sqlite_url, redis_url) as world, stopped(redis_client):
        began_at = time.monotonic()
        world.says("小雨", "签到")
        assert time.monotonic() - began_at < 5, "platform.md §1.2: WeChat hangs up after 5 s"


@contextmanager
def stopped(client: redis.Redis) -> Iterator[None]:
    """A Redis that takes connections and never answers."""
    process_id = int(client.info("server")["process_id"])
    os.kill(process_id, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process_id, signal.SIGCONT)
