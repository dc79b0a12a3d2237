"""The sandbox's clock: it runs with the real one and can be moved forward, so that days pass in
seconds.

Windows, months, rates, tokens, codes and the record go by it. What is compared with somebody else's
clock does not: signatures and CreateTime stay on the real time, or no server would believe them.
"""

import math
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from bots.sandbox.store import Store

ADVANCE_MAX_S = 366 * 86_400.0


class CannotGoThere(Exception):
    """Time only goes forward, and not by more than a year at once."""


class MovableClock:
    """How far it was moved is kept in the store, so no restart turns it back."""

    def __init__(self, real: Callable[[], datetime], store: Store) -> None:
        self.real = real
        self._store = store
        self._turn = threading.Lock()
        row = store.reading().execute("SELECT advanced_s FROM clock").fetchone()
        self._advanced = timedelta(seconds=row["advanced_s"] if row else 0)

    def __call__(self) -> datetime:
        return self.real() + self._advanced

    @property
    def advanced_s(self) -> float:
        return self._advanced.total_seconds()

    def advance(self, by_s: object) -> None:
        """Raises CannotGoThere."""
        if isinstance(by_s, bool) or not isinstance(by_s, (int, float)) or not math.isfinite(by_s):
            raise CannotGoThere("advance_s has to be a number of seconds")
        if not 0 <= by_s <= ADVANCE_MAX_S:
            raise CannotGoThere(f"advance_s has to be from 0 to {ADVANCE_MAX_S:.0f}")
        with self._turn:
            moved = self._advanced + timedelta(seconds=by_s)
            with self._store.writing() as db:
                db.execute("INSERT OR REPLACE INTO clock VALUES (1, ?)", (moved.total_seconds(),))
            self._advanced = moved
