"""Hands: threads of a process that make calls at the same time.

Whoever sends takes as many hands as are free and is one more itself, so nobody ever waits for a
hand: while broadcasts have them all, a reply is said by the thread that found it.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from contextlib import contextmanager


class Crew:
    """A sender and the hands it has for a while: ``size`` calls at the same time."""

    def __init__(self, threads: ThreadPoolExecutor, size: int):
        self._threads = threads
        self.size = size

    def make(self, calls: Sequence[Callable[[], object]]) -> None:
        """Makes up to ``size`` calls at the same time, and returns when all have ended. Raises
        what one of them raised."""
        others = [self._threads.submit(call) for call in calls[1:]]
        try:
            for own in calls[:1]:
                own()
        finally:
            wait_for(others)
        for other in others:
            other.result()


class Hands:
    """So many threads, started when they are first needed."""

    def __init__(self, count: int):
        self._threads = ThreadPoolExecutor(max(1, count), thread_name_prefix="hand")
        self._free = count
        self._lock = threading.Lock()

    @contextmanager
    def taken(self, most: int) -> Iterator[Crew]:
        """As many hands as are free, to make up to ``most`` calls at the same time, one's own
        among them."""
        with self._lock:
            others = min(most - 1, self._free)
            self._free -= others
        try:
            yield Crew(self._threads, 1 + others)
        finally:
            with self._lock:
                self._free += others

    def stop(self) -> None:
        """Ends the threads; nobody may make calls any more."""
        self._threads.shutdown()
