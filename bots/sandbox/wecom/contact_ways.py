"""Live codes of members of staff (page 客户联系「联系我」管理)."""

import json
import secrets
import sqlite3
from datetime import datetime, timedelta
from typing import Any

from bots.sandbox.accounts import Account
from bots.sandbox.calls import Call
from bots.sandbox.refusals import Refused
from bots.sandbox.store import moment, moment_from
from bots.sandbox.wecom import contacts, fields, limits, paging, staff

TABLES = """
CREATE TABLE IF NOT EXISTS wecom_contact_ways (
  number INTEGER PRIMARY KEY AUTOINCREMENT, config_id TEXT NOT NULL UNIQUE,
  account TEXT NOT NULL, settings TEXT NOT NULL, made_at TEXT NOT NULL, expires_at TEXT);
CREATE INDEX IF NOT EXISTS wecom_contact_ways_of ON wecom_contact_ways (account, number);
"""
SINGLE, MULTI = 1, 2
MINI_PROGRAM_SCENE, QR_SCENE = 1, 2
QR_CODES = "https://wework.qpic.cn/wwpic/"


def add(call: Call, account: Account) -> dict[str, Any]:
    """POST add_contact_way. Raises Refused 40058, 60111, 84074."""
    body = call.body()
    kind = fields.number(body, "type", SINGLE, MULTI, needed=True)
    scene = fields.number(body, "scene", MINI_PROGRAM_SCENE, QR_SCENE, needed=True)
    settings = {"type": kind, "scene": scene, **_changeable(account, body)}
    _check_users(kind, settings)
    refuse_if_full(call.db, account.key)
    expires_at = None
    if fields.flag(body, "is_temp"):
        settings["is_temp"] = True
        lives_s = _seconds(body, "expires_in")
        expires_at = moment(call.now + timedelta(seconds=lives_s))
        settings |= {"expires_in": lives_s, "chat_expires_in": _seconds(body, "chat_expires_in")}
    config_id = secrets.token_hex(16)
    call.db.execute(
        "INSERT INTO wecom_contact_ways (config_id, account, settings, made_at, expires_at)"
        " VALUES (?, ?, ?, ?, ?)",
        (config_id, account.key, json.dumps(settings), moment(call.now), expires_at),
    )
    qr_code = {"qr_code": QR_CODES + config_id} if scene == QR_SCENE else {}
    return {"config_id": config_id, **qr_code}


def get(call: Call, account: Account) -> dict[str, Any]:
    row = _known(call, account)
    return {"contact_way": shown(row)}


def listed(call: Call, account: Account) -> dict[str, Any]:
    """POST list_contact_way: those made from start_time to end_time (the last 90 days at most),
    temporary ones not among them."""
    body = call.body()
    now_s = int(call.now.timestamp())
    begins = fields.number(body, "start_time", 0, 2**33, default=now_s - 90 * 24 * 3600)
    ends = fields.number(body, "end_time", 0, 2**33, default=now_s)
    limit = fields.number(body, "limit", 1, limits.WAYS_PAGE_MAX, default=100)
    after = paging.after(fields.text(body, "cursor", needed=False))
    found = call.db.execute(
        "SELECT * FROM wecom_contact_ways WHERE account = ? AND number > ? AND expires_at IS NULL"
        " AND made_at >= ? AND made_at < ? ORDER BY number LIMIT ?",
        (account.key, after, _moment(begins), _moment(ends + 1), limit + 1),
    ).fetchall()
    rows, cursor = paging.cut(found, limit)
    ways = [{"config_id": row["config_id"]} for row in rows]
    return {"contact_way": ways, **({"next_cursor": cursor} if cursor else {})}


def update(call: Call, account: Account) -> dict[str, Any]:
    """POST update_contact_way: what is given is changed. Raises Refused 40058."""
    row, body = _known(call, account), call.body()
    settings = json.loads(row["settings"])
    given = _changeable(account, {**settings, **body})
    settings |= given
    _check_users(settings["type"], settings)
    call.db.execute(
        "UPDATE wecom_contact_ways SET settings = ? WHERE number = ?",
        (json.dumps(settings), row["number"]),
    )
    return {}


def remove(call: Call, account: Account) -> dict[str, Any]:
    row = _known(call, account)
    call.db.execute("DELETE FROM wecom_contact_ways WHERE number = ?", (row["number"],))
    return {}


