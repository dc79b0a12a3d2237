"""Expiry: what the clock brings to points is booked when it is due, though nobody moves them.

Thousands of members at once, in a few statements. What depends on the order of things, a hold that
is over or arrears to be paid, is left to ``coming``, one member at a time; for everybody else the
outcome and the keys are the same.
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
    .with_for_update()
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
    due = _members_due(session, now)
    together, one_by_one = _lock(session, due, now)
    for member_id in one_by_one:
        held = balances.lock(session, member_id)
        coming.catch_up(session, held, now)
    _mature(session, together, now)
    lapses.book(session, together, now)
    return bool(due)


def _members_due(session: Session, now: datetime) -> Collection[int]:
    lapsing = sa.select(Lot.member_id).where(
        NOT_EMPTY, Lot.expires_at <= now, Lot.pending_until.is_(None)
    )
    maturing = sa.select(Lot.member_id).where(NOT_EMPTY, Lot.pending_until <= now)
    over = sa.select(Hold.member_id).where(Hold.ended_at.is_(None), Hold.until <= now)
    found = set(session.scalars(lapsing.order_by(Lot.expires_at).limit(LOTS)))
    found.update(session.scalars(maturing.order_by(Lot.pending_until).limit(LOTS)))
    found.update(session.scalars(over.order_by(Hold.until).limit(MEMBERS)))
    return found


def _lock(
    session: Session, due: Collection[int], now: datetime
) -> tuple[Sequence[int], Sequence[int]]:
    """Who can be dealt with together, and who one by one; all their balances are locked, in the
    order of the members, so that two who do this cannot wait for each other."""
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
