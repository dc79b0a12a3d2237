"""Reversals: an award taken back, or a spending given back, wholly or in parts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.loyalty import balances, booking, coming, entries, refills, take_backs
from app.domain.loyalty.balances import Held
from app.domain.loyalty.entries import Account, Cause, Content, KeyConflict, Known
from app.domain.loyalty.movements import Flow, Movement

REVERSIBLE = ("award", "spend", "post")


class NotReversible(Exception):
    """There is no such entry, or less of it is left than should be reversed."""


@dataclass(frozen=True, slots=True)
class Reversal:
    """``amount`` of the entry ``of_key`` is undone, or all that is left of it."""

    of_key: str
    key: str
    amount: int | None
    cause: Cause


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
    wanted = Reversal(of_key, key, amount, cause)
    original, held = _locked(session, [wanted], REVERSIBLE, now)[of_key]
    booked = entries.under_or_reversing(session, [key], [original.id])
    undone = _undone(booked, original, wanted)
    if undone is None:
        return None
    if original.content.kind == "award":
        shelf = take_backs.Shelf(session, [original])
        flow = take_backs.decide(session, shelf, held, original, undone)
    else:
        flow = _giving_back(session, held, original, undone)
    movement = _movement(wanted, original, booked, undone, flow)
    entry_id = booking.book(session, held, movement, now)
    coming.catch_up(session, held, now)
    return entry_id


def take_back_all(session: Session, wanted: Sequence[Reversal], now: datetime) -> dict[str, int]:
    """Undoes awards, each another one, in a few statements. Returns, by the award's key, whose
    points it moved.

    The same as ``reverse`` for each of them in their order. Raises as that does; then nothing is to
    be committed.
    """
    if not wanted:
        return {}
    locked = _locked(session, wanted, ("award",), now)
    awards = [award for award, _ in locked.values()]
    booked = entries.under_or_reversing(
        session, [one.key for one in wanted], [award.id for award in awards]
    )
    shelf, movements = take_backs.Shelf(session, awards), list[Movement]()
    for one in wanted:
        award, held = locked[one.of_key]
        undone = _undone(booked, award, one)
        if undone is None:
            continue
        flow = take_backs.decide(session, shelf, held, award, undone)
        movements.append(_movement(one, award, booked, undone, flow))
        shelf.follow(flow.parts)
        held.follow(movements[-1])
    new = booking.book_all(session, movements, now)
    for movement in movements:
        if movement.key not in new:  # it came in meanwhile, for another member
            raise KeyConflict(movement.key)
    return {of_key: held.member_id for of_key, (_, held) in locked.items()}


def _locked(
    session: Session, wanted: Sequence[Reversal], kinds: Collection[str], now: datetime
) -> dict[str, tuple[Known, Held]]:
    """What is to be undone, by its key, with the balances of whose it is: locked, and the clock has
    had what is its own."""
    locked = balances.lock_of(session, [one.of_key for one in wanted])
    for one in wanted:
        if one.of_key not in locked or locked[one.of_key][0].content.kind not in kinds:
            raise NotReversible(one.of_key)
    for _, held in locked.values():
        coming.catch_up(session, held, now)
    return locked


def _undone(booked: Sequence[Known], original: Known, wanted: Reversal) -> int | None:
    """How much of it is undone; None when this very reversal is there. ``booked`` is what was there
    under its key, or has undone the original."""
    if _is_booked(booked, original, wanted):
        return None
    left = original.content.amount - _done(booked, original)
    undone = left if wanted.amount is None else wanted.amount
    if not 0 < undone <= left:
        amount = original.content.amount
        raise NotReversible(f"{wanted.of_key}: {left} of {amount} left, not {undone}")
    return undone


def _movement(
    wanted: Reversal, original: Known, booked: Sequence[Known], undone: int, flow: Flow
) -> Movement:
    content = original.content
    return Movement(
        wanted.key,
        f"reverse_{content.kind}",
        content.member_id,
        undone,
        wanted.cause,
        flow.postings,
        growth=-_growth_undone(content, _done(booked, original), undone),
        reverses_id=original.id,
        parts=flow.parts,
        due_at=flow.due_at,
    )


def _done(booked: Sequence[Known], original: Known) -> int:
    return sum(one.content.amount for one in booked if one.content.reverses_id == original.id)


def _is_booked(booked: Sequence[Known], original: Known, wanted: Reversal) -> bool:
    """Whether this very reversal is there. Raises KeyConflict when the key is another's."""
    there = next((one.content for one in booked if one.key == wanted.key), None)
    if there is None:
        return False
    content, amount = original.content, wanted.amount
    kind, amount = f"reverse_{content.kind}", there.amount if amount is None else amount
    rule = wanted.cause.rule
    if there != Content(kind, content.member_id, amount, there.growth, rule, original.id):
        raise KeyConflict(wanted.key)
    return True


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
