"""Signing in through the mini-program: once a business day, together with chat."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app import awaiting, handlers
from app.domain.loyalty.sign_ins import SignIn
from app.inbox import InboxEvent
from tests import mini_world
from tests.mini_world import MiniWorld


@pytest.fixture
def world(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[MiniWorld]:
    with mini_world.opened(tmp_path, database_url, redis_url) as opened:
        yield opened


def test_a_sign_in_tells_what_it_brought_and_asking_again_brings_nothing(world: MiniWorld):
    with world.at_work():
        token = world.sign_up("小雨")
        first = world.call("POST", "sign-ins", token).json
        again = world.call("POST", "sign-ins", token).json
    assert first == {
        "signed_in_on": "2026-11-02",
        "streak_days": 1,
        "points": 5,
        "bonus_points": 0,
        "balance": 25,
        "already": False,
    }
    assert again == first | {"already": True}
    assert world.call("GET", "me", token).json["signed_in_today"] is True


def test_who_signed_in_by_chat_has_signed_in(world: MiniWorld):
    world.event("小雨", "subscribe", EventKey="")
    world.work()
    with world.at_work():
        token = world.sign_up("小雨")
    world.says("小雨", "签到")
    world.work()
    with world.at_work():
        answer = world.call("POST", "sign-ins", token).json
    assert (answer["already"], answer["points"], answer["balance"]) == (True, 5, 35)
    assert len(world.rows(SignIn)) == 1


def test_the_seventh_day_in_a_row_shows_its_bonus(world: MiniWorld):
    with world.at_work():
        token = world.sign_up("小雨")
    for _ in range(7):
        with world.at_work():
            answer = world.call("POST", "sign-ins", token).json
        world.now += timedelta(days=1)
    assert (answer["streak_days"], answer["bonus_points"]) == (7, 30)
    me = world.call("GET", "me", token).json
    assert (me["streak_days"], me["signed_in_today"]) == (7, False)
    assert me["points"] == 20 + 7 * 5 + 30


def test_the_day_changes_at_midnight_where_the_shop_is(world: MiniWorld):
    with world.at_work():
        token = world.sign_up("小雨")
        days = []
        for clock in ("23:59", "00:00"):
            world.at(2 if clock == "23:59" else 3, clock)
            days.append(world.call("POST", "sign-ins", token).json["signed_in_on"])
    assert days == ["2026-11-02", "2026-11-03"]


def test_who_is_no_member_cannot_sign_in(world: MiniWorld):
    answer = world.call("POST", "sign-ins", world.log_in("小雨"))
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "not_signed_up")


def test_what_cannot_be_handled_is_said_so_without_a_traceback(
    world: MiniWorld, monkeypatch: pytest.MonkeyPatch
):
    with world.at_work():
        token = world.sign_up("小雨")

    def fail(*_: object) -> None:
        raise RuntimeError("a secret of the house")

    monkeypatch.setitem(handlers.HANDLERS, "sign_in", (fail,))
    with world.at_work():
        answer = world.call("POST", "sign-ins", token)
    assert (answer.status_code, answer.json["error"]["code"]) == (503, "not_handled")
    assert "secret" not in answer.text
    (event,) = world.rows(InboxEvent, InboxEvent.kind == "sign_in")
    assert event.quarantined_at is not None


def test_a_slow_worker_is_said_so(world: MiniWorld, monkeypatch: pytest.MonkeyPatch):
    with world.at_work():
        token = world.sign_up("小雨")
    monkeypatch.setattr(awaiting, "WAIT_S", 0.05)
    assert world.call("POST", "sign-ins", token).status_code == 202
    world.work()
    assert world.call("POST", "sign-ins", token).json["already"] is True
