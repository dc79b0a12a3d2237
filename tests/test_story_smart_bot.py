"""Stories of staff who ask the smart bot: sealed JSON in, a stream that opens, polls until it is
finished, and one post to the address of the message when nobody polls any more."""

import base64
import hashlib
import json
import os
import struct
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from app.domain.people import channels, members
from app.domain.people.channels import Kind
from app.domain.people.members import Member
from app.inbox import InboxEvent
from app.outbox import OutboxMessage
from tests import kf_world
from tests.foreign_client import Delivery
from tests.kf_world import WECOM, KfWorld

BOT, AIBOT = "demo-bot", "aibApril"
RESPONSE = "/cgi-bin/aibot/response"
KEY = base64.b64decode(WECOM.encoding_aes_key + "=")


def sha1(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


class Asker:
    """A WeCom of its own, which shares no code with ours."""

    def __init__(self, world: KfWorld):
        self.world = world

    def post(self, fields: dict[str, Any], msgid: str = "M1") -> dict[str, Any]:
        """Delivers a message or a poll; returns what the answer says."""
        common = {"msgid": msgid, "aibotid": AIBOT, "chattype": "single"}
        url = f"{self.world.kf.scripted.url}{RESPONSE}?response_code=R"
        common |= {"from": {"userid": "xiaowang"}, "response_url": url}
        answer = self.world.post(self.sealed(common | fields), BOT)
        assert answer.status_code == 200
        return self.opened(answer.get_json()) if answer.text else {}

    def asks(self, text: str, msgid: str = "M1") -> dict[str, Any]:
        return self.post({"msgtype": "text", "text": {"content": text}}, msgid)

    def polls(self, stream: str) -> dict[str, Any]:
        return self.post({"msgtype": "stream", "stream": {"id": stream}}, "poll")

    def sealed(self, fields: dict[str, Any]) -> Delivery:
        plain = json.dumps(fields, ensure_ascii=False).encode()
        whole = os.urandom(16) + struct.pack(">I", len(plain)) + plain
        padding = 32 - len(whole) % 32
        cipher = Cipher(algorithms.AES(KEY), modes.CBC(KEY[:16])).encryptor()
        sealed = cipher.update(whole + bytes([padding]) * padding) + cipher.finalize()
        encrypt = base64.b64encode(sealed).decode()
        timestamp, nonce = str(int(self.world.now.timestamp())), "n1"
        query = {"timestamp": timestamp, "nonce": nonce}
        query |= {"msg_signature": sha1(WECOM.token, timestamp, nonce, encrypt)}
        return Delivery(query, {}, json.dumps({"encrypt": encrypt}).encode())

    def opened(self, answer: dict[str, str]) -> dict[str, Any]:
        assert set(answer) == {"encrypt", "msgsignature", "timestamp", "nonce"}
        signed = sha1(WECOM.token, answer["timestamp"], answer["nonce"], answer["encrypt"])
        assert answer["msgsignature"] == signed
        cipher = Cipher(algorithms.AES(KEY), modes.CBC(KEY[:16])).decryptor()
        whole = cipher.update(base64.b64decode(answer["encrypt"])) + cipher.finalize()
        whole = whole[: -whole[-1]]
        end = 20 + int.from_bytes(whole[16:20], "big")
        assert whole[end:] == b"", "the platform writes no id into a bot's envelopes"
        plain = json.loads(whole[20:end])
        assert plain["msgtype"] == "stream"
        return dict(plain["stream"])


@pytest.fixture
def world(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[KfWorld]:
    with kf_world.opened(tmp_path, database_url, redis_url) as opened:
        opened.kf.scripted.answers[RESPONSE] = [{"errcode": 0, "errmsg": "ok"}]
        with opened.siyu.database.writing() as session:
            channels.add(
                session,
                key=BOT,
                kind=Kind.SMART_BOT,
                name="小四",
                appid=AIBOT,
                api_base_url=opened.kf.scripted.url,
                secrets={"token": WECOM.token, "encoding_aes_key": WECOM.encoding_aes_key},
                vault=opened.siyu.vault,
                now=opened.now,
            )
        yield opened


@pytest.fixture
def asker(world: KfWorld) -> Asker:
    return Asker(world)


def test_a_question_opens_a_stream_and_polls_bring_the_answer(world: KfWorld, asker: Asker):
    world.says("小雨", "签到")
    world.work()
    opened = asker.asks("今日数据")
    assert opened == {"id": "M1", "finish": False, "content": ""}
    assert asker.polls("M1")["finish"] is False
    world.work()
    answer = asker.polls("M1")
    assert answer["finish"] is True
    assert "签到：1" in answer["content"]
    assert asker.polls("M1") == answer, "however often it is asked for"


def test_the_same_message_twice_is_one_question(world: KfWorld, asker: Asker):
    assert asker.asks("今日数据") == asker.asks("今日数据")
    world.work()
    assert len(world.rows(InboxEvent, InboxEvent.kind == "bot.text")) == 1
    assert len(world.rows(OutboxMessage, OutboxMessage.rule == "smart_bot")) == 1


def test_a_member_is_looked_up_by_name_and_staff_become_no_members(world: KfWorld, asker: Asker):
    world.says("小雨", "头发总是很油")
    world.says("小雨", "签到")
    world.work()
    with world.siyu.database.writing() as session:
        (member,) = session.query(Member).all()
        members.get(session, member.id).nickname = "小雨"
    asker.asks("@小四 查 小雨")
    asker.asks("查 老李", "M2")
    world.work()
    assert "积分：5" in asker.polls("M1")["content"]
    assert "油性发质" in asker.polls("M1")["content"]
    assert "没有昵称为「老李」" in asker.polls("M2")["content"]
    assert len(world.rows(Member)) == 1


@pytest.mark.parametrize(
    "message",
    [
        {
            "msgtype": "mixed",
            "mixed": {
                "msg_item": [
                    {"msgtype": "text", "text": {"content": "昨日数据"}},
                    {"msgtype": "image", "image": {"url": "https://a.example"}},
                ]
            },
        },
        {"msgtype": "voice", "voice": {"content": "昨日数据"}},
    ],
)
def test_what_is_spoken_or_comes_with_pictures_is_understood(
    world: KfWorld, asker: Asker, message: dict[str, Any]
):
    asker.post(message)
    world.work()
    assert "11 月 1 日" in asker.polls("M1")["content"]


def test_when_nobody_polls_any_more_it_is_posted_once(world: KfWorld, asker: Asker):
    asker.asks("帮助")
    world.work()
    assert world.kf.scripted.calls_to(RESPONSE) == []
    world.now += timedelta(minutes=8)
    world.work()
    world.work()
    (posted,) = world.kf.scripted.calls_to(RESPONSE)
    assert posted.query == {"response_code": "R"}
    assert "今日数据" in posted.json["markdown"]["content"]


def test_what_was_fetched_is_not_posted_as_well(world: KfWorld, asker: Asker):
    asker.asks("帮助")
    world.work()
    asker.polls("M1")
    world.now += timedelta(minutes=8)
    world.work()
    assert world.kf.scripted.calls_to(RESPONSE) == []


def test_an_address_elsewhere_is_never_called(world: KfWorld, asker: Asker):
    elsewhere = "http://169.254.169.254/latest"
    asker.post({"msgtype": "text", "text": {"content": "帮助"}, "response_url": elsewhere})
    world.work()
    world.now += timedelta(minutes=8)
    world.work()
    (said,) = world.rows(OutboxMessage, OutboxMessage.rule == "smart_bot")
    assert (said.state, said.reason) == ("failed", "response_url_elsewhere")


def test_entering_the_chat_awaits_no_answer(world: KfWorld, asker: Asker):
    entered = {"msgtype": "event", "event": {"eventtype": "enter_chat"}}
    assert asker.post(entered) == {}
    world.work()
    assert len(world.rows(InboxEvent, InboxEvent.kind == "bot.event")) == 1


def test_a_stream_nobody_knows_is_finished(asker: Asker):
    assert asker.polls("never asked")["finish"] is True


def test_a_forgery_is_refused_and_leaves_nothing(world: KfWorld, asker: Asker):
    delivery = asker.sealed({"msgtype": "text", "msgid": "M9", "aibotid": AIBOT})
    spoilt = Delivery({**delivery.query, "msg_signature": "0" * 40}, {}, delivery.body)
    assert world.post(spoilt, BOT).status_code == 403
    for_another = asker.sealed({"msgtype": "text", "msgid": "M9", "aibotid": "another"})
    assert world.post(for_another, BOT).status_code == 403
    assert world.rows(InboxEvent) == []
