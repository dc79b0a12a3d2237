"""How often something may be done: so many times in a period that ends now."""

import sqlite3
from datetime import datetime, timedelta

from bots.sandbox.refusals import Refused
from bots.sandbox.store import moment

TABLES = """
CREATE TABLE IF NOT EXISTS wecom_rates (
  account TEXT NOT NULL, what TEXT NOT NULL, at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS wecom_rates_of ON wecom_rates (account, what, at);
"""


def done(db: sqlite3.Connection, account: str, what: str, period: timedelta, now: datetime) -> int:
    """How often in the period."""
    (times,) = db.execute(
        "SELECT count(*) FROM wecom_rates WHERE account = ? AND what = ? AND at > ?",
        (account, what, moment(now - period)),
    ).fetchone()
    return int(times)


def note(db: sqlite3.Connection, account: str, what: str, now: datetime) -> None:
    db.execute("INSERT INTO wecom_rates VALUES (?, ?, ?)", (account, what, moment(now)))


def count(
    db: sqlite3.Connection, account: str, what: str, most: int, period: timedelta, now: datetime
) -> None:
    """Notes one more. Raises Refused 45009 if it is too often."""
    if done(db, account, what, period, now) >= most:
        raise Refused(45009, "api freq out of limit")
    note(db, account, what, now)
