"""What is said in customer groups is in the session archive, and nowhere else."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bots.sandbox import create_app
from bots.sandbox.wecom import limits
from tests import wecom_world as world
from tests.sandbox_world import PATIENT, Clock, Heard
from tests.wecom_world import CHAT, CORPID, LAOWANG, SECRET, XIAOYU, Corp, told

DAY_S = 86_400
PRIVATE_KEY = rsa.generate_private_key(65_537, 2048)
PUBLIC_PEM = PRIVATE_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.fixture
def corp(tmp_path: Path, heard_by_corp: Heard) -> Corp:
    key = {"archive_public_key": PUBLIC_PEM.decode(), "archive_public_key_version": 3}
    known = world.accounts(heard_by_corp.url, **key)
    app = create_app(known, tmp_path / "state.db", clock=Clock(), pace=PATIENT)
    return Corp(app.test_client())


def feed(corp: Corp, **more: Any) -> dict[str, Any]:
    asked = {"corpid": CORPID, "secret": SECRET, "seq": 0, "limit": 100, **more}
    return dict(corp.client.post("/sandbox/archive", json=asked).json)


def opened(entry: dict[str, Any]) -> dict[str, Any]:
    """By the private key and the documented layer, with no code of the sandbox."""
    random_key = base64.b64decode(entry["encrypt_random_key"])
    key = PRIVATE_KEY.decrypt(random_key, padding.PKCS1v15())
    sealed = base64.b64decode(entry["encrypt_chat_msg"])
    return dict(json.loads(AESGCM(key).decrypt(sealed[:12], sealed[12:], None)))


def test_group_talk_is_archived_sealed_with_the_public_key(
    corp: Corp, heard_by_corp: Heard
) -> None:
    corp.act("text", "老王", room=CHAT, text="今天有券吗")
    assert told(heard_by_corp)["Event"] == "msgaudit_notify"
    (entry,) = feed(corp)["chatdata"]
    assert (entry["publickey_ver"], entry["msgid"].endswith("_external")) == (3, True)
    message = opened(entry)
    assert (message["from"], message["roomid"], message["action"]) == (LAOWANG, CHAT, "send")
    assert (message["msgtype"], message["text"]) == ("text", {"content": "今天有券吗"})
    assert set(message["tolist"]) == {"xiaowang", "lili"}


def test_the_app_is_told_of_news_once_in_fifteen_seconds(corp: Corp, heard_by_corp: Heard) -> None:
    for _ in range(3):
        corp.act("text", "老王", room=CHAT, text="在吗")
    assert len(heard_by_corp.calls) == 1
    corp.later(15)
    corp.act("text", "老王", room=CHAT, text="在吗")
    assert len(heard_by_corp.calls) == 2
    assert len(feed(corp)["chatdata"]) == 4


def test_the_feed_goes_on_after_a_seq_and_keeps_five_days(corp: Corp) -> None:
    for word in ("一", "二", "三"):
        corp.act("text", "老王", room=CHAT, text=word)
    first = feed(corp, limit=2)["chatdata"]
    rest = feed(corp, seq=first[-1]["seq"])["chatdata"]
    assert [opened(one)["text"]["content"] for one in (*first, *rest)] == ["一", "二", "三"]
    corp.later(5 * DAY_S)
    assert feed(corp)["chatdata"] == []


@pytest.mark.parametrize(
    ("wrong", "errcode"),
    [
        ({"limit": 1001}, 40058),
        ({"limit": 1000}, 0),
        ({"corpid": "ww-x"}, 40013),
        ({"secret": "x"}, 40001),
    ],
)
def test_the_feed_has_its_limits(corp: Corp, wrong: dict[str, Any], errcode: int) -> None:
    assert feed(corp, **wrong)["errcode"] == errcode


def test_four_thousand_reads_are_a_minutes_worth(corp: Corp) -> None:
    feed(corp)
    with corp.client.application.extensions["sandbox"].store.writing() as db:
        db.execute("UPDATE wecom_archive_calls SET times = ?", (limits.ARCHIVE_CALLS_A_MINUTE - 1,))
    assert [feed(corp)["errcode"] for _ in range(2)] == [0, 45009]


def test_who_disagrees_silences_the_archive_of_her_group(corp: Corp) -> None:
    corp.act("disagree", "老王")
    corp.act("text", "老王", room=CHAT, text="别存")
    assert feed(corp)["chatdata"] == []
    state = corp.post("msgaudit/check_room_agree", roomid=CHAT)["agreeinfo"]
    assert [(one["exteranalopenid"], one["agree_status"]) for one in state] == [
        (LAOWANG, "Disagree")
    ]
    corp.act("agree", "老王")
    corp.act("text", "老王", room=CHAT, text="可以")
    assert [opened(one)["text"]["content"] for one in feed(corp)["chatdata"]] == ["可以"]


def test_private_talk_is_archived_and_ends_the_welcome(corp: Corp) -> None:
    code = corp.act("add", "小雨", staff="xiaowang")["welcome_code"]
    corp.act("text", "小雨", staff="xiaowang", text="你好")
    welcome = {"welcome_code": code, "text": {"content": "欢迎"}}
    assert corp.contact("send_welcome_msg", **welcome)["errcode"] == 41051
    asked = [{"userid": "xiaowang", "exteranalopenid": XIAOYU}]
    agreed = corp.post("msgaudit/check_single_agree", info=asked)["agreeinfo"]
    assert [one["agree_status"] for one in agreed] == ["Default_Agree"]
    corp.act("staff_text", "小雨", staff="xiaowang", text="您好")
    speakers = [opened(one)["from"] for one in feed(corp)["chatdata"]]
    assert speakers == [XIAOYU, "xiaowang"]
    assert corp.post("msgaudit/get_permit_user_list")["ids"] == ["xiaowang", "lili", "caiwu"]


def test_who_agrees_is_told_of_with_a_welcome_code(corp: Corp, heard_by_corp: Heard) -> None:
    corp.act("add", "小雨", staff="xiaowang")
    corp.act("agree", "小雨")
    event = told(heard_by_corp)
    assert (event["ChangeType"], event["UserID"]) == ("msg_audit_approved", "xiaowang")
    welcome = {"welcome_code": event["WelcomeCode"], "text": {"content": "欢迎"}}
    assert corp.contact("send_welcome_msg", **welcome)["errcode"] == 0


def test_without_a_seat_there_is_no_archive(tmp_path: Path) -> None:
    app = create_app(world.accounts(), tmp_path / "state.db", pace=PATIENT)
    corp = Corp(app.test_client())
    corp.act("text", "老王", room=CHAT, text="你好")
    assert feed(corp)["errcode"] == 301042
    assert corp.post("msgaudit/get_permit_user_list")["errcode"] == 301042
