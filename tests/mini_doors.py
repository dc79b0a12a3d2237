"""The mini-program's doors in a small world, and how they refuse."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.domain.loyalty import ledger
from tests import mini_world
from tests.mini_world import MiniWorld

PHONE_API, LOGIN_API = "/wxa/business/getuserphonenumber", "/sns/jscode2session"


@pytest.fixture
def world(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[MiniWorld]:
    with mini_world.opened(tmp_path, database_url, redis_url) as opened:
        yield opened
        with opened.siyu.database.reading() as session:
            assert ledger.discrepancies(session) == []


@pytest.fixture
def sqlite_world(sqlite_url: str, redis_url: str, tmp_path: Path) -> Iterator[MiniWorld]:
    with mini_world.opened(tmp_path, sqlite_url, redis_url) as opened:
        yield opened


def refused(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert (answer.status_code, answer.json["error"]["code"]) == (status, code), answer.text
    assert answer.json["error"]["zh"]
    assert answer.json["error"]["en"]
    return dict(answer.json["error"])
