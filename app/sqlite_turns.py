"""Taking turns on SQLite, which has one writer at a time and no queue for the others.

Left alone, waiting writers sleep longer and longer between their looks, so a worker that writes
back to back starves the front door. Here the threads of one process queue up, a waiting process
looks every millisecond, and whoever has written for long leaves a gap for it.
"""

import sqlite3
import threading
import time
from types import TracebackType
from typing import Any

BUSY_S = 20  # then the database counts as being in trouble
LOOK_EVERY_S = 0.001
LONG_S, GAP_S = 0.01, 0.003  # the gap must be longer than the time between two looks


class Turn:
    """The turn of one thread among the writers of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._began_s = 0.0

    def __enter__(self) -> None:
        self._lock.acquire()
        self._began_s = time.monotonic()

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        if time.monotonic() - self._began_s > LONG_S:
            time.sleep(GAP_S)
        self._lock.release()


def begin_soon(connection: Any) -> bool:
    """Begins a writing transaction as soon as the lock is free. False when it was not for
    ``BUSY_S``, or something else is the matter."""
    give_up_at_s = time.monotonic() + BUSY_S
    connection.execute("PRAGMA busy_timeout=0")
    try:
        while time.monotonic() < give_up_at_s:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:  # the rest says why
                    return False
                time.sleep(LOOK_EVERY_S)
            else:
                return True
        return False
    finally:
        connection.execute(f"PRAGMA busy_timeout={BUSY_S * 1000}")
