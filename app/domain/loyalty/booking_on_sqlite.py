"""How movements are written on SQLite: table by table, since there is no network to save."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from app.db import Moment, table_of
from app.domain.loyalty.balances import OF_POSTINGS, Balance
from app.domain.loyalty.entries import PointsEntry, Posting
from app.domain.loyalty.lots import Lot, LotMove
from app.domain.loyalty.movements import Movement, Opened


def write(
    connection: sa.Connection, movements: Sequence[Movement], now: datetime
) -> dict[str, int]:
    """Returns the ids of the new entries by their keys."""
    given = [{**one.entry, "booked_at": now} for one in movements]
    ids = {row.key: row.id for row in connection.execute(_ENTER, given)}
    new = [(ids[one.key], one) for one in movements if one.key in ids]
    steps: list[tuple[sa.Executable, list[dict[str, Any]]]] = [
        (_POST, [row for entry_id, one in new for row in _postings(entry_id, one)]),
        (_OPEN, [_lot(entry_id, one, one.opened, now) for entry_id, one in new if one.opened]),
        (_MOVE, [row for entry_id, one in new for row in _moves(entry_id, one)]),
        (_CHANGE, [row for _, one in new for row in _changes(one)]),
        (_ADD, [_of_balance(one) for _, one in new]),
    ]
    for statement, rows in steps:
        if rows:
            connection.execute(statement, rows)
    return ids


_ENTER = (
    sqlite.insert(PointsEntry)
    .on_conflict_do_nothing(index_elements=["key"])
    .returning(PointsEntry.key, PointsEntry.id)
)
_POST, _OPEN, _MOVE = (sa.insert(table_of(model)) for model in (Posting, Lot, LotMove))
_CHANGE = (
    sa.update(table_of(Lot))
    .where(Lot.id == sa.bindparam("lot"))
    .values(remaining=Lot.remaining + sa.bindparam("by"))
)
_DUE = sa.bindparam("due", type_=Moment)
_ADD = (
    sa.update(table_of(Balance))
    .where(Balance.member_id == sa.bindparam("whose"))
    .values(
        due_at=sa.func.coalesce(sa.func.min(Balance.due_at, _DUE), Balance.due_at, _DUE),
        **{name: getattr(Balance, name) + sa.bindparam(f"by_{name}") for name in OF_POSTINGS},
    )
)


def _postings(entry_id: int, movement: Movement) -> Iterator[dict[str, Any]]:
    its = {"entry_id": entry_id, "member_id": movement.member_id}
    for account, amount in movement.postings.items():
        if amount:
            yield {**its, "account": account, "amount": amount}


def _lot(entry_id: int, movement: Movement, opened: Opened, now: datetime) -> dict[str, Any]:
    return {
        "entry_id": entry_id,
        "member_id": movement.member_id,
        "amount": opened.amount,
        "remaining": opened.amount,
        "opened_at": now,
        "expires_at": opened.expires_at,
        "pending_until": opened.pending_until,
    }


def _moves(entry_id: int, movement: Movement) -> Iterator[dict[str, Any]]:
    for part in movement.parts:
        yield {"entry_id": entry_id, "lot_id": part.lot_id, "amount": part.amount}


def _changes(movement: Movement) -> Iterator[dict[str, Any]]:
    for part in movement.parts:
        yield {"lot": part.lot_id, "by": part.amount}


def _of_balance(movement: Movement) -> dict[str, Any]:
    change = {f"by_{name}": by for name, by in movement.change.items()}
    return {"whose": movement.member_id, "due": movement.due_at, **change}
