"""Reversals: an award taken back, or a spending given back, wholly or in parts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.loyalty import booking, coming, entries, originals, refills, take_backs
from app.domain.loyalty.entries import Account, Cause, Content, KeyConflict
from app.domain.loyalty.movements import Flow, Movement
from app.domain.loyalty.originals import Original, Undoing

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
    original = _locked(session, [wanted], REVERSIBLE, now)[of_key]
    undone = _undone(session, original, wanted)
    if undone is None:
        return None
    if original.entry.content.kind == "award":
        flow = take_backs.decide(session, take_backs.Shelf(session), original, undone)
    else:
        flow = _giving_back(session, original, undone)
    entry_id = booking.book(session, original.held, _movement(wanted, original, undone, flow), now)
    coming.catch_up(session, original.held, now)
    return entry_id


def take_back_all(session: Session, wanted: Sequence[Reversal], now: datetime) -> dict[str, int]:
    """Undoes awards, each another one, in a few statements. Returns, by the award's key, whose
    points it moved.

    The same as ``reverse`` for each of them in their order. Raises as that does; then nothing is to
    be committed.
    """
    if not wanted:
        return {}
    awards = _locked(session, wanted, ("award",), now)
    shelf, movements = take_backs.Shelf(session), list[Movement]()
    for one in wanted:
        award = awards[one.of_key]
        undone = _undone(session, award, one)
        if undone is None:
            continue
        flow = take_backs.decide(session, shelf, award, undone)
        movements.append(_movement(one, award, undone, flow))
        shelf.follow(flow.parts)
        award.held.follow(movements[-1])
    new = booking.book_all(session, movements, now)
    for movement in movements:
        if movement.key not in new:  # it is taken, or came in meanwhile for another member
            raise KeyConflict(movement.key)
    return {of_key: award.held.member_id for of_key, award in awards.items()}


def _locked(
    session: Session, wanted: Sequence[Reversal], kinds: Collection[str], now: datetime
) -> dict[str, Original]:
    """What is to be undone, by its key: locked, and the clock has had what is its own."""
    keys = [one.of_key for one in wanted]
    found = originals.lock(session, keys)
    for key in keys:
        if key not in found or found[key].entry.content.kind not in kinds:
            raise NotReversible(key)
    caught_up = [coming.catch_up(session, one.held, now) for one in found.values()]
    return originals.lock(session, keys) if any(caught_up) else found


def _undone(session: Session, original: Original, wanted: Reversal) -> int | None:
    """How much of it is undone; None when this very reversal is there. A key that another entry has
    is noticed when it is written, but for one that would not be written anyway."""
    amount = original.entry.content.amount
    left = amount - original.done
    there = original.undone.get(wanted.key)
    if there is not None:
        same = there.amount if wanted.amount is None else wanted.amount
        if there != Undoing(wanted.key, same, wanted.cause.rule):
            raise KeyConflict(wanted.key)
        return None
    undone = left if wanted.amount is None else wanted.amount
    if not 0 < undone <= left:
        if entries.known(session, wanted.key):
            raise KeyConflict(wanted.key)
        raise NotReversible(f"{wanted.of_key}: {left} of {amount} left, not {undone}")
    return undone


def _movement(wanted: Reversal, original: Original, undone: int, flow: Flow) -> Movement:
    content = original.entry.content
    return Movement(
        wanted.key,
        f"reverse_{content.kind}",
        content.member_id,
        undone,
        wanted.cause,
        flow.postings,
        growth=-_growth_undone(content, original.done, undone),
        reverses_id=original.entry.id,
        parts=flow.parts,
        due_at=flow.due_at,
    )


def _giving_back(session: Session, original: Original, amount: int) -> Flow:
    """To the very lots. A posted reservation took them when it was made, and may have given back a
    part when it was posted."""
    spending, taken_by = original.entry, original.entry.id
    if spending.content.kind == "post":
        assert spending.content.reverses_id is not None, "a post ends a reservation"
        taken_by = spending.content.reverses_id
    back = refills.decide(session, original.held, taken_by, spending.id, amount)
    return Flow({Account.SPENT: -amount, **back.postings}, back.parts, back.due_at)


def _growth_undone(original: Content, done: int, undone: int) -> int:
    """The growth value that goes with the next ``undone`` points after ``done``: rounded down at
    every part, and wholly gone with the last."""
    so_far = original.growth * done // original.amount
    return original.growth * (done + undone) // original.amount - so_far
