"""A member reads her points line by line: what moved them, why, and what was left."""

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.domain.loyalty import points, statements
from app.domain.loyalty.entries import Cause
from tests import mini_world
from tests.mini_world import MiniWorld
from tests.reading import Browser


@pytest.fixture
def house(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[MiniWorld]:
    with mini_world.opened(tmp_path, database_url, redis_url) as found:
        yield found


def hers(house: MiniWorld, token: str, **asked: int) -> list[dict[str, Any]]:
    answer = house.call("GET", "me/points", token, query_string=asked)
    assert answer.status_code == 200, answer.text
    return list(answer.json["lines"])


def test_every_line_says_why_and_what_was_left(house: MiniWorld):
    with house.at_work():
        token = house.sign_up("小雨")
        house.call("POST", "sign-ins", token)
    member_id = house.member_id(mini_world.MINI_IDS["小雨"])
    with house.siyu.database.writing() as session:
        about = {"cause": Cause("operator:1"), "now": house.now}
        points.award(session, member_id, 100, key="a", **about)
        points.spend(session, member_id, 40, key="s", cause=Cause("elsewhere"), now=house.now)
        points.reverse(session, "a", key="r", **about)
    lines = hers(house, token)
    assert [(line["about"]["zh"], line["points"], line["left"]) for line in lines] == [
        ("收回：客服调整", -85, 0),  # the rest is owed
        ("积分变动", -40, 85),
        ("客服调整", 100, 125),
        ("每日签到", 5, 25),
        ("注册会员", 20, 20),
    ]
    assert house.call("GET", "me", token).json["arrears"] == 15


def test_it_is_read_page_by_page_and_adds_up(house: MiniWorld):
    with house.at_work():
        token = house.sign_up("小雨")
    member_id, dice = house.member_id(mini_world.MINI_IDS["小雨"]), random.Random(6)
    with house.siyu.database.writing() as session:
        for number in range(60):
            later = house.now + timedelta(days=3) if dice.random() < 0.3 else None
            about = {"cause": Cause("operator:1"), "available_at": later, "now": house.now}
            points.award(session, member_id, dice.randint(1, 50), key=f"a{number}", **about)
            have = points.balance_of(session, member_id).points
            if have and dice.random() < 0.5:
                spent = dice.randint(1, have)
                cause = Cause("elsewhere")
                points.spend(
                    session, member_id, spent, key=f"s{number}", cause=cause, now=house.now
                )
    read, before = [], None
    while page := hers(house, token, limit=7, **({"before": before} if before else {})):
        read += page
        before = page[-1]["id"]
    balance = house.call("GET", "me", token).json
    assert sum(line["points"] for line in read) == balance["points"] == read[0]["left"]
    assert sum(line["pending"] for line in read) == balance["pending"]
    for newer, older in zip(read, read[1:], strict=False):
        assert newer["left"] - newer["points"] == older["left"]
    assert len({line["id"] for line in read}) == len(read) > 60


def test_she_reads_it_in_her_member_centre(house: MiniWorld):
    house.event("小雨", "subscribe", EventKey="")
    house.says("小雨", "签到")
    house.work()
    with house.siyu.database.reading() as session:
        channel_id = house.channel(session).id
    rain = Browser(house).is_named(house, channel_id, "小雨")
    page = rain.client.get("/h5/me/points").text
    assert "每日签到" in page
    assert "首次关注" in page
    assert "<strong>15</strong>" in page
    assert 'href="/h5/me/points"' in rain.client.get("/h5/me").text
    assert Browser(house).client.get("/h5/me/points").location.startswith("/h5/login?")


def test_nobody_reads_anothers(house: MiniWorld):
    with house.at_work():
        mine, other = house.sign_up("小雨"), house.sign_up("阿诚")
        house.call("POST", "sign-ins", other)
    assert len(hers(house, mine)) == 1
    assert len(hers(house, other)) == 2
    assert house.call("GET", "me/points").status_code == 401
    assert house.call("GET", "me/points", mine, query_string={"limit": 0}).status_code == 422


def test_a_member_of_whom_nothing_was_booked_has_no_lines(house: MiniWorld):
    with house.siyu.database.reading() as session:
        assert statements.of_member(session, 1, None, 10) == []
