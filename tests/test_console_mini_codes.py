"""Ways into the mini-program, made by an operator's click."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.domain.outreach.allowances import limit_table, limits
from app.domain.people.live_codes import LiveCode
from tests import mini_world
from tests.console_desk import Desk
from tests.mini_world import MiniWorld


@pytest.fixture
def world(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[MiniWorld]:
    with mini_world.opened(tmp_path, database_url, redis_url) as opened:
        yield opened


def new_code(world: MiniWorld, desk: Desk, scene: str) -> LiveCode:
    form = {"channel": "2", "scene": scene, "name": "门店海报", "tag": "", "welcome": ""}
    assert desk.post("/live-codes/new", form).status_code == 303
    (code,) = world.rows(LiveCode, LiveCode.scene == scene)
    found: LiveCode = code
    return found


def test_a_code_is_downloaded_and_a_link_is_kept_with_its_end(world: MiniWorld, desk: Desk):
    code = new_code(world, desk, "poster_1")
    picture = desk.get(f"/live-codes/{code.id}.png")
    assert (picture.mimetype, picture.data[:4]) == ("image/png", b"\x89PNG")
    assert "attachment" in picture.headers["Content-Disposition"]
    assert desk.post(f"/live-codes/{code.id}/link").status_code == 303
    (kept,) = world.rows(LiveCode, LiveCode.scene == "poster_1")
    assert kept.url.startswith("https://wxaurl.cn/")
    assert kept.link_expires_at == world.now + timedelta(days=30)
    assert kept.url in desk.read("/live-codes")


def test_what_no_code_can_carry_is_said_before_the_platform_is_asked(world: MiniWorld, desk: Desk):
    code = new_code(world, desk, "门店一")
    assert desk.get(f"/live-codes/{code.id}.png").status_code == 303
    assert "1 到 32 个字母" in desk.read("/live-codes")
    assert world.calls("/wxa/getwxacodeunlimit") == 0


def test_a_platform_that_says_no_is_heard(world: MiniWorld, desk: Desk):
    code = new_code(world, desk, "poster_1")
    for path in ("/wxa/getwxacodeunlimit", "/wxa/generate_urllink"):
        world.fault(path, "errcode", errcode=48001, times=1)
    desk.get(f"/live-codes/{code.id}.png")
    assert "平台拒绝了" in desk.read("/live-codes")
    desk.post(f"/live-codes/{code.id}/link")
    assert "平台拒绝了" in desk.read("/live-codes")
    world.fault("/wxa/generate_urllink", "lost", times=1)
    desk.post(f"/live-codes/{code.id}/link")
    assert "联系不到平台" in desk.read("/live-codes")
    assert world.rows(LiveCode, LiveCode.id == code.id)[0].url == ""


def test_only_a_mini_program_has_such_codes(world: MiniWorld, desk: Desk):
    assert desk.get("/live-codes/1.png").status_code == 404
    assert desk.post("/live-codes/1/link").status_code == 404


def test_no_more_links_are_made_in_a_day_than_the_platform_allows(world: MiniWorld, desk: Desk):
    code = new_code(world, desk, "poster_1")
    with world.siyu.database.writing() as session:
        limits.change(session, limit_table.URL_LINKS_A_DAY, 1)
    for _ in range(2):
        desk.post(f"/live-codes/{code.id}/link")
    assert "今天生成的链接已到上限" in desk.read("/live-codes")
    assert world.calls("/wxa/generate_urllink") == 1
    world.now += timedelta(hours=27)
    desk.post(f"/live-codes/{code.id}/link")
    assert world.calls("/wxa/generate_urllink") == 2
