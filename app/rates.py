"""Rates: how often one caller may ask, counted in Redis for all processes together.

When Redis is away each process counts alone and allows a part only. The caller's address is that
of the connection: what a header says of it, anybody can write.
"""

import threading
import time
from dataclasses import dataclass

import structlog
from redis import Redis, RedisError

ALONE_PART = 4  # without Redis, one process allows a quarter
DOWN_S = 5  # how long not to ask a Redis that does not answer
REMEMBERED_MAX = 10_000
_log = structlog.get_logger(__name__)


class TooOften(Exception):
    """Not now: ``retry_after_s`` is when the window ends."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"again in {retry_after_s} s")
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Rate:
    name: str
    most: int
    within_s: int = 60


class Rates:
    def __init__(self, redis: Redis):
        self._redis = redis
        self._down_until_s = 0.0
        self._alone: dict[str, int] = {}
        self._lock = threading.Lock()

    def count(self, rate: Rate, caller: str) -> None:
        """Counts a request of this caller. Raises TooOften."""
        now_s = int(time.time())
        window = now_s // rate.within_s
        key = f"siyu:rate:{rate.name}:{caller}:{window}"
        counted = self._counted(key, rate.within_s)
        most = rate.most
        if counted is None:
            counted, most = self._counted_alone(key), max(1, rate.most // ALONE_PART)
        if counted > most:
            raise TooOften((window + 1) * rate.within_s - now_s)

    def _counted(self, key: str, within_s: int) -> int | None:
        if time.monotonic() < self._down_until_s:
            return None
        try:
            with self._redis.pipeline() as pipeline:
                pipeline.incr(key)
                pipeline.expire(key, within_s)
                return int(pipeline.execute()[0])
        except RedisError as error:
            self._down_until_s = time.monotonic() + DOWN_S
            _log.warning("redis is away, this process counts alone", error=type(error).__name__)
            return None

    def _counted_alone(self, key: str) -> int:
        with self._lock:
            if len(self._alone) >= REMEMBERED_MAX:
                self._alone.clear()
            self._alone[key] = self._alone.get(key, 0) + 1
            return self._alone[key]
