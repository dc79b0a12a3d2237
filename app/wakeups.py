"""Wake-ups: "there is something in lane 17", through Dramatiq on Redis.

A wake-up carries nothing else, so losing all of them costs a second at most: the scheduler's tick
finds in the tables what is waiting. One that is already on its way is not sent again.
"""

import threading
import time
from collections.abc import Iterable

import dramatiq
import structlog
from dramatiq.brokers.redis import RedisBroker
from dramatiq.errors import BrokerError
from dramatiq.middleware import AgeLimit, ShutdownNotifications, TimeLimit
from redis import Redis, RedisError

from app import lanes

PLANS = "plans"  # beside the lanes' pipes: plans have something due
FEEDS = "feeds"  # and broadcasts have recipients who wait for their row in the outbox
IMPORTS = "imports"  # and a table that an operator has brought has rows left
ANSWERING, SPEAKING = "answering", "speaking"  # the duties that processes are there for
PENDING_MS = 2_000  # a wake-up that got lost blocks the next for no longer
ALIVE_S = 30  # a process that said nothing for so long is gone
DOWN_S = 5  # how long not to try again when Redis does not answer

_log = structlog.get_logger(__name__)


def broker_on(redis: Redis) -> RedisBroker:
    """The Dramatiq broker. Its messages are worth nothing after a minute."""
    middleware = [AgeLimit(max_age=60_000), TimeLimit(time_limit=60_000), ShutdownNotifications()]
    broker = RedisBroker(client=redis, middleware=middleware, namespace="siyu")
    for pipe in (*lanes.PIPES, PLANS, FEEDS, IMPORTS):
        broker.declare_queue(pipe)
    return broker


class WakeUps:
    """Sends wake-ups, and remembers for a moment when Redis is away."""

    def __init__(self, redis: Redis, broker: RedisBroker):
        self.broker = broker
        self._redis = redis
        self._down_until_s = 0.0

    def wake(self, pipe: str, number: int = 0) -> bool:
        """Wakes whoever works the lane. False when Redis is away: the tick will find the work."""
        if time.monotonic() < self._down_until_s:
            return False
        try:
            if self._redis.set(_pending(pipe, number), 1, nx=True, px=PENDING_MS):
                self.broker.enqueue(_message(pipe, number))
        except (RedisError, BrokerError) as error:
            self._down_until_s = time.monotonic() + DOWN_S
            _log.warning("redis is away, the tick takes over", error=str(error))
            return False
        return True

    def wake_all(self, touched: Iterable[tuple[str, int]]) -> None:
        """Wakes the lanes that a transaction, now committed, has put something into."""
        for pipe, number in touched:
            self.wake(pipe, number)

    def be_alive(self, duty: str, process: str) -> None:
        """A process says that it is there for a duty; see ``alive``."""
        try:
            self._redis.set(f"siyu:alive:{duty}:{process}", 1, ex=ALIVE_S)
        except RedisError as error:
            _log.warning("redis is away", error=str(error))

    def alive(self, duty: str) -> int:
        """How many processes are there for a duty. Raises RedisError."""
        return sum(1 for _ in self._redis.scan_iter(f"siyu:alive:{duty}:*", count=1000))

    def begin(self, pipe: str, number: int = 0) -> None:
        """Called by the worker before it looks: from now on, news needs another wake-up."""
        try:
            self._redis.delete(_pending(pipe, number))
        except RedisError as error:
            _log.warning("redis is away", error=str(error))


class Bell:
    """Wakes without making its caller wait. A thread of its own sends the wake-ups; those for one
    lane that come together are one, and one that is lost with the process is found by the tick."""

    def __init__(self, wakeups: WakeUps):
        self._wakeups = wakeups
        self._rung: set[tuple[str, int]] = set()
        self._is_rung = threading.Condition()
        self._thread: threading.Thread | None = None
        self._is_stopped = False

    def ring(self, pipe: str, number: int) -> None:
        with self._is_rung:
            self._rung.add((pipe, number))
            self._is_rung.notify()
            if self._thread is None:  # not before: servers fork after they have loaded the app
                self._thread = threading.Thread(target=self._answer, name="bell", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Ends the thread."""
        with self._is_rung:
            self._is_stopped = True
            self._is_rung.notify()
        if self._thread is not None:
            self._thread.join()

    def _answer(self) -> None:
        while True:
            with self._is_rung:
                self._is_rung.wait_for(lambda: self._rung or self._is_stopped)
                if self._is_stopped:
                    return  # what was rung last is found by the tick
                rung, self._rung = self._rung, set()
            for pipe, number in sorted(rung):
                self._wakeups.wake(pipe, number)


def _pending(pipe: str, number: int) -> str:
    return f"siyu:woken:{pipe}:{number}"


def _message(pipe: str, number: int) -> dramatiq.Message:
    return dramatiq.Message(queue_name=pipe, actor_name=pipe, args=(number,), kwargs={}, options={})
