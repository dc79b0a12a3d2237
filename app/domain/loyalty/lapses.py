"""Lapses of many members at once, booked as ``coming`` would book them one by one: what a member
has in lots of the same moment goes as one entry."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.bulk import among
from app.domain.loyalty import booking, coming
from app.domain.loyalty.lots import NOT_EMPTY, Lot, LotMove

_MOMENT = sa.type_coerce(Lot.expires_at, sa.String)  # as it comes: only to tell one from another
_DUE = (
    sa.select(Lot.member_id, _MOMENT, Lot.id, Lot.remaining)
    .where(
        among(Lot.member_id, "members"),
        NOT_EMPTY,
        Lot.expires_at <= sa.bindparam("now", type_=Lot.expires_at.type),
        Lot.pending_until.is_(None),
    )
    .order_by(Lot.member_id, Lot.expires_at, Lot.id)
)
_MOVES = (
    sa.select(LotMove.lot_id, sa.func.count())
    .where(among(LotMove.lot_id, "lots"))
    .group_by(LotMove.lot_id)
)


def book(session: Session, member_ids: Sequence[int], now: datetime) -> None:
    """For members whose balances are locked and who owe nothing."""
    connection = session.connection()
    due = connection.execute(_DUE, {"members": member_ids, "now": now}).all()
    together = [
        (member_id, [(lot_id, remaining) for _, _, lot_id, remaining in lots])
        for (member_id, _), lots in groupby(due, key=itemgetter(0, 1))
    ]
    firsts = [lots[0][0] for _, lots in together]
    moves = dict(connection.execute(_MOVES, {"lots": firsts}).all())
    movements = [
        coming.lapsing(member_id, lots, moves.get(lots[0][0], 0)) for member_id, lots in together
    ]
    booking.book_all(session, movements, now)
