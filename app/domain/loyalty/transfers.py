"""Transfers: the points of one record of a person go over to the other, through the ledger, and
come back when they turn out to be two persons."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.loyalty import balances, booking, coming, lots, points
from app.domain.loyalty.entries import Account
from app.domain.loyalty.movements import Movement, Part


def carry_over(
    session: Session, from_id: int, to_id: int, *, name: str, cause: points.Cause, now: datetime
) -> Sequence[str]:
    """Spends what ``from_id`` has and awards it to ``to_id``: lot by lot, so that each keeps the
    moments from which and until which it can be spent. Once under this ``name``. Returns the keys
    of its entries, in their order, for ``carry_back``.

    What ``from_id`` owes is paid by ``to_id`` as far as her points go; the rest stays where it is.
    So do points that are on hold, until the hold ends, and growth value, which is the sum of both
    for as long as they are one: what is taken back of either one's award counts at once.
    """
    source = balances.lock(session, from_id)
    coming.catch_up(session, source, now)
    key = f"transfer:{name}"
    carried = lots.of(session, from_id)
    keys = _take_out(session, source, carried, key, cause, now)
    for lot in carried:
        keys.append(f"{key}:in:{lot.id}")
        points.award(
            session,
            to_id,
            lot.remaining,
            key=keys[-1],
            cause=cause,
            growth=0,
            expires_at=lot.expires_at,
            available_at=lot.pending_until,
            now=now,
        )
    return keys + _pay_arrears(session, from_id, to_id, key, cause, now)


def carry_back(
    session: Session, keys: Sequence[str], *, cause: points.Cause, now: datetime
) -> None:
    """Reverses the entries of ``carry_over``, the last first: every lot is what it was, and who has
    spent of what was not hers owes it. What has lapsed meanwhile lapses with the lot it came from.
    """
    for key in reversed(keys):
        points.reverse(session, key, key=f"{key}:back", cause=cause, now=now)


def _take_out(
    session: Session,
    source: balances.Held,
    carried: Sequence[lots.Lot],
    key: str,
    cause: points.Cause,
    now: datetime,
) -> list[str]:
    """What can be spent goes at once, what is pending lot by lot. Returns the keys."""
    keys = []
    if source.points:
        keys.append(f"{key}:out")
        points.spend(session, source.member_id, source.points, key=keys[-1], cause=cause, now=now)
    for lot in carried:
        if lot.pending_until is not None:
            keys.append(f"{key}:out:{lot.id}")
            _take_pending(session, lot, keys[-1], cause, now)
    return keys


def _take_pending(
    session: Session, lot: lots.Lot, key: str, cause: points.Cause, now: datetime
) -> None:
    taking = Movement(
        key,
        "spend",
        lot.member_id,
        lot.remaining,
        cause,
        {Account.PENDING: -lot.remaining, Account.SPENT: lot.remaining},
        parts=[Part(lot.id, -lot.remaining)],
    )
    booking.book(session, balances.lock(session, lot.member_id), taking, now)


def settle(
    session: Session, from_id: int, to_id: int, key: str, cause: points.Cause, now: datetime
) -> Sequence[str]:
    """What a record owes after the other has absorbed it is paid by the one that stays, as far as
    her points go. Once under this ``key``. Returns the keys of its entries, for ``carry_back``;
    none where nothing was owed, or there was nothing to pay it with."""
    return _pay_arrears(session, from_id, to_id, f"transfer:{key}", cause, now)


def _pay_arrears(
    session: Session, from_id: int, to_id: int, key: str, cause: points.Cause, now: datetime
) -> list[str]:
    owed = points.balance_of(session, from_id).arrears
    paid = min(owed, points.balance_of(session, to_id).points)
    if not paid:
        return []
    keys = [f"{key}:arrears:out", f"{key}:arrears:in"]
    points.spend(session, to_id, paid, key=keys[0], cause=cause, now=now)
    points.award(session, from_id, paid, key=keys[1], cause=cause, growth=0, now=now)
    return keys
