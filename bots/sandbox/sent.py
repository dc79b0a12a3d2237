"""What the platform accepted, for good: the independent witness of what was said to whom."""

import json
import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bots.sandbox.store import moment, moment_from

LISTED_AT_MOST = 100_000
ID = re.compile("[0-9]{1,18}")
TO_ALL = "SELECT * FROM sent WHERE id > :id AND at > :at ORDER BY id DESC LIMIT :newest"
TO_ONE = (
    "SELECT * FROM sent WHERE recipient = :recipient AND id > :id AND at > :at"
    " ORDER BY id DESC LIMIT :newest"
)


@dataclass(frozen=True, slots=True)
class Message:
    """One message, whoever it goes to. ``content`` is a string for text, else an object."""

    account: str
    api: str
    kind: str
    content: Any
    key: str | None
    client: str


def record(
    db: sqlite3.Connection, message: Message, recipients: Sequence[str], now: datetime
) -> None:
    """One entry per recipient."""
    content = json.dumps(message.content, ensure_ascii=False)
    before = (moment(now), message.account, message.api)
    after = (message.kind, content, message.key, message.client)
    db.executemany(
        "INSERT INTO sent (at, account, api, recipient, kind, content, key, client)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [(*before, recipient, *after) for recipient in recipients],
    )


def listed(
    db: sqlite3.Connection, recipient: str = "", since: str = "", newest: int = LISTED_AT_MOST
) -> list[dict[str, Any]]:
    """Newest last. ``since`` is an id or an ISO moment; entries after it are listed. Raises
    ValueError if it is neither."""
    is_id = ID.fullmatch(since) is not None
    after = {
        "recipient": recipient,
        "id": int(since) if is_id else 0,
        "at": moment(_moment(since)) if since and not is_id else "",
        "newest": newest,
    }
    rows = db.execute(TO_ONE if recipient else TO_ALL, after)
    return [_entry(row) for row in rows][::-1]


def forget(db: sqlite3.Connection) -> int:
    """Returns how many entries there were. Idempotency keys are not forgotten with them."""
    return db.execute("DELETE FROM sent").rowcount


def _moment(text: str) -> datetime:
    return moment_from(text.replace(" ", "+"))  # a plus sign in a URL arrives as a space


def _entry(row: sqlite3.Row) -> dict[str, Any]:
    return {**dict(row), "content": json.loads(row["content"])}
