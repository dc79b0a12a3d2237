"""Writers on SQLite take turns, between threads and between processes."""

import sqlite3
import threading
import time

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from app import db, sqlite_turns
from app.db import Database
from app.lanes import Lane


@pytest.fixture
def database(sqlite_url: str) -> Database:
    return Database(db.engine_of(sqlite_url))


def other_process(database: Database) -> sqlite3.Connection:
    """A connection that shares nothing with the engine, as another process has it."""
    return sqlite3.connect(str(database.engine.url.database), isolation_level=None)


def test_a_waiting_writer_gets_in_as_soon_as_the_other_is_done(database: Database) -> None:
    other = other_process(database)
    other.execute("BEGIN IMMEDIATE")
    began: list[float] = []

    def write() -> None:
        with database.writing() as session:
            session.execute(sa.update(Lane).values(holder="me"))
            began.append(time.monotonic())

    writer = threading.Thread(target=write)
    writer.start()
    time.sleep(0.3)
    assert began == [], "two writers at once"
    other.execute("COMMIT")
    writer.join(5)
    assert len(began) == 1
    other.close()
    database.engine.dispose()


def test_back_to_back_writers_leave_a_gap_for_another_process(database: Database) -> None:
    """A worker in two threads writes without a pause, for as long as it takes the other."""
    done = threading.Event()

    def write_and_write() -> None:
        while not done.is_set():
            with database.writing() as session:
                session.execute(sa.update(Lane).values(term=Lane.term + 1))
                time.sleep(sqlite_turns.LONG_S * 2)

    workers = [threading.Thread(target=write_and_write) for _ in range(2)]
    for worker in workers:
        worker.start()
    other = other_process(database)
    got_in = 0
    for _ in range(10):
        got_in += sqlite_turns.begin_soon(other)
        other.execute("COMMIT")
    done.set()
    for worker in workers:
        worker.join()
    other.close()
    database.engine.dispose()
    assert got_in == 10


def test_a_lock_that_is_never_given_back_is_trouble_of_the_database(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_turns, "BUSY_S", 0.2)
    other = other_process(database)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError, match="locked"), database.writing() as session:
        session.execute(sa.update(Lane).values(holder="me"))
    other.execute("ROLLBACK")
    with database.writing() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Lane))
    other.close()
    database.engine.dispose()
