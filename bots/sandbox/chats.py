"""What a phone shows: what was said and what came back, in one row of bubbles."""

import json
import sqlite3
from typing import Any

from bots.sandbox.accounts import Account

SHOWN = 80


def bubbles(
    db: sqlite3.Connection, account: Account, platform_id: str, room: str = ""
) -> list[dict[str, Any]]:
    """The newest of one private chat, or of one group; newest last."""
    said = db.execute(
        "SELECT * FROM said WHERE account = ?1 AND room = ?2 AND (?2 != '' OR sender = ?3)"
        " ORDER BY id DESC LIMIT ?4",
        (account.key, room, platform_id, SHOWN),
    )
    came = db.execute(
        "SELECT * FROM sent WHERE account = ? AND recipient = ? ORDER BY id DESC LIMIT ?",
        (account.key, room or platform_id, SHOWN),
    )
    both = [_said(row, platform_id) for row in said] + [_came(row, account) for row in came]
    return sorted(both, key=lambda bubble: bubble["at"])[-SHOWN:]


def _said(row: sqlite3.Row, platform_id: str) -> dict[str, Any]:
    delivered = row["delivered"]
    return {
        "id": f"said-{row['id']}",
        "at": row["at"],
        "from_member": True,
        "mine": row["sender"] == platform_id,
        "who": row["sender_name"],
        "kind": row["kind"],
        "content": json.loads(row["content"]),
        "delivered": None if delivered is None else bool(delivered),
        "tries": row["tries"],
        "answer": row["answer"],
    }


def _came(row: sqlite3.Row, account: Account) -> dict[str, Any]:
    return {
        "id": f"sent-{row['id']}",
        "at": row["at"],
        "from_member": False,
        "mine": False,
        "who": account.name,
        "kind": row["kind"],
        "content": json.loads(row["content"]),
        "api": row["api"],
    }
