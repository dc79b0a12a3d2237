"""Reversals: an award taken back, or a spending given back, wholly or in parts."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.loyalty import balances, booking, coming, entries, lots, refills
from app.domain.loyalty.balances import Held
from app.domain.loyalty.entries import Account, Cause, Content, KeyConflict, Known
from app.domain.loyalty.movements import Flow, Movement, Part

REVERSIBLE = ("award", "spend", "post")


class NotReversible(Exception):
    """There is no such entry, or less of it is left than should be reversed."""


def reverse(
    session: Session,
    of_key: str,
    *,
    key: str,
    amount: int | None = None,
    cause: Cause,
    now: datetime,
) -> int | None:
    """Undoes an award, a spending or a posted reservation, wholly or by ``amount``.

    Returns the id of its entry, or None when booked before. Raises NotReversible when more than is
    left of it would be undone, and KeyConflict; then nothing is undone.
    """
    locked = balances.lock_of(session, of_key)
    if locked is None or locked[0].content.kind not in REVERSIBLE:
        raise NotReversible(of_key)
    original, held = locked
    coming.catch_up(session, held, now)
    booked = entries.under_or_reversing(session, key, original.id)
    if _is_booked(booked, original, key, amount, cause):
        return None
    done = sum(one.content.amount for one in booked)
    left = original.content.amount - done
    undone = left if amount is None else amount
    if not 0 < undone <= left:
        raise NotReversible(f"{of_key}: {left} of {original.content.amount} left, not {undone}")
    decide = _taking_back if original.content.kind == "award" else _giving_back
    flow = decide(session, held, original, undone)
    movement = Movement(
        key,
        f"reverse_{original.content.kind}",
        held.member_id,
        undone,
        cause,
        flow.postings,
        growth=-_growth_undone(original.content, done, undone),
        reverses_id=original.id,
        parts=flow.parts,
        due_at=flow.due_at,
    )
    entry_id = booking.book(session, held, movement, now)
    coming.catch_up(session, held, now)
    return entry_id


def _is_booked(
    booked: Sequence[Known], original: Known, key: str, amount: int | None, cause: Cause
) -> bool:
    """Whether this very reversal is there. Raises KeyConflict when the key is another's."""
    there = next((one.content for one in booked if one.key == key), None)
    if there is None:
        return False
    kind, amount = f"reverse_{original.content.kind}", there.amount if amount is None else amount
    same = Content(kind, original.content.member_id, amount, there.growth, cause.rule, original.id)
    if there != same:
        raise KeyConflict(key)
    return True


def _taking_back(session: Session, held: Held, award: Known, amount: int) -> Flow:
    """From the award's own lot, pending or not; then what has lapsed of it, which needs no taking
    from her; then from her other lots; what was spent already becomes arrears."""
    own = lots.of_award(session, award.id)
    from_own = min(own.remaining, amount) if own else 0
    pending = from_own if own and own.pending_until else 0
    points = from_own - pending
    lapsed, from_others = 0, 0
    if from_own < amount:
        lapsed = min(lots.lapsed_of(session, award.id), amount - from_own)
        from_others = min(held.points - points, amount - from_own - lapsed)
    parts = [Part(own.id, by) for by in (-from_own, lapsed, -lapsed) if by] if own else []
    if from_others:
        others = [
            lot for lot in lots.spendable(session, held.member_id) if not own or lot.id != own.id
        ]
        parts += lots.taken(others, from_others)
    owed = amount - from_own - lapsed - from_others
    postings = {
        Account.ISSUED: amount,
        Account.PENDING: -pending,
        Account.MEMBER: -points - from_others,
        Account.EXPIRED: -lapsed,
        Account.ARREARS: -owed,
    }
    return Flow(postings, parts)


def _giving_back(session: Session, held: Held, spending: Known, amount: int) -> Flow:
    """To the very lots. A posted reservation took them when it was made, and may have given back a
    part when it was posted."""
    taken_by = spending.id
    if spending.content.kind == "post":
        assert spending.content.reverses_id is not None, "a post ends a reservation"
        taken_by = spending.content.reverses_id
    back = refills.decide(session, held, taken_by, spending.id, amount)
    return Flow({Account.SPENT: -amount, **back.postings}, back.parts, back.due_at)


def _growth_undone(original: Content, done: int, undone: int) -> int:
    """The growth value that goes with the next ``undone`` points after ``done``: rounded down at
    every part, and wholly gone with the last."""
    so_far = original.growth * done // original.amount
    return original.growth * (done + undone) // original.amount - so_far
