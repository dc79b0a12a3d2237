"""An official account's media, menu and typing sign in the sandbox."""

import io
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from bots.sandbox import create_app
from tests.sandbox_world import (
    FILM,
    LAOWANG,
    PATIENT,
    PICTURE,
    SOUND,
    STRANGER,
    XIAOYU,
    Clock,
    accounts,
    has_written,
    send_text,
    stable_token,
    upload,
)

MENU = {
    "button": [
        {"type": "click", "name": "签到", "key": "SIGN_IN"},
        {
            "name": "更多",
            "sub_button": [
                {"type": "view", "name": "商城", "url": "https://example.com/"},
                {"type": "scancode_waitmsg", "name": "扫一扫", "key": "SCAN"},
            ],
        },
    ]
}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(tmp_path: Path, clock: Clock) -> FlaskClient:
    app = create_app(accounts(), tmp_path / "state.db", clock=clock, pace=PATIENT)
    return app.test_client()


def ask(client: FlaskClient, method: str, path: str, body: Any = None) -> Any:
    token = stable_token(client)
    return client.open(f"/cgi-bin/{path}?access_token={token}", method=method, json=body).json


def say(client: FlaskClient, kind: str, content: Any) -> int:
    body = {"touser": STRANGER, "msgtype": kind, kind: content}
    return int(ask(client, "POST", "message/custom/send", body)["errcode"])


def typing(client: FlaskClient, command: str, openid: str = XIAOYU) -> int:
    body = {"touser": openid, "command": command}
    return int(ask(client, "POST", "message/custom/typing", body)["errcode"])


def test_a_picture_can_be_sent_for_three_days(client: FlaskClient, clock: Clock) -> None:
    media_id = upload(client, "image")["media_id"]
    clock.forward(days=2, hours=23)
    assert say(client, "image", {"media_id": media_id}) == 0
    clock.forward(hours=1)
    assert say(client, "image", {"media_id": media_id}) == 40007


def test_no_id_is_taken_that_was_not_given(client: FlaskClient) -> None:
    assert say(client, "image", {"media_id": "invented"}) == 40007
    assert say(client, "voice", {"media_id": upload(client, "image")["media_id"]}) == 40007


@pytest.mark.parametrize(
    ("kind", "content", "errcode"),
    [
        ("hologram", PICTURE, 40004),
        ("image", SOUND, 40005),
        ("thumb", b"GIF89a", 40005),
        ("voice", FILM, 40005),
        ("image", PICTURE + b"x" * 10 * 1024 * 1024, 40009),
        ("voice", SOUND + b"x" * 2 * 1024 * 1024, 40006),
        ("thumb", PICTURE + b"x" * 64 * 1024, 40006),
        ("video", b"", 40006),
    ],
)
def test_what_is_no_such_file_is_refused(
    client: FlaskClient, kind: str, content: bytes, errcode: int
) -> None:
    assert upload(client, kind, content)["errcode"] == errcode


def test_an_upload_without_a_file_is_refused(client: FlaskClient) -> None:
    path = f"/cgi-bin/media/upload?type=image&access_token={stable_token(client)}"
    assert client.post(path, data={"media": "no file"}).json["errcode"] == 41005
    assert client.post(path, data=io.BytesIO(b"raw")).json["errcode"] == 41005


def test_who_has_just_written_sees_that_we_type(client: FlaskClient, clock: Clock) -> None:
    assert typing(client, "Typing") == 45080
    assert typing(client, "Whistling") == 45072
    client.post(
        "/sandbox/act", json={"account": "demo-oa", "member": "小雨", "do": "text", "text": "在吗"}
    )
    assert typing(client, "Typing") == 0
    assert typing(client, "Typing") == 45081
    assert typing(client, "CancelTyping") == 0
    assert typing(client, "Typing") == 0
    clock.forward(seconds=31)
    assert typing(client, "Typing") == 45080
    assert typing(client, "Typing", LAOWANG) == 45080


def test_an_account_without_the_right_sends_nothing(tmp_path: Path) -> None:
    known = accounts()
    known["accounts"][0]["settings"] = {"customer_service": False}
    client = create_app(known, tmp_path / "state.db").test_client()
    has_written(client, XIAOYU)
    assert send_text(client, stable_token(client), XIAOYU, "hi") == 48001
    assert typing(client, "Typing") == 48001


def test_a_menu_is_there_until_it_is_deleted(client: FlaskClient) -> None:
    assert ask(client, "GET", "menu/get")["errcode"] == 46003
    assert ask(client, "POST", "menu/create", MENU)["errcode"] == 0
    kept = ask(client, "GET", "menu/get")["menu"]["button"]
    below = [{**one, "sub_button": []} for one in MENU["button"][1]["sub_button"]]
    assert kept == [
        {**MENU["button"][0], "sub_button": []},
        {**MENU["button"][1], "sub_button": below},
    ]
    assert ask(client, "GET", "menu/delete")["errcode"] == 0
    assert ask(client, "GET", "menu/get")["errcode"] == 46003


CLICK = {"type": "click", "name": "签到", "key": "K"}


@pytest.mark.parametrize(
    ("buttons", "errcode"),
    [
        ([], 40016),
        ([CLICK] * 4, 40016),
        ([{**CLICK, "name": "很长很长的名字"}], 40018),
        ([{**CLICK, "type": "dance"}], 40017),
        ([{**CLICK, "key": ""}], 40019),
        ([{"type": "view", "name": "商城"}], 40020),
        ([{"type": "miniprogram", "name": "小程序", "url": "https://x"}], 40035),
        ([{"name": "更多", "sub_button": [CLICK] * 6}], 40023),
        ([{"name": "更多", "sub_button": [{"name": "再多", "sub_button": [CLICK]}]}], 40022),
        ([{"name": "更多", "sub_button": [{**CLICK, "name": "字" * 21}]}], 40025),
    ],
)
def test_what_is_no_menu_is_refused(client: FlaskClient, buttons: Any, errcode: int) -> None:
    assert ask(client, "POST", "menu/create", {"button": buttons})["errcode"] == errcode
