"""The codes that come with an event and let the app say one thing about it (page
发送欢迎语等事件响应消息): twenty seconds for a welcome and an end, two days for a queue."""

import secrets
import sqlite3
from datetime import datetime, timedelta

from bots.sandbox.refusals import Refused
from bots.sandbox.store import moment

TABLES = """
CREATE TABLE IF NOT EXISTS wecom_kf_codes (
  code TEXT PRIMARY KEY, account TEXT NOT NULL, open_kfid TEXT NOT NULL,
  external_userid TEXT NOT NULL, ends_at TEXT NOT NULL, used_at TEXT);
"""


def new(
    db: sqlite3.Connection, of_session: tuple[str, str, str], now: datetime, lives: timedelta
) -> str:
    """``of_session`` is (account, open_kfid, external_userid)."""
    code = f"CODE{secrets.token_urlsafe(24)}"
    db.execute(
        "INSERT INTO wecom_kf_codes VALUES (?, ?, ?, ?, ?, NULL)",
        (code, *of_session, moment(now + lives)),
    )
    return code


def usable(db: sqlite3.Connection, account: str, code: str, now: datetime) -> sqlite3.Row:
    """Raises Refused 40058: it never was, it is over, or it was used."""
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM wecom_kf_codes WHERE code = ? AND account = ? AND used_at IS NULL"
        " AND ends_at > ?",
        (code, account, moment(now)),
    ).fetchone()
    if row is None:
        raise Refused(40058, "invalid Request Parameter, code")
    return row


def use(db: sqlite3.Connection, code: str, now: datetime) -> None:
    db.execute("UPDATE wecom_kf_codes SET used_at = ? WHERE code = ?", (moment(now), code))
