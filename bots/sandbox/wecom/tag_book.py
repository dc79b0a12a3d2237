"""The corp's tags as they are kept: in groups, each name once."""

import secrets
import sqlite3
from collections.abc import Iterable
from datetime import datetime

from bots.sandbox.refusals import Refused
from bots.sandbox.store import moment

TABLES = """
CREATE TABLE IF NOT EXISTS wecom_tag_groups (
  number INTEGER PRIMARY KEY AUTOINCREMENT, group_id TEXT NOT NULL UNIQUE,
  account TEXT NOT NULL, name TEXT NOT NULL, position INTEGER NOT NULL, made_at TEXT NOT NULL,
  UNIQUE (account, name));
CREATE TABLE IF NOT EXISTS wecom_tags (
  number INTEGER PRIMARY KEY AUTOINCREMENT, tag_id TEXT NOT NULL UNIQUE, account TEXT NOT NULL,
  group_id TEXT NOT NULL, name TEXT NOT NULL, position INTEGER NOT NULL, made_at TEXT NOT NULL,
  UNIQUE (group_id, name));
CREATE INDEX IF NOT EXISTS wecom_tags_of ON wecom_tags (account);
"""


def check_tags(db: sqlite3.Connection, account: str, tag_ids: Iterable[str]) -> None:
    """Raises Refused 40068."""
    for tag_id in tag_ids:
        if place_of(db, account, tag_id)[0] != "wecom_tags":
            raise Refused(40068, "invalid tagid")


def make_group(
    db: sqlite3.Connection, account: str, name: str, now: datetime, order: int = 0
) -> sqlite3.Row:
    """Raises Refused 40071."""
    made = db.execute(
        "INSERT INTO wecom_tag_groups (group_id, account, name, position, made_at)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING *",
        (f"et{secrets.token_urlsafe(21)}", account, name, order, moment(now)),
    ).fetchone()
    if made is None:
        raise Refused(40071, "UserTag Name Already Exist")
    return made  # type: ignore[no-any-return]


def make(
    db: sqlite3.Connection, group: sqlite3.Row, name: str, now: datetime, order: int = 0
) -> str:
    """Returns the tag_id. Raises sqlite3.IntegrityError for a name the group has already."""
    tag_id = f"et{secrets.token_urlsafe(21)}"
    db.execute(
        "INSERT INTO wecom_tags (tag_id, account, group_id, name, position, made_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (tag_id, group["account"], group["group_id"], name, order, moment(now)),
    )
    return tag_id


def rename(db: sqlite3.Connection, table: str, column: str, one_id: str, name: str) -> None:
    """Raises Refused 40071."""
    try:
        db.execute(
            f"UPDATE {table} SET name = ? WHERE {column} = ?",  # nosec B608
            (name, one_id),
        )
    except sqlite3.IntegrityError as error:
        raise Refused(40071, "UserTag Name Already Exist") from error


def drop(db: sqlite3.Connection, tag_id: str) -> None:
    """A group goes with its last tag."""
    row = db.execute("SELECT group_id FROM wecom_tags WHERE tag_id = ?", (tag_id,)).fetchone()
    db.execute("DELETE FROM wecom_tag_marks WHERE tag_id = ?", (tag_id,))
    db.execute("DELETE FROM wecom_tags WHERE tag_id = ?", (tag_id,))
    if row is not None:
        db.execute(
            "DELETE FROM wecom_tag_groups WHERE group_id = ?1 AND NOT EXISTS"
            " (SELECT 1 FROM wecom_tags WHERE group_id = ?1)",
            (row["group_id"],),
        )


def drop_group(db: sqlite3.Connection, group_id: str) -> None:
    tags = db.execute("SELECT tag_id FROM wecom_tags WHERE group_id = ?", (group_id,)).fetchall()
    for tag in tags:
        drop(db, tag["tag_id"])
    db.execute("DELETE FROM wecom_tag_groups WHERE group_id = ?", (group_id,))


def group_of_name(db: sqlite3.Connection, account: str, name: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM wecom_tag_groups WHERE account = ? AND name = ?", (account, name)
    ).fetchone()
    return row


def groups(db: sqlite3.Connection, account: str) -> list[sqlite3.Row]:
    return db.execute(
        "SELECT * FROM wecom_tag_groups WHERE account = ? ORDER BY position DESC, number",
        (account,),
    ).fetchall()


def refuse_taken(db: sqlite3.Connection, group_id: str, names: list[str]) -> None:
    rows = db.execute("SELECT name FROM wecom_tags WHERE group_id = ?", (group_id,))
    if {row["name"] for row in rows} & set(names):
        raise Refused(40071, "UserTag Name Already Exist")


def place_of(db: sqlite3.Connection, account: str, one_id: str) -> tuple[str, str]:
    """Table and column of a tag or group. Raises Refused 40068."""
    for table, column in (("wecom_tags", "tag_id"), ("wecom_tag_groups", "group_id")):
        found = db.execute(
            f"SELECT 1 FROM {table} WHERE {column} = ? AND account = ?",  # nosec B608
            (one_id, account),
        )
        if found.fetchone():
            return table, column
    raise Refused(40068, "invalid tagid")
