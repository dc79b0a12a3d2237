"""What the sandbox tells an official account's server, checked by a server that shares no code
with it."""

import json
import sqlite3
import threading
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient

from bots.sandbox import create_app
from bots.sandbox.crypto import Envelope
from bots.sandbox.deliveries import Pace
from tests.sandbox_world import (
    AES_KEY,
    APPID,
    LAOWANG,
    ORIGINAL_ID,
    PATIENT,
    TOKEN,
    XIAOYU,
    Heard,
    accounts,
    listening,
    plain_fields,
    stable_token,
)

OK = (200, b"success", 0.0)


def told(call: dict[str, Any]) -> dict[str, str]:
    root = ElementTree.fromstring(plain_fields(call))
    return {field.tag: field.text or "" for field in root}


def phone(state: Path, heard: Heard, wire_format: str = "xml", pace: Pace = PATIENT) -> FlaskClient:
    return create_app(accounts(heard.url, wire_format), state, pace=pace).test_client()


def act(client: FlaskClient, do: str, member: str = "小雨", **more: Any) -> dict[str, Any]:
    asked = {"account": "demo-oa", "member": member, "do": do, **more}
    answer: dict[str, Any] = client.post("/sandbox/act", json=asked).json
    return answer


def reply_to(call: dict[str, Any], inner: str, **changed: str) -> bytes:
    names = {"to": told(call)["FromUserName"], "sender": ORIGINAL_ID, "appid": APPID, **changed}
    plain = (
        f"<xml><ToUserName>{names['to']}</ToUserName><FromUserName>{names['sender']}"
        f"</FromUserName><CreateTime>1</CreateTime>{inner}</xml>"
    )
    envelope = Envelope(TOKEN, AES_KEY, names["appid"])
    encrypt, signed = envelope.seal(plain.encode(), timestamp="1", nonce="2")
    return (
        f"<xml><Encrypt>{encrypt}</Encrypt><MsgSignature>{signed}</MsgSignature>"
        f"<TimeStamp>1</TimeStamp><Nonce>2</Nonce></xml>"
    ).encode()


TEXT = "<MsgType>text</MsgType><Content><![CDATA[你好 <b>&]]></Content>"


def test_a_member_is_heard_from_scan_to_goodbye(tmp_path: Path) -> None:
    with listening(Heard()) as heard:
        client = phone(tmp_path / "s.db", heard)
        act(client, "scan", member="阿芳", scene="store_01")
        act(client, "scan", member="阿芳", scene="store_02")
        said = act(client, "text", member="阿芳", text="今天有什么 ]]> 优惠 😀\x07")
        act(client, "click", member="阿芳", key="sign_in")
        act(client, "menu_view", member="阿芳", key="http://x/y?a=1&b=2")
        for do in ("image", "voice", "location"):
            act(client, do, member="阿芳")
        act(client, "unsubscribe", member="阿芳")
        act(client, "subscribe", member="阿芳")
    assert said == {"delivered": True, "tries": 1, "answer": "success"}
    fields = [told(call) for call in heard.calls]
    assert {one["FromUserName"] for one in fields} == {"oAfang"}
    assert {one["ToUserName"] for one in fields} == {ORIGINAL_ID}
    assert [one.get("Event", one["MsgType"]) for one in fields] == [
        *("subscribe", "SCAN", "text", "CLICK", "VIEW"),
        *("image", "voice", "location", "unsubscribe", "subscribe"),
    ]
    keys = [one.get("EventKey") for one in fields]
    assert keys[:2] == ["qrscene_store_01", "store_02"]
    assert keys[3:5] == ["sign_in", "http://x/y?a=1&b=2"]
    assert fields[2]["Content"] == "今天有什么 ]]> 优惠 😀"
    assert int(fields[2]["MsgId"]) > 2**53
    assert fields[0]["Ticket"] != fields[1]["Ticket"]


