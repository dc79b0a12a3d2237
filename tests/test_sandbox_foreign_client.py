"""A client this project did not write takes the sandbox for the platform."""

import warnings
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
import requests
from requests.adapters import HTTPAdapter

from bots.sandbox import create_app
from tests.sandbox_world import (
    APPID,
    LAOWANG,
    PATIENT,
    PICTURE,
    SECRET,
    STRANGER,
    XIAOYU,
    accounts,
    serving,
)

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from wechatpy import WeChatClient
    from wechatpy.exceptions import WeChatClientException


class ToSandbox(HTTPAdapter):
    """Sends what is meant for the platform to the sandbox."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._address = urlsplit(address)
        super().__init__()

    def send(self, request: requests.PreparedRequest, *args: object, **kwargs: object):  # type: ignore[no-untyped-def,override]
        meant = urlsplit(str(request.url))
        place = (self._address.scheme, self._address.netloc, meant.path, meant.query, "")
        request.url = urlunsplit(place)
        return super().send(request, *args, **kwargs)  # type: ignore[arg-type]


@pytest.fixture
def wechat(tmp_path: Path) -> Iterator[WeChatClient]:
    app = create_app(accounts(), tmp_path / "state.db", pace=PATIENT)
    with serving(app) as address:
        client = WeChatClient(APPID, SECRET, timeout=5, auto_retry=False)
        client._http.mount("https://api.weixin.qq.com/", ToSandbox(address))
        client.sandbox_address = address
        yield client
        client._http.close()


def sent(wechat: WeChatClient, openid: str) -> list[object]:
    found = requests.get(f"{wechat.sandbox_address}/sandbox/sent?recipient={openid}", timeout=5)
    return [entry["content"] for entry in found.json()]


def test_it_sends_texts_articles_and_menus(wechat: WeChatClient) -> None:
    wechat.message.send_text(STRANGER, "你好 ]]> 😀")
    wechat.message.send_articles(STRANGER, [{"title": "t", "description": "d", "url": "http://x"}])
    picture = wechat.media.upload("image", ("a.jpg", PICTURE))
    wechat.message.send_image(STRANGER, picture["media_id"])
    assert sent(wechat, STRANGER)[0] == "你好 ]]> 😀"
    assert len(sent(wechat, STRANGER)) == 3


def test_it_sends_to_many_once(wechat: WeChatClient) -> None:
    job = wechat.message.send_mass_text([XIAOYU, LAOWANG], "大家好", client_msg_id="b-1")
    assert job["msg_id"] > 0
    with pytest.raises(WeChatClientException) as refused:
        wechat.message.send_mass_text([XIAOYU, LAOWANG], "大家好", client_msg_id="b-1")
    assert refused.value.errcode == 45065
    assert sent(wechat, LAOWANG) == ["大家好"]


def test_it_reads_profiles_and_makes_codes(wechat: WeChatClient) -> None:
    assert wechat.user.get(XIAOYU)["unionid"] == "u-1"
    assert list(wechat.user.iter_followers()) == [LAOWANG, XIAOYU]
    scene = {"scene": {"scene_str": "store_01"}}
    made = wechat.qrcode.create({"action_name": "QR_LIMIT_STR_SCENE", "action_info": scene})
    assert made["ticket"]


def test_it_learns_why_it_was_refused(wechat: WeChatClient) -> None:
    with pytest.raises(WeChatClientException) as refused:
        wechat.message.send_text("not an openid", "hi")
    assert refused.value.errcode == 40003
