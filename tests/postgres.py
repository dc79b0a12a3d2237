"""Databases of a PostgreSQL for one test after the other, each as if freshly migrated.

To copy a template and to drop the copy takes longer than most tests do. So a database that a test
has left is *rinsed* for the next one: its rows go, its sequences begin anew, and the rows that the
migrations made are put back. One whose tables were changed is dropped, and so is one that has been
rinsed so often that what is left of old rows fills it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from tests import warm_connections

TEMPLATE = "siyu_template"
FILE_COPY_SINCE = 150_000  # before, it was the only way
RINSED_MAX = 30
LARGE_BYTES = 40_000_000  # two to three times what an empty one has

# A changed table, column, constraint, trigger or function leaves a younger row in a catalogue. What
# a server brings along itself has smaller numbers.
SHAPE = """
SELECT array_agg(concat(many, ' ', youngest)) FROM (
  SELECT count(*) AS many, max(xmin::text::bigint) AS youngest FROM pg_class WHERE oid >= 16384
  UNION ALL
  SELECT count(*), max(xmin::text::bigint) FROM pg_attribute WHERE attrelid >= 16384
  UNION ALL
  SELECT count(*), max(xmin::text::bigint) FROM pg_constraint WHERE oid >= 16384
  UNION ALL
  SELECT count(*), max(xmin::text::bigint) FROM pg_trigger WHERE oid >= 16384
  UNION ALL
  SELECT count(*), max(xmin::text::bigint) FROM pg_proc WHERE oid >= 16384
) AS catalogues
"""
OTHERS_LEAVE = """
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND pid <> ALL (%s)
"""
WITH_ROWS = """
SELECT relname FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0
"""
# As a replica: neither foreign keys nor the triggers that let the ledger only grow are asked.
ROWS_GO = f"""
DO $$
DECLARE it record;
BEGIN
  SET LOCAL session_replication_role = replica;
  FOR it IN {WITH_ROWS} LOOP
    EXECUTE format('DELETE FROM %I', it.relname);
  END LOOP;
  FOR it IN SELECT seqrelid, seqstart FROM pg_sequence
            WHERE pg_sequence_last_value(seqrelid) IS NOT NULL LOOP
    PERFORM setval(it.seqrelid, it.seqstart, false);
  END LOOP;
END $$
"""


@dataclass
class Basin:
    """A database, the connection it is rinsed by, and how often it was."""

    name: str
    connection: psycopg.Connection[Any]
    rinsed: int = 0


class Postgres:
    """A running PostgreSQL, with a database for each test, as a migrated template is."""

    def __init__(self, sockets: Path) -> None:
        self._sockets = sockets
        self._numbers = count(1)
        self._strategy = ""
        self._shape: list[str] = []
        self._rows: dict[str, bytes] = {}
        self._rinsed: list[Basin] = []

    def url_of(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self._sockets}"

    def make_template(self, migrate: Callable[[str], None]) -> None:
        with self._connected() as connection:
            copies_files = connection.info.server_version >= FILE_COPY_SINCE
        self._strategy = "STRATEGY FILE_COPY" if copies_files else ""  # a quarter of the time
        self._execute(f"CREATE DATABASE {TEMPLATE}")
        migrate(self.url_of(TEMPLATE))
        with self._connected(TEMPLATE) as connection:
            connection.execute(OTHERS_LEAVE, [[]])
            self._shape = _shape_of(connection)
            for (table,) in connection.execute(WITH_ROWS).fetchall():
                self._rows[table] = _rows_of(connection, table)

    @contextmanager
    def database(self) -> Iterator[str]:
        """The URL of a database in which is what the migrations made, and nothing else."""
        basin = self._rinsed.pop() if self._rinsed else self._made()
        yield self.url_of(basin.name)
        if self._is_rinsed(basin):
            self._rinsed.append(basin)
        else:
            basin.connection.close()
            warm_connections.let_go(basin.name)
            self._execute(f"DROP DATABASE {basin.name} WITH (FORCE)")

    def is_answering(self) -> bool:
        try:
            self._execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def close(self) -> None:
        for basin in self._rinsed:
            basin.connection.close()

    def _made(self) -> Basin:
        name = f"siyu_{next(self._numbers)}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} {self._strategy}")
        return Basin(name, self._connected(name))

    def _is_rinsed(self, basin: Basin) -> bool:
        """Rinses it, unless it is worn out or changed."""
        basin.rinsed += 1
        connection = basin.connection
        connection.execute(OTHERS_LEAVE, [warm_connections.pids(basin.name)])
        if basin.rinsed > RINSED_MAX or _size_of(connection) > LARGE_BYTES:
            return False
        if _shape_of(connection) != self._shape:
            return False
        connection.execute(ROWS_GO)
        for table, rows in self._rows.items():
            with connection.cursor().copy(_copying(table, "FROM STDIN")) as copy:
                copy.write(rows)
        return True

    def _execute(self, statement: str) -> None:
        with self._connected() as connection:
            connection.execute(statement.encode())

    def _connected(self, database: str = "postgres") -> psycopg.Connection[Any]:
        return psycopg.connect(
            host=str(self._sockets), user="postgres", dbname=database, autocommit=True
        )


def _shape_of(connection: psycopg.Connection[Any]) -> list[str]:
    row = connection.execute(SHAPE).fetchone()
    assert row is not None
    return list(row[0])


def _size_of(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    assert row is not None
    return int(row[0])


def _rows_of(connection: psycopg.Connection[Any], table: str) -> bytes:
    with connection.cursor().copy(_copying(table, "TO STDOUT")) as copy:
        return b"".join(bytes(part) for part in copy)


def _copying(table: str, where: str) -> sql.Composed:
    return sql.SQL("COPY {} " + where).format(sql.Identifier(table))
