"""Codes that lead into customer groups (page 客户群「加入群聊」管理)."""

import json
import secrets
import sqlite3
from typing import Any

from bots.sandbox.accounts import Account
from bots.sandbox.calls import Call
from bots.sandbox.refusals import Refused
from bots.sandbox.store import moment
from bots.sandbox.wecom import contact_ways, fields, groups, limits

TABLES = """
CREATE TABLE IF NOT EXISTS wecom_join_ways (
  number INTEGER PRIMARY KEY AUTOINCREMENT, config_id TEXT NOT NULL UNIQUE,
  account TEXT NOT NULL, settings TEXT NOT NULL, made_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS wecom_join_ways_of ON wecom_join_ways (account, number);
"""
ROOM_NUMBER_MAX = 2**31 - 1


def add(call: Call, account: Account) -> dict[str, Any]:
    """POST groupchat/add_join_way. Raises Refused 40058, 40050, 41063."""
    settings = _checked(call, account, call.body())
    contact_ways.refuse_if_full(call.db, account.key)
    config_id = secrets.token_hex(16)
    call.db.execute(
        "INSERT INTO wecom_join_ways (config_id, account, settings, made_at) VALUES (?, ?, ?, ?)",
        (config_id, account.key, json.dumps(settings), moment(call.now)),
    )
    return {"config_id": config_id}


def get(call: Call, account: Account) -> dict[str, Any]:
    return {"join_way": shown(_known(call, account))}


def update(call: Call, account: Account) -> dict[str, Any]:
    """POST groupchat/update_join_way: the whole way anew. Raises Refused 40058, 40050."""
    row = _known(call, account)
    settings = _checked(call, account, call.body())
    call.db.execute(
        "UPDATE wecom_join_ways SET settings = ? WHERE number = ?",
        (json.dumps(settings), row["number"]),
    )
    return {}


def remove(call: Call, account: Account) -> dict[str, Any]:
    row = _known(call, account)
    call.db.execute("DELETE FROM wecom_join_ways WHERE number = ?", (row["number"],))
    return {}


def find(
    db: sqlite3.Connection, account: str, config_id: str = "", state: str = ""
) -> dict[str, Any] | None:
    """By its id, else the newest with a state."""
    ways = everyone(db, account)
    if config_id:
        return next((way for way in ways if way["config_id"] == config_id), None)
    return next((way for way in ways if state and way["state"] == state), None)


def everyone(db: sqlite3.Connection, account: str) -> list[dict[str, Any]]:
    """The newest first."""
    rows = db.execute(
        "SELECT * FROM wecom_join_ways WHERE account = ? ORDER BY number DESC", (account,)
    )
    return [shown(row) for row in rows]


def shown(row: sqlite3.Row) -> dict[str, Any]:
    code = {"qr_code": contact_ways.QR_CODES + row["config_id"]}
    return {"config_id": row["config_id"], **json.loads(row["settings"]), **code}


def _checked(call: Call, account: Account, body: fields.Body) -> dict[str, Any]:
    chat_ids = fields.texts(body, "chat_id_list", limits.JOIN_WAY_CHATS_MAX)
    groups.begin(call.db, call.sandbox.directory, account, call.now)
    for chat_id in chat_ids:
        groups.checked(call.db, account.key, chat_id)
    remark_max, state_max = limits.WAY_REMARK_MAX_CHARS, limits.WAY_STATE_MAX_CHARS
    name_max = limits.ROOM_NAME_MAX_CHARS
    return {
        "scene": fields.number(body, "scene", 1, 2, needed=True),
        "remark": fields.text(body, "remark", needed=False, most_chars=remark_max),
        "auto_create_room": fields.number(body, "auto_create_room", 0, 1, default=1),
        "room_base_name": fields.text(body, "room_base_name", needed=False, most_chars=name_max),
        "room_base_id": fields.number(body, "room_base_id", 0, ROOM_NUMBER_MAX),
        "chat_id_list": chat_ids,
        "state": fields.text(body, "state", needed=False, most_chars=state_max),
        "mark_source": fields.flag(body, "mark_source", True),
    }


def _known(call: Call, account: Account) -> sqlite3.Row:
    row: sqlite3.Row | None = call.db.execute(
        "SELECT * FROM wecom_join_ways WHERE config_id = ? AND account = ?",
        (fields.text(call.body(), "config_id"), account.key),
    ).fetchone()
    if row is None:
        raise Refused(40058, "invalid Request Parameter, config_id")
    return row