def test_an_account_in_json_format_is_told_in_json(tmp_path: Path) -> None:
    with listening(Heard()) as heard:
        act(phone(tmp_path / "s.db", heard, "json"), "text", text="你好")
    said = json.loads(plain_fields(heard.calls[0]))
    assert (said["Content"], said["FromUserName"]) == ("你好", XIAOYU)
    assert isinstance(said["MsgId"], int)
    assert isinstance(said["CreateTime"], int)


@pytest.mark.parametrize(
    "bad",
    [
        (500, b"success", 0.0),
        (200, b"OK", 0.0),
        (200, b'{"code":0}', 0.0),
        (200, b"<!DOCTYPE x><xml><Encrypt>1</Encrypt></xml>", 0.0),
    ],
    ids=["status", "word", "json", "doctype"],
)
def test_a_bad_answer_is_tried_again_with_a_new_signature_and_the_same_message(
    tmp_path: Path, bad: tuple[int, bytes, float]
) -> None:
    with listening(Heard(bad, bad, OK)) as heard:
        answer = act(phone(tmp_path / "s.db", heard), "text", text="在吗")
    assert answer == {"delivered": True, "tries": 3, "answer": "success"}
    assert len({call["query"]["nonce"] for call in heard.calls}) == 3
    assert len({plain_fields(call) for call in heard.calls}) == 1


def test_a_late_answer_is_none(tmp_path: Path) -> None:
    with listening(Heard((200, b"success", 0.6))) as heard:
        answer = act(phone(tmp_path / "s.db", heard, pace=Pace(0.2, 0.2)), "text", text="在吗")
    assert (answer["delivered"], answer["tries"], len(heard.calls)) == (False, 3, 3)


def test_after_three_tries_the_platform_gives_up(tmp_path: Path) -> None:
    with listening(Heard((403, b"", 0.0))) as heard:
        client = phone(tmp_path / "s.db", heard)
        answer = act(client, "text", text="在吗")
        shown = client.get("/sandbox/chat?account=demo-oa&member=小雨").json["bubbles"]
    assert (answer["delivered"], answer["tries"], len(heard.calls)) == (False, 3, 3)
    assert (shown[0]["delivered"], shown[0]["tries"]) == (False, 3)
    assert "403" in shown[0]["answer"]


def test_nobody_listening_is_three_tries_too(tmp_path: Path) -> None:
    client = create_app(accounts(), tmp_path / "s.db", pace=PATIENT).test_client()
    answer = act(client, "text", text="在吗")
    assert (answer["delivered"], answer["tries"]) == (False, 3)


def test_an_encrypted_reply_is_checked_and_kept_as_sent(tmp_path: Path) -> None:
    with listening(Heard()) as heard:
        heard.answer_to = lambda call: reply_to(call, TEXT)
        client = phone(tmp_path / "s.db", heard)
        answer = act(client, "text", text="你好")
    assert (answer["delivered"], answer["answer"]) == (True, "reply")
    assert answer["reply"]["Content"] == "你好 <b>&"
    (entry,) = client.get(f"/sandbox/sent?recipient={XIAOYU}").json
    assert (entry["api"], entry["kind"], entry["content"]) == ("passive", "text", "你好 <b>&")


def test_an_article_in_a_reply_is_kept_like_one_that_was_sent(tmp_path: Path) -> None:
    item = "<item><Title>会员日</Title><Description>八折</Description><Url>http://x</Url></item>"
    inner = f"<MsgType>news</MsgType><ArticleCount>1</ArticleCount><Articles>{item}</Articles>"
    with listening(Heard()) as heard:
        heard.answer_to = lambda call: reply_to(call, inner)
        client = phone(tmp_path / "s.db", heard)
        act(client, "text", text="你好")
    (entry,) = client.get("/sandbox/sent").json
    article = {"title": "会员日", "description": "八折", "url": "http://x"}
    assert entry["content"] == {"articles": [article]}


