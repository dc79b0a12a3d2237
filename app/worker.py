"""The worker: woken for a lane, it handles the inbox or sends the outbox of that lane.

`python -m app.worker` runs one process with a few threads; start as many as you like. ``--only
answering`` is one that handles and replies, ``--only speaking`` one that plans and says what nobody
asked for: with both, however slow a platform is with what a broadcast says, somebody is free for a
reply. What keeps them apart is the lane's lease in the database, so a killed worker's lanes are
taken over when the lease ends, and a frozen one finds that it can no longer write.
"""

import argparse
import gc
import itertools
import os
import signal
import socket
import sys
import threading
import traceback
from dataclasses import dataclass
from functools import partial

import dramatiq
import structlog
from dramatiq.brokers.redis import RedisBroker
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app import handlers, inbox, journeys, lanes, odd_ones, sender, start, turns, wakeups
from app.broadcasting import feeding
from app.config import Settings
from app.domain import imports
from app.domain.outreach import broadcasts
from app.handlers.word_rules import Words
from app.imports import going_through
from app.lanes import LaneLost, Lease
from app.turns import Turn
from app.wiring import Siyu, wire

BATCH = 25
NICE = 10
LOOK_EVERY_MS = 100  # for wake-ups, when there were none
SPEAKING_LOOKS_EVERY_MS = 500  # nobody waits for it, and looking is dear
SPEAKING_SWITCHES_S = 0.03  # else each hand that has its answer wakes every 5 ms, for nothing
DUTIES = {
    wakeups.ANSWERING: (lanes.REPLIES, lanes.INBOX),
    wakeups.SPEAKING: (wakeups.PLANS, wakeups.FEEDS, lanes.BROADCASTS, wakeups.IMPORTS),
}
_log = structlog.get_logger(__name__)


def handle_lane(siyu: Siyu, number: int) -> int:
    """Handles what waits in a lane of the inbox, for a turn. Returns how many events it ended."""
    ended, turn = 0, Turn()
    while (lease := turns.claim(siyu, lanes.INBOX, number)) is not None:
        with turns.given_back_in_trouble(siyu, lease):
            if lease.left_behind:
                _count_a_crash(siyu, lease)
            batch = Batch()
            while not batch.is_last:
                batch = _handle_batch(siyu, lease, 1 if lease.left_behind else BATCH, turn)
                ended += batch.ended
        with siyu.database.reading() as session:
            if not inbox.waiting(session, number, 1):
                break  # whatever comes after this look finds the lane free
        if turn.is_over:
            siyu.wakeups.wake(lanes.INBOX, number)
            break
    return ended


@dataclass(frozen=True, slots=True)
class Batch:
    """How many events a transaction ended, and whether it gave the lane back."""

    ended: int = 0
    is_last: bool = False


def _handle_batch(siyu: Siyu, lease: Lease, limit: int, turn: Turn) -> Batch:
    """One transaction: the lane's oldest events, in order, each in a savepoint."""
    now = siyu.clock()
    words = siyu.word_book.words()
    with siyu.waking() as session:
        lanes.hold(session, lease, now)
        events = inbox.waiting(session, lease.number, limit)
        ended = 0
        for event in events:
            if inbox.is_over(event):
                ended += 1  # together with one before it
            elif _handle_one(siyu, session, event, words):
                ended += 1
            else:
                break  # its successors wait, so that the order holds
            if turn.is_over:
                break
        is_last = ended == len(events) < limit or turn.is_over
        if is_last:
            lanes.release(session, lease)
    return Batch(ended, is_last)


def _handle_one(siyu: Siyu, session: Session, event: inbox.InboxEvent, words: Words) -> bool:
    """Handles one event, or counts a failed try. Returns whether it is done with."""
    now = siyu.clock()
    try:
        with session.begin_nested():
            handlers.handle(session, event, siyu.programme, words, now)
    except Exception as error:  # noqa: BLE001  the one place that catches everything
        if isinstance(error, OperationalError) and not odd_ones.is_of_the_content(error):
            raise  # the database's trouble is not the event's: the whole batch is tried again
        session.refresh(event)
        inbox.mark_failed(event, traceback.format_exc(limit=-4), now)
        session.flush()
        _log.warning("event failed", event_id=event.id, kind=event.kind, tries=event.tries)
        return event.quarantined_at is not None
    return True


def _count_a_crash(siyu: Siyu, lease: Lease) -> None:
    """The last holder died at work. Whatever it was at is counted as tried, in a transaction of
    its own, so that an event that kills its worker ends in quarantine."""
    with siyu.database.writing() as session:
        lanes.hold(session, lease, siyu.clock())
        for event in inbox.waiting(session, lease.number, 1):
            if lease.left_at is not None and event.received_at <= lease.left_at:
                inbox.mark_failed(event, "its worker died", siyu.clock())


