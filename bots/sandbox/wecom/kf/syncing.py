"""Reading what was said (page 读取消息): every message and event of three days, by a cursor. What
the app itself sends is not in it."""

import json
import secrets
import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bots.sandbox.accounts import Account
from bots.sandbox.calls import Call
from bots.sandbox.refusals import Refused
from bots.sandbox.store import moment, moment_from
from bots.sandbox.wecom import fields, limits, paging
from bots.sandbox.wecom.kf import accounts

CUSTOMER, SYSTEM, SERVICER = 3, 4, 5  # origin
TABLES = """
CREATE TABLE IF NOT EXISTS wecom_kf_messages (
  number INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, open_kfid TEXT NOT NULL,
  msgid TEXT NOT NULL, at TEXT NOT NULL, message TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS wecom_kf_messages_of ON wecom_kf_messages (account, open_kfid, number);
CREATE TABLE IF NOT EXISTS wecom_kf_tokens (
  token TEXT PRIMARY KEY, account TEXT NOT NULL, open_kfid TEXT NOT NULL, made_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS wecom_kf_bare_syncs (account TEXT NOT NULL, at TEXT NOT NULL);
"""


def keep(
    db: sqlite3.Connection,
    account: str,
    open_kfid: str,
    origin: int,
    content: Mapping[str, Any],
    now: datetime,
) -> str:
    """``content`` has msgtype and what it means. Returns the msgid."""
    msgid = f"from_msgid_{secrets.randbelow(10**19)}"
    place = {"msgid": msgid, "open_kfid": open_kfid, "send_time": int(now.timestamp())}
    message = {**place, "origin": origin, **content}
    db.execute(
        "INSERT INTO wecom_kf_messages (account, open_kfid, msgid, at, message)"
        " VALUES (?, ?, ?, ?, ?)",
        (account, open_kfid, msgid, moment(now), json.dumps(message, ensure_ascii=False)),
    )
    return msgid


def new_token(db: sqlite3.Connection, account: str, open_kfid: str, now: datetime) -> str:
    token = f"ENC{secrets.token_urlsafe(32)}"
    db.execute(
        "INSERT INTO wecom_kf_tokens VALUES (?, ?, ?, ?)",
        (token, account, open_kfid, moment(now)),
    )
    return token


def sync(call: Call, account: Account) -> dict[str, Any]:
    """POST kf/sync_msg. Raises Refused 95007 for a token that is over or of another account,
    45009 without one too often, 40058."""
    body = call.body()
    open_kfid = accounts.checked(call, account)
    most = limits.KF_PAGE_MAX
    limit = fields.number(body, "limit", 1, most, default=most)
    fields.number(body, "voice_format", 0, 1)
    cursor = fields.text(body, "cursor", needed=False)
    after = paging.after(cursor)
    token = fields.text(body, "token", needed=False)
    if token:
        _check_token(call, account.key, open_kfid, token)
    else:
        _count_bare(call, account.key)
    rows = call.db.execute(
        "SELECT * FROM wecom_kf_messages WHERE account = ? AND open_kfid = ? AND number > ?"
        " AND at > ? ORDER BY number LIMIT ?",
        (account.key, open_kfid, after, moment(call.now - limits.KF_KEPT), limit + 1),
    ).fetchall()
    page = rows[:limit]
    next_cursor = paging.cursor_after(page[-1]["number"]) if page else cursor
    return {
        "next_cursor": next_cursor,
        "has_more": int(len(rows) > limit),
        "msg_list": [json.loads(row["message"]) for row in page],
    }


def _check_token(call: Call, account: str, open_kfid: str, token: str) -> None:
    row = call.db.execute(
        "SELECT * FROM wecom_kf_tokens WHERE token = ? AND account = ? AND open_kfid = ?",
        (token, account, open_kfid),
    ).fetchone()
    if row is None or call.now - moment_from(row["made_at"]) >= limits.KF_TOKEN_LIVES:
        raise Refused(95007, "invalid msg token")


def _count_bare(call: Call, account: str) -> None:
    since = moment(call.now.replace(second=0, microsecond=0))
    call.db.execute("DELETE FROM wecom_kf_bare_syncs WHERE at < ?", (since,))
    (times,) = call.db.execute(
        "SELECT count(*) FROM wecom_kf_bare_syncs WHERE account = ?", (account,)
    ).fetchone()
    if times >= limits.KF_BARE_SYNCS_A_MINUTE:
        raise Refused(45009, "api freq out of limit")
    call.db.execute("INSERT INTO wecom_kf_bare_syncs VALUES (?, ?)", (account, moment(call.now)))
