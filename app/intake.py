"""Intake: callbacks that come together are kept together, in one commit, and each is answered
only after it.

A commit waits for the disk, so under load it is worth sharing. Whoever has the turn writes what
has queued up meanwhile, its own callback among it; the others find theirs kept when their turn
comes. Alone, a callback costs what it always did.
"""

import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import DataError, IntegrityError

from app import inbox
from app.db import Database
from bots.messages import Received


@dataclass(eq=False, slots=True)
class Arrival:
    """One callback on its way into the inbox. ``lane`` is None when it was known already."""

    channel_id: int
    channel_key: str
    received: Received
    at: datetime
    is_kept: bool = False
    lane: int | None = None


class Intake:
    """The way into the inbox for all threads of a process."""

    def __init__(self, database: Database):
        self._database = database
        self._queue: list[Arrival] = []
        self._queueing = threading.Lock()
        self._turn = threading.Lock()

    def keep(self, arrival: Arrival) -> int | None:
        """Returns the lane to wake once the callback is committed, None when it was known.
        Raises what the database raises; then it is not kept and must not be acknowledged."""
        with self._queueing:
            self._queue.append(arrival)
        with self._turn:
            if not arrival.is_kept:
                self._keep_with_others(arrival)
            if not arrival.is_kept:
                self._commit([arrival])
        return arrival.lane

    def _keep_with_others(self, arrival: Arrival) -> None:
        """One commit for all that wait. Should one of them be at fault, each is judged by itself
        when its own thread has the turn."""
        with self._queueing:
            queued, self._queue = self._queue, []
        if len(queued) > 1 and arrival in queued:
            with suppress(DataError, IntegrityError):
                self._commit(queued)

    def _commit(self, arrivals: Sequence[Arrival]) -> None:
        with self._database.committing() as connection:
            lanes = [
                inbox.receive(connection, one.channel_id, one.channel_key, one.received, one.at)
                for one in arrivals
            ]
        for arrival, lane in zip(arrivals, lanes, strict=True):
            arrival.lane, arrival.is_kept = lane, True
