"""Take-backs: what was awarded is taken from her again, as a value. Several are decided one after
another before any of them is written, each by what those before it leave."""

from collections import Counter
from collections.abc import Iterable, Sequence

from sqlalchemy.orm import Session

from app.domain.loyalty import lots
from app.domain.loyalty.entries import Account
from app.domain.loyalty.movements import Flow, Part
from app.domain.loyalty.originals import Brought, Original


class Shelf:
    """The lots of members whose balances are locked, as they are after all that was decided."""

    def __init__(self, session: Session) -> None:
        self._session, self._changed = session, Counter[int]()

    def follow(self, parts: Iterable[Part]) -> None:
        for part in parts:
            self._changed[part.lot_id] += part.amount

    def of_award(self, award: Original) -> Brought | None:
        """The lot it brought; None where arrears took all of it."""
        own = award.brought
        return own._replace(remaining=own.remaining + self._changed[own.lot_id]) if own else None

    def spendable(self, member_id: int) -> Sequence[tuple[int, int]]:
        """(lot, what is left) of hers, soonest to expire first."""
        found = lots.spendable(self._session, member_id)
        now = [(lot_id, left + self._changed[lot_id]) for lot_id, left in found]
        return [(lot_id, left) for lot_id, left in now if left]


def decide(session: Session, shelf: Shelf, award: Original, amount: int) -> Flow:
    """From the award's own lot, pending or not; then what has lapsed of it, which needs no taking
    from her; then from her other lots; what was spent already becomes arrears."""
    held, own = award.held, shelf.of_award(award)
    from_own = min(own.remaining, amount) if own else 0
    pending = from_own if own and own.pending_until else 0
    points = from_own - pending
    lapsed, from_others = 0, 0
    if from_own < amount:
        lapsed = min(lots.lapsed_of(session, award.entry.id), amount - from_own)
        from_others = min(held.points - points, amount - from_own - lapsed)
    parts = [Part(own.lot_id, by) for by in (-from_own, lapsed, -lapsed) if by] if own else []
    if from_others:
        others = [lot for lot in shelf.spendable(held.member_id) if not own or lot[0] != own.lot_id]
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
