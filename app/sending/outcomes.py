"""Outcomes: what an attempt's answer makes of the message."""

from datetime import datetime, timedelta

from app.outbox import OutboxMessage, State
from bots.messages import Answer, Outcome

ATTEMPTS_MAX = 6
BACKOFF_S = 2  # doubled with every attempt


def settle(message: OutboxMessage, answer: Answer, repeatable: bool, now: datetime) -> None:
    """Writes down what the platform made of an attempt. ``repeatable``: the platform drops a
    second message with the same key, so an ambiguous outcome may be tried again."""
    if answer.outcome is Outcome.AMBIGUOUS:
        message.doubtful_at = message.doubtful_at or message.attempted_at
    message.code = answer.code
    message.reason = answer.reason or None
    message.platform_id = answer.platform_id or message.platform_id
    if answer.outcome is Outcome.ACCEPTED:
        _end(message, State.ACCEPTED, now)
    elif answer.outcome is Outcome.PARKED:
        message.attempts -= 1  # the quota said no, not the message
        _again(message, answer.retry_after_s, now)
    elif answer.outcome is Outcome.LATER or (answer.outcome is Outcome.AMBIGUOUS and repeatable):
        _again_or_give_up(message, answer, now)
    elif answer.outcome is Outcome.AMBIGUOUS:
        _end(message, State.UNKNOWN, now)
    else:
        _fail(message, now)


def blame(message: OutboxMessage, now: datetime) -> None:
    """The sender died, perhaps of this message: after three times it is set aside as failed, so
    that it stops nobody else."""
    message.attempts += ATTEMPTS_MAX // 3
    if message.attempts >= ATTEMPTS_MAX:
        message.reason = "its sender died"
        _fail(message, now)


def _again_or_give_up(message: OutboxMessage, answer: Answer, now: datetime) -> None:
    if message.attempts < ATTEMPTS_MAX:
        _again(message, answer.retry_after_s or BACKOFF_S**message.attempts, now)
    else:
        _fail(message, now)


def _again(message: OutboxMessage, after_s: int, now: datetime) -> None:
    message.state = State.PLANNED
    message.due_at = now + timedelta(seconds=after_s)


def _fail(message: OutboxMessage, now: datetime) -> None:
    """This attempt was one too many, or refused: but an earlier one may have been accepted."""
    _end(message, State.UNKNOWN if message.is_in_doubt else State.FAILED, now)


def _end(message: OutboxMessage, state: State, now: datetime) -> None:
    message.state = state
    message.settled_at = now
