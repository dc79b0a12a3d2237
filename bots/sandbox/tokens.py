"""Access tokens: two families that know nothing of each other (platform.md §1.11).

``plain`` (/cgi-bin/token): every call makes a new one and leaves the old one five minutes.
``stable`` (/cgi-bin/stable_token): the same one until five minutes before its end, or until it is
forced, which ends the old one at once.
"""

import secrets
import sqlite3
from datetime import datetime, timedelta

from bots.sandbox.refusals import Refused
from bots.sandbox.store import moment, moment_from

LIFE = timedelta(seconds=7200)
OVERLAP = timedelta(minutes=5)
FORCED_APART = timedelta(seconds=30)
FORCED_A_DAY = 20
KEPT = timedelta(days=2)


def plain(db: sqlite3.Connection, account: str, now: datetime) -> tuple[str, int]:
    """Returns (token, seconds it will live)."""
    _shorten(db, account, "plain", now + OVERLAP)
    return _issue(db, account, "plain", now)


def stable(
    db: sqlite3.Connection, account: str, force_refresh: bool, now: datetime
) -> tuple[str, int]:
    """Returns (token, seconds it will live). Raises Refused 45009 on the 21st forced one in 24
    hours; one forced within 30 s of the last renewal gets the same token again."""
    current = _current(db, account, "stable")
    if force_refresh:
        return _forced(db, account, current, now)
    if current is None or moment_from(current["valid_until"]) - now <= OVERLAP:
        return _issue(db, account, "stable", now)
    return _again(current, now)


def lasting(db: sqlite3.Connection, account: str, family: str, now: datetime) -> tuple[str, int]:
    """The same one until its end, as WeCom does it. Returns (token, seconds it will live)."""
    current = _current(db, account, family)
    if current is None or moment_from(current["valid_until"]) <= now:
        return _issue(db, account, family, now)
    return _again(current, now)


def account_of(db: sqlite3.Connection, token: str, now: datetime) -> str:
    """The key of the account that may call. Raises Refused 41001, 40001 or 42001."""
    if not token:
        raise Refused(41001, "access_token missing")
    found = db.execute("SELECT * FROM access_tokens WHERE token = ?", (token,)).fetchone()
    if found is None:
        raise Refused(40001, "invalid credential, access_token is invalid or not latest")
    if moment(now) < found["valid_until"]:
        return str(found["account"])
    if found["valid_until"] < found["expires_at"]:
        raise Refused(40001, "invalid credential, access_token is invalid or not latest")
    raise Refused(42001, "access_token expired")


def _forced(
    db: sqlite3.Connection, account: str, current: sqlite3.Row | None, now: datetime
) -> tuple[str, int]:
    if current is not None and now - moment_from(current["issued_at"]) < FORCED_APART:
        return _again(current, now)
    (times,) = db.execute(
        "SELECT count(*) FROM access_tokens WHERE account = ? AND forced AND issued_at > ?",
        (account, moment(now - timedelta(days=1))),
    ).fetchone()
    if times >= FORCED_A_DAY:
        raise Refused(45009, "reach max api daily quota limit")
    _shorten(db, account, "stable", now)
    return _issue(db, account, "stable", now, forced=True)


def _issue(
    db: sqlite3.Connection, account: str, family: str, now: datetime, forced: bool = False
) -> tuple[str, int]:
    token = f"90_{secrets.token_urlsafe(100)}"
    ends = moment(now + LIFE)
    db.execute("DELETE FROM access_tokens WHERE expires_at < ?", (moment(now - KEPT),))
    db.execute(
        "INSERT INTO access_tokens VALUES (?, ?, ?, ?, ?, ?, ?)",
        (token, account, family, moment(now), ends, ends, forced),
    )
    return token, int(LIFE.total_seconds())


def _again(current: sqlite3.Row, now: datetime) -> tuple[str, int]:
    return current["token"], int((moment_from(current["valid_until"]) - now).total_seconds())


def _current(db: sqlite3.Connection, account: str, family: str) -> sqlite3.Row | None:
    found: sqlite3.Row | None = db.execute(
        "SELECT * FROM access_tokens WHERE account = ? AND family = ? ORDER BY rowid DESC LIMIT 1",
        (account, family),
    ).fetchone()
    return found


def _shorten(db: sqlite3.Connection, account: str, family: str, until: datetime) -> None:
    db.execute(
        "UPDATE access_tokens SET valid_until = ?1"
        " WHERE account = ?2 AND family = ?3 AND valid_until > ?1",
        (moment(until), account, family),
    )
