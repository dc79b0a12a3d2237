"""What all exports share: rows read a batch at a time, and how moments are written."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.db import Database

Rows = Iterator[Sequence[Any]]

AT_ONCE = 1_000


def batches(database: Database, next_after: Callable[[Session, int], Sequence[Any]]) -> Rows:
    """Batch after batch by the rising id of each row's first column, each read in a transaction of
    its own."""
    after = 0
    while True:
        with database.reading() as session:
            part = next_after(session, after)
        if not part:
            return
        yield part
        after = part[-1][0].id


def local(at: datetime | None, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S") if at else ""
