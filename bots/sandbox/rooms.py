"""How often a room may be written to; who writes more often is asked to wait."""

import sqlite3
from datetime import datetime

from bots.sandbox import limits
from bots.sandbox.refusals import Refused
from bots.sandbox.store import moment


def count(db: sqlite3.Connection, account: str, room: str, now: datetime) -> None:
    """Notes one more message. Raises Refused 45009 when the room has had its minute's worth."""
    db.execute("DELETE FROM room_messages WHERE at <= ?", (moment(now - limits.ROOM_PERIOD),))
    (before,) = db.execute(
        "SELECT count(*) FROM room_messages WHERE account = ? AND room = ?", (account, room)
    ).fetchone()
    if before >= limits.ROOM_MESSAGES:
        raise Refused(45009, "api freq out of limit, the room is full for this minute")
    db.execute("INSERT INTO room_messages VALUES (?, ?, ?)", (account, room, moment(now)))
