"""The first words to a new contact: a code that lives twenty seconds and works once (page
发送新客户欢迎语)."""

import secrets
import sqlite3
from datetime import datetime
from typing import Any

from bots.sandbox import sent
from bots.sandbox.accounts import Account
from bots.sandbox.calls import Call
from bots.sandbox.refusals import Refused
from bots.sandbox.store import moment, moment_from
from bots.sandbox.wecom import attachments, contacts, fields, limits

API = "/cgi-bin/externalcontact/send_welcome_msg"
TABLES = """
CREATE TABLE IF NOT EXISTS wecom_welcome_codes (
  code TEXT PRIMARY KEY, account TEXT NOT NULL, userid TEXT NOT NULL,
  external_userid TEXT NOT NULL, made_at TEXT NOT NULL, used_at TEXT);
"""


def new_code(
    db: sqlite3.Connection, account: str, userid: str, external_userid: str, now: datetime
) -> str:
    """Empty if the two have been chatting already: nobody is welcomed twice."""
    relation = contacts.relation(db, account, userid, external_userid)
    if relation is not None and relation["chatted_at"] is not None:
        return ""
    code = secrets.token_urlsafe(32)
    db.execute(
        "INSERT INTO wecom_welcome_codes VALUES (?, ?, ?, ?, ?, NULL)",
        (code, account, userid, external_userid, moment(now)),
    )
    return code


def send(call: Call, account: Account) -> dict[str, Any]:
    """Raises Refused 41050 for a code that is over or never was, 41051 once the contact has been
    welcomed or is chatting."""
    body = call.body()
    code = _usable(call, account, fields.text(body, "welcome_code"))
    most = limits.WELCOME_TEXT_MAX_BYTES
    content = attachments.checked_message(call, account, body, most)
    call.db.execute(
        "UPDATE wecom_welcome_codes SET used_at = ? WHERE code = ?",
        (moment(call.now), code["code"]),
    )
    kind = "text" if set(content) == {"text"} else "welcome"
    kept = content["text"] if kind == "text" else content
    message = sent.Message(account.key, API, kind, kept, code["code"], call.client)
    sent.record(call.db, message, [code["external_userid"]], call.now)
    return {}


def _usable(call: Call, account: Account, code: str) -> sqlite3.Row:
    row: sqlite3.Row | None = call.db.execute(
        "SELECT * FROM wecom_welcome_codes WHERE code = ? AND account = ?", (code, account.key)
    ).fetchone()
    if row is None:
        raise Refused(41050, "invalid welcome code")
    relation = contacts.relation(call.db, account.key, row["userid"], row["external_userid"])
    if row["used_at"] is not None or (relation is not None and relation["chatted_at"]):
        raise Refused(41051, "externaluser has started chatting")
    if call.now - moment_from(row["made_at"]) >= limits.WELCOME_LIVES:
        raise Refused(41050, "welcome code expired")
    return row
