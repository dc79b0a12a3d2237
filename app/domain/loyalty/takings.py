"""Takings: points leave the lots that can be spent, those first that expire soonest."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.loyalty import booking, entries, lots
from app.domain.loyalty.balances import Held, NotEnoughPoints
from app.domain.loyalty.entries import Account, Cause, Content
from app.domain.loyalty.movements import Movement


def take(
    session: Session,
    held: Held,
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
    if held.points < amount:
        if entries.is_booked(
            session, key, Content(kind, held.member_id, amount, 0, cause.rule, None)
        ):
            return None
        raise NotEnoughPoints(f"{held.points} < {amount}")
    parts = lots.taken(lots.spendable(session, held.member_id), amount)
    postings = {Account.MEMBER: -amount, to: amount}
    movement = Movement(
        key, kind, held.member_id, amount, cause, postings, parts=parts, due_at=due_at
    )
    return booking.book(session, held, movement, now)
