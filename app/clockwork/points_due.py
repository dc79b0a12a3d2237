"""Points due: what the clock brings to points, batch after batch, each in a transaction of its own.

On PostgreSQL two batches are booked beside each other, so that one is worked out while the server
writes the other; SQLite has one writer at a time.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from app.db import Database
from app.domain.loyalty import expiry

BATCHES = 4  # in all


def book(database: Database, now: datetime) -> bool:
    """Points that become available or lapse, and holds that end. Whether there may be more."""
    beside = 2 if database.engine.dialect.name == "postgresql" else 1
    with ThreadPoolExecutor(beside, thread_name_prefix="points due") as threads:
        booked = [threads.submit(_book, database, now, BATCHES // beside) for _ in range(beside)]
    more = [one.result() for one in booked]
    return any(more)


def _book(database: Database, now: datetime, batches: int) -> bool:
    for _ in range(batches):
        with database.writing() as session:
            if not expiry.expire_due(session, now):
                return False
    return True
