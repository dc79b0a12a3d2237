"""The worker: woken for a lane, it handles the inbox or sends the outbox of that lane.

`python -m app.worker` runs one process with a few threads; start as many as you like. What keeps
them apart is the lane's lease in the database, so a killed worker's lanes are taken over when the
lease ends, and a frozen one finds that it can no longer write.
"""

import os
import signal
import socket
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

import dramatiq
import structlog
from dramatiq.brokers.redis import RedisBroker
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app import broadcasts, eligibility, handlers, inbox, lanes, outbox, start, wakeups
from app.config import Settings
from app.domain.outreach import plans
from app.domain.people import channels
from app.domain.people.channels import Channel
from app.handlers.scene import Words
from app.lanes import LaneLost, Lease
from app.outbox import OutboxMessage
from app.wiring import Siyu, wire
from bots.messages import Answer, Outcome

BATCH = 25
TURN_S = 1  # then a lane queues up again, so that replies never wait long behind a broadcast
_log = structlog.get_logger(__name__)


def holder() -> str:
    return f"{socket.gethostname()}:{os.getpid()}:{threading.get_ident()}"


# The inbox: handle what waits, in order


def handle_lane(siyu: Siyu, number: int) -> int:
    """Handles what waits in a lane of the inbox, for a turn. Returns how many events it ended."""
    ended, turn_ends_s = 0, time.monotonic() + TURN_S
    while (lease := _claim(siyu, lanes.INBOX, number)) is not None:
        with _given_back_in_trouble(siyu, lease):
            if lease.left_behind:
                _count_a_crash(siyu, lease)
            batch = Batch()
            while not batch.is_last:
                batch = _handle_batch(siyu, lease, 1 if lease.left_behind else BATCH, turn_ends_s)
                ended += batch.ended
        with siyu.database.reading() as session:
            if not inbox.waiting(session, number, 1):
                break  # whatever comes after this look finds the lane free
        if time.monotonic() >= turn_ends_s:
            siyu.wakeups.wake(lanes.INBOX, number)
            break
    return ended


@dataclass(frozen=True, slots=True)
class Batch:
    """How many events a transaction ended, and whether it gave the lane back."""

    ended: int = 0
    is_last: bool = False


def _handle_batch(siyu: Siyu, lease: Lease, limit: int, turn_ends_s: float) -> Batch:
    """One transaction: the lane's oldest events, in order, each in a savepoint."""
    now = siyu.clock()
    siyu.words = _words_now(siyu)
    with siyu.database.writing() as session:
        lanes.hold(session, lease, now)
        events = inbox.waiting(session, lease.number, limit)
        ended = 0
        for event in events:
            if not _handle_one(siyu, session, event, siyu.words):
                break  # its successors wait, so that the order holds
            ended += 1
        is_last = ended == len(events) < limit or time.monotonic() >= turn_ends_s
        if is_last:
            lanes.release(session, lease)
        touched = lanes.touched(session)
    for pipe, number in touched:
        siyu.wakeups.wake(pipe, number)
    return Batch(ended, is_last)


def _handle_one(siyu: Siyu, session: Session, event: inbox.InboxEvent, words: Words) -> bool:
    """Handles one event, or counts a failed try. Returns whether it is done with."""
    now = siyu.clock()
    try:
        with session.begin_nested():
            handlers.handle(session, event, siyu.programme, words, now)
    except Exception as error:  # noqa: BLE001  the one place that catches everything
        if isinstance(error, OperationalError) and not _is_of_the_content(error):
            raise  # the database's trouble is not the event's: the whole batch is tried again
        session.refresh(event)
        inbox.mark_failed(event, traceback.format_exc(limit=-4), now)
        session.flush()
        _log.warning("event failed", event_id=event.id, kind=event.kind, tries=event.tries)
        return event.quarantined_at is not None
    return True


