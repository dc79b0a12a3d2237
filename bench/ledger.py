"""The ledger of members who have points, on PostgreSQL: movements by 64 clients, a transaction
each, and lots that lapse on one day of the year; each against bare inserts by the same means in the
same run.

``python -m bench.ledger`` measures these alone.
"""

import gc
import multiprocessing
import random
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Mapped, Session, mapped_column

from app import db
from app.clockwork import points_due
from app.db import Base, Database, Id
from app.domain.loyalty import expiry, ledger, points
from app.domain.loyalty.lots import Lot
from bench.rows import Row
from tests import servers

NOW = datetime(2026, 11, 2, 4, tzinfo=UTC)
CAUSE = points.Cause("bench", 1)
CLIENTS, PROCESSES, SECONDS = 64, 2, 10
WARMING_S = 6  # a connection plans each of its statements ten times before it keeps the plan
MEMBERS, LOTS_EACH = 40_000, 5
MOVED_A_S, LAPSED_A_S = 1_500, 30_000
_CONTEXT = multiprocessing.get_context("spawn")
_MADE = "FROM points_entries WHERE key LIKE 'made:%'"
MAKE_MEMBERS = (
    "INSERT INTO members (nickname, created_at) SELECT 'bench', now()"
    f" FROM generate_series(1, {MEMBERS})"
)
MAKE_LOTS = (
    "INSERT INTO points_entries (key, kind, member_id, amount, growth, rule, booked_at)"
    " SELECT 'made:' || m || ':' || n, 'award', m, 10, 0, 'bench', date '2026-11-01'"
    f" FROM generate_series(1, {LOTS_EACH}) n, generate_series(1, {MEMBERS}) m",
    "INSERT INTO points_postings (entry_id, member_id, account, amount)"
    f" SELECT id, member_id, 'issued', -10 {_MADE}",
    "INSERT INTO points_postings (entry_id, member_id, account, amount)"
    f" SELECT id, member_id, 'member', 10 {_MADE}",
    "INSERT INTO points_lots (entry_id, member_id, amount, remaining, opened_at, expires_at)"
    f" SELECT id, member_id, 10, 10, booked_at, date '2026-12-31' {_MADE}",
    "INSERT INTO points_balances (member_id, points, arrears, growth, due_at)"
    f" SELECT m, {10 * LOTS_EACH}, 0, 0, date '2026-12-31' FROM generate_series(1, {MEMBERS}) m",
)


class Bare(Base):
    """The least that can be written of a movement."""

    __tablename__ = "bare_movements"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    amount: Mapped[int]


def rows() -> list[Row]:
    gc.freeze()  # as the scheduler does, which lets points lapse
    with servers.postgres_served() as server, server.database() as url:
        database = Database(db.engine_of(url))
        with database.committing() as connection:
            for statement in (MAKE_MEMBERS, *MAKE_LOTS):
                connection.execute(sa.text(statement))
            Base.metadata.create_all(connection, [db.table_of(Bare)])
        _vacuum(database)
        measured = [*_moves(url), *_lapses(database)]
        with database.reading() as session:
            assert ledger.discrepancies(session) == []
        database.engine.dispose()
        return measured


def _vacuum(database: Database) -> None:
    """As the server does of itself, though not at a moment of ours."""
    with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(sa.text("VACUUM ANALYZE"))


def _moves(url: str) -> list[Row]:
    ours, bare = _rate(url, _move), _rate(url, _insert)
    what = f"ledger transactions by {CLIENTS} clients"
    return [
        Row(what, "/s", ours, "at least", MOVED_A_S),
        Row(what, "/s", ours, "one bare insert each", bare),
    ]


def _rate(url: str, act: Callable[..., None]) -> float:
    """How many a second all the clients together commit."""
    counted, start = _CONTEXT.Queue(), _CONTEXT.Barrier(PROCESSES)
    running = [
        _CONTEXT.Process(target=_serve, args=(url, act, number, start, counted))
        for number in range(PROCESSES)
    ]
    for process in running:
        process.start()
    total = sum(counted.get() for _ in running)
    for process in running:
        process.join()
    return float(total / SECONDS)


def _serve(url: str, act: Callable[..., None], number: int, start: Any, counted: Any) -> None:
    """So many clients as threads of a process, each with a connection of its own."""
    each = CLIENTS // PROCESSES
    database = Database(sa.create_engine(url, pool_size=each))
    gc.freeze()  # as the processes do that move points
    names = [f"{act.__name__}:{number}:{client}" for client in range(each)]
    _all_keep_at(database, act, [f"{name}:warm" for name in names], WARMING_S)
    start.wait()
    counted.put(_all_keep_at(database, act, names, SECONDS))


def _all_keep_at(
    database: Database, act: Callable[..., None], names: Sequence[str], seconds: float
) -> int:
    done: list[int] = []
    threads = [
        threading.Thread(
            target=lambda name=name: done.append(_keep_at(database, act, name, seconds))
        )
        for name in names
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done)


def _keep_at(database: Database, act: Callable[..., None], name: str, seconds: float) -> int:
    dice, ends_at, number = random.Random(name), time.monotonic() + seconds, 0
    while time.monotonic() < ends_at:
        with database.writing() as session:
            act(session, dice.randint(1, MEMBERS), name, number)
        number += 1
    return number


def _move(session: Session, member_id: int, name: str, number: int) -> None:
    """Of four movements, two are awards, one a refund of an award's part, one a spending."""
    key, when = f"{name}:{number}", {"cause": CAUSE, "now": NOW}
    if number % 4 == 2:
        points.reverse(session, f"{name}:{number - 1}", key=key, amount=10, **when)
    elif number % 4 == 3:
        points.spend(session, member_id, 1, key=key, **when)
    else:
        ends_at = NOW + timedelta(days=365)
        points.award(session, member_id, 40, key=key, expires_at=ends_at, **when)


def _insert(session: Session, member_id: int, name: str, number: int) -> None:
    session.execute(sa.insert(Bare), {"key": f"{name}:{number}", "amount": member_id})


def _lapses(database: Database) -> list[Row]:
    _vacuum(database)
    with database.reading() as session:
        count = session.scalar(_LAPSING) or 0
    ours, bare = count / _seconds(_let_lapse, database), count / _seconds(_insert_all, database)
    what = f"lots lapsing on one day, {LOTS_EACH} a member"
    return [
        Row(what, "/s", ours, "at least", LAPSED_A_S),
        Row(what, "/s", ours, "as many bare rows, 5,000 a statement", bare),
    ]


def _seconds(act: Callable[[Database], None], database: Database) -> float:
    began_s = time.perf_counter()
    act(database)
    return time.perf_counter() - began_s


_LATER = NOW + timedelta(days=90)
_LAPSING = sa.select(sa.func.count()).where(Lot.remaining > 0, Lot.expires_at <= _LATER)


def _let_lapse(database: Database) -> None:
    while points_due.book(database, _LATER):
        pass


def _insert_all(database: Database) -> None:
    for batch in range(MEMBERS * LOTS_EACH // expiry.LOTS):
        keys = [f"lot:{batch}:{number}" for number in range(expiry.LOTS)]
        with database.writing() as session:
            session.connection().execute(_BARE_ROWS, {"keys": keys})


_BARE_ROWS = sa.text(
    "INSERT INTO bare_movements (key, amount) SELECT key, 10 FROM unnest(:keys) AS key"
).bindparams(sa.bindparam("keys", type_=postgresql.ARRAY(sa.Text)))


if __name__ == "__main__":
    for measured in rows():
        print(measured)
