"""The database: its types, its sessions, and the one way to insert a fact once.

SQLite and PostgreSQL are equals here. Both are durable before they say so: SQLite in WAL mode with
synchronous=FULL, PostgreSQL with synchronous_commit=on.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session

from app import sqlite_turns

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
SQLITE_DURABILITY = "PRAGMA synchronous = FULL"

Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Json = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


class Moment(sa.types.TypeDecorator[datetime]):
    """A point in time, always aware and in UTC. SQLite drops zones, so they are put back here."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment needs a time zone: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: Moment, dict[str, Any]: Json, list[Any]: Json}


class Database:
    """An engine and the two ways to use it: to write, and to read without hindering writers."""

    def __init__(self, engine: sa.Engine):
        self.engine = engine
        is_sqlite = engine.dialect.name == "sqlite"
        self._turn: AbstractContextManager[Any] = (
            sqlite_turns.Turn() if is_sqlite else nullcontext()
        )
        self._reading = engine.execution_options(reading=True)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction: committed at the end of the block, rolled back if it raises."""
        with self._turn, Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def committing(self) -> Iterator[sa.Connection]:
        """A writing transaction without the ORM's book-keeping, for where every callback waits."""
        with self._turn, self.engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with Session(self._reading, expire_on_commit=False) as session:
            yield session


def engine_of(url: str) -> sa.Engine:
    """The engine for ``url``, with the durability promises switched on.

    A frozen worker must not keep its locks on PostgreSQL for ever: after 30 s idle inside a
    transaction the server ends it.
    """
    if url.startswith("sqlite"):
        engine = sa.create_engine(url, pool_size=12, connect_args={"timeout": sqlite_turns.BUSY_S})
        sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
        return engine
    options = (
        "-c synchronous_commit=on -c timezone=UTC"
        " -c idle_in_transaction_session_timeout=30000 -c lock_timeout=15000"
    )
    return sa.create_engine(
        url, pool_size=12, pool_pre_ping=True, connect_args={"options": options}
    )


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, see below
    for pragma in ("PRAGMA journal_mode = WAL", SQLITE_DURABILITY, "PRAGMA foreign_keys = ON"):
        connection.execute(pragma)


def _begin_sqlite(connection: sa.Connection) -> None:
    """Writers take the write lock at once: upgrading a read lock later fails without waiting."""
    if connection.get_execution_options().get("reading", False):
        connection.exec_driver_sql("BEGIN")
    elif not sqlite_turns.begin_soon(connection.connection.dbapi_connection):
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # raises what was the matter all the time


def table_of(model: type[Base]) -> sa.Table:
    """The table itself, for statements so frequent that the ORM's part shows. They do not flush
    what a session has not written yet."""
    table = model.__table__
    assert isinstance(table, sa.Table)
    return table


def partial_index(name: str, where: str, *columns: str) -> sa.Index:
    """An index of those rows alone for which ``where`` holds, on either database."""
    return sa.Index(name, *columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def insert_once(
    session: Session | sa.Connection,
    model: type[Base],
    values: Mapping[str, Any],
    *,
    unique: Sequence[str] | None = None,
) -> int | None:
    """Inserts a row unless its unique key is there already; the index decides, so it is safe at
    any concurrency. Returns the new row's id, or None when the fact was known.

    ``unique`` narrows which key may be repeated; another violated key still raises.
    """
    if isinstance(session, Session):
        session.flush()
        dialect = session.get_bind().dialect.name
    else:
        dialect = session.dialect.name
    statement = _insert_once(dialect, model, tuple(values), tuple(unique or ()))
    return session.execute(statement, dict(values)).scalar_one_or_none()


@cache
def _insert_once(
    dialect: str, model: type[Base], columns: tuple[str, ...], unique: tuple[str, ...]
) -> sa.sql.expression.Executable:
    """The statement, built once for each shape of row."""
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    table = table_of(model)
    return (
        insert(table)
        .values({name: sa.bindparam(name) for name in columns})
        .on_conflict_do_nothing(index_elements=unique or None)
        .returning(table.c.id)
    )


def insert_all_once(
    session: Session,
    model: type[Base],
    rows: Sequence[Mapping[str, Any]],
    *,
    unique: Sequence[str],
) -> int:
    """Inserts the rows, all of the same shape, without those whose ``unique`` key is there already
    or comes in meanwhile. Returns how many are new."""
    if not rows:
        return 0
    session.flush()
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = insert(model.__table__).on_conflict_do_nothing(index_elements=unique)  # type: ignore[arg-type]
    options = {"preserve_rowcount": True}
    result = session.connection().execute(statement, list(rows), execution_options=options)
    return int(result.rowcount)


def insert_selected(
    session: Session,
    model: type[Base],
    names: Sequence[str],
    rows: sa.Select[Any],
    *,
    unique: Sequence[str],
) -> int:
    """Inserts what ``rows`` selects, in one statement, without those whose ``unique`` key is
    there already or comes in meanwhile; without names, whichever key it is. Returns how many rows
    are new."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    inserted = insert(model).from_select(names, rows)
    statement = inserted.on_conflict_do_nothing(index_elements=unique or None)
    result = session.execute(statement.execution_options(preserve_rowcount=True))
    return int(result.rowcount)  # type: ignore[attr-defined]


def migrate(url: str) -> None:
    """Brings the database at ``url`` to the newest migration."""
    from alembic import command  # here, since no serving process needs its 12 MB
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    command.upgrade(config, "head")


def pending_migrations(engine: sa.Engine) -> bool:
    """Whether the database is behind the code. The processes refuse to start then."""
    newest = max(path.name[:4] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return True
        at = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
        return at != newest
