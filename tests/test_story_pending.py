"""Stories of points that are hers and cannot be spent yet, or not for anything else."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app import scheduler
from app.domain.loyalty import ledger, points
from app.domain.people import operators
from tests import mini_world
from tests.console_desk import EMAIL, PASSWORD, Desk
from tests.mini_world import MiniWorld

CAUSE = points.Cause("test")


@pytest.fixture
def world(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[MiniWorld]:
    with mini_world.opened(tmp_path, database_url, redis_url) as opened:
        yield opened
        with opened.siyu.database.reading() as session:
            assert ledger.discrepancies(session) == []


def arrive_and_order(world: MiniWorld) -> str:
    """She signs up; an order's 60 points come in a week, and 15 of hers are on hold for another.
    Returns her token."""
    with world.at_work():
        token = world.sign_up("小雨")
    (member,) = world.members()
    when = {"cause": CAUSE, "now": world.now}
    with world.siyu.database.writing() as session:
        week = world.now + timedelta(days=7)
        points.award(session, member.id, 60, key="order", available_at=week, **when)
        until = world.now + timedelta(minutes=30)
        points.reserve(session, member.id, 15, key="cash", until=until, **when)
    return token


def desk_of(world: MiniWorld) -> Desk:
    with world.siyu.database.writing() as session:
        operators.add(session, EMAIL, "四月", PASSWORD, world.now)
    desk = Desk(world.client.application)
    assert desk.log_in().status_code == 303
    return desk


def has(world: MiniWorld, token: str) -> tuple[int, int, int]:
    me = world.call("GET", "me", token).json
    return me["points"], me["pending"], me["reserved"]


@pytest.mark.usefixtures("translations")
def test_she_sees_what_is_still_to_come_and_what_is_on_hold(world: MiniWorld):
    token = arrive_and_order(world)
    assert has(world, token) == (5, 60, 15)
    (member,) = world.members()
    page = desk_of(world).read(f"/members/{member.id}")
    assert "另有 60 待生效" in page
    assert "另有 15 支付中" in page
    world.now += timedelta(minutes=31)
    scheduler.Clock(world.siyu).tick()
    assert has(world, token) == (20, 60, 0), "nobody has paid: the hold is over"
    world.now += timedelta(days=7)
    scheduler.Clock(world.siyu).tick()
    token = world.log_in("小雨")
    assert has(world, token) == (80, 0, 0)
