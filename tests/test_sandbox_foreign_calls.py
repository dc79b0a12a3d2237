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
    LAOWANG,
    MINI_APPID,
    MINI_SECRET,
    SECRET,
    STRANGER,
    XIAOYU,
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
}
MINI_PROGRAM: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "fetch_access_token": (
        lambda c: c.fetch_access_token(),
        {"access_token": str, "expires_in": int},
    ),
    "wxa.check_text_security": (lambda c: c.wxa.check_text_security("你好"), OK),
    "message.send_text": (lambda c: c.message.send_text(STRANGER, "你好"), OK),
    "message.send_image": (lambda c: c.message.send_image(STRANGER, "m"), OK),
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
