"""Outcomes: a door keeps what happened and waits a moment for the worker to handle it.

Only so many requests may wait at once, so that a slow worker never takes the threads away from
the platforms' callbacks; the others are told that it will be done.
"""

import threading
import time
from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import lanes
from app.api.refusals import RefusedRequest
from app.api.shapes import SCHEMAS, Accepted
from app.inbox import InboxEvent
from app.wiring import Siyu

WAIT_S = 3.0
LOOK_EVERY_S = 0.02
WAITING_MAX = 5  # the web process has eight threads, see the Procfile
_places = threading.BoundedSemaphore(WAITING_MAX)

LATER_DESCRIBED = {
    "description": "已收到，马上生效 · kept, and done in a moment",
    "content": {"application/json": {"schema": {"$ref": f"{SCHEMAS}{Accepted.__name__}"}}},
}
LATER = Accepted(
    zh="已收到，马上就好，请稍后查询", en="it is kept and will be done in a moment: ask again"
)


def keep(siyu: Siyu, put: Callable[[Session], int | None]) -> bool:
    """Commits what ``put`` puts into the inbox and wakes its lane. Returns whether it is new."""
    with siyu.database.writing() as session:
        is_new = put(session) is not None
        touched = lanes.touched(session)
    siyu.wakeups.wake_all(touched)
    return is_new


def handled(siyu: Siyu, key: str) -> int | None:
    """Waits until the event of this key is handled and returns its id; None when that takes too
    long. Raises RefusedRequest when it has been set aside."""
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
        raise RefusedRequest("not_handled")
    return event.id if event.handled_at is not None else None
