"""What members did on their phones, and what became of it."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bots.sandbox.deliveries import Delivery
from bots.sandbox.store import Store, moment

ANSWER_KEPT_CHARS = 500


@dataclass(frozen=True, slots=True)
class Said:
    """``sender`` is (platform id, name); ``room`` is empty for what is said in private."""

    account: str
    sender: tuple[str, str]
    room: str
    kind: str
    content: Mapping[str, Any]


def note(db: sqlite3.Connection, what: Said, now: datetime) -> int:
    """Returns its id."""
    content = json.dumps(what.content, ensure_ascii=False)
    done = db.execute(
        "INSERT INTO said (at, account, sender, sender_name, room, kind, content)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (moment(now), what.account, *what.sender, what.room, what.kind, content),
    )
    return int(done.lastrowid or 0)


def noted(store: Store, said_id: int, delivery: Delivery) -> Delivery:
    """Notes what became of it, and returns the same delivery."""
    with store.writing() as db:
        db.execute(
            "UPDATE said SET delivered = ?, tries = ?, answer = ? WHERE id = ?",
            (delivery.delivered, delivery.tries, delivery.answer[:ANSWER_KEPT_CHARS], said_id),
        )
    return delivery
