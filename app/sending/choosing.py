"""Choosing: the next messages of a lane that may still be sent, and the end or the delay of those
that may not.

A batch goes to distinct people, so that what one of them is told stays in order, and so that what
is counted per member is counted before her next message is judged.
"""

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy.orm import Session

from app import outbox
from app.domain.people import lookups
from app.lanes import Lease
from app.outbox import OutboxMessage
from app.sending import (
    allowances,
    attempts,
    due_messages,
    eligibility,
    holds,
    manners,
    mass_jobs,
    rooms,
    routes,
    settling,
    waiting,
    withholding,
)
from app.sending.due_messages import DueMessage
from app.sending.verdicts import Check, Occasion, Suppress, Verdict, Verdicts

CHECKS: tuple[Check, ...] = (
    *eligibility.CHECKS,
    manners.moments,
    *rooms.CHECKS,
    manners.caps,
    *allowances.CHECKS,  # last: they use up what they find
)


def next_batch(session: Session, lease: Lease, most: int, occasion: Occasion) -> list[DueMessage]:
    """Begins the next attempts, up to ``most``. None when nothing is due any more."""
    held = holds.of(session)
    while found := waiting.due(session, lease.pipe, lease.number, held, most, occasion.now):
        messages = [it for it in _apart(found) if not _is_forgotten(session, it, occasion)]
        verdicts = _judged(session, messages, occasion)
        going = [message for message in messages if message.id not in verdicts]
        rooms.count(session, going, occasion)
        manners.count(session, going, occasion)
        if going:
            attempts.begin(session, going, lease, occasion.now)
        stopped = [message for message in messages if message.id in verdicts]
        _carry_out(session, due_messages.rows(session, stopped), verdicts, occasion)
        session.flush()
        if going:
            return going
    return []


def _apart(found: Sequence[DueMessage]) -> Iterator[DueMessage]:
    """One message to each: a later one waits for the next batch. A mass job, which speaks for
    thousands, goes alone."""
    seen = set[tuple[int | str, int | str]]()
    for message in found:
        if message.mass_job_id is not None and seen:
            return
        whom: set[tuple[int | str, int | str]] = {(message.channel_id, message.recipient)}
        if message.member_id is not None:
            whom.add(("member", message.member_id))
        if not seen & whom:
            yield message
        seen |= whom
        if message.mass_job_id is not None:
            return


def _is_forgotten(session: Session, message: DueMessage, occasion: Occasion) -> bool:
    """Whether the platform may have had it, and no longer knows its key: then nobody can tell."""
    if not attempts.key_is_forgotten(message, occasion.now):
        return False
    row = due_messages.rows(session, [message])[message.id]
    channel = lookups.channel(session, message.channel_id)
    settling.settle(session, row, channel, settling.KEY_EXPIRED, False, occasion)
    return True


def _judged(session: Session, messages: Sequence[DueMessage], occasion: Occasion) -> Verdicts:
    verdicts: dict[int, Verdict] = {}
    asked = messages
    for check in CHECKS:
        if not asked:
            break
        if found := check(session, asked, occasion):
            verdicts |= found
            asked = [message for message in asked if message.id not in found]
    return verdicts


def _carry_out(
    session: Session, rows: Mapping[int, OutboxMessage], verdicts: Verdicts, occasion: Occasion
) -> None:
    held_back = set[tuple[int, str]]()
    for number, verdict in verdicts.items():
        message = rows[number]
        if isinstance(verdict, Suppress):
            _end(session, message, verdict.reason, occasion)
        else:
            withholding.put_off(message, verdict)
            if verdict.its_like and (message.channel_id, message.way) not in held_back:
                withholding.put_off_its_like(session, message, verdict.until)
                held_back.add((message.channel_id, message.way))


def _end(session: Session, message: OutboxMessage, reason: str, occasion: Occasion) -> None:
    """It does not go this way; perhaps it goes another one."""
    if not routes.go_on(session, message, reason, occasion.programme, occasion.now):
        outbox.suppress(message, reason, occasion.now)
        if message.mass_job_id is not None:
            mass_jobs.called_off(session, message, occasion.now)
