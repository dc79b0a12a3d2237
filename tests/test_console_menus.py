"""The menu of an official account: an operator writes and publishes it, and members use it."""

from typing import Any

import pytest
import sqlalchemy as sa

from app.domain.outreach import menus
from app.domain.people.channels import Channel
from app.domain.people.operators import AuditEntry
from bots.official_account import menus as platform
from tests.console_desk import Desk
from tests.shop import GROUPS, OA
from tests.world import World

CREATE, GET, DELETE = (f"/cgi-bin/menu/{what}" for what in ("create", "get", "delete"))
FORM = {
    "0-name": "会员中心",
    "0-0-name": "每日签到",
    "0-0-type": "click",
    "0-0-key": "SIGN_IN",
    "0-1-name": "会员主页",
    "0-1-type": "view",
    "0-1-url": "https://shop.example/h5",
    "1-name": "小程序",
    "1-type": "miniprogram",
    "1-url": "https://shop.example/",
    "1-appid": "wx0123456789abcdef",
    "1-pagepath": "pages/index",
}
SIGN_IN = {"name": "每日签到", "type": "click", "key": "SIGN_IN"}
BUTTONS = [
    {
        "name": "会员中心",
        "sub_button": [
            SIGN_IN,
            {"name": "会员主页", "type": "view", "url": "https://shop.example/h5"},
        ],
    },
    {
        "name": "小程序",
        "type": "miniprogram",
        "appid": "wx0123456789abcdef",
        "pagepath": "pages/index",
        "url": "https://shop.example/",
    },
]


def page_of(world: World, key: str = OA) -> str:
    (channel,) = world.rows(Channel, Channel.key == key)
    return f"/channels/{channel.id}/menu"


def live(world: World) -> Any:
    """What the platform's own get says, without the empty list below each button that has none."""
    with world.siyu.database.reading() as session:
        channel = world.channel(session)
    return _without_empty_lists(platform.live(world.siyu.official_account(channel).api))


def _without_empty_lists(shown: Any) -> Any:
    if isinstance(shown, list):
        return [_without_empty_lists(one) for one in shown]
    if not isinstance(shown, dict):
        return shown
    return {name: _without_empty_lists(one) for name, one in shown.items() if one != []}


def actions(world: World) -> list[str]:
    return [entry.action for entry in world.rows(AuditEntry)]


def test_a_menu_is_written_published_and_signs_a_member_in(world: World, desk: Desk):
    page = page_of(world)
    assert page in desk.read(page.removesuffix("/menu"))
    assert desk.post(page, FORM, page=page).status_code == 303
    assert "还没有发布" in desk.read(page)
    assert live(world) is None, "saving changes nothing on the platform"

    desk.post(f"{page}/publish", page=page)
    assert "已发布，五分钟内会员的手机上会更新" in desk.read(page)
    assert live(world) == {"button": BUTTONS}
    assert actions(world) == ["menu.publish"]

    shown = live(world)["button"][0]["sub_button"][0]
    world.event("小雨", "CLICK", EventKey=shown["key"])
    world.work()
    assert "签到成功，+5 积分" in world.heard("小雨")[0]


def test_a_change_is_not_published_until_somebody_says_so(world: World, desk: Desk):
    page = page_of(world)
    for form in (FORM, FORM | {"0-0-name": "签到"}):
        desk.post(page, form, page=page)
        if form is FORM:
            desk.post(f"{page}/publish", page=page)
    assert "第 2 版" in desk.read(page)
    assert "平台上是第 1 版，改动还没有发布" in desk.read(page)
    assert live(world)["button"][0]["sub_button"][0]["name"] == "每日签到"


def test_what_was_saved_while_another_published_is_not_taken_for_published(session, world: World):
    channel_id = world.channel(session).id
    menus.write(session, channel_id, [SIGN_IN], world.now)
    menus.write(session, channel_id, BUTTONS, world.now)
    menus.note_published(session, channel_id, 1, world.now)
    (menu,) = session.scalars(sa.select(menus.Menu))
    assert (menu.version, menu.is_published) == (2, False)


