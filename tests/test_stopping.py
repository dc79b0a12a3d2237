"""Pause, cancel and the kill switch take effect within two seconds, while real processes speak.

Seconds on a busy machine say little, so what the sandbox has written down after the stop is held
against what it was being told before: at most what was on its way, and what could be begun in two
seconds at that pace.
"""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from app import lanes, sender
from app.broadcasting import figures
from app.domain.outreach import halts
from app.domain.outreach.allowances import limit_table, limits
from app.domain.outreach.broadcasts import State
from app.domain.people import operators
from app.domain.people.members import Identity, Member
from tests import broadcast_desk as desk
from tests.world import World

WITHIN_S = 2
AUDIENCE = 2_000
UNDER_WAY = 100  # so many have been told when it is stopped
THREADS = 2
ON_THEIR_WAY = THREADS * sender.BATCH[lanes.BROADCASTS]
DEADLINE_S = 90
QUIET_S = 1.5  # then nobody speaks any more


class Heard:
    """The sandbox's own record of what was said, and when."""

    def __init__(self, path: Path, said: str):
        self._db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        self._content = f'"{said}"'

    def moments(self) -> list[datetime]:
        asked = "SELECT at FROM sent WHERE content = ? ORDER BY at"
        return [datetime.fromisoformat(at) for (at,) in self._db.execute(asked, [self._content])]

    def people(self) -> list[str]:
        asked = "SELECT recipient FROM sent WHERE content = ?"
        return [recipient for (recipient,) in self._db.execute(asked, [self._content])]


@pytest.fixture
def processes(world: World, database_url: str, redis_url: str, tmp_path: Path) -> Iterator[None]:
    """A sender and a scheduler, as the Procfile starts them."""
    world.siyu.clock = lambda: datetime.now(UTC)
    environment = os.environ | {
        "SIYU_DATABASE_URL": database_url,
        "SIYU_REDIS_URL": redis_url,
        "SIYU_SECRET_KEY": "april-" * 8,
        "SIYU_VAR": str(tmp_path),
        "SIYU_WORKER_THREADS": str(2 * THREADS),  # of a sender half as many
    }
    started = [
        subprocess.Popen(
            [sys.executable, "-m", *module], env=environment, stderr=subprocess.DEVNULL
        )
        for module in (["app.worker", "--only", "speaking"], ["app.scheduler"])
    ]
    yield
    for process in started:
        process.kill()
        process.wait()


def crowd(world: World) -> None:
    """Members to whom the account may speak, since each has just written to it."""
    now, numbers = world.now, range(1, AUDIENCE + 1)
    with world.siyu.database.writing() as session:
        limits.change(session, limit_table.APPROVED_ABOVE, AUDIENCE)
        channel_id = world.channel(session).id
        people = [{"id": number, "created_at": now, "joined_at": now} for number in numbers]
        session.execute(sa.insert(Member), people)
        follows = {"created_at": now, "followed_at": now, "channel_id": channel_id}
        window = {"chat_until": now + timedelta(hours=40), "chat_left": 5}
        known = [
            {"member_id": number, "external_id": f"oStop{number}", **follows, **window}
            for number in numbers
        ]
        session.execute(sa.insert(Identity), known)


def halt(world: World, _number: int) -> None:
    with world.siyu.database.writing() as session:
        operator = operators.add(session, "stop@shop.example", "四月", "correct horse", world.now)
        halts.begin(session, "发错了", operator.id, world.now)


STOPS: dict[str, Callable[[World, int], None]] = {
    "pause": lambda world, number: desk.move(world, number, State.PAUSED),
    "cancel": lambda world, number: desk.move(world, number, State.CANCELLED),
    "halt": halt,
}


def wait_until_under_way(heard: Heard) -> None:
    ends_s = time.monotonic() + DEADLINE_S
    while len(heard.moments()) < UNDER_WAY:
        assert time.monotonic() < ends_s, "nobody says anything"
        time.sleep(0.05)


def wait_until_quiet(heard: Heard) -> None:
    count, since_s = -1, time.monotonic()
    while time.monotonic() < since_s + QUIET_S:
        if (found := len(heard.moments())) != count:
            count, since_s = found, time.monotonic()
        time.sleep(0.1)


@pytest.mark.usefixtures("processes")
def test_what_is_stopped_is_silent_within_two_seconds(world: World, tmp_path: Path) -> None:
    crowd(world)
    for name, stop in STOPS.items():  # the switch last, since it stops all
        heard = Heard(tmp_path / "sandbox.db", name)
        number = desk.launched(world, name)
        wait_until_under_way(heard)
        stop(world, number)
        stopped_at = datetime.now(UTC)
        wait_until_quiet(heard)
        moments = heard.moments()
        before = [at for at in moments if at <= stopped_at]
        pace = len(before) / (stopped_at - moments[0]).total_seconds()
        after = len(moments) - len(before)
        assert after <= ON_THEIR_WAY + WITHIN_S * pace, (name, after, pace)
        assert len(moments) < AUDIENCE, "it was stopped before its end"
        assert len(set(heard.people())) == len(moments), "nobody was told twice"
        with world.siyu.database.reading() as session:
            counted = figures.counts(session, number)
        assert counted.adds_up
        assert counted.of("accepted") == len(moments)
