"""The sandbox's mini-program conversations: what is pushed, and how often it may be answered."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from bots.sandbox import create_app
from tests.sandbox_world import (
    AES_KEY,
    MINI_APPID,
    MINI_SECRET,
    ORIGINAL_ID,
    PATIENT,
    TOKEN,
    XIAOYU,
    XIAOYU_MINI,
    Clock,
    Heard,
    accounts,
    listening,
    opened,
    stable_token,
)

SEND = "/cgi-bin/message/custom/send"


@pytest.fixture
def heard() -> Iterator[Heard]:
    with listening(Heard()) as listened:
        yield listened


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(tmp_path: Path, clock: Clock, heard: Heard) -> FlaskClient:
    known = accounts()
    mini = next(one for one in known["accounts"] if one["key"] == "demo-mini")
    mini |= {"token": TOKEN, "encoding_aes_key": AES_KEY, "original_id": ORIGINAL_ID}
    mini |= {"callback_url": heard.url, "format": "json"}
    return create_app(known, tmp_path / "state.db", clock=clock, pace=PATIENT).test_client()


def act(client: FlaskClient, do: str, **how: str) -> dict[str, Any]:
    entry = {"account": "demo-mini", "member": "小雨", "do": do, **how}
    found: dict[str, Any] = client.post("/sandbox/act", json=entry).json
    return found


def say(client: FlaskClient, message: dict[str, Any] | None = None, openid: str = "") -> int:
    token = stable_token(client, MINI_APPID, MINI_SECRET)
    said = message or {"msgtype": "text", "text": {"content": "您好"}}
    answer = client.post(
        f"{SEND}?access_token={token}", json={"touser": openid or XIAOYU_MINI, **said}
    )
    return int(answer.json["errcode"])


def pushed(heard: Heard) -> dict[str, Any]:
    plain, appid = opened(json.loads(heard.calls[-1]["body"])["Encrypt"])
    assert appid == MINI_APPID
    found: dict[str, Any] = json.loads(plain)
    return found


def test_what_she_writes_is_pushed_as_json_with_a_number_beyond_floats(
    client: FlaskClient, heard: Heard
) -> None:
    assert act(client, "text", text="在吗")["delivered"] is True
    said = pushed(heard)
    assert (said["MsgType"], said["Content"], said["FromUserName"]) == ("text", "在吗", XIAOYU_MINI)
    assert isinstance(said["MsgId"], int)
    assert said["MsgId"] > 2**53


@pytest.mark.parametrize(
    ("do", "fields"),
    [
        ("image", {"MsgType", "PicUrl", "MediaId", "MsgId"}),
        (
            "miniprogrampage",
            {"MsgType", "Title", "AppId", "PagePath", "ThumbUrl", "ThumbMediaId", "MsgId"},
        ),
        ("enter", {"MsgType", "Event", "SessionFrom"}),
    ],
)
def test_every_act_has_the_fields_of_the_documentation(
    client: FlaskClient, heard: Heard, do: str, fields: set[str]
) -> None:
    act(client, do)
    assert set(pushed(heard)) == {"ToUserName", "FromUserName", "CreateTime"} | fields


def test_her_message_lets_it_answer_five_times_in_two_days(
    client: FlaskClient, clock: Clock
) -> None:
    act(client, "text", text="在吗")
    assert [say(client) for _ in range(6)] == [0, 0, 0, 0, 0, 45047]
    act(client, "text", text="还在吗")
    clock.forward(hours=48)
    assert say(client) == 45015


def test_entering_lets_it_speak_twice_within_a_minute(client: FlaskClient, clock: Clock) -> None:
    act(client, "enter")
    assert [say(client) for _ in range(3)] == [0, 0, 45047]
    act(client, "enter")
    clock.forward(seconds=60)
    assert say(client) == 45015


@pytest.mark.parametrize(
    ("kind", "content", "errcode"),
    [
        ("image", {"media_id": "m"}, 0),
        ("image", {}, 40007),
        ("link", {"title": "t", "description": "", "url": "https://e.x", "thumb_url": ""}, 0),
        ("link", {"title": "t"}, 47001),
        ("miniprogrampage", {"title": "t", "pagepath": "p", "thumb_media_id": "m"}, 0),
        ("miniprogrampage", {"title": "t"}, 47001),
        ("news", {"articles": []}, 40008),
        ("text", {"content": "长" * 683}, 45002),
    ],
)
def test_it_takes_four_kinds_each_with_its_fields(
    client: FlaskClient, kind: str, content: dict[str, Any], errcode: int
) -> None:
    act(client, "text", text="在吗")
    assert say(client, {"msgtype": kind, kind: content}) == errcode


def test_the_openid_of_another_account_is_none_here(client: FlaskClient) -> None:
    assert say(client, openid=XIAOYU) == 40003


def test_a_passive_reply_is_no_answer_to_a_mini_program(client: FlaskClient, heard: Heard) -> None:
    heard.answers = [(200, json.dumps({"MsgType": "text", "Content": "hi"}).encode(), 0.0)]
    outcome = act(client, "text", text="在吗")
    assert (outcome["delivered"], outcome["tries"]) == (False, 3)


def test_without_a_callback_url_there_is_nobody_to_write_to(tmp_path: Path) -> None:
    client = create_app(accounts(), tmp_path / "state.db").test_client()
    assert "no message push" in act(client, "text", text="在吗")["error"]
    assert "in a mini-program" in act(client, "scan", scene="x")["error"]


def test_its_callback_url_is_verified_like_an_official_accounts(client: FlaskClient) -> None:
    assert client.post("/sandbox/verify", json={"account": "demo-mini"}).json == {"verified": True}
