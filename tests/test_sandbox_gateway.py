"""The sandbox's group gateway: signed both ways, and each key said once."""

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from bots.sandbox import create_app
from tests.sandbox_world import (
    GROUP_ACCOUNT,
    GROUP_SECRET,
    PATIENT,
    ROOM,
    Clock,
    Heard,
    accounts,
    listening,
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(tmp_path: Path, clock: Clock) -> FlaskClient:
    return create_app(accounts(), tmp_path / "state.db", clock=clock).test_client()


def say(
    client: FlaskClient, clock: Clock, secret: str = GROUP_SECRET, age_s: int = 0, **changed: Any
) -> dict[str, Any]:
    body = {"account_id": GROUP_ACCOUNT, "room_id": ROOM, "kind": "text"}
    body |= {"content": {"text": "大家好"}, "idempotency_key": "k-1", **changed}
    raw = json.dumps(body).encode()
    timestamp = str(int(clock.now.timestamp()) - age_s)
    signed = f"{timestamp}\nn-1\n".encode() + raw
    headers = {"X-Gateway-Timestamp": timestamp, "X-Gateway-Nonce": "n-1"}
    headers["X-Gateway-Signature"] = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    answer: dict[str, Any] = client.post("/gateway/messages", data=raw, headers=headers).json
    return answer


def test_the_same_key_is_said_once_and_gets_the_same_answer(
    client: FlaskClient, clock: Clock
) -> None:
    first, again = say(client, clock), say(client, clock)
    assert first["errcode"] == 0
    assert again == first
    (entry,) = client.get(f"/sandbox/sent?recipient={ROOM}").json
    assert (entry["content"], entry["key"], entry["account"]) == ("大家好", "k-1", "demo-groups")


def test_a_key_stays_used_when_the_record_is_forgotten(client: FlaskClient, clock: Clock) -> None:
    first = say(client, clock)
    client.delete("/sandbox/sent")
    assert say(client, clock) == first
    assert client.get("/sandbox/sent").json == []


def test_a_key_cannot_be_used_for_another_message(client: FlaskClient, clock: Clock) -> None:
    say(client, clock)
    assert say(client, clock, content={"text": "别的"})["errcode"] == 40035


def test_who_did_not_sign_it_now_is_refused(client: FlaskClient, clock: Clock) -> None:
    assert say(client, clock, secret="wrong")["errcode"] == 48001
    assert say(client, clock, age_s=301)["errcode"] == 48001
    assert say(client, clock, age_s=-301)["errcode"] == 48001
    assert say(client, clock, account_id="bot-2")["errcode"] == 40013
    assert client.get("/sandbox/sent").json == []


@pytest.mark.parametrize(
    ("changed", "errcode"),
    [
        ({"room_id": "", "sender_id": ""}, 40003),
        ({"kind": "opera"}, 40008),
        ({"content": {}}, 47001),
        ({"kind": "link", "content": "http://x"}, 47001),
        ({"idempotency_key": ""}, 40035),
    ],
)
def test_malformed_messages_are_refused(
    client: FlaskClient, clock: Clock, changed: dict[str, Any], errcode: int
) -> None:
    assert say(client, clock, **changed)["errcode"] == errcode


def test_what_is_said_in_a_group_is_delivered_signed(tmp_path: Path) -> None:
    act = {"account": "demo-groups", "member": "小雨", "do": "text", "room": ROOM}
    with listening(Heard()) as heard:
        client = create_app(accounts(heard.url), tmp_path / "state.db", pace=PATIENT).test_client()
        answer = client.post("/sandbox/act", json={**act, "text": "@小助手 签到"}).json
    assert answer == {"delivered": True, "tries": 1, "answer": "success"}
    headers, body = heard.calls[0]["headers"], heard.calls[0]["body"]
    signed = f"{headers['X-Gateway-Timestamp']}\n{headers['X-Gateway-Nonce']}\n".encode() + body
    wanted = hmac.new(GROUP_SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert headers["X-Gateway-Signature"] == wanted
    said = json.loads(body)
    expected = {"room_id": ROOM, "room_name": "黄金群", "sender_id": "wxid_xiaoyu"}
    expected |= {"sender_name": "小雨", "type": "text", "text": "@小助手 签到"}
    assert {name: said[name] for name in expected} == expected
    assert said["is_at_me"] is True
    assert said["account_id"] == GROUP_ACCOUNT


def test_a_group_has_no_menu(client: FlaskClient) -> None:
    act = {"account": "demo-groups", "member": "小雨", "do": "click", "key": "k", "room": ROOM}
    assert client.post("/sandbox/act", json=act).status_code == 409
