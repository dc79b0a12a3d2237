"""The sandbox's followers, tags, web authorization and quotas, as a client of others' sees them."""

import hashlib
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from bots.sandbox import create_app
from tests.sandbox_world import (
    APPID,
    LAOWANG,
    PATIENT,
    SECRET,
    STRANGER,
    XIAOYU,
    XIAOYU_MINI,
    Clock,
    accounts,
    serving,
)
from tests.test_sandbox_foreign_client import ToSandbox

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from wechatpy import WeChatClient, WeChatOAuth
    from wechatpy.exceptions import WeChatClientException, WeChatOAuthException

PAGE = "https://shop.example/h5/oauth?next=me"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def wechat(tmp_path: Path, clock: Clock) -> Iterator[WeChatClient]:
    known = accounts()
    known["accounts"][0]["settings"] = {"calls_a_day": {"/cgi-bin/tags/get": 3}}
    app = create_app(known, tmp_path / "state.db", pace=PATIENT, clock=clock)
    with serving(app) as address:
        client = WeChatClient(APPID, SECRET, timeout=5, auto_retry=False)
        client._http.mount("https://api.weixin.qq.com/", ToSandbox(address))
        client.sandbox_address = address
        yield client
        client._http.close()


def oauth_of(wechat: WeChatClient, scope: str = "snsapi_base") -> WeChatOAuth:
    oauth = WeChatOAuth(APPID, SECRET, PAGE, scope, "s-1")
    for host in ("https://api.weixin.qq.com/", "https://open.weixin.qq.com/"):
        oauth._http.mount(host, ToSandbox(wechat.sandbox_address))
    return oauth


def agrees(oauth: WeChatOAuth, who: str, **more: str) -> str:
    """The code with which WeChat leads her back to the page."""
    address = oauth.authorize_url.split("#")[0]
    answer = oauth._http.get(address, params={"as": who, **more}, allow_redirects=False)
    led_to = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert (led_to["state"], led_to["next"]) == (["s-1"], ["me"])
    return led_to["code"][0]


def code_of(call: Callable[..., Any], *args: Any) -> int:
    with pytest.raises((WeChatClientException, WeChatOAuthException)) as refused:
        call(*args)
    return int(refused.value.errcode)


def test_tags_are_made_given_taken_and_deleted(wechat: WeChatClient):
    made = wechat.tag.create("油性发质")
    wechat.tag.tag_user(made["id"], [XIAOYU, LAOWANG])
    assert wechat.tag.get_user_tag(XIAOYU) == [made["id"]]
    assert wechat.user.get(XIAOYU)["tagid_list"] == [made["id"]]
    assert list(wechat.tag.iter_tag_users(made["id"])) == [LAOWANG, XIAOYU]
    wechat.tag.untag_user(made["id"], LAOWANG)
    assert {"id": made["id"], "name": "油性发质", "count": 1} in wechat.tag.get()
    wechat.tag.update(made["id"], "油发")
    wechat.tag.delete(made["id"])
    assert wechat.tag.get_user_tag(XIAOYU) == []


def test_every_limit_of_tags_has_its_error(wechat: WeChatClient):
    ids = [wechat.tag.create(f"标签 {number}")["id"] for number in range(100)]
    assert code_of(wechat.tag.create, "多余") == 45056
    assert code_of(wechat.tag.create, "标签 7") == 45157
    assert code_of(wechat.tag.create, "长" * 31) == 45158
    assert code_of(wechat.tag.update, 2, "x") == 45058
    assert code_of(wechat.tag.delete, 999) == 45159
    assert code_of(wechat.tag.tag_user, 999, XIAOYU) == 45159
    assert code_of(wechat.tag.tag_user, ids[0], [STRANGER] * 51) == 40032
    assert code_of(wechat.tag.tag_user, ids[0], XIAOYU_MINI) == 49003
    for tag_id in ids[:20]:
        wechat.tag.tag_user(tag_id, XIAOYU)
    assert code_of(wechat.tag.tag_user, ids[20], XIAOYU) == 45059
    wechat.tag.tag_user(ids[19], XIAOYU)


def test_followers_are_remarked_and_blacklisted(wechat: WeChatClient):
    wechat.user.update_remark(XIAOYU, "一号店常客")
    assert wechat.user.get(XIAOYU)["remark"] == "一号店常客"
    assert code_of(wechat.user.update_remark, XIAOYU, "长" * 30) == 40035
    wechat.tag.batch_black_list([LAOWANG])
    assert wechat.tag.get_black_list()["data"]["openid"] == [LAOWANG]
    wechat.tag.batch_unblack_list([LAOWANG])
    assert wechat.tag.get_black_list()["total"] == 0
    assert code_of(wechat.tag.batch_black_list, [STRANGER] * 21) == 40032
    assert len(wechat.user.get_batch([XIAOYU, LAOWANG])) == 2


