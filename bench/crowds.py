"""A crowd for a benchmark: so many followers of one account, all in one tier and with one tag,
made by the database itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import db
from app.db import Database
from app.domain.insight.tags import MemberTag, Tag
from app.domain.loyalty.standing.tiers import Tier
from app.domain.people.channels import Channel
from app.domain.people.members import Identity, Member
from tests import servers

NOW = datetime(2026, 11, 2, 4, tzinfo=UTC)
TAG = "常客"
FILTER: dict[str, Any] = {"tiers": ["bench"], "tags_any": [TAG]}


@contextmanager
def databases() -> Iterator[dict[str, str]]:
    """The URLs of an empty, migrated database of each engine, by its name."""
    with TemporaryDirectory(prefix="siyu-bench-") as directory, servers.postgres_served() as server:
        url = f"sqlite:///{Path(directory) / 'siyu.db'}"
        db.migrate(url)
        with server.database() as postgres_url:
            yield {"SQLite": url, "PostgreSQL": postgres_url}


def gather(database: Database, count: int) -> int:
    """``count`` members who follow one account, all of them in the tier and with the tag that
    ``FILTER`` asks for. Returns the account's id."""
    with database.writing() as session:
        channel = Channel(
            key="bench",
            kind="official_account",
            name="bench",
            appid="wxbench",
            api_base_url="http://127.0.0.1:9",
            sealed_secrets=b"",
            created_at=NOW,
        )
        tier = Tier(key="bench", name="常客", name_en="Regular", growth_min=777)
        tag = Tag(name=TAG, dimension="value", created_at=NOW)
        session.add_all([channel, tier, tag])
        session.flush()
        with indexed_afterwards(session, Member, Identity, MemberTag):
            for model, values in _of_each(channel.id, tier.id, tag.id):
                insert(session, model, values, count)
    settle(database)
    return channel.id


def _of_each(
    channel_id: int, tier_id: int, tag_id: int
) -> list[tuple[type[db.Base], dict[str, Any]]]:
    """What each member has, for the database to fill her number in."""
    number = sa.column("number", sa.Integer)
    openid = sa.literal("oBench") + sa.cast(number, sa.String)
    whose = {"member_id": number}
    known = {"channel_id": channel_id, "external_id": openid, "chat_left": 0, "action_left": 0}
    given = {"tag_id": tag_id, "rule": "bench", "evidence": "", "given_at": NOW}
    return [
        (Member, {"id": number, "nickname": openid, "tier_id": tier_id, "created_at": NOW}),
        (Identity, {**whose, **known, "created_at": NOW, "followed_at": NOW}),
        (MemberTag, {**whose, **given}),
    ]


@contextmanager
def indexed_afterwards(session: Session, *models: type[db.Base]) -> Iterator[None]:
    """Rows that come in inside are put into the tables' indexes in the end, and PostgreSQL does
    not look up what they refer to: so a million take a fraction of the time."""
    tables = [cast(sa.Table, model.__table__) for model in models]
    indexes = [index for table in tables for index in table.indexes if not index.unique]
    connection = session.connection()
    for index in indexes:
        index.drop(connection)
    if connection.dialect.name == "postgresql":
        session.execute(sa.text("SET LOCAL session_replication_role = replica"))
        session.execute(sa.text("SET LOCAL maintenance_work_mem = '256MB'"))
    yield
    for index in indexes:
        index.create(connection)


def insert(session: Session, model: type[db.Base], values: dict[str, Any], count: int) -> None:
    """So many rows of these ``values``, each of which may be said of ``number``, from 1 on."""
    columns = model.__table__.c
    selected = [
        value if isinstance(value, sa.ColumnElement) else sa.literal(value, columns[name].type)
        for name, value in values.items()
    ]
    rows = sa.select(*selected).select_from(_numbers(session, count))
    session.execute(sa.insert(model).from_select(list(values), rows))


def _numbers(session: Session, count: int) -> Any:
    if session.get_bind().dialect.name == "postgresql":
        return sa.func.generate_series(1, count).table_valued("number").render_derived()
    begin = sa.select(sa.literal(1).label("number")).cte("numbers", recursive=True)
    following = sa.select(begin.c.number + 1).where(begin.c.number < count)
    return begin.union_all(following)


def settle(database: Database) -> None:
    """As it is in a house that has been lived in: the planner knows the tables."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
