"""Mass awards: thousands of awards in a few statements, as imports make them."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.bulk import among
from app.db import insert_all_once
from app.domain.loyalty import awards, balances, booking, coming, entries
from app.domain.loyalty.awards import Award
from app.domain.loyalty.balances import NOTHING, Balance
from app.domain.loyalty.entries import Account, KeyConflict


def award_all(session: Session, given: Sequence[Award], now: datetime) -> Collection[str]:
    """Gives all of these points, whatever has been given before under the same keys. Returns the
    keys that are new. Raises KeyConflict, in which case nothing is to be committed.

    The same as ``points.award`` for each of them.
    """
    chosen = _distinct(given)
    owing = _lock_all(session, sorted({award.member_id for award in chosen}), now)
    fresh = _without_known(session, chosen)
    movements = []
    for award in fresh:
        movement = awards.decide(award, owing[award.member_id], now)
        owing[award.member_id] -= movement.postings[Account.ARREARS]
        movements.append(movement)
    new = booking.book_all(session, movements, now)
    for award in fresh:
        if award.key not in new:  # it came in meanwhile, for another member
            raise KeyConflict(award.key)
    return new.keys()


def _distinct(given: Iterable[Award]) -> list[Award]:
    """Each key once. Those of one cause stand together."""
    by_key: dict[str, Award] = {}
    for award in given:
        if by_key.setdefault(award.key, award).content != award.content:
            raise KeyConflict(award.key)
    return sorted(by_key.values(), key=lambda one: (str(one.cause), one.member_id))


def _lock_all(session: Session, member_ids: Sequence[int], now: datetime) -> Counter[int]:
    """What each of them owes, once the clock has had what is its own."""
    session.flush()
    connection = session.connection()
    rows = connection.execute(_LOCK_ALL, {"members": member_ids}).all()
    if len(rows) < len(member_ids):
        empty = [{"member_id": member_id, **NOTHING} for member_id in member_ids]
        insert_all_once(session, Balance, empty, unique=["member_id"])
        rows = connection.execute(_LOCK_ALL, {"members": member_ids}).all()
    owing = Counter({row.member_id: row.arrears for row in rows})
    for row in rows:
        if row.due_at is not None and row.due_at <= now:
            held = balances.lock(session, row.member_id)
            coming.catch_up(session, held, now)
            owing[row.member_id] = held.arrears
    return owing


_LOCK_ALL = (
    sa.select(Balance.member_id, Balance.arrears, Balance.due_at)
    .where(among(Balance.member_id, "members"))
    .order_by(Balance.member_id)
    .with_for_update()
)


def _without_known(session: Session, chosen: Sequence[Award]) -> list[Award]:
    known = entries.known_all(session, [award.key for award in chosen])
    for award in chosen:
        if award.key in known and known[award.key].content != award.content:
            raise KeyConflict(award.key)
    return [award for award in chosen if award.key not in known]
