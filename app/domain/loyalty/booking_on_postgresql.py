"""How movements are written on PostgreSQL: all of them in one statement, in which everything is
joined to the entries that are new. A key that is taken writes nothing at all."""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from app.db import Moment
from app.domain.loyalty.movements import Movement


def write(
    connection: sa.Connection, movements: Sequence[Movement], now: datetime
) -> dict[str, int]:
    """Returns the ids of the new entries by their keys."""
    records = [_record(one) for one in movements]
    alone = records[0] if len(records) == 1 else None
    opens, moves = any(one.opened for one in movements), any(one.parts for one in movements)
    statement = _statement(alone is not None, opens, moves)
    written = connection.execute(statement, {"given": json.dumps(alone or records), "now": now})
    return {row.key: row.id for row in written}


def write_at_once(connection: sa.Connection, movement: Movement, now: datetime) -> int | None:
    """Locks the balance in the same statement. Returns the id of the new entry, or None where
    nothing was written: the key is taken, or the member is not as the movement takes her to be."""
    statement = _statement(alone=True, opens=True, moves=False, at_once=True)
    given = {"given": json.dumps(_record(movement)), "now": now}
    row = connection.execute(statement, given).one_or_none()
    return row.id if row is not None else None


def _record(movement: Movement) -> dict[str, Any]:
    record: dict[str, Any] = {
        **movement.entry,
        **{account: amount for account, amount in movement.postings.items() if amount},
        "lots": [part.lot_id for part in movement.parts],
        "parts": [part.amount for part in movement.parts],
        "due_at": _written(movement.due_at),
    }
    if opened := movement.opened:
        record["opened"] = opened.amount
        record["expires_at"] = _written(opened.expires_at)
        record["pending_until"] = _written(opened.pending_until)
    return record


def _written(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None


@cache
def _statement(alone: bool, opens: bool, moves: bool, at_once: bool = False) -> sa.TextClause:
    """Without the steps for which there is nothing to do."""
    enter = [_LOCK, _ENTER_LOCKED] if at_once else [_ENTER]
    steps = [_GIVEN, *enter, _POST, *([_OPEN] if opens else []), *([_MOVE] if moves else []), _ADD]
    written = "\n".join([",\n".join(steps), _TELL])
    if alone:  # the planner knows that it is one, and looks lots up, however few there are
        written = written.replace("json_to_recordset", "json_to_record")
    return sa.text(written).bindparams(sa.bindparam("now", type_=Moment))


_GIVEN = """WITH given AS MATERIALIZED (
    SELECT * FROM json_to_recordset(CAST(:given AS json)) AS movement (
        key text, kind text, member_id bigint, amount int, growth int,
        rule text, rule_version int, event_id bigint, reverses_id bigint,
        issued int, pending int, member int, reserved int, arrears int, spent int, expired int,
        opened int, expires_at timestamptz, pending_until timestamptz,
        lots bigint[], parts int[], due_at timestamptz
    )
)"""
_LOCK = """hers AS MATERIALIZED (
    SELECT member_id
    FROM points_balances
    WHERE member_id = (SELECT member_id FROM given)
        AND arrears = 0
        AND (due_at IS NULL OR due_at > :now)
    FOR UPDATE
)"""
_ENTER = """entry AS (
    INSERT INTO points_entries (
        key, kind, member_id, amount, growth, rule, rule_version, event_id, reverses_id, booked_at
    )
    SELECT
        key, kind, member_id, amount, growth, rule, rule_version, event_id, reverses_id, :now
    FROM given
    ON CONFLICT (key) DO NOTHING
    RETURNING id, key
)"""
_ENTER_LOCKED = _ENTER.replace("FROM given", "FROM given JOIN hers USING (member_id)")
_POST = """booked AS MATERIALIZED (
    SELECT * FROM given JOIN entry USING (key)
), posting AS (
    INSERT INTO points_postings (entry_id, member_id, account, amount)
    SELECT id, member_id, account, posted
    FROM booked, LATERAL (
        VALUES ('issued', issued), ('pending', pending), ('member', member),
            ('reserved', reserved), ('arrears', arrears), ('spent', spent), ('expired', expired)
    ) AS posting (account, posted)
    WHERE posted <> 0
)"""
_OPEN = """lot AS (
    INSERT INTO points_lots (
        entry_id, member_id, amount, remaining, opened_at, expires_at, pending_until
    )
    SELECT id, member_id, opened, opened, :now, expires_at, pending_until
    FROM booked
    WHERE opened > 0
)"""
_MOVE = """part AS MATERIALIZED (
    SELECT id AS entry_id, lot_id, part
    FROM booked, LATERAL unnest(lots, parts) AS part (lot_id, part)
), move AS (
    INSERT INTO points_lot_moves (entry_id, lot_id, amount)
    SELECT entry_id, lot_id, part FROM part
), changed AS (
    UPDATE points_lots
    SET remaining = remaining + change
    FROM (
        SELECT lot_id, sum(part) AS change
        FROM part
        GROUP BY lot_id
        HAVING abs(sum(part)) > 0
        ORDER BY lot_id
    ) AS changing
    WHERE id = lot_id
)"""
_TELL = "SELECT key, id FROM entry"
_ADD = """balance AS (
    UPDATE points_balances AS balance
    SET points = points + change.member,
        pending = balance.pending + change.pending,
        reserved = balance.reserved + change.reserved,
        arrears = balance.arrears - change.arrears,
        growth = balance.growth + change.growth,
        due_at = least(balance.due_at, change.due_at)
    FROM (
        SELECT
            member_id,
            coalesce(sum(member), 0) AS member, coalesce(sum(pending), 0) AS pending,
            coalesce(sum(reserved), 0) AS reserved, coalesce(sum(arrears), 0) AS arrears,
            sum(growth) AS growth, min(due_at) AS due_at
        FROM booked
        GROUP BY member_id
    ) AS change
    WHERE balance.member_id = change.member_id
)"""
