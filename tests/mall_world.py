"""小雨 in the mini-program with 300 points to spend."""

import pytest

from app.domain.loyalty import points
from app.domain.loyalty.entries import Cause
from tests.mini_world import MINI_IDS, MiniWorld

HOME = {"name": "小雨", "phone": "13800000000", "address": "上海市四月路 1 号"}


@pytest.fixture
def token(world: MiniWorld) -> str:
    """小雨 has signed up, and has 300 points."""
    with world.at_work():
        token = world.sign_up("小雨")
    with world.siyu.database.writing() as session:
        hers = world.member_id(MINI_IDS["小雨"])
        had = points.balance_of(session, hers).points
        cause, now = Cause("test"), world.now
        points.award(session, hers, 300 - had, key="test:300", cause=cause, now=now)
    return token


def has(world: MiniWorld) -> int:
    with world.siyu.database.reading() as session:
        return points.balance_of(session, world.member_id(MINI_IDS["小雨"])).points
