"""Which corp tags which contact of whom carries."""

import sqlite3
from typing import Any

TABLES = """
CREATE TABLE IF NOT EXISTS wecom_tag_marks (
  account TEXT NOT NULL, userid TEXT NOT NULL, external_userid TEXT NOT NULL,
  tag_id TEXT NOT NULL, PRIMARY KEY (account, userid, external_userid, tag_id));
CREATE INDEX IF NOT EXISTS wecom_tag_marks_of ON wecom_tag_marks (tag_id);
"""


def shown(db: sqlite3.Connection, contact: sqlite3.Row) -> list[dict[str, Any]]:
    """The tags of one contact, as externalcontact/get has them."""
    rows = db.execute(
        "SELECT m.tag_id, t.name AS tag_name, g.name AS group_name FROM wecom_tag_marks m"
        " JOIN wecom_tags t ON t.tag_id = m.tag_id JOIN wecom_tag_groups g"
        " ON g.group_id = t.group_id WHERE m.account = ? AND m.userid = ?"
        " AND m.external_userid = ? ORDER BY t.number",
        (contact["account"], contact["userid"], contact["external_userid"]),
    )
    return [{**dict(row), "type": 1} for row in rows]


def of_contact(db: sqlite3.Connection, account: str, userid: str, external_userid: str) -> set[str]:
    rows = db.execute(
        "SELECT tag_id FROM wecom_tag_marks WHERE account = ? AND userid = ?"
        " AND external_userid = ?",
        (account, userid, external_userid),
    )
    return {row["tag_id"] for row in rows}


def put(
    db: sqlite3.Connection, account: str, userid: str, external_userid: str, tag_ids: list[str]
) -> None:
    db.executemany(
        "INSERT INTO wecom_tag_marks VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        [(account, userid, external_userid, tag_id) for tag_id in tag_ids],
    )


def take(
    db: sqlite3.Connection, account: str, userid: str, external_userid: str, tag_ids: list[str]
) -> None:
    db.executemany(
        "DELETE FROM wecom_tag_marks WHERE account = ? AND userid = ? AND external_userid = ?"
        " AND tag_id = ?",
        [(account, userid, external_userid, tag_id) for tag_id in tag_ids],
    )
