"""wechatpy, method by method, takes the sandbox for the platform: every call works with the
method's own signature, and the answers have the names and types of its published fixtures."""

import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import requests

from bots.sandbox import create_app
from tests.sandbox_world import (
    APPID,
    FILM,
    LAOWANG,
    MINI_APPID,
    MINI_SECRET,
    PICTURE,
    SECRET,
    SOUND,
    STRANGER,
    XIAOYU,
    XIAOYU_MINI,
    accounts,
    serving,
)
from tests.test_sandbox_foreign_client import ToSandbox

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from wechatpy import WeChatClient

OK = {"errcode": int, "errmsg": str}
PROFILE = {
    "subscribe": int,
    "openid": str,
    "language": str,
    "subscribe_time": int,
    "unionid": str,
    "remark": str,
    "groupid": int,
    "tagid_list": list,
    "subscribe_scene": str,
}
SCENE = {"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": "s"}}}
PAGE = {"title": "t", "appid": "a", "pagepath": "p"}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
ARTICLE = {"title": "t", "description": "d", "url": "http://x", "picurl": ""}


def picture(client: Any) -> str:
    """The media id of a picture that has just been uploaded."""
    return str(client.media.upload("image", ("a.png", PNG, "image/png"))["media_id"])


JOB = {**OK, "msg_id": int, "msg_data_id": int}
LIST = {"total": int, "count": int, "data": {"openid": list}, "next_openid": str}
TEMPLATE = {"template_id": str, "title": str, "primary_industry": str, "deputy_industry": str}
TEMPLATE |= {"content": str, "example": str}
NOTE = {"thing1": {"value": "签到"}, "number2": {"value": "5"}, "date3": {"value": "2026-01-01"}}
BUTTONS = [
    {"type": "click", "name": "签到", "key": "SIGN_IN"},
    {"name": "更多", "sub_button": [{"type": "view", "name": "商城", "url": "https://e.x/"}]},
]
MATERIAL = {"media_id": str, "name": str, "update_time": int, "url": str}
CHOICE = {"head_content": "?", "list": [{"id": "1", "content": "是"}], "tail_content": "!"}


def uploaded(client: Any, kind: str, content: bytes) -> str:
    """The media id of a file that has just been uploaded."""
    answer = client.media.upload(kind, ("a.bin", content))
    return str(answer["thumb_media_id" if kind == "thumb" else "media_id"])


def kept(client: Any) -> str:
    """The media id of a picture that stays."""
    return str(client.material.add("image", ("a.png", PNG))["media_id"])


def new_tag(client: Any) -> int:
    """The number of a tag that 小雨 has."""
    tag_id = int(client.tag.create("新客")["id"])
    client.tag.tag_user(tag_id, XIAOYU)
    return tag_id


def job(client: Any) -> int:
    """The number of a message that is on its way to two members."""
    return int(client.message.send_mass_text([XIAOYU, LAOWANG], "早")["msg_id"])


def blacklisted(client: Any) -> Any:
    client.tag.batch_black_list([LAOWANG])
    return client.tag.get_black_list()


def agreed(client: Any, account: str) -> Any:
    """The client, once 小雨 has agreed to one message of a template."""
    act = {"account": account, "member": "小雨", "do": "subscribe_accept"}
    url = client._http.get_adapter("https://api.weixin.qq.com/").address
    done = requests.post(
        f"{url}/sandbox/act", json=act | {"template": "sandbox-points"}, timeout=10
    )
    assert done.status_code == 200
    return client


def template_of(client: Any) -> str:
    return str(client.template.get_all_private_template()["template_list"][0]["template_id"])