def close_temp_chat(call: Call, account: Account) -> dict[str, Any]:
    """POST close_temp_chat: the chat of a temporary code is over; nothing else follows. Raises
    Refused 84061."""
    body = call.body()
    userid = staff.checked(account, fields.text(body, "userid"))
    contacts.checked(call.db, account.key, userid, body.get("external_userid"))
    return {}


def refuse_if_full(db: sqlite3.Connection, account: str) -> None:
    """Contact ways and join ways are counted together. Raises Refused 41063."""
    (count,) = db.execute(
        "SELECT (SELECT count(*) FROM wecom_contact_ways WHERE account = ?1)"
        " + (SELECT count(*) FROM wecom_join_ways WHERE account = ?1)",
        (account,),
    ).fetchone()
    if count >= limits.WAYS_MAX:
        raise Refused(41063, "contact way count exceeds the limit")


def through(
    db: sqlite3.Connection, account: str, config_id: str, now: datetime
) -> dict[str, Any] | None:
    """What scanning a code finds; None if there is no such code, or no longer."""
    row = db.execute(
        "SELECT * FROM wecom_contact_ways WHERE config_id = ? AND account = ?"
        " AND (expires_at IS NULL OR expires_at > ?)",
        (config_id, account, moment(now)),
    ).fetchone()
    return shown(row) if row else None


def of_state(
    db: sqlite3.Connection, account: str, state: str, now: datetime
) -> dict[str, Any] | None:
    """The newest code with this state, for who has only read the state of a printed one."""
    rows = db.execute(
        "SELECT * FROM wecom_contact_ways WHERE account = ? ORDER BY number DESC", (account,)
    )
    ways = (shown(row) for row in rows if (row["expires_at"] or "9") > moment(now))
    return next((way for way in ways if way["state"] == state), None)


def everyone(db: sqlite3.Connection, account: str) -> list[dict[str, Any]]:
    rows = db.execute(
        "SELECT * FROM wecom_contact_ways WHERE account = ? ORDER BY number DESC LIMIT 50",
        (account,),
    )
    return [shown(row) for row in rows]


def shown(row: sqlite3.Row) -> dict[str, Any]:
    settings = json.loads(row["settings"])
    code = {"qr_code": QR_CODES + row["config_id"]} if settings["scene"] == QR_SCENE else {}
    return {"config_id": row["config_id"], **settings, **code}


def _changeable(account: Account, body: fields.Body) -> dict[str, Any]:
    users = fields.texts(body, "user", limits.WAY_USERS_MAX, needed=False)
    for userid in users:
        staff.checked(account, userid)
    remark_max, state_max = limits.WAY_REMARK_MAX_CHARS, limits.WAY_STATE_MAX_CHARS
    return {
        "style": fields.number(body, "style", 0, 3, default=1),
        "remark": fields.text(body, "remark", needed=False, most_chars=remark_max),
        "skip_verify": fields.flag(body, "skip_verify", True),
        "state": fields.text(body, "state", needed=False, most_chars=state_max),
        "user": users,
        "party": _parties(body),
        "is_exclusive": fields.flag(body, "is_exclusive"),
    }


def _parties(body: fields.Body) -> list[int]:
    given = body.get("party") or []
    if not isinstance(given, list) or not all(isinstance(one, int) for one in given):
        raise fields.invalid("party")
    return given


def _check_users(kind: int, settings: dict[str, Any]) -> None:
    """Raises Refused 40058: one user for a single code, one at least for a code of several."""
    users = settings["user"]
    if kind == SINGLE and len(users) != 1:
        raise Refused(40058, "invalid Request Parameter, user has to be one")
    if not users and not settings["party"]:
        raise Refused(40058, "invalid Request Parameter, user and party are empty")


def _seconds(body: fields.Body, name: str) -> int:
    most = limits.WAY_EXPIRES_MAX_S
    return fields.number(body, name, 1, most, default=most if name == "expires_in" else 24 * 3600)


def _known(call: Call, account: Account) -> sqlite3.Row:
    row: sqlite3.Row | None = call.db.execute(
        "SELECT * FROM wecom_contact_ways WHERE config_id = ? AND account = ?",
        (fields.text(call.body(), "config_id"), account.key),
    ).fetchone()
    if row is None:
        raise Refused(40058, "invalid Request Parameter, config_id")
    return row


def _moment(seconds: int) -> str:
    return moment(moment_from("1970-01-01") + timedelta(seconds=seconds))
