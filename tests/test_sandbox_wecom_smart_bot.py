"""A smart bot is asked in sealed JSON, answers in a stream that is polled, and may speak once."""

import json
from pathlib import Path
from typing import Any

import pytest
from wechatpy.enterprise.crypto import WeChatCrypto

from bots.sandbox import create_app
from tests import wecom_world as world
from tests.sandbox_world import AES_KEY, PATIENT, TOKEN, Clock, Heard, sha1_of
from tests.wecom_world import AIBOT, Corp

CRYPTO = WeChatCrypto(TOKEN, AES_KEY, "")
ROOM = "wrInternal"


def opened(call: dict[str, Any]) -> dict[str, Any]:
    """What the bot was told, opened with wechatpy's crypto (which wants XML around it)."""
    query, encrypt = call["query"], json.loads(call["body"])["encrypt"]
    signed = (query["msg_signature"], query["timestamp"], query["nonce"])
    plain = CRYPTO.decrypt_message(f"<xml><Encrypt>{encrypt}</Encrypt></xml>", *signed)
    return dict(json.loads(plain))


def sealed(reply: dict[str, Any]) -> bytes:
    outer = CRYPTO.encrypt_message(json.dumps(reply), "nonce", "1700000000")
    encrypt = outer.split("<Encrypt><![CDATA[")[1].split("]]>")[0]
    signature = sha1_of(TOKEN, "1700000000", "nonce", encrypt)
    body = {"encrypt": encrypt, "msgsignature": signature, "timestamp": 1700000000}
    return json.dumps({**body, "nonce": "nonce"}).encode()


def stream(content: str, finish: bool, stream_id: str = "s-1") -> bytes:
    about = {"id": stream_id, "finish": finish, "content": content}
    return sealed({"msgtype": "stream", "stream": about})


@pytest.fixture
def bot(tmp_path: Path, heard_by_corp: Heard) -> Corp:
    known = world.accounts(heard_by_corp.url)
    app = create_app(known, tmp_path / "state.db", clock=Clock(), pace=PATIENT)
    return Corp(app.test_client())


def ask(bot: Corp, text: str, **more: Any) -> Any:
    asked = {"account": "bot", "member": "小雨", "do": "text", "text": text, **more}
    return bot.client.post("/sandbox/act", json=asked)


def poll(bot: Corp) -> dict[str, Any]:
    asked = {"account": "bot", "do": "poll"}
    return dict(bot.client.post("/sandbox/act", json=asked).json)


def test_a_finished_answer_is_recorded_at_once(bot: Corp, heard_by_corp: Heard) -> None:
    heard_by_corp.answer_to = lambda call: stream("周五直播", finish=True)
    assert ask(bot, "什么时候直播").json["delivered"] is True
    told = opened(heard_by_corp.calls[0])
    assert (told["aibotid"], told["chattype"], told["from"]) == (
        AIBOT,
        "single",
        {"userid": "xiaoyu"},
    )
    assert (told["msgtype"], told["text"]) == ("text", {"content": "什么时候直播"})
    assert [(one["recipient"], one["content"]) for one in bot.sent()] == [("xiaoyu", "周五直播")]


def test_an_answer_that_goes_on_is_polled_until_it_is_finished(
    bot: Corp, heard_by_corp: Heard
) -> None:
    answers = (stream("周", False), stream("周五", False), stream("周五直播", True))
    heard_by_corp.answer_to = lambda call: answers[min(len(heard_by_corp.calls), 3) - 1]
    ask(bot, "什么时候直播")
    assert bot.sent() == []
    while not bot.sent():
        poll(bot)
    assert [one["content"] for one in bot.sent("xiaoyu")] == ["周五直播"]
    again = opened(heard_by_corp.calls[-1])
    assert (again["msgtype"], again["stream"]) == ("stream", {"id": "s-1"})


def test_after_six_minutes_it_is_what_it_is(bot: Corp, heard_by_corp: Heard) -> None:
    heard_by_corp.answer_to = lambda call: stream("还在想", False)
    ask(bot, "什么时候直播")
    bot.later(359)
    poll(bot)
    assert bot.sent() == []
    bot.later(1)
    poll(bot)
    assert [one["content"] for one in bot.sent("xiaoyu")] == ["还在想"]


def test_in_a_group_it_hears_only_its_name(bot: Corp, heard_by_corp: Heard) -> None:
    heard_by_corp.answer_to = lambda call: stream("在", True)
    ask(bot, "大家好", room=ROOM)
    assert heard_by_corp.calls == []
    ask(bot, "@小四 在吗", room=ROOM)
    told = opened(heard_by_corp.calls[0])
    assert (told["chattype"], told["chatid"]) == ("group", ROOM)
    assert [one["content"] for one in bot.sent(ROOM)] == ["在"]


@pytest.mark.parametrize(("size", "status"), [(20_480, 200), (20_481, 409)])
def test_an_answer_has_its_length(bot: Corp, heard_by_corp: Heard, size: int, status: int) -> None:
    heard_by_corp.answer_to = lambda call: stream("x" * size, True)
    assert ask(bot, "讲个长故事").status_code == status


def test_nobody_waits_for_more_than_three_answers(bot: Corp, heard_by_corp: Heard) -> None:
    heard_by_corp.answer_to = lambda call: stream("…", False, str(len(heard_by_corp.calls)))
    assert [ask(bot, "在吗").status_code for _ in range(4)] == [200, 200, 200, 409]
    heard_by_corp.answer_to = lambda call: stream("在", True)
    poll(bot)


@pytest.mark.parametrize(("waits_s", "errcode"), [(3599, 0), (3600, 40058)])
def test_the_response_url_works_once_within_an_hour(
    bot: Corp, heard_by_corp: Heard, waits_s: int, errcode: int
) -> None:
    heard_by_corp.answer_to = lambda call: b""
    ask(bot, "在吗")
    path = opened(heard_by_corp.calls[0])["response_url"].split("localhost")[1]
    bot.later(waits_s)
    markdown = {"msgtype": "markdown", "markdown": {"content": "来了"}}
    assert bot.client.post(path, json=markdown).json["errcode"] == errcode
    assert bot.client.post(path, json=markdown).json["errcode"] == 40058
    assert len(bot.sent("xiaoyu")) == (errcode == 0)


def test_a_reply_that_does_not_open_is_no_reply(bot: Corp, heard_by_corp: Heard) -> None:
    heard_by_corp.answer_to = lambda call: b'{"encrypt": "x"}'
    assert ask(bot, "在吗").json["delivered"] is False
    assert bot.sent() == []


def test_entering_the_chat_is_answered_with_a_text(bot: Corp, heard_by_corp: Heard) -> None:
    hello = {"msgtype": "text", "text": {"content": "你好"}}
    heard_by_corp.answer_to = lambda call: sealed(hello)
    ask(bot, "", do="enter_chat")
    assert opened(heard_by_corp.calls[0])["event"] == {"eventtype": "enter_chat"}
    assert [one["content"] for one in bot.sent("xiaoyu")] == ["你好"]
