"""Troubles: what nobody foresaw in the work on one plan or one broadcast.

It is taken back, logged with its name, shown on its page, and tried again after a minute, then
ever less often, up to a quarter of an hour; the others go on meanwhile. It is kept in Redis, since
whoever tries again tells it anew: without Redis it is only logged, and tried at every turn.

Names are ``broadcast:5`` and ``plan:3`` for what is due in it, ``plan_clock:3`` for whom the clock
brings into it, ``tryout:5`` for deciding what the rest of a broadcast gets; ``plan:3/member:7`` for
what is due in it to one alone, see ``odd_ones``.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

import structlog
from redis import Redis, RedisError
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from app.odd_ones import is_of_the_content

KEY = "siyu:troubles"
OVER_AFTER = timedelta(hours=1)  # nobody has tried again: what it was about is over
WHY_CHARS = 200
RESTS = [timedelta(minutes=minutes) for minutes in (1, 2, 4, 8, 15)]

_Done = TypeVar("_Done")
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Trouble:
    """``tries`` in a row went wrong, the last for ``why``; the next is made at ``next_at``. With
    ``whose``, the others go on."""

    why: str
    tries: int
    next_at: datetime
    whose: str = ""


class Troubles:
    """What is in trouble at present."""

    def __init__(self, redis: Redis):
        self._redis = redis

    def of(self, *names: str) -> list[Trouble]:
        """Theirs, and then those of one alone in each of them."""
        known = self.known()
        below = sorted(name for name in known if name.partition("/")[0] in names and "/" in name)
        return [known[name] for name in (*names, *below) if name in known]

    def known(self) -> Mapping[str, Trouble]:
        try:
            kept: dict[Any, Any] = self._redis.hgetall(KEY)
        except RedisError as error:
            _log.warning("redis is away, nothing is known of troubles", error=str(error))
            return {}
        return {name.decode(): _read(name.decode(), written) for name, written in kept.items()}

    def look(self, now: datetime) -> "Look":
        known = self.known()
        over = [name for name, it in known.items() if it.next_at < now - OVER_AFTER]
        if over:
            self.forget(*over)
        return Look(self, {name: it for name, it in known.items() if name not in over}, now)

    def keep(self, name: str, trouble: Trouble) -> None:
        written = {**asdict(trouble), "next_at": trouble.next_at.isoformat()}
        del written["whose"]
        try:
            self._redis.hset(KEY, name, json.dumps(written))
        except RedisError as error:
            _log.warning("redis is away, a trouble is only logged", error=str(error))

    def try_again(self, *names: str) -> None:
        """Somebody has changed it: nothing rests any more, nobody in it either."""
        self.forget(*names, *(one for one in self.known() if one.partition("/")[0] in names))

    def forget(self, *names: str) -> None:
        """It went well."""
        try:
            self._redis.hdel(KEY, *names)
        except RedisError as error:
            _log.warning("redis is away, a trouble is not forgotten", error=str(error))


@dataclass(frozen=True, slots=True)
class Look:
    """One turn's view of the troubles there are; an ``app.alone.Alone``."""

    troubles: Troubles
    known: Mapping[str, Trouble]
    now: datetime
    _passed_over: set[str] = field(default_factory=set)

    def __call__(
        self, session: Session, name: str, do: Callable[[], _Done], otherwise: _Done
    ) -> _Done:
        """Raises OperationalError: the database's trouble is nobody's, and all is tried again."""
        before = self.known.get(name)
        if name in self._passed_over or (before is not None and before.next_at > self.now):
            return otherwise
        try:
            with session.begin_nested():
                done = do()
        except OperationalError as error:
            if not is_of_the_content(error):
                raise
            self._note(name, error)
            return otherwise
        except Exception as error:  # noqa: BLE001  an odd one may not hold up the others
            self._note(name, error)
            return otherwise
        if before is not None:
            self.troubles.forget(name)
        return done

    def below(self, name: str) -> Mapping[str, bool]:
        its = {one: it.next_at > self.now for one, it in self.known.items()}
        its |= dict.fromkeys(self._passed_over, True)
        start = f"{name}/"
        return {one[len(start) :]: rests for one, rests in its.items() if one.startswith(start)}

    def _note(self, name: str, error: Exception) -> None:
        before = self.known.get(name)
        tries = before.tries + 1 if before else 1
        next_at = self.now + RESTS[min(tries, len(RESTS)) - 1]
        _log.exception("in trouble", of=name, tries=tries, next_at=next_at)
        self._passed_over.add(name)
        self.troubles.keep(name, Trouble(_why(error), tries, next_at))


def _why(error: Exception) -> str:
    """For an operator who passes it on. What a database says may hold a member's data."""
    if isinstance(error, DBAPIError):
        return type(error.orig).__name__
    first, *_ = str(error).splitlines() or [""]
    return f"{type(error).__name__}: {first}"[:WHY_CHARS]


def _read(name: str, written: bytes) -> Trouble:
    fields, whose = json.loads(written), name.partition("/")[2]
    next_at = datetime.fromisoformat(fields["next_at"])
    return Trouble(fields["why"], fields["tries"], next_at, whose)
