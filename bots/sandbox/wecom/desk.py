"""What the page of a corp shows: its staff, codes and groups, and what waits for its staff."""

import json
import sqlite3
from datetime import datetime
from typing import Any

from bots.sandbox.accounts import Account, Directory
from bots.sandbox.wecom import (
    contact_ways,
    contacts,
    group_sends,
    groups,
    join_ways,
    moments,
    staff,
)
from bots.sandbox.wecom.kf import accounts as kf_accounts

SHOWN = 50


def of_corp(
    db: sqlite3.Connection, directory: Directory, account: Account, now: datetime
) -> dict[str, Any]:
    """Notes first what the accounts file says is there from the start."""
    contacts.begin(db, directory, account, now)
    groups.begin(db, directory, account, now)
    kf_accounts.begin(db, account)
    userids = staff.userids(account)
    return {
        "staff": [{"userid": one, "name": staff.name_of(account, one)} for one in userids],
        "members": [one.nickname for one in directory.members if account.key in one.ids],
        "ways": [way for way in contact_ways.everyone(db, account.key) if way["user"]],
        "join_ways": join_ways.everyone(db, account.key)[:SHOWN],
        "groups": [_group(db, directory, account, row) for row in _groups(db, account)],
        "kf": [dict(row) for row in kf_accounts.everyone(db, account.key)],
        "contacts": _contacts(db, directory, account, userids),
        "sends": [_waiting(row) for row in group_sends.waiting(db, account.key)],
        "moments": [_waiting(row) for row in moments.waiting(db, account.key)],
    }


def _groups(db: sqlite3.Connection, account: Account) -> list[sqlite3.Row]:
    return groups.listed(db, account.key, [], 0, SHOWN)


def _group(
    db: sqlite3.Connection, directory: Directory, account: Account, row: sqlite3.Row
) -> dict[str, Any]:
    outside = [one for one in groups.members(db, account.key, row["chat_id"]) if one["type"] == 2]
    names = [contacts.name_of(directory, account.key, one["member_id"]) for one in outside]
    return {**dict(row), "owner_name": staff.name_of(account, row["owner"]), "names": names}


def _contacts(
    db: sqlite3.Connection, directory: Directory, account: Account, userids: list[str]
) -> list[dict[str, Any]]:
    rows = contacts.of_staff(db, account.key, userids, 0, SHOWN)
    return [
        {
            "staff": staff.name_of(account, row["userid"]),
            "name": contacts.name_of(directory, account.key, row["external_userid"]),
            "state": row["state"],
            "left": row["left_at"] is not None,
        }
        for row in rows
    ]


def _waiting(row: sqlite3.Row) -> dict[str, Any]:
    content = json.loads(row["content"]).get("text", "")
    said = content.get("content", "") if isinstance(content, dict) else content
    return {**dict(row), "said": said}
