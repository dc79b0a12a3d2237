"""The doctor finds nothing in a healthy house, and whatever is broken in a broken one."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from app.domain.people import channels
from bots import sandbox
from tests.doctor_visits import (
    NOBODY,
    only_trouble,
    prescribed,
    set_channel,
    set_secrets,
    settled_differently,
    shop,
    troubles,
)
from tests.running_house import RunningHouse
from tests.sandbox_world import APPID, SECRET, accounts, serving
from tests.scripted_platform import ScriptedPlatform, status
from tests.world import World

__all__ = ["shop"]  # the fixture

TOKEN_PATH = "/cgi-bin/stable_token"  # noqa: S105


def test_a_healthy_house_is_told_so(shop: RunningHouse) -> None:
    said = prescribed(shop.siyu)
    assert said.exit_code == 0, said.output
    assert "一切正常 / all is well" in said.output
    assert "错" not in said.output
    for looked_at in ("数据库", "Redis", "定时进程", "demo-oa", "demo-mini", "demo-groups"):
        assert looked_at in said.output


def test_what_is_wrong_is_said_in_both_languages_and_by_the_exit_status(
    shop: RunningHouse,
) -> None:
    set_secrets(shop.siyu, secret="not the secret")
    said = prescribed(shop.siyu)
    assert said.exit_code == 1
    assert "AppSecret 不正确（40125）" in said.output
    assert "the AppSecret is wrong (40125)" in said.output
    assert "1 处有问题 / wrong: 1" in said.output
    assert "not the secret" not in said.output


@pytest.mark.parametrize("key", ["demo-oa", "demo-mini"])
def test_an_appid_that_the_platform_does_not_know_is_found(shop: RunningHouse, key: str) -> None:
    set_channel(shop.siyu, key, appid="wxnobody")
    about, said = only_trouble(shop.siyu)
    assert key in about
    assert "access token" in about
    assert "the AppID is wrong (40013)" in said


CODES = {40164: "IP allow-list", 40001: "AppSecret is wrong", 45009: "no access token (45009"}


@pytest.mark.parametrize("code", CODES)
def test_a_platform_that_gives_no_token_is_explained(shop: RunningHouse, code: int) -> None:
    fault = {"path": TOKEN_PATH, "fault": "errcode", "errcode": code}
    requests.post(f"{shop.sandbox_url}/sandbox/faults", json=fault, timeout=10).raise_for_status()
    found = troubles(shop.siyu)
    assert len(found) == 2, "the official account and the mini-program"
    assert all(CODES[code] in said for said in found.values())


def test_which_address_the_platform_sees_is_passed_on(world: World) -> None:
    with ScriptedPlatform() as platform:
        refusal = {"errcode": 40164, "errmsg": "invalid ip 203.0.113.7, not in whitelist"}
        platform.answers[TOKEN_PATH] = [refusal]
        set_channel(world.siyu, api_base_url=platform.url)
        said = troubles(world.siyu)
    assert any("203.0.113.7" in text for text in said.values())


def test_a_platform_out_of_reach_is_found(shop: RunningHouse) -> None:
    for key in ("demo-oa", "demo-mini", "demo-groups"):
        set_channel(shop.siyu, key, api_base_url=NOBODY)
    found = troubles(shop.siyu)
    assert len(found) == 3
    assert all(NOBODY in said for said in found.values())


def test_a_gateway_that_does_not_know_our_signature_is_found(shop: RunningHouse) -> None:
    set_secrets(shop.siyu, "demo-groups", secret="another secret altogether")
    about, said = only_trouble(shop.siyu)
    assert "demo-groups" in about
    assert "refuses our signature or account (48001)" in said


def test_looking_at_a_gateway_sends_nothing(shop: RunningHouse) -> None:
    assert troubles(shop.siyu) == {}
    assert requests.get(f"{shop.sandbox_url}/sandbox/sent", timeout=10).json() == []


def test_credentials_under_another_key_hide_nothing_else(shop: RunningHouse) -> None:
    with shop.siyu.database.writing() as session:
        channel = channels.by_key(session, "demo-oa")
        assert channel is not None
        channel.sealed_secrets = bytes(64)
    about, said = only_trouble(shop.siyu)
    assert "credentials" in about
    assert "SIYU_SECRET_KEY" in said


def test_a_secret_that_cannot_be_right_is_named(shop: RunningHouse) -> None:
    with shop.siyu.database.writing() as session:
        channel = channels.by_key(session, "demo-oa")
        assert channel is not None
        spoilt = channel.secrets(shop.siyu.vault) | {"encoding_aes_key": "short"}
        sealed = shop.siyu.vault.seal_fields(spoilt, context="channel:demo-oa")
        channel.sealed_secrets = sealed
    _about, said = only_trouble(shop.siyu)
    assert "channel change demo-oa --encoding-aes-key" in said


def test_callbacks_in_plaintext_are_found(shop: RunningHouse) -> None:
    set_channel(shop.siyu, callback_mode="plain")
    assert "safe mode" in only_trouble(shop.siyu)[1]


def test_a_used_up_quota_is_found(shop: RunningHouse) -> None:
    set_channel(shop.siyu, parked_until=datetime.now(UTC) + timedelta(hours=3))
    assert "quota is used up" in only_trouble(shop.siyu)[1]


def test_calls_that_the_platform_counts_as_used_up_are_found(
    shop: RunningHouse, tmp_path: Path
) -> None:
    known = accounts()
    known["accounts"][0]["settings"] = {"calls_a_day": {"/cgi-bin/message/custom/send": 0}}
    with serving(sandbox.create_app(known, tmp_path / "other.db")) as address:
        set_secrets(shop.siyu, secret=SECRET)
        set_channel(shop.siyu, appid=APPID, api_base_url=address)
        assert "customer-service messages are used up" in only_trouble(shop.siyu)[1]


def test_an_address_that_leads_elsewhere_is_told_from_a_house_that_is_down(
    shop: RunningHouse,
) -> None:
    with settled_differently(shop.siyu, public_url="http://localhost:80"):
        of_channels = troubles(shop.siyu)
        assert len(of_channels) == 3, "official account, mini-program and corp are called"
        assert all("callback address" in about for about in of_channels)
        assert all("the house itself answers" in said for said in of_channels.values())
    with settled_differently(shop.siyu, port=9):
        assert all("start `web` of the Procfile" in said for said in troubles(shop.siyu).values())


def test_somebody_else_at_the_address_is_found(shop: RunningHouse) -> None:
    with ScriptedPlatform() as stranger:
        for answer in ({"hello": "world"}, status(302), status(403)):
            stranger.answers["/callback/demo-oa"] = [answer]
            with settled_differently(shop.siyu, public_url=stranger.url):
                assert "the house itself answers" in str(troubles(shop.siyu))


def test_an_address_that_wechat_cannot_reach_is_found(shop: RunningHouse) -> None:
    set_channel(shop.siyu, api_base_url="http://wechat.invalid")
    assert "WeChat cannot reach http://127.0.0.1" in str(troubles(shop.siyu))


def test_a_clock_that_is_off_is_found(shop: RunningHouse) -> None:
    ahead = timedelta(seconds=100)
    shop.siyu.clock, right = lambda: datetime.now(UTC) + ahead, shop.siyu.clock
    found = troubles(shop.siyu)
    shop.siyu.clock = right
    assert len([said for about, said in found.items() if "clock" in about and "100 s" in said]) == 4


def test_wecom_s_sealed_check_of_the_address_and_its_token_are_looked_at(world: World) -> None:
    with ScriptedPlatform() as wecom, serving(world.client.application) as here:
        wecom.answers["/cgi-bin/gettoken"] = [{"errcode": 40001, "errmsg": "invalid secret"}]
        world.siyu.settings = world.siyu.settings.model_copy(update={"public_url": here})
        with world.siyu.database.writing() as session:
            channels.add(
                session,
                key="april",
                kind="wecom",
                name="四月",
                appid="ww0123456789abcdef",
                api_base_url=wecom.url,
                secrets={"token": "t", "encoding_aes_key": "k" * 42 + "A", "secret": "wrong"},
                settings={"agent_id": "1000002"},
                vault=world.siyu.vault,
                now=world.now,
            )
        found = troubles(world.siyu)
        assert "reset it" in found["四月 (april) access token"]
        assert "四月 (april) callback address" not in found
    assert "四月 (april) callback address" in troubles(world.siyu), "nobody is there any more"


def test_a_robot_whose_key_is_not_known_is_found_and_says_nothing(world: World) -> None:
    with ScriptedPlatform() as wecom:
        wecom.answers["/cgi-bin/webhook/send"] = [
            {"errcode": 40008, "errmsg": "invalid message type"},
            {"errcode": 93000, "errmsg": "invalid webhook url"},
        ]
        with world.siyu.database.writing() as session:
            channels.add(
                session,
                key="robot",
                kind="group_robot",
                name="店长群",
                appid="robot",
                api_base_url=wecom.url,
                secrets={"secret": "a-webhook-key"},
                vault=world.siyu.vault,
                now=world.now,
            )
        about = "店长群 (robot) group robot"
        assert about not in troubles(world.siyu), "it refuses what says nothing, so it knows us"
        assert "webhook address" in troubles(world.siyu)[about]
        assert {call.json.get("msgtype") for call in wecom.calls if call.body} == {None}
