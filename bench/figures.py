"""The figures of a million members with ten million orders, worked out on PostgreSQL by the process
of the night; and those of CDNOW's customers. The floor is the bare aggregate of the same orders: a
count, a sum, the first and the last of each member, in one statement.

``python -m bench.figures [members] [orders]`` measures the large one alone, with these numbers.
"""

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from app import db
from app.config import Settings
from app.db import Database
from app.domain.loyalty.orders import Order, OrderLine
from app.figuring import nightly
from app.wiring import wire
from bench import cores, crowds
from bench.rows import Row
from tests import servers

MEMBERS, ORDERS = 1_000_000, 10_000_000
SECONDS_MAX, BYTES_MAX = 120, 1 << 30
CDNOW = Path(__file__).resolve().parents[2] / "shared" / "data" / "orders_cdnow.txt"
# Members differ in how often they buy; orders lie in the last two years; an order has one line.
MADE = (
    "INSERT INTO members (id, nickname, created_at, last_seen_at)"
    " SELECT n, 'bench', now() - interval '800 days', now() FROM generate_series(1, {members}) n",
    "INSERT INTO orders"
    " (id, source, order_no, member_id, amount_fen, refunded_fen, paid_at, created_at)"
    " SELECT n, 'bench', n, 1 + floor({members} * power(random(), 1.5)), 100 + 99900 * random(), 0,"
    " now() - random() * interval '730 days', now() FROM generate_series(1, {orders}) n",
    "INSERT INTO order_lines (order_id, number, sku, name, quantity, amount_fen)"
    " SELECT id, 1, 'SKU-' || id % 200, '', 1, amount_fen FROM orders",
)


def rows(members: int = MEMBERS, orders: int = ORDERS) -> Iterator[Row]:
    with _postgres() as url:
        yield from _large(url, members, orders)
        if CDNOW.exists():
            yield _cdnow(url)


@contextmanager
def _postgres() -> Iterator[str]:
    with servers.postgres_served() as server, server.database() as url:
        yield url


def _large(url: str, members: int, orders: int) -> list[Row]:
    database = Database(db.engine_of(url))
    _make(database, members, orders)
    _vacuum(database)
    (took_s, peak_bytes), busy_s = cores.spent(database, lambda: _night(url))
    floor_s = _bare_s(database)
    what = f"{members:,} members, {orders:,} orders figured"
    return [
        Row(what, "s", took_s, "at most", SECONDS_MAX),
        Row(f"{what}: cores", "s", busy_s, "at most", SECONDS_MAX),
        Row(what, "s", took_s, "bare aggregate of the same orders", floor_s),
        Row(f"{what}: memory", "MB", peak_bytes / 1e6, "at most", BYTES_MAX / 1e6),
    ]


def _make(database: Database, members: int, orders: int) -> None:
    with database.writing() as session, crowds.indexed_afterwards(session, Order, OrderLine):
        for statement in MADE:
            session.execute(sa.text(statement.format(members=members, orders=orders)))


def _vacuum(database: Database) -> None:
    """As the server does by itself, some time after so many new rows."""
    at_once = database.engine.execution_options(isolation_level="AUTOCOMMIT")
    with at_once.connect() as connection:
        connection.execute(sa.text("VACUUM ANALYZE"))


def _night(url: str) -> tuple[float, float]:
    """Seconds, and bytes at the most, of a night in a process of its own."""
    run = "from bench import figures; figures.report(*__import__('sys').argv[1:])"
    done = subprocess.run([sys.executable, "-c", run, url], stdout=subprocess.PIPE, check=True)
    seconds, kilobytes = done.stdout.split()
    return float(seconds), float(kilobytes) * 1024


def report(url: str) -> None:
    """Works everybody's figures out, and prints seconds and kilobytes."""
    with tempfile.TemporaryDirectory() as var:
        siyu = wire(Settings(var=Path(var), database_url=url, redis_url=""))
        began_s = time.perf_counter()
        house = nightly.House(siyu.database, siyu.programme, siyu.clock)

        def tick(kind: str, count: int) -> None:
            took_s = time.perf_counter() - began_s
            cpu_s = time.process_time()
            print(f"  {took_s:6.1f} s ({cpu_s:.1f} on a core) {kind} +{count:,}", file=sys.stderr)

        nightly.run(house, tick)
    took_s = time.perf_counter() - began_s
    print(took_s, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def _bare_s(database: Database) -> float:
    bare = sa.select(
        Order.member_id,
        sa.func.count(),
        sa.func.sum(Order.amount_fen - Order.refunded_fen),
        sa.func.min(Order.paid_at),
        sa.func.max(Order.paid_at),
    ).group_by(Order.member_id)
    counted = sa.select(sa.func.count()).select_from(bare.subquery())
    began_s = time.perf_counter()
    with database.reading() as session:
        session.execute(counted).one()
    return time.perf_counter() - began_s


def _cdnow(url: str) -> Row:
    """Its 23,570 customers and 69,659 orders, instead of the others."""
    database = Database(db.engine_of(url))
    with database.committing() as connection:
        connection.execute(sa.text("TRUNCATE members CASCADE"))
        lines = [line.split() for line in CDNOW.read_text().splitlines()]
        people = sorted({int(line[0]) for line in lines})
        known = sa.text("INSERT INTO members (id, nickname, created_at) VALUES (:id, '', now())")
        connection.execute(known, [{"id": it} for it in people])
        bought = sa.text(
            "INSERT INTO orders (source, order_no, member_id, amount_fen, refunded_fen, paid_at,"
            " created_at) VALUES ('cdnow', :no, :whose, :fen, 0, CAST(:day AS date), now())"
        )
        values = [
            {"no": str(no), "whose": int(it[0]), "fen": round(float(it[3]) * 100), "day": it[1]}
            for no, it in enumerate(lines)
        ]
        connection.execute(bought, values)
        connection.execute(sa.text("ANALYZE"))
    took_s, _bytes = _night(url)
    what = f"{len(people):,} customers of CDNOW figured, fitted"
    return Row(what, "s", took_s, "bare aggregate of the same orders", _bare_s(database))


if __name__ == "__main__":
    for row in rows(*(int(number) for number in sys.argv[1:])):
        print(f"{row.name:60} {row.ours:10.2f}{row.unit} {row.against:36} {row.theirs:10.2f}")
