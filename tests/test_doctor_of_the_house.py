"""The doctor looks at the house itself: its secret, its address, its servers and processes."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app import doctor, wakeups, worker
from app.config import Settings
from app.doctor import house
from app.domain.outreach import halts
from app.domain.people import operators
from app.inbox import InboxEvent
from app.lanes import Lane
from app.wiring import wire
from tests.doctor_visits import only_trouble, prescribed, shop, troubles
from tests.running_house import RunningHouse
from tests.world import World

__all__ = ["shop"]  # the fixture

ADDRESSES = {
    "siyu.example.com": "is no address",
    "ftp://siyu.example.com": "is no address",
    "https://": "is no address",
    "https://siyu.example.com:port": "is no address",
    "https://siyu.example.com/?a=b": "is no address",
    "https://siyu.example.com:8443": "ports 80 and 443 only",
}


@pytest.mark.parametrize("url", ADDRESSES)
def test_a_public_address_that_wechat_would_not_call_is_found(url: str, tmp_path: Path) -> None:
    siyu = wire(Settings(var=tmp_path, public_url=url))
    trouble = house.public_url_is_an_address(siyu)
    assert trouble is not None
    assert ADDRESSES[url] in trouble.en


@pytest.mark.parametrize("url", ["", "https://siyu.example.com", "http://siyu.example.com/shop/"])
def test_a_good_public_address_is_none(url: str, tmp_path: Path) -> None:
    assert house.public_url_is_an_address(wire(Settings(var=tmp_path, public_url=url))) is None


def test_a_secret_that_others_may_read_is_found(tmp_path: Path) -> None:
    siyu = wire(Settings(var=tmp_path, secret_key=""))
    assert house.secret_is_private(siyu) is None
    (tmp_path / "secret.key").chmod(0o644)
    trouble = house.secret_is_private(siyu)
    assert trouble is not None
    assert "chmod 600" in trouble.en


def test_a_house_without_redis_is_found_and_the_rest_looked_at(
    sqlite_url: str, tmp_path: Path
) -> None:
    nobody = f"unix://{tmp_path / 'nobody.sock'}"
    siyu = wire(Settings(var=tmp_path, database_url=sqlite_url, redis_url=nobody))
    found = troubles(siyu)
    assert "SIYU_REDIS_URL" in found["Redis"]
    assert set(found) == {"Redis", "scheduler"}
    siyu.close()


def _missing(path: Path) -> str:
    return f"sqlite:///{path / 'nowhere' / 'siyu.db'}"


def _empty(path: Path) -> str:
    return f"sqlite:///{path / 'empty.db'}"


DATABASES: dict[Callable[[Path], str], str] = {
    _missing: "cannot be read and written",
    _empty: "run flask --app wsgi migrate",
}


@pytest.mark.parametrize("url_of", DATABASES)
def test_a_database_that_is_not_ready_ends_the_visit(
    url_of: Callable[[Path], str], redis_url: str, tmp_path: Path
) -> None:
    siyu = wire(Settings(var=tmp_path, database_url=url_of(tmp_path), redis_url=redis_url))
    found = troubles(siyu)
    assert set(found) == {"database"}
    assert DATABASES[url_of] in found["database"]
    assert prescribed(siyu).exit_code == 1
    siyu.close()


def test_a_database_that_takes_no_writes_is_found(world: World) -> None:
    @sa.event.listens_for(world.siyu.database.engine, "connect")
    def read_only(connection: Any, _record: object) -> None:
        if world.siyu.database.engine.dialect.name == "sqlite":
            connection.execute("PRAGMA query_only=ON")
        else:
            connection.execute("SET default_transaction_read_only = on")
            connection.commit()

    world.siyu.database.engine.dispose()
    assert "cannot be read and written" in troubles(world.siyu)["database"]


def test_processes_that_do_not_run_are_found(world: World) -> None:
    found = troubles(world.siyu)
    assert "start `scheduler`" in found["scheduler"]
    assert "start `worker`" in found["worker"]
    assert "start `sender`" in found["sender"]
    worker.be_alive(world.siyu, wakeups.ANSWERING)
    found = troubles(world.siyu)
    assert "worker" not in found
    assert "start `sender`" in found["sender"], "whoever answers does not speak first"
    worker.be_alive(world.siyu)
    assert not {"worker", "sender"} & set(troubles(world.siyu)), "one that does both is enough"
    world.says("小雨", "签到")
    world.now += timedelta(seconds=61)
    assert "1 events wait, the oldest for 61 s" in troubles(world.siyu)["events waiting"]
    assert len(world.rows(InboxEvent)) == 1, "looking handles nothing"


def test_looking_changes_nothing(world: World) -> None:
    with world.siyu.database.reading() as session:
        before = [(lane.pipe, lane.number, lane.term, lane.holder) for lane in session.query(Lane)]
    list(doctor.examine(world.siyu))
    with world.siyu.database.reading() as session:
        after = [(lane.pipe, lane.number, lane.term, lane.holder) for lane in session.query(Lane)]
    assert sorted(map(str, before)) == sorted(map(str, after))


def test_that_everything_is_halted_is_said(shop: RunningHouse) -> None:
    now = shop.siyu.clock()
    with shop.siyu.database.writing() as session:
        operator = operators.add(session, "stop@shop.example", "四月", "correct horse", now)
        halts.begin(session, "发错了", operator.id, now)
    about, trouble = only_trouble(shop.siyu)
    assert about == "sending"
    assert "发错了" in trouble