# What is called, and the names and types of what comes back.
OFFICIAL_ACCOUNT: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "fetch_access_token": (
        lambda c: c.fetch_access_token(),
        {"access_token": str, "expires_in": int},
    ),
    "message.send_text": (lambda c: c.message.send_text(STRANGER, "你好"), OK),
    "message.send_image": (lambda c: c.message.send_image(STRANGER, picture(c)), OK),
    "message.send_articles": (lambda c: c.message.send_articles(STRANGER, [ARTICLE]), OK),
    "message.send_mini_program_page": (
        lambda c: c.message.send_mini_program_page(STRANGER, PAGE | {"thumb_media_id": picture(c)}),
        OK,
    ),
    "message.send_mass_text": (
        lambda c: c.message.send_mass_text([XIAOYU, LAOWANG], "大家好", client_msg_id="b"),
        {**OK, "msg_id": int, "msg_data_id": int},
    ),
    "user.get": (lambda c: c.user.get(XIAOYU), PROFILE),
    "user.get_batch": (lambda c: c.user.get_batch([XIAOYU, LAOWANG]), [PROFILE]),
    "user.get_followers": (
        lambda c: c.user.get_followers(),
        {"total": int, "count": int, "data": {"openid": list}, "next_openid": str},
    ),
    "user.update_remark": (lambda c: c.user.update_remark(XIAOYU, "常客"), OK),
    "qrcode.create": (
        lambda c: c.qrcode.create({"expire_seconds": 1800, **SCENE}),
        {"ticket": str, "expire_seconds": int, "url": str},
    ),
    "tag.create": (lambda c: c.tag.create("新客"), {"id": int, "name": str}),
    "tag.get": (lambda c: c.tag.get(), None),
    "misc.get_wechat_ips": (lambda c: c.misc.get_wechat_ips(), [str]),
    "jsapi.get_ticket": (
        lambda c: c.jsapi.get_ticket(),
        {**OK, "ticket": str, "expires_in": int},
    ),
    "jsapi.get_jsapi_card_ticket": (lambda c: c.jsapi.get_jsapi_card_ticket(), str),
    "message.send_voice": (
        lambda c: c.message.send_voice(STRANGER, uploaded(c, "voice", SOUND)),
        OK,
    ),
    "message.send_video": (
        lambda c: c.message.send_video(STRANGER, uploaded(c, "video", FILM), "t", "d"),
        OK,
    ),
    "message.send_music": (
        lambda c: c.message.send_music(
            STRANGER, "http://a", "http://b", uploaded(c, "thumb", PICTURE), "t", "d"
        ),
        OK,
    ),
    "message.send_card": (lambda c: c.message.send_card(STRANGER, "card"), OK),
    "message.send_msg_menu": (lambda c: c.message.send_msg_menu(STRANGER, CHOICE), OK),
    "message.send_mass_text to a tag": (lambda c: c.message.send_mass_text(new_tag(c), "早"), JOB),
    "message.send_mass_text to all": (
        lambda c: c.message.send_mass_text(None, "早", is_to_all=True),
        JOB,
    ),
    "message.send_mass_text to look at": (
        lambda c: c.message.send_mass_text(XIAOYU, "早", preview=True),
        {**OK, "msg_id": int},
    ),
    "message.send_mass_text to a name": (
        lambda c: c.message.send_mass_text("小雨", "早", preview=True),
        {**OK, "msg_id": int},
    ),
    "message.send_mass_image": (
        lambda c: c.message.send_mass_image([XIAOYU, LAOWANG], picture(c)),
        JOB,
    ),
    "message.send_mass_voice": (
        lambda c: c.message.send_mass_voice([XIAOYU, LAOWANG], uploaded(c, "voice", SOUND)),
        JOB,
    ),
    "message.send_mass_video": (
        lambda c: c.message.send_mass_video([XIAOYU, LAOWANG], uploaded(c, "video", FILM), "t"),
        JOB,
    ),
    "message.send_mass_article": (
        lambda c: c.message.send_mass_article([XIAOYU, LAOWANG], "draft"),
        JOB,
    ),
    "message.send_mass_card": (lambda c: c.message.send_mass_card([XIAOYU, LAOWANG], "card"), JOB),
    "message.get_mass": (
        lambda c: c.message.get_mass(job(c)),
        {"msg_id": int, "msg_status": str},
    ),
    "message.delete_mass": (lambda c: c.message.delete_mass(job(c)), OK),
    "message/mass/speed/get": (
        lambda c: c.post("message/mass/speed/get", data={}),
        {"speed": int, "realspeed": int},
    ),
    "message/mass/speed/set": (lambda c: c.post("message/mass/speed/set", data={"speed": 1}), OK),
    "message.send_template": (
        lambda c: c.message.send_template(
            STRANGER, template_of(c), {"thing1": {"value": "v"}}, "http://x", {"appid": "a"}
        ),
        {**OK, "msgid": int},
    ),
    "message.send_subscribe_message": (
        lambda c: agreed(c, "demo-oa").message.send_subscribe_message(
            XIAOYU, "sandbox-points", NOTE
        ),
        OK,
    ),
    "message.send_subscribe_template": (
        lambda c: agreed(c, "demo-oa").message.send_subscribe_template(
            XIAOYU, "sandbox-points", 1000, "t", {"content": {"value": "v", "color": "#000"}}
        ),
        OK,
    ),
    "template.get_all_private_template": (
        lambda c: c.template.get_all_private_template(),
        {"template_list": [TEMPLATE]},
    ),
    "template.get": (lambda c: c.template.get("TM00015"), str),
    "template.del_private_template": (
        lambda c: c.template.del_private_template(template_of(c)),
        OK,
    ),
    "template.set_industry": (lambda c: c.template.set_industry("1", "4"), OK),
    "template.get_industry": (
        lambda c: (c.template.set_industry("1", "4"), c.template.get_industry())[1],
        dict.fromkeys(
            ("primary_industry", "secondary_industry"), {"first_class": str, "second_class": str}
        ),
    ),
    "menu.create": (lambda c: c.menu.create({"button": BUTTONS}), OK),
    "menu.get": (
        lambda c: (c.menu.update({"button": BUTTONS}), c.menu.get())[1],
        {"menu": {"button": [{"name": str, "sub_button": list}]}},
    ),
    "menu.delete": (lambda c: c.menu.delete(), OK),
    "tag.update": (lambda c: c.tag.update(new_tag(c), "熟客"), OK),
    "tag.delete": (lambda c: c.tag.delete(new_tag(c)), OK),
    "tag.tag_user": (lambda c: c.tag.tag_user(new_tag(c), [XIAOYU, LAOWANG]), OK),
    "tag.untag_user": (lambda c: c.tag.untag_user(new_tag(c), XIAOYU), OK),
    "tag.get_user_tag": (lambda c: (new_tag(c), c.tag.get_user_tag(XIAOYU))[1], [int]),
    "tag.get_tag_users": (
        lambda c: c.tag.get_tag_users(new_tag(c)),
        {"count": int, "data": {"openid": list}, "next_openid": str},
    ),
    "tag.iter_tag_users": (lambda c: list(c.tag.iter_tag_users(new_tag(c))), [str]),
    "tag.get_black_list": (blacklisted, LIST),
    "tag.batch_unblack_list": (lambda c: c.tag.batch_unblack_list([LAOWANG]), OK),
    "user.iter_followers": (lambda c: list(c.user.iter_followers()), [str]),
    "user.get_batch in languages": (
        lambda c: c.user.get_batch([{"openid": XIAOYU, "lang": "en"}]),
        [PROFILE],
    ),
    "media.upload": (
        lambda c: c.media.upload("image", ("a.png", PNG)),
        {"type": str, "media_id": str, "created_at": int},
    ),
    "media.upload of a thumb": (
        lambda c: c.media.upload("thumb", ("a.jpg", PICTURE)),
        {"type": str, "thumb_media_id": str, "created_at": int},
    ),
    "media.download": (lambda c: c.media.download(picture(c)).content, bytes),
    "media.download of a film": (
        lambda c: c.media.download(uploaded(c, "video", FILM)),
        {"video_url": str},
    ),
    "media.upload_image": (lambda c: c.media.upload_image(("a.png", PNG)), str),
    "material.add": (
        lambda c: c.material.add("image", ("a.png", PNG)),
        {"media_id": str, "url": str},
    ),
    "material.add of a film": (
        lambda c: c.material.add("video", ("a.mp4", FILM), "t", "d"),
        {"media_id": str},
    ),
    "material.get": (lambda c: c.material.get(kept(c)).content, bytes),
    "material.delete": (lambda c: c.material.delete(kept(c)), OK),
    "material.get_count": (
        lambda c: c.material.get_count(),
        dict.fromkeys(("voice_count", "video_count", "image_count", "news_count"), int),
    ),
    "material.batchget": (
        lambda c: (kept(c), c.material.batchget("image"))[1],
        {"total_count": int, "item_count": int, "item": [MATERIAL]},
    ),
    "message.send_image that is kept": (lambda c: c.message.send_image(STRANGER, kept(c)), OK),
    "customservice.get_accounts": (lambda c: c.customservice.get_accounts(), list),
    "customservice.get_online_accounts": (lambda c: c.customservice.get_online_accounts(), list),
}
MINI_PROGRAM: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "fetch_access_token": (
        lambda c: c.fetch_access_token(),
        {"access_token": str, "expires_in": int},
    ),
    "wxa.check_text_security": (lambda c: c.wxa.check_text_security("你好"), OK),
    "message.send_text": (lambda c: c.message.send_text(STRANGER, "你好"), OK),
    "message.send_image": (lambda c: c.message.send_image(STRANGER, "m"), OK),
    "message.send_link": (
        lambda c: c.message.send_link(STRANGER, ARTICLE | {"thumb_url": "http://x"}),
        OK,
    ),
    "message.send_mini_program_page": (
        lambda c: c.message.send_mini_program_page(STRANGER, PAGE | {"thumb_media_id": "m"}),
        OK,
    ),
    "media.upload": (
        lambda c: c.media.upload("image", ("a.png", PNG)),
        {"type": str, "media_id": str, "created_at": int},
    ),
    "media.download": (lambda c: c.media.download(picture(c)).content, bytes),
    "wxa.send_subscribe_message": (
        lambda c: agreed(c, "demo-mini").wxa.send_subscribe_message(
            XIAOYU_MINI, "sandbox-points", NOTE, "pages/index"
        ),
        OK,
    ),
}


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    with serving(create_app(accounts(), tmp_path / "state.db", callback_timeout_s=0.05)) as url:
        yield url


