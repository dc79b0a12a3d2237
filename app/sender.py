"""The sender: says what is due in a lane of the outbox, a batch at a time.

The attempts of a batch are committed before the platform is called, and their outcomes after it
together with the next batch, so that whatever cuts the sender off, every message is accounted for.
The calls of a batch are made at the same time, to distinct people.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from sqlalchemy.orm import Session

from app import lanes, turns
from app.domain.people.channels import Channel
from app.lanes import Lease
from app.outbox import OutboxMessage
from app.sending import (
    attempts,
    choosing,
    due_messages,
    eligibility,
    holds,
    mass_jobs,
    outcomes,
    settling,
    waiting,
)
from app.sending.due_messages import AnyMessage
from app.sending.hands import Crew
from app.sending.settling import CUT_OFF
from app.sending.verdicts import Occasion
from app.turns import Turn
from app.wiring import Siyu, Speaker
from bots.messages import Answer, Outgoing

# How many calls of a lane are made at the same time. Replies are few, and wait for no slow one.
BATCH = {lanes.REPLIES: 4, lanes.BROADCASTS: 128}


@dataclass(frozen=True, slots=True)
class Attempt:
    message: AnyMessage
    channel: Channel
    speaker: Speaker
    outgoing: Outgoing


@dataclass(frozen=True, slots=True)
class Answered:
    attempt: Attempt
    answer: Answer


def send_lane(siyu: Siyu, pipe: str, number: int) -> int:
    """Sends what is due in a lane of the outbox, for a turn. Returns how many attempts it made."""
    made, turn = 0, Turn()
    with siyu.hands.taken(BATCH[pipe]) as crew:
        while (lease := turns.claim(siyu, pipe, number)) is not None:
            with turns.given_back_in_trouble(siyu, lease):
                made += _send_what_is_due(siyu, lease, crew, turn)
            with siyu.database.reading() as session:
                if not waiting.is_due(session, pipe, number, holds.of(session), siyu.clock()):
                    break  # whatever comes after this look finds the lane free
            if turn.is_over:
                siyu.wakeups.wake(pipe, number)
                break
    return made


def _send_what_is_due(siyu: Siyu, lease: Lease, crew: Crew, turn: Turn) -> int:
    """Batch after batch, until nothing is due or the turn is over. Returns how many attempts."""
    if lease.left_behind or _is_cut_off(siyu, lease):
        _settle_what_was_cut_off(siyu, lease)
    most = 1 if lease.left_behind else crew.size  # one of them may be what its sender died of
    made, batch = 0, _next_batch(siyu, lease, (), None, most)
    while batch:
        answered: list[Answered] = []
        made += len(batch)
        with _outcomes_kept(siyu, lease, answered):
            crew.make([partial(_call, attempt, answered) for attempt in batch])
            batch = _next_batch(siyu, lease, answered, turn, most)
    return made


def _call(attempt: Attempt, answered: list[Answered]) -> None:
    answered.append(Answered(attempt, attempt.speaker.send(attempt.outgoing)))


def _next_batch(
    siyu: Siyu, lease: Lease, answered: Sequence[Answered], turn: Turn | None, most: int
) -> list[Attempt]:
    """Writes down the last outcomes and commits the next attempts before they are made. None when
    nothing is due any more, or the turn is over, and the lane is given back."""
    now = siyu.clock()
    with siyu.waking() as session:
        lanes.hold(session, lease, now)
        _settle_all(siyu, session, answered)
        batch: list[Attempt] = []
        if turn is None or not turn.is_over:
            occasion = Occasion(siyu.programme, siyu.clock())
            begun = choosing.next_batch(session, lease, most, occasion)
            batch = list(_attempts(siyu, session, begun))
        if not batch:
            lanes.release(session, lease)
    return batch


def _attempts(siyu: Siyu, session: Session, begun: Sequence[AnyMessage]) -> Iterator[Attempt]:
    for channel, messages in eligibility.by_channel(session, begun):
        speaker = siyu.speaker(channel)
        for message in messages:
            yield Attempt(message, channel, speaker, mass_jobs.outgoing(session, message))


def _settle_all(siyu: Siyu, session: Session, answered: Sequence[Answered]) -> None:
    """In a lane that is still held, so the rows are as the last transaction has left them. Most are
    simply accepted, and written down together."""
    taken: list[AnyMessage] = []
    others: list[Answered] = []
    for one in answered:
        if settling.tells_no_more(one.attempt.message, one.answer):
            taken.append(one.attempt.message)
        else:
            others.append(one)
    if taken:
        attempts.accept(session, taken, siyu.clock())
    _settle_each(siyu, session, others)
    session.flush()


def _settle_each(siyu: Siyu, session: Session, answered: Sequence[Answered]) -> None:
    rows = due_messages.rows(session, [one.attempt.message for one in answered])
    for one in answered:
        _settle(siyu, session, one, rows[one.attempt.message.id])


def _settle(siyu: Siyu, session: Session, one: Answered, message: OutboxMessage) -> None:
    """``message`` is the attempt's row."""
    attempt, occasion = one.attempt, Occasion(siyu.programme, siyu.clock())
    repeatable = attempt.speaker.repeatable(message.way)
    settling.settle(session, message, attempt.channel, one.answer, repeatable, occasion)


@contextmanager
def _outcomes_kept(siyu: Siyu, lease: Lease, answered: Sequence[Answered]) -> Iterator[None]:
    """A call that outlasted the lease, a database in trouble, or something wrong with a message of
    the batch must not lose what the platform said to the others: then each outcome is written down
    by itself, unless the attempt is no longer ours to settle."""
    kept = False
    try:
        yield
        kept = True
    finally:
        if not kept:
            for one in answered:
                with siyu.database.writing() as session:
                    found = attempts.attempted(session, one.attempt.message.id, lease.term)
                    if found is not None:
                        _settle(siyu, session, one, found)


def _is_cut_off(siyu: Siyu, lease: Lease) -> bool:
    """A sender that could give its lane back may still have lost an outcome to the database."""
    with siyu.database.reading() as session:
        return bool(attempts.cut_off(session, lease))


def _settle_what_was_cut_off(siyu: Siyu, lease: Lease) -> None:
    """The last holder died at work. Attempts it was at may or may not have been accepted; if there
    are none, it may have died of the message that was next. Both in a transaction of its own, so
    that what is known survives whatever comes next."""
    with siyu.database.writing() as session:
        lanes.hold(session, lease, siyu.clock())
        messages = attempts.cut_off(session, lease)
        made = _attempts(siyu, session, messages)
        _settle_each(siyu, session, [Answered(attempt, CUT_OFF) for attempt in made])
        if messages or lease.left_at is None:
            return
        held = holds.of(session)
        next_one = waiting.due(session, lease.pipe, lease.number, held, 1, lease.left_at)
        for suspect in due_messages.rows(session, next_one).values():
            outcomes.blame(suspect, siyu.clock())
            if suspect.mass_job_id is not None:
                mass_jobs.called_off(session, suspect, siyu.clock())