def run_plans(siyu: Siyu) -> int:
    """Plans the messages of every step that is due. Returns how many steps. A plan that raises
    rests for a while, see ``troubles``."""
    steps, passed, look = 0, 1, siyu.troubles.look(siyu.clock())
    while passed:
        with siyu.waking() as session:
            passed = journeys.run_due(session, siyu.programme, siyu.clock(), alone=look)
        steps += passed
    return steps


def feed_broadcasts(siyu: Siyu) -> int:
    """Feeds every broadcast at work in turn, a slice at a time, until none has room for more or
    the turn is over. Returns how many slices. One that raises rests for a while, see
    ``troubles``."""
    look = siyu.troubles.look(siyu.clock())  # which takes a second when Redis hangs
    slices, turn = 0, Turn()
    with siyu.database.reading() as session:
        hungry = list(broadcasts.in_work(session, siyu.clock()))
    while hungry and not turn.is_over:
        for number in tuple(hungry):
            with siyu.waking() as session:
                attend = partial(feeding.attend, session, number, siyu.programme, siyu.clock())
                has_more = look(session, f"broadcast:{number}", attend, False)
            if has_more:
                slices += 1
            else:
                hungry.remove(number)
    if hungry:
        siyu.wakeups.wake(wakeups.FEEDS)
    return slices


def go_through_imports(siyu: Siyu) -> int:
    """Takes the rows of every import at work, a slice at a time, until none has more or the turn
    is over. Returns how many slices."""
    slices, turn = 0, Turn()
    with siyu.database.reading() as session:
        hungry = list(imports.at_work(session))
    while hungry and not turn.is_over:
        for number in tuple(hungry):
            with siyu.database.writing() as session:
                if going_through.go_on(session, number, siyu.programme, siyu.clock()):
                    slices += 1
                else:
                    hungry.remove(number)
    if hungry:
        siyu.wakeups.wake(wakeups.IMPORTS)
    return slices


def work(siyu: Siyu, pipe: str, number: int = 0) -> int:
    """Does what a wake-up asks for. A lane that was lost, or a busy database, is left to the next
    wake-up or tick: nothing of it was committed."""
    try:
        if pipe == wakeups.PLANS:
            return run_plans(siyu)
        if pipe == wakeups.FEEDS:
            return feed_broadcasts(siyu)
        if pipe == wakeups.IMPORTS:
            return go_through_imports(siyu)
        if pipe == lanes.INBOX:
            return handle_lane(siyu, number)
        return sender.send_lane(siyu, pipe, number)
    except LaneLost as lost:
        _log.warning("lane lost", lane=str(lost))
    except OperationalError as error:
        _log.warning("database trouble, left to the next tick", error=str(error.orig))
    return 0


def actors_on(broker: RedisBroker, siyu: Siyu) -> None:
    """Declares an actor per pipe; what answers goes before what speaks first."""

    def actor(pipe: str, priority: int) -> None:
        def woken(number: int) -> None:
            siyu.wakeups.begin(pipe, number)
            work(siyu, pipe, number)

        declare = dramatiq.actor(actor_name=pipe, queue_name=pipe, broker=broker, priority=priority)
        declare(woken)

    for priority, pipe in enumerate(itertools.chain(*DUTIES.values())):
        actor(pipe, priority)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m app.worker", description=__doc__)
    parser.add_argument("--only", choices=sorted(DUTIES), help="this duty, else both")
    only = parser.parse_args().only
    siyu = start.ready(wire(Settings()))
    if only == wakeups.SPEAKING:
        os.nice(NICE)  # who answers goes first on a machine that has too much to do
    broker = siyu.wakeups.broker
    actors_on(broker, siyu)
    threads, look_every_ms = siyu.settings.worker_threads, LOOK_EVERY_MS
    if only == wakeups.SPEAKING:
        threads = max(1, threads // 2)  # while one batch is written down, the other is out
        look_every_ms = SPEAKING_LOOKS_EVERY_MS
        sys.setswitchinterval(SPEAKING_SWITCHES_S)
    worker = dramatiq.Worker(
        broker,
        queues=set(DUTIES[only]) if only else None,
        worker_threads=threads,
        worker_timeout=look_every_ms,
    )
    worker.queue_prefetch = lanes.LANES  # with fewer it looks ever more rarely, as if none came
    if only == wakeups.SPEAKING:
        worker.queue_prefetch //= 4  # or one of several would take every lane, and the others none
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    broker.emit_after("process_boot")  # as its own command line would: starts the time limits
    gc.freeze()  # what has been loaded stays: looking at it for garbage costs a tenth of everything
    worker.start()
    _log.info("worker ready", threads=threads)
    be_alive(siyu, only)
    while not stopping.wait(wakeups.ALIVE_S / 3):
        be_alive(siyu, only)
    worker.stop(timeout=8_000)


def be_alive(siyu: Siyu, only: str | None = None) -> None:
    """This process is there for one duty, or for both; the doctor misses whoever is not."""
    for duty in [only] if only else DUTIES:
        siyu.wakeups.be_alive(duty, f"{socket.gethostname()}:{os.getpid()}")


if __name__ == "__main__":
    main()