def test_a_menu_is_taken_off_the_platform_and_stays_written_here(world: World, desk: Desk):
    page = page_of(world)
    desk.post(page, FORM, page=page)
    desk.post(f"{page}/publish", page=page)
    assert "每日签到" in desk.read(f"{page}/live")
    desk.post(f"{page}/delete", page=page)
    assert live(world) is None
    assert "平台上没有菜单" in desk.read(f"{page}/live")
    assert "每日签到" in desk.read(page)
    assert "还没有发布" in desk.read(page)
    assert actions(world) == ["menu.publish", "menu.delete"]
    assert "发布公众号菜单" in desk.read("/audit")


@pytest.mark.parametrize(
    ("code", "said"), [(40018, "菜单名的长度不对"), (48001, "没有这个接口的权限")]
)
def test_what_the_platform_refuses_is_said_in_words(world: World, desk: Desk, code: int, said: str):
    page = page_of(world)
    desk.post(page, FORM, page=page)
    world.fault(CREATE, "errcode", errcode=code, times=1)
    desk.post(f"{page}/publish", page=page)
    shown = desk.read(page)
    assert f"{said} ({code})" in shown
    assert "还没有发布" in shown
    assert actions(world) == []


def test_a_platform_that_does_not_answer_is_told_too(world: World, desk: Desk):
    page = page_of(world)
    for path, act in ((DELETE, desk.post), (GET, desk.get)):
        world.fault(path, "http", status=500, times=1)
        act(f"{page}/{'delete' if path == DELETE else 'live'}")
        assert "平台没有回应" in desk.read(page)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"0-name": "会员服务中心"}, "最多 4 个汉字、16 字节"),
        ({"0-name": "seventeen letters"}, "最多 4 个汉字、16 字节"),
        ({"0-0-name": "这是一个太长的名字"}, "最多 8 个汉字、60 字节"),
        ({"0-0-key": ""}, "key 要有 1 到 128 字节"),
        ({"0-0-key": "k" * 129}, "key 要有 1 到 128 字节"),
        ({"0-1-url": "javascript:alert(1)"}, "的网址有误"),
        ({"0-1-url": ""}, "url 要有 1 到 1024 字节"),
        ({"1-appid": ""}, "appid 要有 1 到 64 字节"),
        ({"0-name": ""}, "每个菜单都要有名字"),
        ({"0-0-type": "self_destruct"}, "没有选择动作"),
    ],
)
def test_what_the_platform_would_not_take_is_told_at_the_form(
    world: World, desk: Desk, change: dict[str, str], said: str
):
    page = page_of(world)
    shown = desk.post(page, FORM | change, page=page)
    assert shown.status_code == 200
    assert said in shown.text
    assert "会员主页" in shown.text, "what she wrote is still there"
    assert world.rows(menus.Menu) == []


def test_an_empty_menu_is_none(world: World, desk: Desk):
    page = page_of(world)
    assert "要有 1 到 3 个菜单" in desk.post(page, page=page).text
    assert desk.post(f"{page}/publish", page=page).status_code == 404


@pytest.mark.parametrize("kind", menus.NEEDS)
def test_every_kind_of_button_is_one_that_the_platform_takes(world: World, desk: Desk, kind: str):
    page = page_of(world)
    needed = {"key": "K", "url": "https://shop.example/", "appid": "wx1", "pagepath": "pages/a"}
    form = {"0-name": "一个", "0-type": kind, **{f"0-{part}": needed[part] for part in needed}}
    desk.post(page, form, page=page)
    desk.post(f"{page}/publish", page=page)
    (button,) = live(world)["button"]
    assert button == {"name": "一个", "type": kind} | {
        one: needed[one] for one in menus.NEEDS[kind]
    }


def test_the_form_asks_for_what_the_chosen_action_needs(world: World, desk: Desk):
    shown = desk.post("/menu-form", {"0-type": "miniprogram", "0-name": "x"}, page=page_of(world))
    assert 'name="0-pagepath"' in shown.text
    assert 'name="0-key"' not in shown.text


def test_only_official_accounts_have_a_menu(world: World, desk: Desk):
    assert desk.get(page_of(world, GROUPS)).status_code == 404
    assert desk.get("/channels/99/menu").status_code == 404


@pytest.mark.parametrize("event", ["scancode_push", "scancode_waitmsg"])
def test_a_button_that_scans_does_what_its_key_says(world: World, event: str):
    world.event("小雨", event, EventKey="SIGN_IN")
    world.work()
    assert "签到成功" in world.heard("小雨")[0]
