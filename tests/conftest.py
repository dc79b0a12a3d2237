"""Fixtures: a fresh, migrated database on both engines, and an empty Redis; see servers.py."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import redis
import sqlalchemy as sa
from sqlalchemy.orm import Session

if TYPE_CHECKING:
    from tests.servers import Postgres
    from tests.world import World

pytest_plugins = [
    "tests.warm_connections",
    "tests.servers",
    "tests.no_skips",
    "tests.compiled_once",
    "tests.in_haste",
    "tests.longest_first",
    "tests.console_desk",
    "tests.mall_world",
    "tests.wecom_world",
    "tests.reading",
]


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh database; the test runs once on each engine."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def postgres_url(postgres: "Postgres") -> Iterator[str]:
    with postgres.database() as url:
        yield url


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from app import db

    path = tmp_path_factory.mktemp("sqlite") / "siyu.db"
    db.migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    return f"sqlite:///{shutil.copy(migrated_sqlite, tmp_path / 'siyu.db')}"


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    from app import db

    engine = db.engine_of(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: sa.Engine) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def redis_client(redis_server: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_server) as client:
        client.flushall()
        yield client


@pytest.fixture
def redis_url(redis_client: redis.Redis, redis_server: str) -> str:
    return redis_server


@pytest.fixture
def world(database_url: str, redis_url: str, tmp_path: Path) -> Iterator["World"]:
    """The world of the stories (world.py), once on each engine."""
    from tests import world

    with world.opened(tmp_path, database_url, redis_url) as opened:
        yield opened
