"""Our own events by the hundred: what an import or the clock brings to many members at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app import lanes
from app.db import insert_all_once
from app.inbox import InboxEvent
from bots.messages import fingerprint


@dataclass(frozen=True, slots=True)
class Own:
    """Something of our own that many are told of at once; as for ``inbox.receive_own``."""

    key: str
    kind: str
    subject: str
    fields: Mapping[str, Any]
    member_id: int
    happened_at: datetime


def receive(session: Session, events: Sequence[Own], now: datetime) -> None:
    """Keeps them in one statement; those that are known stay as they were first told."""
    rows = [
        {
            "key": event.key,
            "fingerprint": fingerprint(event.fields),
            "kind": event.kind,
            "sender": "",
            "fields": dict(event.fields),
            "happened_at": event.happened_at,
            "received_at": now,
            "lane": lanes.of(event.subject),
            "member_id": event.member_id,
            "tries": 0,
        }
        for event in events
    ]
    insert_all_once(session, InboxEvent, rows, unique=["key"])
    for event in events:
        lanes.touch(session, lanes.INBOX, lanes.of(event.subject))
