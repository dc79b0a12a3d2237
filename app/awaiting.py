"""Awaiting: a door has kept what happened and waits a moment for the worker to handle it.

Only so many requests may wait at once, so that a slow worker never takes the threads away from
the platforms' callbacks; the others are told that it will be done.
"""

import threading
import time

import sqlalchemy as sa

from app.inbox import InboxEvent
from app.wiring import Siyu

WAIT_S = 3.0
LOOK_EVERY_S = 0.02
WAITING_MAX = 5  # the web process has eight threads, see the Procfile
_places = threading.BoundedSemaphore(WAITING_MAX)


class SetAside(Exception):
    """The event is in quarantine: an operator has to look at it."""


def handled(siyu: Siyu, key: str) -> int | None:
    """Waits until the event of this key is handled and returns its id; None when that takes too
    long. Raises SetAside."""
    if not _places.acquire(blocking=False):
        return _look(siyu, key)
    try:
        until_s = time.monotonic() + WAIT_S
        while (event_id := _look(siyu, key)) is None and time.monotonic() < until_s:
            time.sleep(LOOK_EVERY_S)
        return event_id
    finally:
        _places.release()


def _look(siyu: Siyu, key: str) -> int | None:
    with siyu.database.reading() as session:
        event = session.scalars(sa.select(InboxEvent).where(InboxEvent.key == key)).one()
    if event.quarantined_at is not None:
        raise SetAside(key)
    return event.id if event.handled_at is not None else None
