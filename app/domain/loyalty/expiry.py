"""Expiry: what the clock brings to points is booked when it is due, though nobody moves them.

Thousands of members at once, in a few statements. What depends on the order of things, a hold that
is over or arrears to be paid, is left to ``coming``, one member at a time; for everybody else the
outcome and the keys are the same.

A batch takes members whose balances nobody has locked, and waits for nobody: so several may be
booked beside each other.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.bulk import among
from app.domain.loyalty import balances, booking, coming, lapses
from app.domain.loyalty.balances import Balance
from app.domain.loyalty.holds import Hold
from app.domain.loyalty.lots import NOT_EMPTY, Lot

LOTS, MEMBERS = 5_000, 500  # a batch: of lots in order, and of members one by one


_NOW = sa.bindparam("now", type_=Lot.expires_at.type)


_OWING = (
    sa.select(Balance.member_id, Balance.arrears)
    .where(among(Balance.member_id, "members"))
    .order_by(Balance.member_id)
)
_HOLDS_OVER = sa.select(Hold.member_id).where(
    among(Hold.member_id, "members"), Hold.ended_at.is_(None), Hold.until <= _NOW
)
_IS_MATURING = (among(Lot.member_id, "members"), NOT_EMPTY, Lot.pending_until <= _NOW)
_MATURING = (
    sa.select(Lot.id, Lot.member_id, Lot.remaining)
    .where(*_IS_MATURING)
    .order_by(Lot.member_id, Lot.id)
)
_BECOME_AVAILABLE = (
    sa.update(Lot.__table__).where(*_IS_MATURING).values(pending_until=None)  # type: ignore[arg-type]
)


def expire_due(session: Session, now: datetime) -> bool:
    """Lets lots become available and lapse, and ends holds, as the clock says, for up to a batch of
    members. Returns whether there may be more."""
    due = _lock_due(session, now)
    together, one_by_one = _apart(session, due, now)
    for member_id in one_by_one:
        held = balances.lock(session, member_id)
        coming.catch_up(session, held, now)
    _mature(session, together, now)
    lapses.book(session, together, now)
    return bool(due)


def _lock_due(session: Session, now: datetime) -> Collection[int]:
    """Members to whom something is due, and their balances are locked. Whose balance somebody else
    has locked is left to another batch."""
    lapsing = (NOT_EMPTY, Lot.expires_at <= now, Lot.pending_until.is_(None))
    maturing = (NOT_EMPTY, Lot.pending_until <= now)
    over = (Hold.ended_at.is_(None), Hold.until <= now)
    return {
        *session.scalars(_free(Lot, *lapsing).order_by(Lot.expires_at).limit(LOTS)),
        *session.scalars(_free(Lot, *maturing).order_by(Lot.pending_until).limit(LOTS)),
        *session.scalars(_free(Hold, *over).order_by(Hold.until).limit(MEMBERS)),
    }


def _free(of: type[Lot | Hold], *due: sa.ColumnElement[bool]) -> sa.Select[int]:
    whose = sa.select(of.member_id).join(Balance, Balance.member_id == of.member_id).where(*due)
    return whose.with_for_update(of=Balance, skip_locked=True)


def _apart(
    session: Session, due: Collection[int], now: datetime
) -> tuple[Sequence[int], Sequence[int]]:
    """Of members whose balances are locked: who can be dealt with together, and who one by one."""
    whose = {"members": list(due), "now": now}
    owing = session.connection().execute(_OWING, whose).all()
    with_holds = set(session.connection().scalars(_HOLDS_OVER, whose))
    alone = {member_id for member_id, arrears in owing if arrears or member_id in with_holds}
    members = [member_id for member_id, _ in owing]
    return [one for one in members if one not in alone], sorted(alone)


def _mature(session: Session, member_ids: Sequence[int], now: datetime) -> None:
    """These owe nothing, so that all of it can be spent."""
    whose = {"members": member_ids, "now": now}
    lots = session.connection().execute(_MATURING, whose).all()
    maturing = [coming.maturing(lot.member_id, lot.id, lot.remaining, 0) for lot in lots]
    booking.book_all(session, maturing, now)
    session.connection().execute(_BECOME_AVAILABLE, whose)