def test_a_page_learns_who_opened_it(wechat: WeChatClient):
    oauth = oauth_of(wechat, "snsapi_userinfo")
    told = oauth.fetch_access_token(agrees(oauth, "小雨"))
    assert (told["openid"], told["unionid"], told["expires_in"]) == (XIAOYU, "u-1", 7200)
    assert "is_snapshotuser" not in told
    assert oauth.get_user_info()["nickname"] == "小雨"
    assert oauth.check_access_token()
    assert oauth.refresh_access_token(told["refresh_token"])["openid"] == XIAOYU
    assert code_of(oauth.refresh_access_token, "wrong") == 40030


def test_a_code_works_once_and_for_five_minutes(wechat: WeChatClient, clock: Clock):
    oauth = oauth_of(wechat)
    code = agrees(oauth, "小雨")
    oauth.fetch_access_token(code)
    assert code_of(oauth.get_user_info) == 48001, "the scope was the silent one"
    assert code_of(oauth.fetch_access_token, code) == 40163
    assert code_of(oauth.fetch_access_token, "made-up") == 40029
    late = agrees(oauth, "小雨")
    clock.forward(minutes=5, seconds=1)
    assert code_of(oauth.fetch_access_token, late) == 42003


def test_a_snapshot_user_is_somebody_else(wechat: WeChatClient):
    oauth = oauth_of(wechat)
    told = oauth.fetch_access_token(agrees(oauth, "小雨", snapshot="1"))
    assert told["is_snapshotuser"] == 1
    assert told["openid"] != XIAOYU
    assert "unionid" not in told


def test_who_opens_the_page_by_hand_picks_a_member(wechat: WeChatClient):
    oauth = oauth_of(wechat)
    page = oauth._http.get(oauth.authorize_url.split("#")[0])
    assert "小雨" in page.text
    assert "老王" in page.text
    bad = oauth.authorize_url.replace("shop.example", "").split("#")[0]
    assert oauth._http.get(bad).status_code == 400


def test_a_ticket_lasts_two_hours(wechat: WeChatClient, clock: Clock):
    ticket = wechat.jsapi.get_ticket()
    clock.forward(hours=1)
    again = wechat.jsapi.get_ticket()
    assert (again["ticket"], again["expires_in"]) == (ticket["ticket"], 3600)
    clock.forward(hours=1)
    wechat.session.delete(f"{APPID}_access_token")
    wechat.fetch_access_token()
    assert wechat.jsapi.get_ticket()["ticket"] != ticket["ticket"]
    assert code_of(wechat.jsapi.get_ticket, "other") == 40097


def test_quotas_are_counted_used_up_and_cleared_ten_times_a_month(wechat: WeChatClient):
    asked = {"cgi_path": "/cgi-bin/tags/get"}
    for _ in range(3):
        wechat.tag.get()
    left = wechat.post("openapi/quota/get", data=asked)["quota"]
    assert left == {"daily_limit": 3, "used": 3, "remain": 0}
    assert code_of(wechat.tag.get) == 45009
    for _ in range(10):
        wechat.post("clear_quota", data={"appid": APPID})
    wechat.tag.get()
    with pytest.raises(WeChatClientException) as refused:
        wechat.post("clear_quota", data={"appid": APPID})
    assert refused.value.errcode == 48006


def test_a_refused_call_is_explained_by_its_rid(wechat: WeChatClient):
    with pytest.raises(WeChatClientException) as refused:
        wechat.tag.delete(999)
    rid = refused.value.errmsg.rpartition("rid: ")[2]
    told = wechat.post("openapi/rid/get", data={"rid": rid})["request"]
    assert "999" in told["request_body"]
    assert told["client_ip"] == "127.0.0.1"
    with pytest.raises(WeChatClientException) as unknown:
        wechat.post("openapi/rid/get", data={"rid": hashlib.sha1(b"x").hexdigest()})
    assert unknown.value.errcode == 76001


def test_an_address_that_is_not_allowed_gets_no_token(tmp_path: Path):
    known = accounts()
    known["accounts"][0]["settings"] = {"ip_allow": ["10.0.0.1"]}
    with serving(create_app(known, tmp_path / "state.db")) as address:
        asked = {"grant_type": "client_credential", "appid": APPID, "secret": SECRET}
        answer = requests.get(f"{address}/cgi-bin/token", params=asked, timeout=5).json()
    assert answer["errcode"] == 40164
    assert "127.0.0.1" in answer["errmsg"]
