"""Mini-program codes of the sandbox: they work once, for five minutes, for what they are for."""

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from bots.sandbox import create_app
from tests.sandbox_world import MINI_APPID, MINI_SECRET, XIAOYU_MINI, Clock, accounts, stable_token


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(tmp_path: Path, clock: Clock) -> FlaskClient:
    return create_app(accounts(), tmp_path / "state.db", clock=clock).test_client()


def code(client: FlaskClient, kind: str, member: str = "小雨") -> str:
    asked = {"account": "demo-mini", "member": member, "kind": kind}
    return str(client.post("/sandbox/codes", json=asked).json["code"])


def session(client: FlaskClient, given: str, secret: str = MINI_SECRET) -> dict[str, Any]:
    query = {"appid": MINI_APPID, "secret": secret, "js_code": given}
    answer = client.get("/sns/jscode2session", query_string=query)
    found: dict[str, Any] = answer.json
    return found


def phone(client: FlaskClient, given: str) -> dict[str, Any]:
    token = stable_token(client, MINI_APPID, MINI_SECRET)
    path = f"/wxa/business/getuserphonenumber?access_token={token}"
    answer: dict[str, Any] = client.post(path, json={"code": given}).json
    return answer


def test_a_login_code_gives_the_member_once(client: FlaskClient) -> None:
    given = code(client, "login")
    found = session(client, given)
    assert (found["openid"], found["unionid"]) == (XIAOYU_MINI, "u-1")
    assert "errcode" not in found
    assert session(client, given)["errcode"] == 40163


def test_a_phone_code_gives_the_number_once(client: FlaskClient) -> None:
    given = code(client, "phone")
    found = phone(client, given)["phone_info"]
    assert (found["phoneNumber"], found["purePhoneNumber"]) == ("+8613800000001", "13800000001")
    assert found["watermark"]["appid"] == MINI_APPID
    assert phone(client, given)["errcode"] == 40163


def test_a_code_is_only_good_for_what_it_is_for(client: FlaskClient) -> None:
    assert session(client, code(client, "phone"))["errcode"] == 40029
    assert phone(client, code(client, "login"))["errcode"] == 40029
    assert session(client, "nonsense")["errcode"] == 40029


def test_a_code_lives_five_minutes(client: FlaskClient, clock: Clock) -> None:
    given, late = code(client, "login"), code(client, "login")
    clock.forward(minutes=5)
    assert session(client, given)["openid"] == XIAOYU_MINI
    clock.forward(seconds=1)
    assert session(client, late)["errcode"] == 40029


def test_a_wrong_secret_does_not_use_the_code_up(client: FlaskClient) -> None:
    given = code(client, "login")
    assert session(client, given, "wrong")["errcode"] == 40125
    assert session(client, given)["openid"] == XIAOYU_MINI


def test_strangers_can_log_in_too(client: FlaskClient) -> None:
    assert session(client, code(client, "login", "mStranger"))["openid"] == "mStranger"


def test_codes_are_for_mini_programs_only(client: FlaskClient) -> None:
    asked = {"account": "demo-oa", "member": "小雨", "kind": "login"}
    assert client.post("/sandbox/codes", json=asked).status_code == 409
