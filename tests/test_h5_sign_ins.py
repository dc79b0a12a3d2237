"""In the member centre she signs in with a button: once a day, by her own hand, and sees what it
brought."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from app.domain.loyalty.sign_ins import SignIn
from app.inbox import InboxEvent
from tests import mini_world
from tests.mini_world import MiniWorld
from tests.shop import OPENIDS
from tests.test_h5_logins import logs_in

WORD = re.compile(r'name="token" value="([^"]+)"')
BUTTON = 'action="/h5/me/sign-in"'


@pytest.fixture
def world(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[MiniWorld]:
    with mini_world.opened(tmp_path, database_url, redis_url) as opened:
        opened.event("小雨", "subscribe", EventKey="")
        opened.work()
        logs_in(opened, "小雨")
        opened.work()
        yield opened


def read(world: MiniWorld) -> str:
    return world.client.get("/h5/me").text


def presses(world: MiniWorld, page: str) -> TestResponse:
    found = WORD.search(page)
    assert found is not None
    return world.client.post("/h5/me/sign-in", data={"token": found[1]})


def test_she_signs_in_with_a_button_and_sees_what_it_brought(world: MiniWorld) -> None:
    before = world.balance("小雨").points
    answer = presses(world, read(world))
    assert (answer.status_code, answer.location) == (303, "/h5/me")
    assert "请稍候" in read(world), "until a worker has come to it"
    world.work()
    page = read(world)
    assert "今天已签到，得 5 积分" in page
    assert "Signed in today: +5" in page
    assert '<dd id="streak">1</dd>' in page
    assert BUTTON not in page
    assert world.balance("小雨").points == before + 5


def test_pressed_twice_or_said_in_chat_too_the_day_counts_once(world: MiniWorld) -> None:
    page = read(world)
    world.says("小雨", "签到")
    for _ in range(2):
        presses(world, page)
    world.work()
    assert len(world.rows(SignIn)) == 1
    assert "今天已签到，得 5 积分" in read(world), "also where another door was first"


def test_the_next_business_day_she_may_again_and_a_streak_brings_its_bonus(
    world: MiniWorld,
) -> None:
    for day in range(2, 9):
        world.at(day)
        assert BUTTON in read(world)
        presses(world, read(world))
        world.work()
    page = read(world)
    assert '<dd id="streak">7</dd>' in page
    assert "连续 7 天再得" in page


@pytest.mark.parametrize("word", ["", "no", None])
def test_no_other_site_can_send_it_for_her(world: MiniWorld, word: str | None) -> None:
    data = {} if word is None else {"token": word}
    answer = world.client.post("/h5/me/sign-in", data=data)
    assert answer.status_code == 403
    assert "页面已过期" in answer.text
    world.work()
    assert world.rows(SignIn) == []


def test_the_word_of_somebody_else_is_no_good(world: MiniWorld) -> None:
    hers = read(world)
    world.event("阿诚", "subscribe", EventKey="")
    world.work()
    logs_in(world, "阿诚")
    world.work()
    assert presses(world, hers).status_code == 403


def test_who_has_not_logged_in_is_sent_to(world: MiniWorld) -> None:
    world.client.delete_cookie("siyu_h5")
    answer = world.client.post("/h5/me/sign-in")
    assert answer.status_code == 302
    assert answer.location == "/h5/login?channel=&next=%2Fh5%2Fme"


def test_it_is_an_event_like_any_other_in_her_lane(world: MiniWorld) -> None:
    presses(world, read(world))
    hers = world.rows(InboxEvent, InboxEvent.sender == OPENIDS["小雨"])
    assert "sign_in" in {event.kind for event in hers}
    assert len({event.lane for event in hers}) == 1


def test_the_address_of_all_member_pages_leads_to_her_own(world: MiniWorld) -> None:
    answer = world.client.get("/h5/")
    assert (answer.status_code, answer.location) == (302, "/h5/me")
    assert world.client.get("/h5", follow_redirects=True).status_code == 200


@pytest.mark.parametrize("way", ["GET", "POST"])
def test_where_there_is_nothing_a_page_of_ours_says_so(world: MiniWorld, way: str) -> None:
    answer = world.client.open("/h5/nothing", method=way)
    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert "这个链接不存在" in answer.text


def test_what_cannot_be_read_is_refused_on_a_page_of_ours(world: MiniWorld) -> None:
    answer = world.client.get("/h5/me?a=%00")
    assert (answer.status_code, answer.mimetype) == (400, "text/html")
    assert "请求有误" in answer.text
