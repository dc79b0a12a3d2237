"""Ways into a mini-program, sessions and what phones hand over: our client against the sandbox,
which shares nothing with it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from bots import sandbox
from bots.messages import NotGenuine
from bots.mini_program import Account, Client, CodeRefused, Session, member_data
from bots.tokens import TokenStore
from bots.wechat_api import PlatformRefused
from tests.sandbox_world import MINI_APPID, MINI_SECRET, XIAOYU_MINI, Clock, accounts, serving

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def url(tmp_path: Path, clock: Clock) -> Iterator[str]:
    known = accounts()
    known["members"].append({"nickname": "黑产", "ids": {"demo-mini": "mRisky"}, "risky": True})
    with serving(sandbox.create_app(known, tmp_path / "state.db", clock=clock)) as address:
        yield address


@pytest.fixture
def client(url: str, redis_client: Any) -> Client:
    account = Account(key="mini", appid=MINI_APPID, secret=MINI_SECRET, api_base_url=url)
    return Client(account, TokenStore(redis_client))


def logged_in(client: Client, url: str, member: str = "小雨") -> Session:
    asked = {"account": "demo-mini", "member": member, "kind": "login"}
    code = requests.post(f"{url}/sandbox/codes", json=asked, timeout=10).json()["code"]
    return client.session_of(code)


def handed_over(url: str) -> dict[str, str]:
    asked = {"account": "demo-mini", "member": "小雨"}
    found: dict[str, str] = requests.post(
        f"{url}/sandbox/member-data", json=asked, timeout=10
    ).json()
    return found


def test_a_link_is_made_for_up_to_thirty_days(client: Client) -> None:
    assert client.ways_in.url_link("scene=store_001").startswith("https://wxaurl.cn/")
    assert client.ways_in.scheme("scene=store_001").startswith("weixin://dl/business/?t=")
    for days in (0, 31):
        with pytest.raises(ValueError, match="1 to 30 days"):
            client.ways_in.url_link("", days)
    with pytest.raises(ValueError, match="1024"):
        client.ways_in.url_link("x" * 1025)


def test_the_platform_is_as_strict_by_itself(url: str, client: Client) -> None:
    asked = {"grant_type": "client_credential", "appid": MINI_APPID, "secret": MINI_SECRET}
    token = requests.get(f"{url}/cgi-bin/token", params=asked, timeout=10).json()["access_token"]

    def code_of(path: str, body: dict[str, Any]) -> int:
        answer = requests.post(f"{url}{path}?access_token={token}", json=body, timeout=10)
        return int(answer.json()["errcode"])

    assert code_of("/wxa/generate_urllink", {"expire_type": 1, "expire_interval": 31}) == 85401
    assert code_of("/wxa/generate_urllink", {"expire_type": 0, "expire_time": 1}) == 85401
    lasting = {"expire_type": 1, "expire_interval": 1}
    assert code_of("/wxa/generate_urllink", {"query": "x" * 1025, **lasting}) == 85402
    assert code_of("/wxa/generate_urllink", {"path": "/pages/a", **lasting}) == 40165
    assert code_of("/wxa/generatescheme", {"is_expire": False}) == 0
    assert code_of("/wxa/getwxacodeunlimit", {"scene": "x" * 33}) == 40129
    assert code_of("/wxa/getwxacodeunlimit", {"scene": "a", "page": "/pages/a"}) == 41030


def test_a_code_is_a_picture_and_a_refusal_is_none(client: Client) -> None:
    picture = client.ways_in.code("store_001")
    assert (picture.mimetype, picture.content[:8]) == ("image/png", PNG)
    with pytest.raises(ValueError, match="1 to 32"):
        client.ways_in.code("一号店")
    with pytest.raises(PlatformRefused):
        client.ways_in.code("store_001", page="/pages/index")


def test_a_stale_token_is_renewed_once_for_a_picture_too(
    client: Client, clock: Clock, redis_client: Any
) -> None:
    client.ways_in.code("store_001")
    clock.forward(hours=3)  # our own copy of the token lives on in Redis
    assert client.ways_in.code("store_001").content.startswith(PNG)


def test_a_session_is_good_until_it_is_renewed(client: Client, url: str) -> None:
    session = logged_in(client, url)
    assert client.session_is_good(session)
    renewed = client.renew_session(session)
    assert client.session_is_good(renewed)
    assert not client.session_is_good(session)


def test_what_her_phone_seals_opens_with_her_session_key(
    client: Client, url: str, clock: Clock
) -> None:
    key = logged_in(client, url).session_key
    handed = handed_over(url)
    sealed = handed["encryptedData"], handed["iv"]
    data = member_data.opened(*sealed, key, MINI_APPID, clock())
    assert (data["openId"], data["nickName"]) == (XIAOYU_MINI, "小雨")
    member_data.check_signature(handed["rawData"], handed["signature"], key)
    with pytest.raises(NotGenuine, match="another mini-program"):
        member_data.opened(*sealed, key, "wx-other", clock())
    with pytest.raises(NotGenuine, match="stale"):
        member_data.opened(*sealed, key, MINI_APPID, clock() + timedelta(minutes=6))
    for spoilt in (("AAAA", sealed[1]), (sealed[0], ""), ("签", sealed[1]), (sealed[0][:-4], "!")):
        with pytest.raises(NotGenuine):
            member_data.opened(*spoilt, key, MINI_APPID, clock())
    with pytest.raises(NotGenuine):
        member_data.check_signature(handed["rawData"] + " ", handed["signature"], key)


def test_a_text_is_fit_unless_the_platform_finds_it_risky(client: Client) -> None:
    assert client.text_is_fit("小雨爱护发", XIAOYU_MINI)
    assert not client.text_is_fit("刷单返利找我", XIAOYU_MINI)
    with pytest.raises(PlatformRefused):
        client.text_is_fit("", XIAOYU_MINI)


def test_a_risky_member_cannot_log_in(client: Client, url: str) -> None:
    with pytest.raises(CodeRefused) as refused:
        logged_in(client, url, "黑产")
    assert (refused.value.code, refused.value.reason) == (40226, "risky_account")


def test_a_member_logs_in_a_hundred_times_a_minute(client: Client, url: str, clock: Clock) -> None:
    for _ in range(100):
        logged_in(client, url)
    with pytest.raises(Exception, match="45011"):
        logged_in(client, url)
    clock.forward(seconds=60)
    assert logged_in(client, url).openid == XIAOYU_MINI
