"""Settling: an attempt has its answer, and so has everything that waited for it."""

from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from app import inbox
from app.domain.people import channels
from app.domain.people.channels import Channel
from app.outbox import OutboxMessage, State
from app.sending import (
    allowances,
    attempts,
    call_rates,
    manners,
    mass_jobs,
    outcomes,
    reports,
    routes,
)
from app.sending.due_messages import AnyMessage
from app.sending.verdicts import Occasion
from bots.messages import Answer, Outcome

CUT_OFF = Answer(Outcome.AMBIGUOUS, reason="the sender was cut off")
KEY_EXPIRED = Answer(Outcome.AMBIGUOUS, reason="key_expired")
_TAKEN = Answer(Outcome.ACCEPTED)
_log = structlog.get_logger(__name__)


def settle(
    session: Session,
    message: OutboxMessage,
    channel: Channel,
    answer: Answer,
    repeatable: bool,
    occasion: Occasion,
) -> None:
    """``repeatable``: said this way, the platform drops what it has had already."""
    now = occasion.now
    may_repeat = (message.is_question or repeatable) and not attempts.key_is_forgotten(message, now)
    outcomes.settle(message, answer, may_repeat, now)
    if message.mass_job_id is not None:
        mass_jobs.settled(session, message, answer, occasion)
    if answer.outcome is Outcome.ACCEPTED:
        reports.expect(session, message, channel.kind, now)
    if answer.told:
        _hear_answer(session, message, answer, now)
    if answer.outcome in (Outcome.LATER, Outcome.PARKED):
        allowances.was_not_taken(session, message)
    if answer.outcome is Outcome.REFUSED:
        allowances.was_refused(session, message)
    if answer.outcome in (Outcome.LATER, Outcome.PARKED, Outcome.REFUSED):
        manners.give_back(session, message, occasion)
    if message.is_question and message.way and answer.reason == "daily_quota":
        call_rates.close(session, channel, message.way, message.due_at)  # not all the account
    if answer.outcome is Outcome.PARKED:
        channels.park(session, channel.id, message.due_at)
    if message.state == State.FAILED and message.reason:
        routes.go_on(session, message, message.reason, occasion.programme, now)
    if answer.outcome is not Outcome.ACCEPTED:
        _log.warning("not accepted", message=message.id, state=message.state, reason=answer.reason)


def tells_no_more(message: AnyMessage, answer: Answer) -> bool:
    """Whether the platform took the message and nothing else follows from that."""
    return message.mass_job_id is None and answer == _TAKEN


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
