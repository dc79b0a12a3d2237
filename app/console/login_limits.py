"""How often one may fail to log in: ten times in ten minutes, for an address and for a machine.

Counted in Redis, so that all processes count together. Without Redis each process counts alone,
and allows less.
"""

import hashlib
import threading
from datetime import datetime, timedelta

import structlog
from redis import Redis, RedisError

WITHIN = timedelta(minutes=10)
FAILURES_MAX = 10
FAILURES_MAX_ALONE = 3  # there may be several processes
_log = structlog.get_logger(__name__)


class TooManyFailures(Exception):
    """This address or this machine has failed too often."""


class LoginLimits:
    """Every try is counted before the password is looked at, so that many at once gain nothing."""

    def __init__(self, redis: Redis):
        self._redis = redis
        self._lock = threading.Lock()
        self._alone: dict[str, list[datetime]] = {}

    def count(self, email: str, machine: str, now: datetime) -> None:
        """Counts a try. Raises TooManyFailures."""
        for key in _keys(email, machine):
            tries, most = self._counted(key, now)
            if tries > most:
                raise TooManyFailures

    def forget(self, email: str, machine: str) -> None:
        """The try was a good one: it does not count, and the address starts afresh. What else
        the machine failed at stays counted, or one good address would pay for guessing others."""
        address_key, machine_key = _keys(email, machine)
        with self._lock:
            self._alone.pop(address_key, None)
            if tries := self._alone.get(machine_key):
                tries.pop()
        try:
            self._redis.delete(address_key)
            if self._redis.decr(machine_key) < 0:  # it lapsed meanwhile
                self._redis.delete(machine_key)
        except RedisError as error:
            _log.warning("redis is away", error=str(error))

    def _counted(self, key: str, now: datetime) -> tuple[int, int]:
        try:
            with self._redis.pipeline() as pipeline:
                pipeline.set(key, 0, ex=int(WITHIN.total_seconds()), nx=True)
                pipeline.incr(key)
                return int(pipeline.execute()[1]), FAILURES_MAX
        except RedisError as error:
            _log.warning("redis is away, this process counts alone", error=str(error))
            return self._counted_alone(key, now), FAILURES_MAX_ALONE

    def _counted_alone(self, key: str, now: datetime) -> int:
        with self._lock:
            self._alone = {
                known: recent
                for known, tries in self._alone.items()
                if (recent := [at for at in tries if at > now - WITHIN])
            }
            recent = self._alone.get(key, [])
            self._alone[key] = [*recent, now]
            return len(recent) + 1


def _keys(email: str, machine: str) -> tuple[str, str]:
    address = hashlib.sha256(email.strip().lower().encode()).hexdigest()[:32]
    return f"siyu:login:address:{address}", f"siyu:login:machine:{machine}"
