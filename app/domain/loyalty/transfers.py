"""Transfers: the points of one record of a person go over to the other, through the ledger."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.loyalty import lots, points


def carry_over(
    session: Session, from_id: int, to_id: int, *, cause: points.Cause, now: datetime
) -> None:
    """Spends what ``from_id`` has and awards it to ``to_id``: lot by lot, so that each keeps the
    day it lapses, and with the growth value that was earned. Keys name both records, so once.

    What ``from_id`` owes is paid by ``to_id`` as far as her points go; the rest stays where it is.
    """
    source = points.balance_of(session, from_id)
    key = f"transfer:{from_id}>{to_id}"
    growth = source.growth
    held = [(lot.id, lot.remaining, lot.expires_at) for lot in lots.of(session, from_id)]
    if held:
        points.spend(session, from_id, source.points, key=f"{key}:out", cause=cause, now=now)
    elif growth:
        _carry_growth(session, to_id, growth, key, cause, now)
    for lot_id, amount, expires_at in held:
        points.award(
            session,
            to_id,
            amount,
            key=f"{key}:in:{lot_id}",
            cause=cause,
            growth=growth,
            expires_at=expires_at,
            now=now,
        )
        growth = 0  # the first award brings it all
    _pay_arrears(session, from_id, to_id, key, cause, now)


def _carry_growth(
    session: Session, to_id: int, growth: int, key: str, cause: points.Cause, now: datetime
) -> None:
    """An entry cannot be empty, so growth value alone travels on one point, spent at once."""
    points.award(
        session, to_id, 1, key=f"{key}:growth", cause=cause, growth=growth, expires_at=None, now=now
    )
    if points.balance_of(session, to_id).points:
        points.spend(session, to_id, 1, key=f"{key}:growth:out", cause=cause, now=now)


def _pay_arrears(
    session: Session, from_id: int, to_id: int, key: str, cause: points.Cause, now: datetime
) -> None:
    owed = points.balance_of(session, from_id).arrears
    paid = min(owed, points.balance_of(session, to_id).points)
    if paid:
        points.spend(session, to_id, paid, key=f"{key}:arrears:out", cause=cause, now=now)
        points.award(
            session, from_id, paid, key=f"{key}:arrears:in", cause=cause, growth=0, now=now
        )
