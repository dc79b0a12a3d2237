"""Connections to PostgreSQL that outlive their test. A new one is a new process, which has to read
about every table it meets, for each of the house's. So one that a house closes waits for
the next house on the same database, as it would in a process that lives on; what a session may have
changed is undone first.
"""

import select
import threading
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.pq import TransactionStatus

KEPT_MAX = 4  # of a database; a crowd's go
AS_NEW = "RESET ALL; SELECT pg_advisory_unlock_all()"

_kept: dict[str, list["Warm"]] = defaultdict(list)
_turn = threading.Lock()


class Warm(psycopg.Connection[Any]):
    """Is kept when it is closed."""

    how: dict[str, Any]

    def close(self) -> None:
        if self.closed or not self._is_as_new():
            super().close()
            return
        with _turn:
            kept = _kept[self.info.dbname]
            if is_kept := len(kept) < KEPT_MAX:
                kept.append(self)
        if not is_kept:
            super().close()

    def is_alive(self) -> bool:
        """A server that has ended it has said so."""
        looking = select.poll()
        looking.register(self.fileno(), select.POLLIN)
        return not looking.poll(0)

    def end(self) -> None:
        super().close()

    def _is_as_new(self) -> bool:
        if self.info.transaction_status is not TransactionStatus.IDLE:
            return False  # whoever left it like that may not be the last to use it
        self._notice_handlers.clear()
        try:
            self.autocommit = True
            self.execute(AS_NEW)
            self.autocommit = False
        except psycopg.Error:
            return False
        return True


def pids(database: str) -> list[int]:
    """The server's processes behind those that are kept."""
    return [one.info.backend_pid for one in _kept[database]]


def let_go(database: str) -> None:
    for one in _kept.pop(database, []):
        one.end()


def _connect(*arguments: Any, **how: Any) -> psycopg.Connection[Any]:
    """One that was kept and was made the same way, else a new one."""
    with _turn:
        kept = _kept[str(how.get("dbname"))]
        for one in kept:
            if one.how == how and not arguments and one.is_alive():
                kept.remove(one)
                return one
    if "options" not in how:  # only houses have any
        return psycopg.Connection.connect(*arguments, **how)
    made = Warm.connect(*arguments, **how)
    made.how = how
    return made


@pytest.fixture(scope="session", autouse=True)
def _warm() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(psycopg, "connect", _connect)
        yield
        for database in list(_kept):
            let_go(database)
