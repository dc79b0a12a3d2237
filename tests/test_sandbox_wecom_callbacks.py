"""What a corp's app is told, as foreign crypto opens it; and when it is told again."""

from collections.abc import Callable
from pathlib import Path

import pytest
from wechatpy.enterprise.crypto import WeChatCrypto

from bots.sandbox import create_app
from bots.sandbox.deliveries import Pace
from tests import wecom_world as world
from tests.sandbox_world import AES_KEY, TOKEN, Heard
from tests.wecom_world import AGENT_ID, CORPID, XIAOYU, Corp, told


def test_a_new_contact_is_told_encrypted_to_the_app(corp: Corp, heard_by_corp: Heard) -> None:
    outcome = corp.act("add", "小雨", staff="xiaowang", state="store_01")
    event = told(heard_by_corp)
    assert event["ToUserName"] == CORPID
    assert event["FromUserName"] == "sys"
    assert (event["Event"], event["ChangeType"]) == (
        "change_external_contact",
        "add_external_contact",
    )
    assert (event["UserID"], event["ExternalUserID"]) == ("xiaowang", XIAOYU)
    assert (event["State"], event["WelcomeCode"]) == ("store_01", outcome["welcome_code"])
    outer = heard_by_corp.calls[0]["body"].decode()
    assert f"<AgentID><![CDATA[{AGENT_ID}]]></AgentID>" in outer
    assert "signature" not in heard_by_corp.calls[0]["query"]


@pytest.mark.parametrize("account", ["corp", "bot"])
def test_a_callback_url_is_verified_with_an_encrypted_echo(
    corp: Corp, heard_by_corp: Heard, account: str
) -> None:
    crypto = WeChatCrypto(TOKEN, AES_KEY, CORPID if account == "corp" else "")

    def opened(query: dict[str, str]) -> bytes:
        asked = (query["msg_signature"], query["timestamp"], query["nonce"], query["echostr"])
        return bytes(str(crypto.check_signature(*asked)), "ascii")

    heard_by_corp.echo = opened
    asked = {"account": account}
    assert corp.client.post("/sandbox/verify", json=asked).json == {"verified": True}


@pytest.mark.parametrize("spoiled", [lambda b: b'"' + b + b'"', lambda b: b + b"\n", lambda b: b""])
def test_an_echo_has_to_be_exact(
    corp: Corp, heard_by_corp: Heard, spoiled: Callable[[bytes], bytes]
) -> None:
    heard_by_corp.echo = lambda query: spoiled(query["echostr"].encode())
    asked = {"account": "corp"}
    assert corp.client.post("/sandbox/verify", json=asked).json == {"verified": False}


def test_who_refuses_is_not_asked_again(corp: Corp, heard_by_corp: Heard) -> None:
    heard_by_corp.answers = [(500, b"", 0.0)]
    outcome = corp.act("add", "小雨", staff="xiaowang")
    assert (outcome["delivered"], outcome["tries"]) == (False, 1)


def test_who_is_slow_is_asked_three_times(tmp_path: Path, heard_by_corp: Heard) -> None:
    heard_by_corp.answers = [(200, b"success", 0.4)]
    known = world.accounts(heard_by_corp.url)
    app = create_app(known, tmp_path / "state.db", pace=Pace(0.05, 0.05))
    outcome = Corp(app.test_client()).act("add", "小雨", staff="xiaowang")
    assert (outcome["delivered"], outcome["tries"]) == (False, 3)


def test_callbacks_can_be_lost_and_what_happened_is_there_to_be_pulled(
    corp: Corp, heard_by_corp: Heard
) -> None:
    fault = {"path": "callback:wecom", "fault": "lost", "times": 1}
    assert corp.client.post("/sandbox/faults", json=fault).status_code == 200
    assert corp.act("add", "小雨", staff="xiaowang")["delivered"] is False
    assert heard_by_corp.calls == []
    assert corp.get("externalcontact/list", userid="xiaowang")["external_userid"] == [XIAOYU]
    assert corp.act("edit", "小雨", staff="xiaowang", remark="雨")["delivered"] is True


def test_a_callback_can_only_be_lost(corp: Corp) -> None:
    fault = {"path": "callback:wecom", "fault": "http", "status": 500}
    assert corp.client.post("/sandbox/faults", json=fault).status_code == 400
