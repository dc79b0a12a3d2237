"""What the clock brings to a member's points: a hold ends, a lot becomes available, a lot lapses.

It is booked before anything else moves her points, in the order of the moments at which it was due,
and under keys of the lot or the hold. So what she has is a function of her ledger and the clock,
whenever the tick came round.
"""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.loyalty import balances, booking, holds, lots, refills
from app.domain.loyalty.balances import Held
from app.domain.loyalty.entries import Account, Cause
from app.domain.loyalty.holds import Hold
from app.domain.loyalty.lots import Lot
from app.domain.loyalty.movements import Movement, Part

HOLD_OVER, MATURING, EXPIRY = Cause("hold_over"), Cause("maturing"), Cause("expiry")
_VOID, _MATURE, _LAPSE = range(3)  # the order of what comes at one moment


def catch_up(session: Session, held: Held, now: datetime) -> bool:
    """Books what was due by ``now`` to a member whose balance is locked: whatever else is refused
    afterwards, this has happened. Returns whether there was anything, so that what was read of her
    before is old."""
    moved = False
    while held.due_at is not None and held.due_at <= now:
        first = session.connection().execute(_FIRST, {"member": held.member_id}).one_or_none()
        if first is None or first.at > now:
            balances.due_next(session, held, first.at if first is not None else None)
            break
        moved = True
        if first.kind == _VOID:
            void(session, held, session.get_one(Hold, first.id), now)
        elif first.kind == _MATURE:
            mature(session, held, first.id, first.amount, now)
        else:
            lapse(session, held, first.at, now)
    return moved


def void(session: Session, held: Held, hold: Hold, now: datetime) -> None:
    """A hold is over: its points go back."""
    key = f"hold_over:{hold.entry_id}"
    _book(session, held, ending(session, held, hold, key, "void", hold.amount, HOLD_OVER), now)
    holds.end(session, hold, now)


def mature(session: Session, held: Held, lot_id: int, amount: int, now: datetime) -> None:
    """A lot can be spent from now on; arrears are paid from it first."""
    _book(session, held, maturing(held.member_id, lot_id, amount, held.arrears), now)
    lots.become_available(session, lot_id)


def lapse(session: Session, held: Held, expires_at: datetime, now: datetime) -> None:
    """What is left in her lots of this moment is gone, as one entry."""
    left = lots.expiring_at(session, held.member_id, expires_at)
    _book(session, held, lapsing(held.member_id, left, lots.moves_of(session, left[0].id)), now)


def ending(
    session: Session, held: Held, hold: Hold, key: str, kind: str, amount: int, cause: Cause
) -> Movement:
    """``amount`` of what was set aside is posted, and the rest goes back, or all of it is void."""
    spent = amount if kind == "post" else 0
    reservation = hold.entry_id
    rest = refills.decide(session, held, reservation, reservation, hold.amount - spent)
    return Movement(
        key,
        kind,
        held.member_id,
        amount,
        cause,
        {Account.RESERVED: -hold.amount, Account.SPENT: spent, **rest.postings},
        reverses_id=reservation,
        parts=rest.parts,
        due_at=rest.due_at,
    )


def maturing(member_id: int, lot_id: int, amount: int, arrears: int) -> Movement:
    paid_back = min(arrears, amount)
    return Movement(
        f"mature:{lot_id}",
        "mature",
        member_id,
        amount,
        MATURING,
        {
            Account.PENDING: -amount,
            Account.ARREARS: paid_back,
            Account.MEMBER: amount - paid_back,
        },
        parts=[Part(lot_id, -paid_back)] if paid_back else (),
    )


def lapsing(member_id: int, left: Sequence[tuple[int, int]], moves: int) -> Movement:
    """``left`` is (lot, what is left of it) by lot, of one moment. The key names the first of them
    and its ``moves`` so far: it may get points back after it has lapsed, and lapse again."""
    amount = sum(remaining for _, remaining in left)
    first = left[0][0]
    return Movement(
        f"expire:{first}:{moves}",
        "expire",
        member_id,
        amount,
        EXPIRY,
        {Account.MEMBER: -amount, Account.EXPIRED: amount},
        parts=[Part(lot_id, -remaining) for lot_id, remaining in left],
    )


def _book(session: Session, held: Held, movement: Movement, now: datetime) -> None:
    entry_id = booking.book(session, held, movement, now)
    assert entry_id is not None, "the balance is locked, so nobody else has booked it meanwhile"


def _first_due() -> sa.CompoundSelect[int, datetime, int, int]:
    """The first thing the clock will do to a member."""
    hers = Lot.member_id == sa.bindparam("member"), lots.NOT_EMPTY
    over = sa.select(
        sa.literal(_VOID).label("kind"), Hold.until.label("at"), Hold.id, Hold.amount
    ).where(Hold.member_id == sa.bindparam("member"), Hold.ended_at.is_(None))
    maturing = sa.select(sa.literal(_MATURE), Lot.pending_until, Lot.id, Lot.remaining).where(
        *hers, Lot.pending_until.is_not(None)
    )
    lapsing = sa.select(sa.literal(_LAPSE), Lot.expires_at, Lot.id, Lot.remaining).where(
        *hers, Lot.pending_until.is_(None), Lot.expires_at.is_not(None)
    )
    return over.union_all(maturing, lapsing).order_by("at", "kind", "id").limit(1)


_FIRST = _first_due()
