"""Member pages know who opened them, by WeChat's word alone."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from werkzeug.test import TestResponse

from app.domain.people.members import Identity
from app.inbox import InboxEvent
from bots.official_account import js_sdk
from tests import mini_world
from tests.mini_world import MINI_IDS, MiniWorld
from tests.shop import NAMES, OPENIDS

EXCHANGE, TICKET = "/sns/oauth2/access_token", "/cgi-bin/ticket/getticket"


@pytest.fixture
def world(sqlite_url: str, redis_url: str, tmp_path: Path) -> Iterator[MiniWorld]:
    with mini_world.opened(tmp_path, sqlite_url, redis_url) as opened:
        yield opened


def agrees(world: MiniWorld, name: str, begun: TestResponse, **more: str) -> str:
    """The address, on our side, to which WeChat leads her back."""
    address = begun.headers["Location"].split("#")[0]
    assert address.startswith(world.sandbox_url)
    asked = {"as": name, **more}
    answer = requests.get(address, params=asked, allow_redirects=False, timeout=10)
    back = urlsplit(answer.headers["Location"])
    return f"{back.path}?{back.query}"


def logs_in(world: MiniWorld, name: str) -> TestResponse:
    begun = world.client.get("/h5/login?next=/h5/me")
    return world.client.get(agrees(world, name, begun))


def test_she_sees_what_she_has(world: MiniWorld):
    world.event("小雨", "subscribe", EventKey="")
    world.says("小雨", "签到")
    world.work()
    answer = logs_in(world, "小雨")
    assert (answer.status_code, answer.location) == (302, "/h5/me")
    cookie = next(one for one in answer.headers.getlist("Set-Cookie") if "siyu_h5=" in one)
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    world.work()
    page = world.client.get("/h5/me").text
    assert '<dd id="points">15</dd>' in page
    assert '<dd id="streak">1</dd>' in page


def test_whoever_signed_up_elsewhere_is_the_same_member(world: MiniWorld):
    with world.at_work():
        world.sign_up("小雨")
    logs_in(world, "小雨")
    world.work()
    (member,) = world.members()
    assert {one.external_id for one in world.rows(Identity)} == {OPENIDS["小雨"], MINI_IDS["小雨"]}
    assert "小雨" in world.client.get("/h5/me").text


def test_a_page_opened_before_the_worker_knows_her_waits(world: MiniWorld):
    logs_in(world, "小雨")
    assert 'http-equiv="refresh"' in world.client.get("/h5/me").text
    world.work()
    assert 'id="points"' in world.client.get("/h5/me").text


def test_without_a_login_one_is_sent_to_wechat(world: MiniWorld):
    asked = world.client.get("/h5/me")
    assert asked.status_code == 302
    begun = world.client.get(asked.location)
    assert "/connect/oauth2/authorize?appid=" in begun.location


def test_a_snapshot_user_is_nobody(world: MiniWorld):
    begun = world.client.get("/h5/login")
    answer = world.client.get(agrees(world, "小雨", begun, snapshot="1"))
    assert answer.status_code == 403
    assert "使用完整服务" in answer.text
    assert world.rows(InboxEvent) == []
    assert world.client.get("/h5/me").status_code == 302


def test_a_way_works_once_in_the_browser_that_began_it_for_ten_minutes(world: MiniWorld):
    begun = world.client.get("/h5/login")
    back = agrees(world, "小雨", begun)
    stranger = world.client.application.test_client()
    assert stranger.get(back).status_code == 403
    state = next(one for one in begun.headers.getlist("Set-Cookie") if "siyu_h5_state=" in one)
    assert world.client.get(back).status_code == 302
    kept = state.partition(";")[0].partition("=")[2]
    stranger.set_cookie("siyu_h5_state", kept, path="/h5")
    fresh = agrees(world, "阿诚", begun)
    assert stranger.get(fresh).status_code == 403, "the same state, kept by hand"
    late = agrees(world, "小雨", world.client.get("/h5/login"))
    world.now += timedelta(minutes=10, seconds=1)
    assert world.client.get(late).status_code == 403
    assert len(world.rows(InboxEvent)) == 1


def test_a_bad_code_starts_the_way_again_once(world: MiniWorld):
    for errcode in (40029, 40163, 42003):
        world.fault(EXCHANGE, "errcode", errcode=errcode, times=2)
        begun = world.client.get("/h5/login")
        again = world.client.get(agrees(world, "小雨", begun))
        assert again.status_code == 302
        assert "/connect/oauth2/authorize" in again.location
        assert world.client.get(agrees(world, "小雨", again)).status_code == 502
    assert logs_in(world, "小雨").location == "/h5/me"


def test_a_wechat_that_does_not_answer_is_not_a_broken_page(world: MiniWorld):
    world.fault(EXCHANGE, "http", status=502, times=1)
    assert world.client.get(agrees(world, "小雨", world.client.get("/h5/login"))).status_code == 503


@pytest.mark.parametrize(
    "path", ["https://evil.example/", "//evil.example", "/console/", "/h5/\\evil", "/h5/\nx", ""]
)
def test_a_login_leads_nowhere_but_to_our_pages(world: MiniWorld, path: str):
    begun = world.client.get("/h5/login", query_string={"next": path})
    assert world.client.get(agrees(world, "小雨", begun)).location == "/h5/me"


def test_a_changed_cookie_is_nobodys(world: MiniWorld):
    logs_in(world, "小雨")
    for value in ("", "x", "eyJhIjoxfQ.AAAA"):
        world.client.set_cookie("siyu_h5", value, path="/")
        assert world.client.get("/h5/me").status_code == 302


def test_a_login_lasts_a_week(world: MiniWorld):
    logs_in(world, "小雨")
    world.work()
    world.now += timedelta(days=6, hours=23)
    assert world.client.get("/h5/me").status_code == 200
    world.now += timedelta(hours=2)
    assert world.client.get("/h5/me").status_code == 302


def test_pages_of_ours_are_signed_with_one_shared_ticket(world: MiniWorld):
    ours = world.siyu.programme.public_url
    assert world.client.get("/h5/js-sdk", query_string={"url": f"{ours}/h5/me"}).status_code == 401
    for name in NAMES[:2]:
        logs_in(world, name)
        url = f"{ours}/h5/me?from=menu"
        config = world.client.get("/h5/js-sdk", query_string={"url": f"{url}#top"}).json
        assert config is not None
        ticket = world.siyu.redis.get(f"siyu:token:{config['appId']}:jsapi").decode()  # type: ignore[union-attr]
        text = f"jsapi_ticket={ticket}&noncestr={config['nonceStr']}"
        text += f"&timestamp={config['timestamp']}&url={url}"
        assert config["signature"] == hashlib.sha1(text.encode()).hexdigest()
    assert world.calls(TICKET) == 1
    for foreign in ("https://evil.example/", f"{ours}.evil.example/", "javascript:1", "http://["):
        answer = world.client.get("/h5/js-sdk", query_string={"url": foreign})
        assert answer.status_code == 400


def test_the_signature_is_the_documentations():
    """Official documentation: "JS-SDK", appendix 1, its own example."""
    ticket = (
        "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg"
    )
    signature = js_sdk.signed(
        ticket, "Wm3WZYTPz0wzccnW", 1414587457, "http://mp.weixin.qq.com?params=value"
    )
    assert signature == "0f9de62fce790f9a083d5c99e95740ceb90c27ed"


def test_where_there_is_nothing_a_page_says_so_in_words(world: MiniWorld):
    for path in ("/h5/none", "/h5/rewards/x", "/h5/lotteries/99999999999999999999"):
        answer = world.client.get(path)
        assert (answer.status_code, answer.mimetype) == (404, "text/html")
        assert "这个链接不存在" in answer.text