def client_of(address: str, appid: str, secret: str) -> Any:
    client = WeChatClient(appid, secret, timeout=5, auto_retry=False)
    for host in ("https://api.weixin.qq.com/", "https://mp.weixin.qq.com/"):
        client._http.mount(host, ToSandbox(address))
    return client


def misfits(answer: Any, shape: Any, path: str = "") -> list[str]:
    """Where an answer is not of the shape; more than the shape says is no misfit."""
    if isinstance(shape, Mapping):
        if not isinstance(answer, Mapping):
            return [f"{path}: {answer!r} is no object"]
        missing = [f"{path}.{name} is missing" for name in shape if name not in answer]
        there = [name for name in shape if name in answer]
        return missing + [one for n in there for one in misfits(answer[n], shape[n], f"{path}.{n}")]
    if isinstance(shape, list):
        return [
            one for number, it in enumerate(answer) for one in misfits(it, shape[0], str(number))
        ]
    if shape is None or (type(answer) is shape):
        return []
    return [f"{path}: {answer!r} is no {shape.__name__}"]


@pytest.mark.parametrize("name", OFFICIAL_ACCOUNT)
def test_an_official_account_is_served(address: str, name: str) -> None:
    client = client_of(address, APPID, SECRET)
    call, shape = OFFICIAL_ACCOUNT[name]
    assert misfits(call(client), shape) == []
    client._http.close()


