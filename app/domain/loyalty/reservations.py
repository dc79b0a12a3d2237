"""Reservations: points as cash on an order, set aside, then spent (posted) or given back."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.loyalty import balances, booking, coming, entries, holds, takings
from app.domain.loyalty.entries import Account, Cause, Content, PointsEntry
from app.domain.loyalty.holds import Hold


class NotHeld(Exception):
    """There is no such reservation, it is over, or less was set aside than should be spent."""


def reserve(
    session: Session,
    member_id: int,
    amount: int,
    *,
    key: str,
    cause: Cause,
    until: datetime,
    now: datetime,
) -> int | None:
    """Sets points aside until ``until``, when the clock gives them back. None when booked before.

    Raises NotEnoughPoints and KeyConflict, in which case nothing is set aside.
    """
    entry_id = takings.take(
        session,
        member_id,
        Account.RESERVED,
        amount,
        key=key,
        kind="reserve",
        cause=cause,
        due_at=until,
        now=now,
    )
    if entry_id is not None:
        holds.open_hold(session, entry_id, member_id, amount, until)
    return entry_id


def post(
    session: Session,
    of_key: str,
    *,
    amount: int | None = None,
    key: str,
    cause: Cause,
    now: datetime,
) -> int | None:
    """Spends what the reservation ``of_key`` set aside, or ``amount`` of it: the rest goes back.

    Returns None when booked before. Raises NotHeld and KeyConflict.
    """
    return _end(session, of_key, "post", amount, key, cause, now)


def void(session: Session, of_key: str, *, key: str, cause: Cause, now: datetime) -> int | None:
    """Gives back what the reservation ``of_key`` set aside. Returns None when booked before.

    Raises NotHeld and KeyConflict.
    """
    return _end(session, of_key, "void", None, key, cause, now)


def _end(
    session: Session,
    of_key: str,
    kind: str,
    amount: int | None,
    key: str,
    cause: Cause,
    now: datetime,
) -> int | None:
    hold = _hold_of(session, of_key)
    held = balances.lock(session, hold.member_id)
    coming.catch_up(session, held, now)
    session.refresh(hold)
    ended = hold.amount if amount is None else amount
    if hold.ended_at is not None or not 0 < ended <= hold.amount:
        content = Content(kind, hold.member_id, ended, 0, cause.rule, hold.entry_id)
        if entries.is_booked(session, key, content):
            return None
        raise NotHeld(f"{of_key}: {hold.amount} set aside, over at {hold.ended_at}, not {ended}")
    movement = coming.ending(session, held, hold, key, kind, ended, cause)
    entry_id = booking.book(session, held, movement, now)
    if entry_id is not None:
        holds.end(session, hold, now)
        coming.catch_up(session, held, now)
    return entry_id


def _hold_of(session: Session, of_key: str) -> Hold:
    hold = session.scalar(
        sa.select(Hold)
        .join(PointsEntry, PointsEntry.id == Hold.entry_id)
        .where(PointsEntry.key == of_key)
    )
    if hold is None:
        raise NotHeld(of_key)
    return hold
