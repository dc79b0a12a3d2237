"""What is kept of the calls that carried an account's token: how many of each API a day, and for a
week what was refused, by its request id."""

import re
import sqlite3
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone

from bots.sandbox import limits
from bots.sandbox.store import moment

BEIJING = timezone(timedelta(hours=8))
REFUSED_KEPT = timedelta(days=7)
TABLES = """
CREATE TABLE IF NOT EXISTS account_calls (
  account TEXT NOT NULL, path TEXT NOT NULL, day TEXT NOT NULL, times INTEGER NOT NULL,
  PRIMARY KEY (account, path, day));
CREATE TABLE IF NOT EXISTS refused_calls (
  rid TEXT PRIMARY KEY, account TEXT NOT NULL, at TEXT NOT NULL, path TEXT NOT NULL,
  body TEXT NOT NULL, answer TEXT NOT NULL, address TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS refused_calls_at ON refused_calls (at);
"""
_RID = re.compile(r"rid: ([0-9a-f-]+)$")


def count(db: sqlite3.Connection, account: str, path: str, now: datetime) -> None:
    db.execute(
        "INSERT INTO account_calls VALUES (?, ?, ?, 1) ON CONFLICT (account, path, day) DO UPDATE"
        " SET times = times + 1",
        (account, path, _day(now)),
    )


def today(db: sqlite3.Connection, account: str, path: str, now: datetime) -> int:
    """A day begins at midnight in Beijing."""
    row = db.execute(
        "SELECT times FROM account_calls WHERE account = ? AND path = ? AND day = ?",
        (account, path, _day(now)),
    ).fetchone()
    return int(row["times"]) if row else 0


def daily_limit(settings: Mapping[str, object], path: str) -> int:
    """``calls_a_day`` among the account's settings may set a number of its own for a path."""
    own = settings.get("calls_a_day")
    return int(own.get(path, limits.CALLS_A_DAY)) if isinstance(own, dict) else limits.CALLS_A_DAY


def forget_counts(db: sqlite3.Connection, account: str) -> None:
    db.execute("DELETE FROM account_calls WHERE account = ?", (account,))


def keep_refused(
    db: sqlite3.Connection,
    account: str,
    path: str,
    said: tuple[bytes, str],
    address: str,
    now: datetime,
) -> None:
    """``said`` is what was asked and the errmsg of the answer, whose request id names it."""
    asked, errmsg = said
    found = _RID.search(errmsg)
    if found is None:
        return
    db.execute("DELETE FROM refused_calls WHERE at < ?", (moment(now - REFUSED_KEPT),))
    kept = asked[:4096].decode("utf-8", "replace")
    db.execute(
        "INSERT INTO refused_calls VALUES (?, ?, ?, ?, ?, ?, ?)",
        (found[1], account, moment(now), path, kept, errmsg, address),
    )


def refused(db: sqlite3.Connection, account: str, rid: str, now: datetime) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM refused_calls WHERE rid = ? AND account = ? AND at > ?",
        (rid, account, moment(now - REFUSED_KEPT)),
    ).fetchone()
    return row


def _day(now: datetime) -> str:
    return str(now.astimezone(BEIJING).date())
