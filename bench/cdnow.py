"""The whole order history of CDNOW's customers, 69,659 orders, through a real house: the import
command, worker processes, a random tenth paid back in two later files; then everybody's points and
tier and all the money against a plain count of the file, to the cent. It ends with an error if
anything differs.

``python -m bench.cdnow`` does it on PostgreSQL, ``python -m bench.cdnow sqlite`` on SQLite. It
needs the file beside the repository, in ``../shared/data``, and some minutes.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path

import psutil
import sqlalchemy as sa
from click.testing import CliRunner

from app import db, embedded_redis, inbox, lanes
from app.config import Settings
from app.domain.loyalty import ledger
from app.imports import commands
from app.inbox import InboxEvent
from app.wiring import Siyu, wire
from tests import cdnow, cdnow_shop, servers

PROCESSES = 2
DEADLINE_S = 3_600


def main(database: str = "postgresql") -> None:
    if not (cdnow.FOLDER / "orders_cdnow.txt").exists():
        sys.exit(f"the history is not in {cdnow.FOLDER}")
    sold = cdnow_shop.history(cdnow.everybody())
    with _house(database) as siyu:
        with siyu.database.writing() as session:
            cdnow_shop.open_shop(session)
            cdnow_shop.come(session, {one.customer for one in sold})
        for parts in cdnow_shop.PARTS:
            file = cdnow_shop.exported(siyu.settings.var / f"{parts}.csv", sold, parts)
            _import(siyu, file)
            _work(siyu)
        points = cdnow_shop.check(siyu.database, sold)
        with siyu.database.reading() as session:
            assert ledger.discrepancies(session) == []
            assert session.scalar(_count(InboxEvent.quarantined_at.is_not(None))) == 0
    kept = sum(one.kept_fen for one in sold) / 100
    print(f"equal to a plain count: {len(sold):,} orders, {kept:,.2f} kept, {points:,} points")


@contextmanager
def _house(database: str) -> Iterator[Siyu]:
    """Empty, with a database and a Redis of its own."""
    with ExitStack() as stack:
        var = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="siyu-cdnow-")))
        url: str = stack.enter_context(
            stack.enter_context(servers.postgres_served()).database()
            if database == "postgresql"
            else nullcontext("")
        )
        settings = Settings(var=var, redis_url="", database_url=url)
        redis = subprocess.Popen(embedded_redis.command(var), stdout=subprocess.DEVNULL)
        stack.callback(redis.wait)
        stack.callback(redis.terminate)
        db.migrate(settings.database)
        siyu = wire(settings)
        stack.callback(siyu.close)
        yield siyu


def _import(siyu: Siyu, file: Path) -> None:
    began_s = time.monotonic()
    told = CliRunner().invoke(commands.importing(siyu), ["orders", str(file), "--shop", "cdnow"])
    assert told.exit_code == 0, told.output
    print(f"{file.name} imported in {time.monotonic() - began_s:.0f} s", flush=True)


def _work(siyu: Siyu) -> None:
    """Everything that waits, by worker processes; they begin together with the clock."""
    with siyu.database.reading() as session:
        orders = session.scalar(_count(inbox.is_waiting())) or 0
    where = {"SIYU_VAR": str(siyu.settings.var), "SIYU_DATABASE_URL": siyu.settings.database}
    command = [sys.executable, "-m", "app.worker", "--only", "answering"]
    with ExitStack() as stack:
        began_s = time.monotonic()
        workers = []
        for _ in range(PROCESSES):
            worker = subprocess.Popen(
                command,
                env=os.environ | where,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            stack.callback(worker.wait)
            stack.callback(worker.terminate)
            workers.append(psutil.Process(worker.pid))
        while _wake_what_waits(siyu):
            assert time.monotonic() < began_s + DEADLINE_S
            time.sleep(1)
        took_s = time.monotonic() - began_s
        busy_s = sum(sum(worker.cpu_times()[:2]) for worker in workers)
    print(
        f"  effects of {orders:,} orders in {took_s:.0f} s by {PROCESSES} workers:"
        f" {orders / took_s:.0f} a second, {orders / busy_s:.0f} a second of a worker's core",
        flush=True,
    )


def _wake_what_waits(siyu: Siyu) -> bool:
    """As the tick does."""
    with siyu.database.reading() as session:
        waiting = inbox.lanes_waiting(session)
    for number in waiting:
        siyu.wakeups.wake(lanes.INBOX, number)
    return bool(waiting)


def _count(what: sa.ColumnElement[bool]) -> sa.Select[int]:
    return sa.select(sa.func.count()).select_from(InboxEvent).where(what)


if __name__ == "__main__":
    main(*sys.argv[1:])
