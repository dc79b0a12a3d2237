"""wechatpy, method by method, takes the sandbox for the platform: every call works with the
method's own signature, and the answers have the names and types of its published fixtures."""

import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import requests

from bots.sandbox import create_app
from tests.foreign_calls import (
    MINI_PROGRAM,
    OFFICIAL_ACCOUNT,
    PNG,
    picture,
    uploaded,
)
from tests.sandbox_world import (
    APPID,
    FILM,
    MINI_APPID,
    MINI_SECRET,
    PATIENT,
    SECRET,
    XIAOYU,
    accounts,
    serving,
)
from tests.test_sandbox_foreign_client import ToSandbox

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from wechatpy import WeChatClient


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    with serving(create_app(accounts(), tmp_path / "state.db", pace=PATIENT)) as url:
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
