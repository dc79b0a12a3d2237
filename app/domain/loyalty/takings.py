"""Takings: points leave the lots that can be spent, those first that expire soonest."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.loyalty import balances, booking, coming, entries, lots
from app.domain.loyalty.balances import Balance, Held, NotEnoughPoints
from app.domain.loyalty.entries import Account, Cause, Content
from app.domain.loyalty.lots import Lot
from app.domain.loyalty.movements import Movement


def take(
    session: Session,
    member_id: int,
    to: Account,
    amount: int,
    *,
    key: str,
    kind: str,
    cause: Cause,
    due_at: datetime | None = None,
    now: datetime,
) -> int | None:
    """Returns the id of the entry, or None when this very one was booked before.

    Raises NotEnoughPoints and KeyConflict, in which case nothing is booked.
    """
    held, left = _lock(session, member_id)
    if coming.catch_up(session, held, now):
        left = lots.spendable(session, member_id)
    if held.points < amount:
        if entries.is_booked(session, key, Content(kind, member_id, amount, 0, cause.rule, None)):
            return None
        raise NotEnoughPoints(f"{held.points} < {amount}")
    parts, postings = lots.taken(left, amount), {Account.MEMBER: -amount, to: amount}
    movement = Movement(key, kind, member_id, amount, cause, postings, parts=parts, due_at=due_at)
    return booking.book(session, held, movement, now)


def _lock(session: Session, member_id: int) -> tuple[Held, Sequence[tuple[int, int]]]:
    """Her balance, and (lot, what is left) of hers that can be spent."""
    rows = balances.lock_and_read(session, LOCK, {"member": member_id})
    if not rows:
        balances.lock(session, member_id)  # which opens it, unless somebody has just done so
        return _lock(session, member_id)
    *balance, _, _, _ = rows[0]
    return Held(*balance), [(lot, left) for *_, lot, left, _ in rows if lot is not None]


LOCK = (
    sa.select(*balances.COLUMNS, Lot.id, Lot.remaining, balances.UNMOVED)
    .outerjoin(Lot, sa.and_(Lot.member_id == Balance.member_id, lots.SPENDABLE))
    .where(Balance.member_id == sa.bindparam("member"))
    .order_by(*lots.SOONEST_FIRST)
    .with_for_update(of=Balance)
)
