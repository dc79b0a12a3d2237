"""Two records of one person, which an operator makes one, and two again."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app import inbox
from app.domain.loyalty import ledger
from app.domain.people.merges import Merge
from tests import mini_world
from tests.mini_world import MINI_IDS, MiniWorld
from tests.shop import OA, OPENIDS


@pytest.fixture
def world(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[MiniWorld]:
    with mini_world.opened(tmp_path, database_url, redis_url) as opened:
        yield opened
        with opened.siyu.database.reading() as session:
            assert ledger.discrepancies(session) == []


def two_records(world: MiniWorld) -> tuple[int, int]:
    """小雨 signed up in the mini-program, and somebody of whom the account tells no more than an
    openid writes and signs in there; both are in a plan. Returns both ids, the older first."""
    world.plan(({"kind": "after_minutes", "minutes": 600}, "第一步"), trigger="joined", channel=OA)
    with world.at_work():
        token = world.sign_up("小雨", birthday="1992-05-06")
        world.call("POST", "sign-ins", token)
    world.now += timedelta(days=1)
    world.fault("/cgi-bin/user/info", "errcode", errcode=40003, times=1)
    world.event("小雨", "subscribe", EventKey="qrscene_store_001")
    world.says("小雨", "签到")
    world.says("小雨", "头发总是很油")
    world.work()
    older, younger = world.member_id(MINI_IDS["小雨"]), world.member_id(OPENIDS["小雨"], OA)
    assert older < younger
    return older, younger


def asked(world: MiniWorld, older: int, younger: int, **fields: Any) -> None:
    """What the console asks for when an operator says that two are one."""
    with world.siyu.database.writing() as session:
        inbox.receive_own(
            session,
            key=f"merge:{older}:{younger}:{len(world.rows(Merge))}",
            kind="merge_asked",
            subject=f"member:{older}",
            fields={"OtherId": str(younger), "OperatorId": "1"} | fields,
            member_id=older,
            now=world.now,
        )
    world.work()


def taken_back(world: MiniWorld, merge_id: int) -> None:
    with world.siyu.database.writing() as session:
        made = session.get_one(Merge, merge_id)
        inbox.receive_own(
            session,
            key=f"merge_taken_back:{merge_id}",
            kind="merge_taken_back",
            subject=f"member:{made.kept_id}",
            fields={"MergeId": str(merge_id), "OperatorId": "1"},
            member_id=made.kept_id,
            now=world.now,
        )
    world.work()


def operator(world: MiniWorld) -> int:
    from app.domain.people import operators

    with world.siyu.database.writing() as session:
        return operators.add(session, "may@shop.example", "五月", "correct horse", world.now).id
