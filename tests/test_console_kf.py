"""微信客服 in the console: accounts are pulled by a click, links are made, positions are seen."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.people.channels import Channel
from tests import kf_world
from tests.console_desk import Desk
from tests.kf_world import CORP, KFID, KfWorld


@pytest.fixture
def world(sqlite_url: str, redis_url: str, tmp_path: Path) -> Iterator[KfWorld]:
    with kf_world.opened(tmp_path, sqlite_url, redis_url) as opened:
        yield opened


@pytest.fixture
def path(world: KfWorld) -> str:
    (channel,) = world.rows(Channel, Channel.key == CORP)
    return f"/channels/{channel.id}/kf"


def test_accounts_come_by_a_click_and_show_how_far_they_are_read(
    world: KfWorld, desk: Desk, path: str
) -> None:
    listed = {"errcode": 0, "account_list": [{"open_kfid": KFID, "name": "四月客服"}]}
    world.kf.scripted.answers["/cgi-bin/kf/account/list"] = [listed]
    assert "还没有客服账号" in desk.read(path)
    assert desk.post(f"{path}/accounts").status_code == 303
    assert "还没有读取过" in desk.read(path)
    world.writes("小雨", "签到")
    world.kf_calls()
    world.work()
    shown = desk.read(path)
    assert "四月客服" in shown
    assert "最近读取：2026-11-02 12:00" in shown


def test_a_link_is_made_for_a_scene(world: KfWorld, desk: Desk, path: str) -> None:
    world.kf.scripted.answers["/cgi-bin/kf/add_contact_way"] = [
        {"errcode": 0, "url": "https://work.weixin.qq.com/kf/kfcA"}
    ]
    world.kf_calls()
    world.work()
    shown = desk.post(f"{path}/{KFID}/link", {"scene": "store_001"})
    assert "https://work.weixin.qq.com/kf/kfcA" in shown.text
    made = world.kf.scripted.calls_to("/cgi-bin/kf/add_contact_way")[0].json
    assert made == {"open_kfid": KFID, "scene": "store_001"}
    desk.post(f"{path}/{KFID}/link", {"scene": "not a scene"})
    assert "最多 32 个" in desk.read(path)


def test_what_the_platform_refuses_is_said(world: KfWorld, desk: Desk, path: str) -> None:
    world.kf.scripted.answers["/cgi-bin/kf/account/list"] = [{"errcode": 48002, "errmsg": "x"}]
    desk.post(f"{path}/accounts")
    assert "no_right (48002)" in desk.read(path)


def test_only_a_corp_has_it(desk: Desk) -> None:
    assert desk.get("/channels/1/kf").status_code == 404
