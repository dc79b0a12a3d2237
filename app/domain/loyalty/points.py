"""Points 积分: a double-entry ledger that only grows.

Every movement is an entry with a key from the business fact and postings that sum to zero, from
and to the accounts ``issued``, ``member``, ``arrears``, ``spent`` and ``expired``. A member's
points lie in lots (``lots``): the one that expires soonest is spent first, and a reversal puts
back the very lots. What cannot be taken back, because it was spent, becomes arrears, which later
awards pay first. Balances are a copy for speed; ``ledger.discrepancies`` replays the postings.
"""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once
from app.domain.loyalty import entries, lots
from app.domain.loyalty.entries import Account, Cause, KeyConflict, PointsEntry, Posting

__all__ = [
    "Account",
    "Balance",
    "Cause",
    "KeyConflict",
    "NotEnoughPoints",
    "NotReversible",
    "PointsEntry",
    "Posting",
    "award",
    "balance_of",
    "balances_of",
    "expire",
    "reverse",
    "spend",
]


class NotEnoughPoints(Exception):
    """The balance does not cover the amount."""


class NotReversible(Exception):
    """There is no such entry, or less of it is left than should be reversed."""


class Balance(Base):
    """What the postings of a member add up to. Its row is the lock of her ledger."""

    __tablename__ = "points_balances"
    __table_args__ = (
        sa.CheckConstraint("points >= 0", name="points_not_negative"),
        sa.CheckConstraint("arrears >= 0", name="arrears_not_negative"),
        sa.CheckConstraint("points = 0 OR arrears = 0", name="arrears_are_paid_first"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    member_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("members.id"), unique=True)
    points: Mapped[int] = mapped_column(default=0)
    arrears: Mapped[int] = mapped_column(default=0)
    growth: Mapped[int] = mapped_column(default=0)


def award(
    session: Session,
    member_id: int,
    amount: int,
    *,
    key: str,
    cause: Cause,
    growth: int | None = None,
    expires_at: datetime | None = None,
    now: datetime,
) -> PointsEntry | None:
    """Gives points, and as much growth value unless ``growth`` says otherwise.

    Returns the entry, or None when this very award was booked before. Raises KeyConflict.
    """
    grown = amount if growth is None else growth
    entry = entries.book(session, key, "award", member_id, amount, grown, cause, None, now)
    if entry is None:
        return None
    balance = _locked_balance(session, member_id)
    paid_back = min(balance.arrears, amount)
    lots.open_lot(session, entry.id, member_id, amount - paid_back, expires_at, now)
    balance.arrears -= paid_back
    balance.points += amount - paid_back
    balance.growth += grown
    entries.post(
        session,
        entry,
        {Account.ISSUED: -amount, Account.ARREARS: paid_back, Account.MEMBER: amount - paid_back},
    )
    return entry


def spend(
    session: Session, member_id: int, amount: int, *, key: str, cause: Cause, now: datetime
) -> PointsEntry | None:
    """Takes points from the lots that expire soonest. Returns None when booked before.

    Raises NotEnoughPoints and KeyConflict, in which case nothing is booked.
    """
    with session.begin_nested():
        entry = entries.book(session, key, "spend", member_id, amount, 0, cause, None, now)
        if entry is None:
            return None
        balance = _locked_balance(session, member_id)
        if balance.points < amount:
            raise NotEnoughPoints(f"{balance.points} < {amount}")
        lots.take(session, entry.id, member_id, amount)
        balance.points -= amount
        entries.post(session, entry, {Account.MEMBER: -amount, Account.SPENT: amount})
        return entry


def reverse(
    session: Session,
    of_key: str,
    *,
    key: str,
    amount: int | None = None,
    cause: Cause,
    now: datetime,
) -> PointsEntry | None:
    """Undoes an award or a spend, wholly or by ``amount``. Returns None when booked before.

    Raises NotReversible when more than is left of it would be undone, and KeyConflict.
    """
    with session.begin_nested():
        original = session.scalar(sa.select(PointsEntry).where(PointsEntry.key == of_key))
        if original is None or original.kind not in ("award", "spend"):
            raise NotReversible(of_key)
        balance = _locked_balance(session, original.member_id)
        known = entries.known(session, key)
        done = entries.reversed_amount(session, original.id)
        left = original.amount - done
        undone = amount if amount is not None else (known.amount if known else left)
        if known is None and not 0 < undone <= left:
            raise NotReversible(f"{of_key}: {left} of {original.amount} left, not {undone}")
        growth = known.growth if known else -_growth_undone(original, done, undone)
        entry = entries.book(
            session,
            key,
            f"reverse_{original.kind}",
            original.member_id,
            undone,
            growth,
            cause,
            original.id,
            now,
        )
        if entry is None:
            return None
        if original.kind == "award":
            _take_back(session, entry, original, balance)
        else:
            _give_back(session, entry, original, balance)
        return entry


def _take_back(
    session: Session, entry: PointsEntry, award_entry: PointsEntry, balance: Balance
) -> None:
    """From the award's own lot, then from the others; what was spent already becomes arrears."""
    taken = min(balance.points, entry.amount)
    lots.take(session, entry.id, entry.member_id, taken, first_of_entry=award_entry.id)
    owed = entry.amount - taken
    balance.points -= taken
    balance.arrears += owed
    balance.growth += entry.growth
    entries.post(
        session,
        entry,
        {Account.MEMBER: -taken, Account.ARREARS: -owed, Account.ISSUED: entry.amount},
    )


def _give_back(
    session: Session, entry: PointsEntry, spend_entry: PointsEntry, balance: Balance
) -> None:
    """To the very lots, with their dates; arrears that grew meanwhile are paid from them."""
    lots.put_back(session, entry.id, spend_entry.id, entry.amount)
    paid_back = min(balance.arrears, entry.amount)
    lots.take(session, entry.id, entry.member_id, paid_back)
    balance.arrears -= paid_back
    balance.points += entry.amount - paid_back
    entries.post(
        session,
        entry,
        {
            Account.SPENT: -entry.amount,
            Account.ARREARS: paid_back,
            Account.MEMBER: entry.amount - paid_back,
        },
    )


def expire(session: Session, lot: lots.Lot, cause: Cause, now: datetime) -> PointsEntry | None:
    """Lets what is left of a lot lapse."""
    balance = _locked_balance(session, lot.member_id)
    session.refresh(lot)
    if lot.remaining == 0:
        return None
    # a lot may get points back after it lapsed and lapse again: its moves so far number the times
    key = f"expire:{lot.id}:{lots.moves_of(session, lot.id)}"
    amount = lot.remaining
    entry = entries.book(session, key, "expire", lot.member_id, amount, 0, cause, None, now)
    if entry is None:
        return None
    lots.empty(session, entry.id, lot)
    balance.points -= amount
    entries.post(session, entry, {Account.MEMBER: -amount, Account.EXPIRED: amount})
    return entry


def balance_of(session: Session, member_id: int) -> Balance:
    """The member's points, arrears and growth value; zeros when nothing was ever booked."""
    balance = session.scalar(sa.select(Balance).where(Balance.member_id == member_id))
    return balance or Balance(member_id=member_id, points=0, arrears=0, growth=0)


def balances_of(session: Session, member_ids: Collection[int]) -> dict[int, int]:
    """The points of these members; those of whom nothing was ever booked are not in the answer."""
    held = sa.select(Balance.member_id, Balance.points).where(Balance.member_id.in_(member_ids))
    return {row.member_id: row.points for row in session.execute(held)}


def _locked_balance(session: Session, member_id: int) -> Balance:
    wanted = sa.select(Balance).where(Balance.member_id == member_id).with_for_update()
    fresh = wanted.execution_options(populate_existing=True)
    session.flush()
    balance = session.scalar(fresh)
    if balance is None:
        values = {"member_id": member_id, "points": 0, "arrears": 0, "growth": 0}
        insert_once(session, Balance, values, unique=["member_id"])
        balance = session.scalars(fresh).one()
    return balance


def _growth_undone(original: PointsEntry, done: int, undone: int) -> int:
    """The growth value that goes with the next ``undone`` points after ``done``: rounded down at
    every part, and wholly gone with the last."""
    so_far = original.growth * done // original.amount
    return original.growth * (done + undone) // original.amount - so_far
