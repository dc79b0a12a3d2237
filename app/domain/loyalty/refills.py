"""Refills: what was spent or set aside goes back into the very lots it came from."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.domain.loyalty import lots
from app.domain.loyalty.balances import Held
from app.domain.loyalty.entries import Account
from app.domain.loyalty.lots import Taken
from app.domain.loyalty.movements import Flow, Part


def decide(session: Session, held: Held, taken_by: int, ended_by: int, amount: int) -> Flow:
    """``amount`` of what the entry ``taken_by`` took goes back, the latest to expire first, so that
    a part given back is the part worth most. ``ended_by`` may have given back before.

    Arrears that grew meanwhile are paid from it: who owes has nothing else to spend. A lot may be
    past its date by now: the caller lets the clock have what is the clock's (``coming.catch_up``).
    """
    back = _back(lots.still_taken(session, taken_by, ended_by), amount) if amount else []
    to_spend = [lot for lot in back if lot.pending_until is None]
    points = sum(lot.amount for lot in to_spend)
    paid_back = min(held.arrears, points)
    to_spend.sort(key=lambda lot: (lot.expires_at is None, lot.expires_at, lot.lot_id))
    moments = [lot.pending_until or lot.expires_at for lot in back]
    return Flow(
        {
            Account.PENDING: amount - points,
            Account.ARREARS: paid_back,
            Account.MEMBER: points - paid_back,
        },
        [
            *(Part(lot.lot_id, lot.amount) for lot in back),
            *lots.taken(((lot.lot_id, lot.amount) for lot in to_spend), paid_back),
        ],
        min((moment for moment in moments if moment is not None), default=None),
    )


def _back(taken: Sequence[Taken], amount: int) -> list[Taken]:
    """``amount`` of it, in this order."""
    back = []
    for lot in taken:
        if part := min(lot.amount, amount):
            back.append(lot._replace(amount=part))
            amount -= part
    assert amount == 0, "a reversal never exceeds what was taken"
    return back