@pytest.mark.parametrize("name", MINI_PROGRAM)
def test_a_mini_program_is_served(address: str, name: str) -> None:
    client = client_of(address, MINI_APPID, MINI_SECRET)
    call, shape = MINI_PROGRAM[name]
    assert misfits(call(client), shape) == []
    client._http.close()


def test_a_mini_program_logs_a_member_in_and_draws_a_code(address: str) -> None:
    client = client_of(address, MINI_APPID, MINI_SECRET)
    asked = {"account": "demo-mini", "member": "小雨", "kind": "login"}
    code = requests.post(f"{address}/sandbox/codes", json=asked, timeout=10).json()["code"]
    session = client.wxa.code_to_session(code)
    assert misfits(session, {"openid": str, "session_key": str, "unionid": str}) == []
    picture = client.wxa.get_wxa_code_unlimited("store_1")
    assert picture.headers["Content-Type"] == "image/png"
    client._http.close()


def test_a_file_comes_back_as_it_was_brought(address: str) -> None:
    client = client_of(address, APPID, SECRET)
    picture_back = client.media.download(picture(client))
    assert (picture_back.content, picture_back.headers["Content-Type"]) == (PNG, "image/png")
    film = client.media.download(uploaded(client, "video", FILM))
    assert requests.get(film["video_url"], timeout=10).content == FILM
    added = client.material.add("video", ("a.mp4", FILM), "开业", "第一天")["media_id"]
    told = client.material.get(added)
    assert (told["title"], told["description"]) == ("开业", "第一天")
    assert requests.get(told["down_url"], timeout=10).content == FILM
    client._http.close()