def _is_of_the_content(error: OperationalError) -> bool:
    """PostgreSQL's class 54, "program limit exceeded": too much for it, now and for ever."""
    return str(getattr(error.orig, "sqlstate", "")).startswith("54")


def _count_a_crash(siyu: Siyu, lease: Lease) -> None:
    """The last holder died at work. Whatever it was at is counted as tried, in a transaction of
    its own, so that an event that kills its worker ends in quarantine."""
    with siyu.database.writing() as session:
        lanes.hold(session, lease, siyu.clock())
        for event in inbox.waiting(session, lease.number, 1):
            inbox.mark_failed(event, "its worker died", siyu.clock())


def _words_now(siyu: Siyu) -> Words:
    with siyu.database.reading() as session:
        return handlers.words_of(session, siyu.words)


# The outbox: send what is due, one transaction between two calls of the platform


@dataclass(frozen=True, slots=True)
class Attempt:
    message: OutboxMessage
    channel: Channel


def send_lane(siyu: Siyu, pipe: str, number: int) -> int:
    """Sends what is due in a lane of the outbox, for a turn. Returns how many attempts it made."""
    attempts, turn_ends_s = 0, time.monotonic() + TURN_S
    while (lease := _claim(siyu, pipe, number)) is not None:
        with _given_back_in_trouble(siyu, lease):
            attempt = _next_attempt(siyu, lease, None, None, turn_ends_s)
            while attempt is not None:
                answer = siyu.speaker(attempt.channel).send(attempt.message.outgoing())
                attempts += 1
                attempt = _next_attempt(siyu, lease, attempt, answer, turn_ends_s)
        with siyu.database.reading() as session:
            held = plans.ids_on_hold(session)
            if not outbox.due(session, pipe, number, held, 1, siyu.clock()):
                break  # whatever comes after this look finds the lane free
        if time.monotonic() >= turn_ends_s:
            siyu.wakeups.wake(pipe, number)
            break
    return attempts


def _next_attempt(
    siyu: Siyu, lease: Lease, last: Attempt | None, answer: Answer | None, turn_ends_s: float
) -> Attempt | None:
    """Writes down the last attempt's outcome and commits the next attempt before it is made. None
    when nothing is due any more, or the turn is over, and the lane is given back."""
    now = siyu.clock()
    with siyu.database.writing() as session:
        lanes.hold(session, lease, now)
        if last is None:
            _settle_what_was_cut_off(siyu, session, lease)
        elif answer is not None:
            message = session.get_one(OutboxMessage, last.message.id)
            _settle(siyu, session, message, last.channel, answer)
        is_over = last is not None and time.monotonic() >= turn_ends_s
        attempt = None if is_over else _choose(siyu, session, lease)
        if attempt is None:
            lanes.release(session, lease)
        touched = lanes.touched(session)
    for pipe, number in touched:
        siyu.wakeups.wake(pipe, number)
    return attempt


def _choose(siyu: Siyu, session: Session, lease: Lease) -> Attempt | None:
    """The next message of the lane that may still be sent; those that may not are ended here."""
    held = plans.ids_on_hold(session)
    while messages := outbox.due(session, lease.pipe, lease.number, held, BATCH, siyu.clock()):
        for message in messages:
            now = siyu.clock()
            channel = session.get_one(Channel, message.channel_id)
            if channel.parked_until is not None and channel.parked_until > now:
                outbox.put_off(message, channel.parked_until)
                continue
            reason = eligibility.reason_against(session, message, now)
            if reason is None:
                outbox.begin_attempt(message, lease, now)
                session.flush()
                return Attempt(message, channel)
            outbox.suppress(message, reason, now)
        session.flush()
    return None


def _settle(
    siyu: Siyu, session: Session, message: OutboxMessage, channel: Channel, answer: Answer
) -> None:
    now = siyu.clock()
    repeatable = message.is_question or siyu.speaker(channel).repeatable
    outbox.settle(message, answer, repeatable, now)
    if answer.told:
        _hear_answer(session, message, answer, now)
    if answer.outcome is Outcome.PARKED:
        channels.park(session, channel.id, message.due_at)
    if answer.outcome is not Outcome.ACCEPTED:
        _log.warning("not accepted", message=message.id, state=message.state, reason=answer.reason)


