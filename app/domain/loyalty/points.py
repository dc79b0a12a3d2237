"""Points 积分: a double-entry ledger that only grows.

Every movement is an entry with a key from the business fact and postings that sum to zero, from
and to the accounts ``issued``, ``pending``, ``member``, ``reserved``, ``arrears``, ``spent`` and
``expired``. A member's points lie in lots (``lots``): the one that expires soonest is spent first,
and a reversal puts back the very lots. What cannot be taken back, because it was spent, becomes
arrears, which later awards pay first. What the clock has brought her (``coming``) is booked before
anything else moves. Balances are a copy for speed; ``ledger.discrepancies`` replays the postings.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.loyalty import awards, balances, booking, coming, takings
from app.domain.loyalty.awards import Award
from app.domain.loyalty.balances import Balance, NotEnoughPoints, balance_of, balances_of
from app.domain.loyalty.entries import Account, Cause, KeyConflict, PointsEntry, Posting
from app.domain.loyalty.mass_awards import award_all
from app.domain.loyalty.reservations import NotHeld, post, reserve, void
from app.domain.loyalty.reversals import NotReversible, Reversal, reverse, take_back_all

__all__ = [
    "Account",
    "Award",
    "Balance",
    "Cause",
    "KeyConflict",
    "NotEnoughPoints",
    "NotHeld",
    "NotReversible",
    "PointsEntry",
    "Posting",
    "Reversal",
    "award",
    "award_all",
    "balance_of",
    "balances_of",
    "give",
    "post",
    "reserve",
    "reverse",
    "spend",
    "take_back_all",
    "void",
]


def award(
    session: Session,
    member_id: int,
    amount: int,
    *,
    key: str,
    cause: Cause,
    growth: int | None = None,
    expires_at: datetime | None = None,
    available_at: datetime | None = None,
    now: datetime,
) -> int | None:
    """Gives points, and as much growth value unless ``growth`` says otherwise.

    Before ``available_at`` they are pending: hers, but not to be spent, nor do they pay arrears.
    Growth value counts at once. Returns the entry's id, or None when this very award was booked
    before. Raises KeyConflict.
    """
    given = Award(member_id, amount, key, cause, growth, expires_at, available_at)
    return give(session, given, now)


def give(session: Session, given: Award, now: datetime) -> int | None:
    """The same of an award that is a value already."""
    entry_id = booking.book_at_once(session, awards.decide(given, 0, now), now)
    if entry_id is not None:
        return entry_id
    held = balances.lock(session, given.member_id)
    coming.catch_up(session, held, now)
    return booking.book(session, held, awards.decide(given, held.arrears, now), now)


def spend(
    session: Session, member_id: int, amount: int, *, key: str, cause: Cause, now: datetime
) -> int | None:
    """Takes points from the lots that expire soonest. Returns the entry's id, or None when this
    very spending was booked before.

    Raises NotEnoughPoints and KeyConflict, in which case no spending is booked.
    """
    return takings.take(
        session, member_id, Account.SPENT, amount, key=key, kind="spend", cause=cause, now=now
    )