@pytest.mark.parametrize(
    "wrong", [{"to": LAOWANG}, {"sender": "gh_other"}, {"appid": "wxother"}], ids=str
)
def test_a_reply_that_is_not_for_this_member_from_this_account_is_refused(
    tmp_path: Path, wrong: dict[str, str]
) -> None:
    with listening(Heard()) as heard:
        heard.answer_to = lambda call: reply_to(call, TEXT, **wrong)
        client = phone(tmp_path / "s.db", heard)
        assert act(client, "text", text="你好")["delivered"] is False
        assert client.get("/sandbox/sent").json == []


def test_a_code_made_through_the_api_is_scanned_by_its_ticket(tmp_path: Path) -> None:
    scene = {"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": "门店"}}}
    with listening(Heard()) as heard:
        client = phone(tmp_path / "s.db", heard)
        token = stable_token(client)
        made = client.post(f"/cgi-bin/qrcode/create?access_token={token}", json=scene).json
        page = client.get(f"/cgi-bin/showqrcode?ticket={made['ticket']}", headers={"Accept": "*/*"})
        act(client, "scan", ticket=made["ticket"])
        act(client, "scan", scene="门店")
        assert "error" in act(client, "scan", ticket="nonsense")
    assert page.mimetype == "image/svg+xml"
    fields = [told(call) for call in heard.calls]
    assert [one["EventKey"] for one in fields] == ["门店", "门店"]
    assert {one["Ticket"] for one in fields} == {made["ticket"]}


def test_the_callback_url_is_verified_with_an_echo(tmp_path: Path) -> None:
    with listening(Heard()) as heard:
        client = phone(tmp_path / "s.db", heard)
        asked = {"account": "demo-oa"}
        assert client.post("/sandbox/verify", json=asked).json == {"verified": True}


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"do": "text", "text": ""}, 409),
        ({"do": "scan"}, 409),
        ({"do": "dance"}, 409),
        ({"do": "text", "text": "x", "member": "没有这个人"}, 409),
        ({"do": "text", "text": "x", "member": "阿芳"}, 409),
        ({"do": "text", "text": "x", "account": "nowhere"}, 404),
    ],
)
def test_what_no_phone_could_do_is_not_delivered(
    tmp_path: Path, asked: dict[str, str], status: int
) -> None:
    with listening(Heard()) as heard:
        client = phone(tmp_path / "s.db", heard)
        body = {"account": "demo-oa", "member": "小雨", **asked}
        assert client.post("/sandbox/act", json=body).status_code == status
    assert heard.calls == []


def test_strangers_can_act_by_their_openid(tmp_path: Path) -> None:
    with listening(Heard()) as heard:
        act(phone(tmp_path / "s.db", heard), "text", member="oStranger_1", text="hi")
    assert told(heard.calls[0])["FromUserName"] == "oStranger_1"


def test_what_is_said_is_on_disk_before_it_is_told(tmp_path: Path) -> None:
    found: list[int] = []

    def look(call: dict[str, Any]) -> bytes:
        with sqlite3.connect(tmp_path / "s.db") as db:
            found.extend(db.execute("SELECT count(*) FROM said").fetchone())
        db.close()
        return b"success"

    with listening(Heard()) as heard:
        heard.answer_to = look
        act(phone(tmp_path / "s.db", heard), "text", text="hi")
    assert found == [1]


def test_many_members_at_once_are_all_delivered_and_all_noted(tmp_path: Path) -> None:
    with listening(Heard()) as heard:
        app = phone(tmp_path / "s.db", heard).application
        outcomes: list[dict[str, Any]] = []

        def chat(number: int) -> None:
            client = app.test_client()
            outcomes.extend(act(client, "text", member=f"o{number}", text="x") for _ in range(5))

        threads = [threading.Thread(target=chat, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(outcomes) == 40
    assert all(outcome["delivered"] for outcome in outcomes)
    keys = {(told(call)["FromUserName"], told(call)["MsgId"]) for call in heard.calls}
    assert len(keys) == 40
