"""Gathering: messages that are sent to many at once wait until nobody joins them any more, and
become one mass job, or one message that staff are asked to confirm.

They wait in the pipe ``RECIPIENTS``, each in a row of her own, from which her message never moves.
All that one gathering writes is written in one transaction, and the rows that it takes are locked
and marked in it: whoever is killed has gathered all of them or none, and of two at work each takes
what the other has not.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.outreach import mass_messages
from app.domain.outreach.allowances import limit_table, limits
from app.outbox import TO_GATHER, TO_GO_ON, OutboxMessage, State, suppress
from app.programme import Programme
from app.sending import (
    eligibility,
    holds,
    manners,
    mass_jobs,
    routes,
    staff_jobs,
    ways,
    withholding,
)
from app.sending.verdicts import Occasion, Suppress, Wait

# Nobody joins any more when nobody has for so long; and nobody waits for others longer than that.
QUIET: Mapping[str, timedelta] = {
    ways.MASS: timedelta(seconds=10),
    ways.STAFF: timedelta(minutes=1),
}
LONGEST: Mapping[str, timedelta] = {
    ways.MASS: timedelta(minutes=2),
    ways.STAFF: timedelta(minutes=15),
}
BATCH = 20  # gatherings in one transaction
AT_ONCE = 500  # judged with a few queries
GO_ON_AT_ONCE = 100
_LEFT_OUT = (State.SUPPRESSED, State.FAILED)
# What makes messages the same: who gathers does not look into them.
_ALIKE = (
    OutboxMessage.channel_id,
    OutboxMessage.way,
    OutboxMessage.through,
    OutboxMessage.to_group,
    OutboxMessage.rule,
    OutboxMessage.rule_version,
    OutboxMessage.variant,
    OutboxMessage.category,
    OutboxMessage.kind,
)


def has_work(session: Session, now: datetime) -> bool:
    """Whether there is anything to be put together, or to go on; a few probes of indexes."""
    waits = sa.and_(sa.text(TO_GATHER), OutboxMessage.due_at <= now)
    goes_on = sa.and_(sa.text(TO_GO_ON), OutboxMessage.state.in_(_LEFT_OUT))
    is_with_staff = sa.and_(
        OutboxMessage.staff_message_id.is_not(None), OutboxMessage.state == sa.text("'attempting'")
    )
    return any(
        session.scalar(sa.select(OutboxMessage.id).where(which).limit(1)) is not None
        for which in (waits, goes_on, is_with_staff)
    )


def gather(session: Session, programme: Programme, now: datetime) -> int:
    """Makes jobs of what is ready, and lets go on what could not be sent together. Returns how many
    messages it has moved; the caller goes on while there are any."""
    staff_jobs.follow_carriers(session, programme.zone, now)
    moved = _go_on_all(session, programme, now)
    for alike in _ready(session, now):
        moved += _gather(session, alike, programme, now)
    return moved


def _ready(session: Session, now: datetime) -> Sequence[Any]:
    last, first = sa.func.max(OutboxMessage.due_at), sa.func.min(OutboxMessage.due_at)
    count = sa.func.count()
    ready = [
        sa.and_(
            OutboxMessage.way == way,
            sa.or_(last <= now - quiet, first <= now - LONGEST[way], count >= most),
        )
        for way, quiet in QUIET.items()
        for most in [_most(session, way, to_group=False)]
    ]
    return session.execute(
        sa.select(*_ALIKE)
        .where(sa.text(TO_GATHER), OutboxMessage.due_at <= now, *holds.of(session).spared())
        .group_by(*_ALIKE)
        .having(sa.or_(*ready))
        .order_by(first)
        .limit(BATCH)
    ).all()


def _gather(session: Session, alike: Any, programme: Programme, now: datetime) -> int:
    """One job of as many as it may have; the rest is for the next time. Returns how many it has
    done with, be it that they may not be told."""
    rows = _locked(session, alike, _most(session, alike.way, alike.to_group), now)
    occasion = Occasion(programme, now)
    wanted = [
        one
        for start in range(0, len(rows), AT_ONCE)
        for one in _judged(session, [row.id for row in rows[start : start + AT_ONCE]], occasion)
    ]
    if wanted:
        _put_together(session, wanted, alike.way, occasion)
    return len(rows)


def _put_together(
    session: Session, wanted: Sequence[OutboxMessage], way: str, occasion: Occasion
) -> None:
    said, ids, now = wanted[0], [one.id for one in wanted], occasion.now
    if way == ways.STAFF:
        staff_jobs.gather(session, said, ids, [one.recipient for one in wanted], now)
    elif len(ids) < mass_jobs.RECIPIENTS_MIN:
        _end(session, said, "mass_needs_two", occasion)
    else:
        message = mass_messages.gathered(
            session,
            said.channel_id,
            kind=said.kind,
            content=said.content,
            rule=said.rule,
            now=now,
        )
        mass_jobs.gather(session, message, ids, said.category, now)


def _judged(session: Session, ids: Sequence[int], occasion: Occasion) -> list[OutboxMessage]:
    """Those of these messages that may be sent now; the others end, go on, or wait. Caps are looked
    at when the platform is about to be given what is put together."""
    of_these = sa.select(OutboxMessage).where(OutboxMessage.id.in_(ids)).order_by(OutboxMessage.id)
    going = list(session.scalars(of_these))
    for check in (*eligibility.CHECKS, manners.moments):
        verdicts = check(session, going, occasion)
        for message in going:
            verdict = verdicts.get(message.id)
            if isinstance(verdict, Suppress):
                _end(session, message, verdict.reason, occasion)
            elif isinstance(verdict, Wait):
                withholding.put_off(message, verdict)
        going = [message for message in going if message.id not in verdicts]
    return going


def _end(session: Session, message: OutboxMessage, reason: str, occasion: Occasion) -> None:
    if not routes.go_on(session, message, reason, occasion.programme, occasion.now):
        suppress(message, reason, occasion.now)


def _locked(session: Session, alike: Any, most: int, now: datetime) -> Sequence[Any]:
    """Each recipient once, and none left over all alone."""
    same = [column.is_not_distinct_from(value) for column, value in zip(_ALIKE, alike, strict=True)]
    found = session.execute(
        sa.select(OutboxMessage.id, OutboxMessage.recipient)
        .where(sa.text(TO_GATHER), OutboxMessage.due_at <= now, *same, *holds.of(session).spared())
        .order_by(OutboxMessage.id)
        .limit(most + 1)
        .with_for_update(skip_locked=True)
    ).all()
    once = list({row.recipient: row for row in reversed(found)}.values())[::-1]
    is_one_too_many = len(once) == most + 1 and most > mass_jobs.RECIPIENTS_MIN
    return once[: most - 1 if is_one_too_many else most]


def _go_on_all(session: Session, programme: Programme, now: datetime) -> int:
    """Those that were left out of a job, or whose job was refused, take their next way."""
    left_out = session.scalars(
        sa.select(OutboxMessage)
        .where(
            sa.text(TO_GO_ON),
            OutboxMessage.state.in_(_LEFT_OUT),
            OutboxMessage.doubtful_at.is_(None),
        )
        .order_by(OutboxMessage.id)
        .limit(GO_ON_AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    moved = 0
    for message in left_out:
        if routes.go_on(session, message, message.reason or "", programme, now):
            moved += 1
        else:
            message.ways_left = None  # it stays where it ended
    return moved


def _most(session: Session, way: str, to_group: bool) -> int:
    if way == ways.MASS:
        return limits.value(session, limit_table.MASS_RECIPIENTS)
    key = limit_table.STAFF_MESSAGE_GROUPS if to_group else limit_table.STAFF_MESSAGE_CONTACTS
    return limits.value(session, key)
