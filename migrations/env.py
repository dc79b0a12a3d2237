"""Alembic's environment: the database named by whoever calls it, see ``app.db.migrate``."""

import sqlalchemy as sa
from alembic import context

from app import db, schema


def run() -> None:
    engine = db.engine_of(context.config.attributes["url"])
    with engine.connect() as connection:
        _let_tables_be_rebuilt(connection)
        context.configure(
            connection=connection,
            target_metadata=schema.metadata,
            transaction_per_migration=True,
            render_as_batch=True,
            render_item=_render,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


def _let_tables_be_rebuilt(connection: sa.Connection) -> None:
    """SQLite changes a constraint by making the table anew (Alembic's batch mode), and would
    otherwise refuse to drop one whose rows are referred to. It says so before any transaction."""
    raw = connection.connection.dbapi_connection
    if connection.dialect.name == "sqlite" and raw is not None:
        raw.execute("PRAGMA foreign_keys=OFF")


def _render(kind: str, item: object, autogen_context: object) -> str | bool:
    """Our column types by their plain names: a migration never imports the application."""
    if kind != "type":
        return False
    if isinstance(item, db.Moment):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, sa.BigInteger):
        return 'sa.BigInteger().with_variant(sa.Integer, "sqlite")'
    if isinstance(item, sa.JSON):
        return 'sa.JSON().with_variant(postgresql.JSONB, "postgresql")'
    return False


run()
