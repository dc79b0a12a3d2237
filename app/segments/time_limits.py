"""Time limits: what is asked of the database while an operator waits takes no longer than that."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.orm import Session

STEPS = 20_000  # of SQLite's machine between two looks at the clock
_CANCELLED = "57014"  # PostgreSQL: query_canceled


class TookTooLong(Exception):
    """The time was over before the answer came. The session has been rolled back."""


@contextmanager
def within(session: Session, timeout_s: float) -> Iterator[None]:
    """Each statement inside has so long. Raises TookTooLong."""
    limit = _on_sqlite if session.get_bind().dialect.name == "sqlite" else _on_postgresql
    try:
        with limit(session, timeout_s):
            yield
    except sa.exc.OperationalError as error:
        if not _is_over(error):
            raise
        session.rollback()
        raise TookTooLong(f"{timeout_s} s") from error


@contextmanager
def _on_postgresql(session: Session, timeout_s: float) -> Iterator[None]:
    session.execute(sa.text(f"SET LOCAL statement_timeout = {int(timeout_s * 1000)}"))
    yield
    session.execute(sa.text("SET LOCAL statement_timeout = 0"))


@contextmanager
def _on_sqlite(session: Session, timeout_s: float) -> Iterator[None]:
    connection = session.connection().connection.dbapi_connection
    assert connection is not None
    over_at = time.monotonic() + timeout_s
    connection.set_progress_handler(lambda: time.monotonic() > over_at, STEPS)
    try:
        yield
    finally:
        connection.set_progress_handler(None, 0)


def _is_over(error: sa.exc.OperationalError) -> bool:
    return getattr(error.orig, "sqlstate", None) == _CANCELLED or str(error.orig) == "interrupted"
