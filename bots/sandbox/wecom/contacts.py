"""Who is whose contact: the relation of a member of staff and a person outside the corp.

A person who deletes a member of staff stays in his list, as on the platform: only he can take her
off it. Messages no longer reach her.
"""

import re
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bots.sandbox.accounts import Account, Directory
from bots.sandbox.refusals import Refused
from bots.sandbox.store import moment

EXTERNAL_ID = re.compile(r"w[mo][A-Za-z0-9_-]{1,62}")
TABLES = """
CREATE TABLE IF NOT EXISTS wecom_contacts (
  number INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, userid TEXT NOT NULL,
  external_userid TEXT NOT NULL, added_at TEXT NOT NULL, add_way INTEGER NOT NULL,
  state TEXT NOT NULL, remark TEXT NOT NULL DEFAULT '', description TEXT NOT NULL DEFAULT '',
  remark_company TEXT NOT NULL DEFAULT '', mobiles TEXT NOT NULL DEFAULT '[]',
  chatted_at TEXT, spoke_at TEXT, left_at TEXT, UNIQUE (account, userid, external_userid));
CREATE INDEX IF NOT EXISTS wecom_contacts_of ON wecom_contacts (account, external_userid);
CREATE TABLE IF NOT EXISTS wecom_contacts_deleted (
  account TEXT NOT NULL, userid TEXT NOT NULL, external_userid TEXT NOT NULL,
  PRIMARY KEY (account, userid, external_userid));
"""
BY_CODE, UNKNOWN_WAY = 1, 0  # add_way


def begin(db: sqlite3.Connection, directory: Directory, account: Account, now: datetime) -> None:
    """Those the accounts file says are contacts from the start, unless they were deleted here."""
    for member in directory.members:
        for userid in member.staff.get(account.key, ()):
            one = (account.key, userid, member.ids.get(account.key, ""))
            if one[2] and db.execute(_DELETED, one).fetchone() is None:
                add(db, *one, now, way=UNKNOWN_WAY)


def add(
    db: sqlite3.Connection,
    account: str,
    userid: str,
    external_userid: str,
    now: datetime,
    *,
    way: int = BY_CODE,
    state: str = "",
) -> bool:
    """False if she is his contact already; one who had deleted him has him again."""
    done = db.execute(
        "INSERT INTO wecom_contacts (account, userid, external_userid, added_at, add_way, state)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (account, userid, external_userid, moment(now), way, state),
    )
    if done.rowcount:
        return True
    again = db.execute(
        "UPDATE wecom_contacts SET left_at = NULL, added_at = ?, add_way = ?, state = ?"
        " WHERE account = ? AND userid = ? AND external_userid = ?"
        " AND left_at IS NOT NULL",
        (moment(now), way, state, account, userid, external_userid),
    )
    return again.rowcount > 0


def delete(db: sqlite3.Connection, account: str, userid: str, external_userid: str) -> bool:
    """He takes her off his list. False if she was not on it."""
    one = (account, userid, external_userid)
    db.execute("INSERT INTO wecom_contacts_deleted VALUES (?, ?, ?) ON CONFLICT DO NOTHING", one)
    return (
        db.execute(
            "DELETE FROM wecom_contacts WHERE account = ? AND userid = ? AND external_userid = ?",
            one,
        ).rowcount
        > 0
    )


def leave(
    db: sqlite3.Connection, account: str, userid: str, external_userid: str, now: datetime
) -> bool:
    """She deletes him. False if she has not got him."""
    done = db.execute(
        "UPDATE wecom_contacts SET left_at = ?"
        " WHERE account = ? AND userid = ? AND external_userid = ?"
        " AND left_at IS NULL",
        (moment(now), account, userid, external_userid),
    )
    return done.rowcount > 0


def chat(
    db: sqlite3.Connection, account: str, userid: str, external_userid: str, now: datetime
) -> None:
    """One of them has said something: they have started chatting, and spoke last now."""
    db.execute(
        "UPDATE wecom_contacts SET chatted_at = coalesce(chatted_at, ?1), spoke_at = ?1"
        " WHERE account = ?2 AND userid = ?3 AND external_userid = ?4",
        (moment(now), account, userid, external_userid),
    )


def relation(
    db: sqlite3.Connection, account: str, userid: str, external_userid: str
) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM wecom_contacts WHERE account = ? AND userid = ? AND external_userid = ?",
        (account, userid, external_userid),
    ).fetchone()
    return row


def of_person(db: sqlite3.Connection, account: str, external_userid: str) -> list[sqlite3.Row]:
    """Whose contact she is, the last she talked with first."""
    return db.execute(
        "SELECT * FROM wecom_contacts WHERE account = ? AND external_userid = ?"
        " ORDER BY coalesce(spoke_at, added_at) DESC, number DESC",
        (account, external_userid),
    ).fetchall()


def of_staff(
    db: sqlite3.Connection, account: str, userids: Sequence[str], after: int, most: int
) -> list[sqlite3.Row]:
    marks = ", ".join("?" * len(userids))
    return db.execute(
        f"SELECT * FROM wecom_contacts WHERE account = ? AND userid IN ({marks})"  # nosec B608
        " AND number > ? ORDER BY number LIMIT ?",
        (account, *userids, after, most),
    ).fetchall()


def checked_id(external_userid: object) -> str:
    """Raises Refused 40096."""
    if not isinstance(external_userid, str) or not EXTERNAL_ID.fullmatch(external_userid):
        raise Refused(40096, "invalid external userid")
    return external_userid


def checked(
    db: sqlite3.Connection, account: str, userid: str, external_userid: object
) -> sqlite3.Row:
    """Raises Refused 40096, 84061."""
    row = relation(db, account, userid, checked_id(external_userid))
    if row is None:
        raise Refused(84061, "not external contact")
    return row


def name_of(directory: Directory, account: str, external_userid: str) -> str:
    member = directory.owner(account, external_userid)
    return member.nickname if member else external_userid


def described(directory: Directory, account: str, external_userid: str) -> dict[str, Any]:
    """The external_contact of an answer."""
    member = directory.owner(account, external_userid)
    shown = {
        "external_userid": external_userid,
        "name": member.nickname if member else external_userid,
        "avatar": "http://wework.qpic.cn/bizmail/sandbox/0",
        "type": 1,
        "gender": 0,
    }
    return {**shown, "unionid": member.unionid} if member and member.unionid else shown


_DELETED = (
    "SELECT 1 FROM wecom_contacts_deleted WHERE account = ? AND userid = ? AND external_userid = ?"
)