def test_what_has_no_errcode_on_the_platform_has_none_here(address: str) -> None:
    client = client_of(address, APPID, SECRET)
    answers = (client.fetch_access_token(), client.user.get(XIAOYU), client.tag.get_black_list())
    assert not any("errcode" in one or "errmsg" in one for one in answers)
    client._http.close()


WRONG = {
    ("GET", "/cgi-bin/message/custom/send"): (200, 43002),
    ("GET", "/cgi-bin/externalcontact/mark_tag"): (200, 43002),
    ("POST", "/cgi-bin/user/info"): (200, 43001),
    ("POST", "/cgi-bin/menu/delete"): (200, 43001),
    ("PUT", "/cgi-bin/tags/get"): (200, 43001),
    ("GET", "/cgi-bin/no/such/api"): (404, 40066),
    ("POST", "/wxa/no_such_api"): (404, 40066),
    ("POST", "/cgi-bin/user/info/updateremark"): (200, 41001),
}


@pytest.mark.parametrize(("method", "path"), WRONG)
def test_a_wrong_call_is_answered_in_json(address: str, method: str, path: str) -> None:
    answer = requests.request(method, address + path, timeout=10)
    assert (answer.status_code, answer.json()["errcode"]) == WRONG[method, path]
    assert answer.headers["Content-Type"] == "application/json"
    assert "rid: " in answer.json()["errmsg"]


def test_bodies_may_be_written_in_any_way_json_allows(address: str) -> None:
    client = client_of(address, APPID, SECRET)
    at = {"params": {"access_token": client.access_token}, "timeout": 10}
    remark = f"{address}/cgi-bin/user/info/updateremark"
    escaped = b'{"openid": "%s", "remark": "\\u5e38\\u5ba2"}' % XIAOYU.encode()
    assert requests.post(remark, data=escaped, **at).json()["errcode"] == 0
    assert client.user.get(XIAOYU)["remark"] == "常客"
    asked = requests.get(f"{address}/cgi-bin/tags/get", data=b"{not json", **at)
    assert "tags" in asked.json(), "what comes with a GET is not read"
    inside = {"access_token": client.access_token, "openid": XIAOYU, "remark": ""}
    assert requests.post(remark, json=inside, timeout=10).json()["errcode"] == 41001
    client._http.close()
