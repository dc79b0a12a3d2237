"""Customer groups: who is in them, and the version their members list has."""

import secrets
import sqlite3
from collections.abc import Sequence
from datetime import datetime

from bots.sandbox.accounts import Account, Directory, Group
from bots.sandbox.refusals import Refused
from bots.sandbox.store import moment

TABLES = """
CREATE TABLE IF NOT EXISTS wecom_groups (
  number INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, chat_id TEXT NOT NULL,
  name TEXT NOT NULL, owner TEXT NOT NULL, notice TEXT NOT NULL DEFAULT '',
  made_at TEXT NOT NULL, dismissed_at TEXT, version TEXT NOT NULL,
  welcome_template TEXT NOT NULL DEFAULT '', UNIQUE (account, chat_id));
CREATE INDEX IF NOT EXISTS wecom_groups_of ON wecom_groups (account, owner);
CREATE TABLE IF NOT EXISTS wecom_group_members (
  number INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, chat_id TEXT NOT NULL,
  member_id TEXT NOT NULL, type INTEGER NOT NULL, joined_at TEXT NOT NULL,
  join_scene INTEGER NOT NULL, invitor TEXT NOT NULL DEFAULT '', state TEXT NOT NULL DEFAULT '',
  UNIQUE (account, chat_id, member_id));
CREATE INDEX IF NOT EXISTS wecom_group_members_of ON wecom_group_members (account, member_id);
"""
STAFF, OUTSIDER = 1, 2  # type of a member
INVITED, BY_LINK, BY_CODE = 1, 2, 3  # join_scene


def begin(db: sqlite3.Connection, directory: Directory, account: Account, now: datetime) -> None:
    """The groups the accounts file has are there from the start."""
    for group in directory.groups:
        if group.account == account.key and find(db, account.key, group.room_id) is None:
            make(db, group, now)
            people = (directory.find_member(account.key, name) for name in group.members)
            for member in people:
                if member is not None and account.key in member.ids:
                    join(db, account.key, group.room_id, member.ids[account.key], OUTSIDER, now)


def make(db: sqlite3.Connection, group: Group, now: datetime) -> None:
    """A group of its staff; the owner is one of them."""
    db.execute(
        "INSERT INTO wecom_groups (account, chat_id, name, owner, made_at, version)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (group.account, group.room_id, group.name, group.owner, moment(now), _version()),
    )
    for userid in dict.fromkeys((group.owner, *group.staff)):
        join(db, group.account, group.room_id, userid, STAFF, now)


def new_chat_id() -> str:
    return f"wr{secrets.token_urlsafe(21)}"


def find(db: sqlite3.Connection, account: str, chat_id: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM wecom_groups WHERE account = ? AND chat_id = ?", (account, chat_id)
    ).fetchone()
    return row


def checked(db: sqlite3.Connection, account: str, chat_id: str) -> sqlite3.Row:
    """Raises Refused 40050 for no group, or none any more."""
    row = find(db, account, chat_id)
    if row is None or row["dismissed_at"] is not None:
        raise Refused(40050, "chat not found")
    return row


def listed(
    db: sqlite3.Connection, account: str, owners: Sequence[str], after: int, most: int
) -> list[sqlite3.Row]:
    """Of some owners, or of all."""
    marks = ", ".join("?" * len(owners))
    whose = f" AND owner IN ({marks})" if owners else ""
    return db.execute(
        "SELECT * FROM wecom_groups WHERE account = ? AND dismissed_at IS NULL AND number > ?"
        f"{whose} ORDER BY number LIMIT ?",  # nosec B608
        (account, after, *owners, most),
    ).fetchall()


def members(db: sqlite3.Connection, account: str, chat_id: str) -> list[sqlite3.Row]:
    return db.execute(
        "SELECT * FROM wecom_group_members WHERE account = ? AND chat_id = ? ORDER BY number",
        (account, chat_id),
    ).fetchall()


def is_member(db: sqlite3.Connection, account: str, chat_id: str, member_id: str) -> bool:
    found = db.execute(
        "SELECT 1 FROM wecom_group_members WHERE account = ? AND chat_id = ? AND member_id = ?",
        (account, chat_id, member_id),
    )
    return found.fetchone() is not None


def join(
    db: sqlite3.Connection,
    account: str,
    chat_id: str,
    member_id: str,
    kind: int,
    now: datetime,
    *,
    scene: int = INVITED,
    invitor: str = "",
    state: str = "",
) -> bool:
    """False if she is in it already."""
    done = db.execute(
        "INSERT INTO wecom_group_members (account, chat_id, member_id, type, joined_at,"
        " join_scene, invitor, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (account, chat_id, member_id, kind, moment(now), scene, invitor, state),
    )
    return done.rowcount > 0


def leave(db: sqlite3.Connection, account: str, chat_id: str, member_id: str) -> bool:
    """False if she was not in it."""
    done = db.execute(
        "DELETE FROM wecom_group_members WHERE account = ? AND chat_id = ? AND member_id = ?",
        (account, chat_id, member_id),
    )
    return done.rowcount > 0


def change(db: sqlite3.Connection, group: sqlite3.Row, column: str, value: str) -> None:
    """``column`` is one of name, owner, notice, welcome_template, dismissed_at."""
    db.execute(
        f"UPDATE wecom_groups SET {column} = ? WHERE number = ?",  # nosec B608
        (value, group["number"]),
    )


def new_version(db: sqlite3.Connection, group: sqlite3.Row) -> tuple[str, str]:
    """After a change of members: (the last version, the current one)."""
    version = _version()
    change(db, group, "version", version)
    return group["version"], version


def _version() -> str:
    return secrets.token_hex(16)
