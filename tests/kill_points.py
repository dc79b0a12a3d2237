"""The points at which work may be cut off: after every statement, before and after every commit,
before and after every piece of a call that is written to a platform's socket, after its answer has
come, and around every wake-up.

Nothing of this is in the product. A child arms the points for itself right after its fork, and at
the one it was told to die at, it kills itself as a machine would: kill -9.
"""

import os
import signal
import threading
from collections.abc import Callable
from functools import wraps
from http.client import HTTPConnection
from typing import Any

import sqlalchemy as sa

from app.wakeups import WakeUps
from app.wiring import Siyu
from bots import wire


class Points:
    """Counts the points passed, and raises ``number`` on this process at the ``fatal`` one.
    ``outside`` counts only those at which no transaction is open."""

    def __init__(self, fatal: int, number: signal.Signals = signal.SIGKILL, outside: bool = False):
        self._left = fatal
        self._number = number
        self._outside = outside
        self._lock = threading.Lock()

    def arm(self, siyu: Siyu) -> None:
        """From now on they count, in this process."""
        engine = siyu.database.engine
        if not self._outside:
            sa.event.listen(engine, "after_cursor_execute", self._passed)
            HTTPConnection.send = self._around(HTTPConnection.send)  # type: ignore[method-assign]
        engine.dialect.do_commit = self._around(engine.dialect.do_commit, not self._outside)
        wire.call = self._around(wire.call)
        wire.fetch = self._around(wire.fetch)
        WakeUps.wake = self._around(WakeUps.wake)

    def _around(self, verb: Callable[..., Any], before: bool = True) -> Callable[..., Any]:
        @wraps(verb)
        def between_points(*arguments: Any, **named: Any) -> Any:
            if before:
                self._passed()
            done = verb(*arguments, **named)
            self._passed()
            return done

        return between_points

    def _passed(self, *_: object) -> None:
        with self._lock:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), self._number)
