"""Sends: how many messages of a broadcast one sender process says a second, to a platform that
takes 20 ms for each, in how much memory; and how long a reply takes meanwhile."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
import sqlalchemy as sa

from app import lanes, outbox
from app.domain.outreach import manners
from app.domain.people import channels
from app.domain.people.channels import Channel
from app.domain.people.members import Identity, Member
from app.outbox import OutboxMessage
from app.wiring import Siyu
from bench import crowds, house, platform
from bench.rows import Row
from sop.manners import USUAL

MESSAGES = 20_000
LATENCY_MS = 20
CONCURRENCY = 128
FIRST = 1_000_000  # the number of the first member
REPLIES, REPLY_EVERY_S = 100, 0.05
WANTED_A_SECOND, WANTED_MB, WANTED_REPLY_MS = 1_500, 150, 1_000
DEADLINE_S = 600


def rows(messages: int = MESSAGES) -> list[Row]:
    """On both databases, with one sender process and with two."""
    measured = []
    with crowds.databases() as urls, platform.served(LATENCY_MS) as url:
        floor = _floor(url, messages)
        for name, database_url in urls.items():
            with house.furnished(database_url) as siyu:
                channel = _open_to_all(siyu, url, messages)
                for processes in (1, 2):
                    measured += _said(siyu, name, channel, messages, processes, floor)
                measured.append(_replied(siyu, name, channel, messages))
    return measured


def _said(
    siyu: Siyu, name: str, channel: Channel, messages: int, processes: int, floor: float
) -> list[Row]:
    _plan(siyu, channel, messages, f"{processes}")
    with _workers(siyu, *["speaking"] * processes) as senders:
        before = len(platform.times(channel.api_base_url)["others"])
        _wake_all(siyu)
        _until_quiet(siyu)
        took = platform.times(channel.api_base_url)["others"][before:]
        megabytes = max(_peak_mb(process) for process in senders)
    assert len(took) == messages
    rate = messages / (max(took) - min(took))
    what = f"sends, {processes} sender{'s' * (processes > 1)}, {name}"
    return [
        Row(what, "/s", rate, "the same calls alone, one process", floor),
        Row(what, "/s", rate, "wanted", WANTED_A_SECOND),
        Row(f"memory of a sender, {name}", "MB", megabytes, "wanted", WANTED_MB),
    ]


def _replied(siyu: Siyu, name: str, channel: Channel, messages: int) -> Row:
    """99 of 100 replies, from when they are put until the platform has them."""
    _plan(siyu, channel, messages, "meanwhile")
    with _workers(siyu, "speaking", "answering"):
        before = len(platform.times(channel.api_base_url)["replies"])
        _wake_all(siyu)
        put = [_reply(siyu, channel, number) for number in range(REPLIES)]
        _until_quiet(siyu)
        told = platform.times(channel.api_base_url)
    heard = told["replies"][before:]
    assert max(put) < max(told["others"]), "the broadcast was still going on"
    took = [(at - began) * 1000 for began, at in zip(put, sorted(heard), strict=True)]
    slowest = statistics.quantiles(took, n=100)[98]
    what = f"a reply during a broadcast (p99), {name}"
    return Row(what, "ms", slowest, "wanted", WANTED_REPLY_MS)


def _reply(siyu: Siyu, channel: Channel, number: int) -> float:
    time.sleep(REPLY_EVERY_S)
    began_s = time.monotonic()
    recipient = f"oBench{FIRST + number}"
    with siyu.database.writing() as session:
        outbox.put(
            session,
            outbox.Address(channel.id, recipient, FIRST + number),
            key=f"reply:{number}",
            purpose="reply",
            kind="text",
            content={"text": "reply"},
            cause=outbox.Cause("bench"),
            now=siyu.clock(),
        )
    siyu.wakeups.wake(lanes.REPLIES, lanes.of(f"{channel.id}/{recipient}"))
    return began_s


def _open_to_all(siyu: Siyu, url: str, messages: int) -> Channel:
    """Followers of the demo's account, who may all be spoken to as often as is measured."""
    now = siyu.clock()
    with siyu.database.writing() as session:
        manners.change(session, USUAL | {"quiet": None, "caps": []}, None, now)
        channel = channels.by_key(session, "demo-oa")
        assert channel is not None
        channel.api_base_url = url
        session.execute(sa.insert(Member), [_member(number, now) for number in _numbers(messages)])
        known = [_identity(channel, number, now) for number in _numbers(messages)]
        session.execute(sa.insert(Identity), known)
        return channel


def _numbers(messages: int) -> range:
    return range(FIRST, FIRST + messages)


def _member(number: int, now: Any) -> dict[str, Any]:
    return {"id": number, "nickname": "", "created_at": now, "joined_at": now}


def _identity(channel: Channel, number: int, now: Any) -> dict[str, Any]:
    return {
        "member_id": number,
        "channel_id": channel.id,
        "external_id": f"oBench{number}",
        "created_at": now,
        "followed_at": now,
        "chat_until": now + timedelta(days=1),
        "chat_left": 5,
        "action_left": 0,
    }


def _plan(siyu: Siyu, channel: Channel, messages: int, run: str) -> None:
    now = siyu.clock()
    rows = [
        {
            "key": f"bench:{run}:{number}",
            "pipe": lanes.BROADCASTS,
            "lane": lanes.of(f"{channel.id}/oBench{number}"),
            "channel_id": channel.id,
            "recipient": f"oBench{number}",
            "member_id": number,
            "kind": "text",
            "content": {"text": "早上好，今天的会员日从十点开始。"},
            "purpose": "broadcast",
            "category": "marketing",
            "rule": "bench",
            "created_at": now,
            "due_at": now,
        }
        for number in _numbers(messages)
    ]
    with siyu.database.writing() as session:
        session.execute(sa.insert(OutboxMessage), rows)


@contextmanager
def _workers(siyu: Siyu, *duties: str) -> Iterator[Sequence[psutil.Process]]:
    """Worker processes of this house, as the Procfile starts them."""
    where = {"SIYU_VAR": str(siyu.settings.var), "SIYU_DATABASE_URL": siyu.settings.database}
    siyu.redis.flushdb()  # nobody of the last run is alive any more
    with ExitStack() as stack:
        started = []
        for duty in duties:
            command = [sys.executable, "-m", "app.worker", "--only", duty]
            process = subprocess.Popen(command, env=os.environ | where, stdout=subprocess.DEVNULL)
            stack.callback(process.wait)
            stack.callback(process.terminate)
            started.append(psutil.Process(process.pid))
        for duty in set(duties):
            _until(lambda duty=duty: siyu.wakeups.alive(duty) >= duties.count(duty))
        yield started


def _wake_all(siyu: Siyu) -> None:
    for number in range(lanes.LANES):
        siyu.wakeups.wake(lanes.BROADCASTS, number)


def _until_quiet(siyu: Siyu) -> None:
    is_open = sa.select(OutboxMessage.id).where(OutboxMessage.state.in_(["planned", "attempting"]))

    def is_quiet() -> bool:
        with siyu.database.reading() as session:
            return session.scalar(is_open.limit(1)) is None

    _until(is_quiet)


def _until(holds: Any) -> None:
    deadline_s = time.monotonic() + DEADLINE_S
    while not holds():
        assert time.monotonic() < deadline_s
        time.sleep(0.2)


def _peak_mb(process: psutil.Process) -> float:
    """What it had in memory at its largest, as Linux keeps it."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1000


def _floor(url: str, messages: int) -> float:
    command = [sys.executable, "-m", "bench.bare_calls", url, str(messages), str(CONCURRENCY)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
