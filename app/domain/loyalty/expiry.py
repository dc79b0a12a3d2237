"""Expiry: what the clock brings to points is booked when it is due, though nobody moves them.

Thousands of members at once, in a few statements. What depends on the order of things, a hold that
is over or arrears to be paid, is left to ``coming``, one member at a time; for everybody else the
outcome and the keys are the same.

A batch takes members whose balances nobody has locked, and waits for nobody: so several may be
booked beside each other.
"""

from collections.abc import Mapping, Sequence
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
    owing = _lock_due(session, now)
    together, one_by_one = _apart(session, owing, now)
    for member_id in one_by_one:
        held = balances.lock(session, member_id)
        coming.catch_up(session, held, now)
    _mature(session, together, now)
    lapses.book(session, together, now)
    return bool(owing)


def _lock_due(session: Session, now: datetime) -> Mapping[int, int]:
    """Members to whom something is due, with what they owe, and their balances are locked. Whose
    balance somebody else has locked is left to another batch."""
    lapsing = (NOT_EMPTY, Lot.expires_at <= now, Lot.pending_until.is_(None))
    maturing = (NOT_EMPTY, Lot.pending_until <= now)
    over = (Hold.ended_at.is_(None), Hold.until <= now)
    found = (
        _free(Lot, *lapsing).order_by(Lot.expires_at).limit(LOTS),
        _free(Lot, *maturing).order_by(Lot.pending_until).limit(LOTS),
        _free(Hold, *over).order_by(Hold.until).limit(MEMBERS),
    )
    return {member_id: owed for whose in found for member_id, owed in session.execute(whose)}


def _free(of: type[Lot | Hold], *due: sa.ColumnElement[bool]) -> sa.Select[int, int]:
    whose = sa.select(Balance.member_id, Balance.arrears).where(*due)
    whose = whose.join(of, of.member_id == Balance.member_id)
    return whose.with_for_update(of=Balance, skip_locked=True)


def _apart(
    session: Session, owing: Mapping[int, int], now: datetime
) -> tuple[Sequence[int], Sequence[int]]:
    """Of members whose balances are locked: who can be dealt with together, and who one by one."""
    whose = {"members": list(owing), "now": now}
    with_holds = set(session.connection().scalars(_HOLDS_OVER, whose))
    alone = {
        member_id for member_id, arrears in owing.items() if arrears or member_id in with_holds
    }
    return sorted(owing.keys() - alone), sorted(alone)


def _mature(session: Session, member_ids: Sequence[int], now: datetime) -> None:
    """These owe nothing, so that all of it can be spent."""
    whose = {"members": member_ids, "now": now}
    lots = session.connection().execute(_MATURING, whose).all()
    if not lots:
        return
    maturing = [coming.maturing(lot.member_id, lot.id, lot.remaining, 0) for lot in lots]
    booking.book_all(session, maturing, now)
    session.connection().execute(_BECOME_AVAILABLE, whose)
