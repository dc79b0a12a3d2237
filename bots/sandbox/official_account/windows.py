"""Windows: for so long and so many customer-service messages what a member does lets the account
speak (platform.md §1.6).

Each act opens a window of its own beside those still open; a message uses up one of the window that
closes first. The platform does not say which it takes; whoever counts no more than the newest
window of each kind is right either way.
"""

import sqlite3
from datetime import datetime, timedelta

from bots.sandbox import limits
from bots.sandbox.refusals import Refused
from bots.sandbox.store import moment

CHAT = (limits.CHAT_WINDOW, limits.CHAT_MESSAGES)
ACTION = (limits.ACTION_WINDOW, limits.ACTION_MESSAGES)
OPENED_BY = {
    **dict.fromkeys(("text", "image", "voice", "location"), CHAT),
    **dict.fromkeys(("subscribe", "scan", "click"), ACTION),
}


def open_by(db: sqlite3.Connection, account: str, openid: str, do: str, now: datetime) -> None:
    """Opens the window of an act, if it opens any; opening a menu's page does not."""
    if do in OPENED_BY:
        open_for(db, account, openid, *OPENED_BY[do], now)


def open_for(
    db: sqlite3.Connection,
    account: str,
    openid: str,
    length: timedelta,
    messages: int,
    now: datetime,
) -> None:
    db.execute(
        "DELETE FROM windows WHERE account = ? AND openid = ? AND closes_at <= ?",
        (account, openid, moment(now)),
    )
    db.execute(
        "INSERT INTO windows (account, openid, closes_at, messages_left) VALUES (?, ?, ?, ?)",
        (account, openid, moment(now + length), messages),
    )


def use(db: sqlite3.Connection, account: str, openid: str, now: datetime) -> None:
    """Uses up one message. Raises Refused 45015 when no window is open, 45047 when those that are
    have nothing left.

    A member who has never acted here is somebody else's to play: a foreign client that sends her
    callbacks itself knows what she did, and we do not.
    """
    if not _has_acted(db, account, openid):
        return
    still_open = db.execute(
        "SELECT id, messages_left FROM windows WHERE account = ? AND openid = ? AND closes_at > ?"
        " ORDER BY closes_at, id",
        (account, openid, moment(now)),
    ).fetchall()
    if not still_open:
        raise Refused(45015, "response out of time limit or subscription is canceled")
    usable = next((row["id"] for row in still_open if row["messages_left"]), None)
    if usable is None:
        raise Refused(45047, "out of response count limit")
    db.execute("UPDATE windows SET messages_left = messages_left - 1 WHERE id = ?", (usable,))


def _has_acted(db: sqlite3.Connection, account: str, openid: str) -> bool:
    """Windows that are over stay until her next act, so there is one if she ever did anything."""
    found = db.execute(
        "SELECT 1 FROM windows WHERE account = ? AND openid = ? LIMIT 1", (account, openid)
    )
    return found.fetchone() is not None