def _hear_answer(session: Session, message: OutboxMessage, answer: Answer, now: datetime) -> None:
    """What the platform said to our question happens next in the lane of whom we asked about."""
    asked = session.get_one(inbox.InboxEvent, message.event_id)
    inbox.receive_own(
        session,
        key=message.key,
        kind=message.kind,
        subject="",
        fields=answer.told,
        cause=asked,
        now=now,
    )


def _settle_what_was_cut_off(siyu: Siyu, session: Session, lease: Lease) -> None:
    """Attempts whose sender died in between may or may not have been accepted."""
    cut_off = Answer(Outcome.AMBIGUOUS, reason="the sender was cut off")
    for message in outbox.cut_off(session, lease):
        channel = session.get_one(Channel, message.channel_id)
        _settle(siyu, session, message, channel, cut_off)


def _claim(siyu: Siyu, pipe: str, number: int) -> Lease | None:
    with siyu.database.reading() as session:
        if lanes.is_taken(session, pipe, number, siyu.clock()):
            return None
    with siyu.database.writing() as session:
        return lanes.claim(session, pipe, number, holder(), siyu.clock())


@contextmanager
def _given_back_in_trouble(siyu: Siyu, lease: Lease) -> Iterator[None]:
    """After a deadlock or the like, nobody has died: the lane is free at once, and what waits in
    it has not been tried. Where that fails too, the lease runs out."""
    try:
        yield
    except OperationalError:
        with suppress(OperationalError, LaneLost), siyu.database.writing() as session:
            lanes.release(session, lease)
        raise


# Plans: what is due becomes messages


def run_plans(siyu: Siyu) -> int:
    """Plans the messages of every step that is due. Returns how many steps."""
    steps, passed = 0, 1
    while passed:
        with siyu.database.writing() as session:
            passed = broadcasts.run_due(session, siyu.programme, siyu.clock())
            touched = lanes.touched(session)
        for pipe, number in touched:
            siyu.wakeups.wake(pipe, number)
        steps += passed
    return steps


def work(siyu: Siyu, pipe: str, number: int = 0) -> int:
    """Does what a wake-up asks for. A lane that was lost, or a busy database, is left to the next
    wake-up or tick: nothing of it was committed."""
    try:
        if pipe == wakeups.PLANS:
            return run_plans(siyu)
        if pipe == lanes.INBOX:
            return handle_lane(siyu, number)
        return send_lane(siyu, pipe, number)
    except LaneLost as lost:
        _log.warning("lane lost", lane=str(lost))
    except OperationalError as error:
        _log.warning("database trouble, left to the next tick", error=str(error.orig))
    return 0


def actors_on(broker: RedisBroker, siyu: Siyu) -> None:
    """Declares an actor per pipe; those of replies go before broadcasts."""

    def actor(pipe: str, priority: int) -> None:
        def woken(number: int) -> None:
            siyu.wakeups.begin(pipe, number)
            work(siyu, pipe, number)

        declare = dramatiq.actor(actor_name=pipe, queue_name=pipe, broker=broker, priority=priority)
        declare(woken)

    for priority, pipe in enumerate((lanes.REPLIES, lanes.INBOX, wakeups.PLANS, lanes.BROADCASTS)):
        actor(pipe, priority)


def main() -> None:
    siyu = start.ready(wire(Settings()))
    broker = siyu.wakeups.broker
    actors_on(broker, siyu)
    worker = dramatiq.Worker(broker, worker_threads=siyu.settings.worker_threads)
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    worker.start()
    _log.info("worker ready", threads=siyu.settings.worker_threads)
    stopping.wait()
    worker.stop(timeout=8_000)


if __name__ == "__main__":
    main()
