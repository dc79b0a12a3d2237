"""The sender: says what is due in a lane of the outbox, one transaction between two calls of the
platform. The attempt is committed before the call and its outcome after it, so that whatever cuts
the sender off, every message is accounted for.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from app import inbox, lanes, outbox, passive_replies, turns
from app.domain.outreach import plans, windows
from app.domain.people import channels
from app.domain.people.channels import Channel
from app.lanes import Lease
from app.outbox import OutboxMessage, State
from app.sending import (
    attempts,
    call_rates,
    direct_lines,
    eligibility,
    mass_jobs,
    outcomes,
    reports,
    room_rates,
    routes,
    waiting,
    withholding,
)
from app.turns import Turn
from app.wiring import Siyu
from bots.messages import Answer, Outcome, Outgoing

BATCH = 25
KEY_EXPIRED = Answer(Outcome.AMBIGUOUS, reason="key_expired")
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Attempt:
    message: OutboxMessage
    channel: Channel
    outgoing: Outgoing


def send_lane(siyu: Siyu, pipe: str, number: int) -> int:
    """Sends what is due in a lane of the outbox, for a turn. Returns how many attempts it made."""
    made, turn = 0, Turn()
    while (lease := turns.claim(siyu, pipe, number)) is not None:
        with turns.given_back_in_trouble(siyu, lease):
            if lease.left_behind or _is_cut_off(siyu, lease):
                _settle_what_was_cut_off(siyu, lease)
            attempt = _next_attempt(siyu, lease, None, None, turn)
            while attempt is not None:
                answer = siyu.speaker(attempt.channel).send(attempt.outgoing)
                made += 1
                with _outcome_kept(siyu, lease, attempt, answer):
                    attempt = _next_attempt(siyu, lease, attempt, answer, turn)
        with siyu.database.reading() as session:
            held = plans.ids_on_hold(session)
            if not waiting.due(session, pipe, number, held, 1, siyu.clock()):
                break  # whatever comes after this look finds the lane free
        if turn.is_over:
            siyu.wakeups.wake(pipe, number)
            break
    return made


def _next_attempt(
    siyu: Siyu, lease: Lease, last: Attempt | None, answer: Answer | None, turn: Turn
) -> Attempt | None:
    """Writes down the last attempt's outcome and commits the next attempt before it is made. None
    when nothing is due any more, or the turn is over, and the lane is given back."""
    now = siyu.clock()
    with siyu.database.writing() as session:
        lanes.hold(session, lease, now)
        if last is not None and answer is not None:
            message = session.get_one(OutboxMessage, last.message.id)
            _settle(siyu, session, message, last.channel, answer)
        is_over = last is not None and turn.is_over
        attempt = None if is_over else _choose(siyu, session, lease)
        if attempt is None:
            lanes.release(session, lease)
        touched = lanes.touched(session)
    siyu.wakeups.wake_all(touched)
    return attempt


@contextmanager
def _outcome_kept(siyu: Siyu, lease: Lease, last: Attempt, answer: Answer) -> Iterator[None]:
    """A call that outlasted the lease, a database in trouble, or something wrong with the next
    message must not lose what the platform said to this one: then it is written down by itself,
    unless the attempt is no longer ours to settle."""
    kept = False
    try:
        yield
        kept = True
    finally:
        if not kept:
            with siyu.database.writing() as session:
                message = attempts.attempted(session, last.message.id, lease.term)
                if message is not None:
                    _settle(siyu, session, message, last.channel, answer)


def _choose(siyu: Siyu, session: Session, lease: Lease) -> Attempt | None:
    """The next message of the lane that may still be sent; those that may not are ended here."""
    held, zone = plans.ids_on_hold(session), siyu.programme.zone
    while messages := waiting.due(session, lease.pipe, lease.number, held, BATCH, siyu.clock()):
        for message in messages:
            now = siyu.clock()
            if message.way == windows.PASSIVE:
                passive_replies.give_up(session, message, now)
                continue
            channel = session.get_one(Channel, message.channel_id)
            if channel.parked_until is not None and channel.parked_until > now:
                withholding.put_off_its_like(session, message, channel.parked_until)
                break
            full = call_rates.full(session, channel, message, now)
            if full is not None and full.for_this_one:
                withholding.put_off(message, full.until)
                continue
            if full is not None:
                withholding.put_off_its_like(session, message, full.until)
                break
            waits_until = direct_lines.waits_until(session, message, channel, zone, now)
            if waits_until is not None:
                withholding.put_off(message, waits_until)
                continue
            if attempts.key_is_forgotten(message, now):
                _settle(siyu, session, message, channel, KEY_EXPIRED)
                continue
            reason = eligibility.reason_against(session, message, now)
            if reason is not None:
                if not routes.go_on(session, message, reason, siyu.programme, now):
                    outbox.suppress(message, reason, now)
                continue
            if message.group_id is not None:
                full_until = room_rates.full_until(session, message.group_id, now)
                if full_until is not None:
                    withholding.put_off(message, full_until)
                    continue
            call_rates.count(session, channel, message, now)
            attempts.begin(message, lease, now)
            session.flush()
            return Attempt(message, channel, mass_jobs.outgoing(session, message))
        session.flush()
    return None


def _settle(
    siyu: Siyu, session: Session, message: OutboxMessage, channel: Channel, answer: Answer
) -> None:
    now = siyu.clock()
    repeatable = message.is_question or siyu.speaker(channel).repeatable(message.way)
    outcomes.settle(
        message, answer, repeatable and not attempts.key_is_forgotten(message, now), now
    )
    if message.mass_job_id is not None:
        mass_jobs.settled(session, message, answer, now)
    if answer.outcome is Outcome.ACCEPTED:
        reports.expect(session, message, channel.kind, now)
    if answer.told:
        _hear_answer(session, message, answer, now)
    if answer.outcome in (Outcome.LATER, Outcome.PARKED):
        eligibility.was_not_taken(session, message)
    if answer.outcome is Outcome.REFUSED:
        eligibility.was_refused(session, message)
    if message.is_question and message.way and answer.reason == "daily_quota":
        call_rates.close(session, channel, message.way, message.due_at)  # not all the account
    if answer.outcome is Outcome.PARKED:
        channels.park(session, channel.id, message.due_at)
    if message.state == State.FAILED and message.reason:
        routes.go_on(session, message, message.reason, siyu.programme, now)
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


def _is_cut_off(siyu: Siyu, lease: Lease) -> bool:
    """A sender that could give its lane back may still have lost an outcome to the database."""
    with siyu.database.reading() as session:
        return bool(attempts.cut_off(session, lease))


def _settle_what_was_cut_off(siyu: Siyu, lease: Lease) -> None:
    """The last holder died at work. Attempts it was at may or may not have been accepted; if there
    are none, it may have died of the message that was next. Both in a transaction of its own, so
    that what is known survives whatever comes next."""
    cut_off = Answer(Outcome.AMBIGUOUS, reason="the sender was cut off")
    with siyu.database.writing() as session:
        lanes.hold(session, lease, siyu.clock())
        messages = attempts.cut_off(session, lease)
        for message in messages:
            channel = session.get_one(Channel, message.channel_id)
            _settle(siyu, session, message, channel, cut_off)
        if messages or lease.left_at is None:
            return
        held = plans.ids_on_hold(session)
        for suspect in waiting.due(session, lease.pipe, lease.number, held, 1, lease.left_at):
            outcomes.blame(suspect, siyu.clock())
