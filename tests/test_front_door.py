"""The front door: what is proved is kept once before it is answered; all else leaves no trace."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import requests
import sqlalchemy as sa

from app import start
from app.domain.people import channels
from app.domain.people.channels import Channel
from app.inbox import InboxConflict, InboxEvent
from tests.foreign_client import Delivery, OfficialAccount, as_xml
from tests.shop import GATEWAY, GROUPS, MINI, OA, OPENIDS, WECHAT
from tests.world import World

DOCTYPE = b'<!DOCTYPE xml [<!ENTITY a "aaaa">]><xml><FromUserName>&a;</FromUserName></xml>'


def text(world: World, said: str = "签到", message_id: int = 7) -> dict[str, Any]:
    return WECHAT.text(OPENIDS["小雨"], said, world.now, message_id)


def test_the_platform_gets_its_echo_back(world: World):
    query = WECHAT.verification("5413 <b>", world.now)
    answer = world.client.get(f"/callback/{OA}", query_string=query)
    assert (answer.status_code, answer.text, answer.mimetype) == (200, "5413 <b>", "text/plain")
    forged = query | {"signature": "0" * 40}
    assert world.client.get(f"/callback/{OA}", query_string=forged).status_code == 403
    assert world.client.get(f"/callback/{GROUPS}", query_string=query).status_code == 403


@pytest.mark.parametrize("form", ["xml", "json"])
def test_xml_and_json_are_heard_alike(world: World, form: str):
    world.deliver(WECHAT.seal(text(world), world.now, form))
    (event,) = world.rows(InboxEvent)
    assert (event.kind, event.text, event.sender) == ("text", "签到", OPENIDS["小雨"])
    assert event.happened_at == world.now
    assert event.received_at == world.now


def test_the_same_message_in_xml_and_then_in_json_is_one(world: World):
    for form in ("xml", "json"):
        world.deliver(WECHAT.seal(text(world), world.now, form))
    assert len(world.rows(InboxEvent)) == 1
    assert world.rows(InboxConflict) == []


def spoilt(world: World) -> dict[str, Delivery]:
    good = WECHAT.seal(text(world), world.now)
    elsewhere = OfficialAccount(appid="wx00000000000000ff").seal(text(world), world.now)
    corrupt = good.body.replace(b"<Encrypt><![CDATA[", b"<Encrypt><![CDATA[AAAA")
    unsigned = {name: value for name, value in good.query.items() if name != "msg_signature"}
    plain = {name: good.query[name] for name in ("signature", "timestamp", "nonce")}
    return {
        "bad signature": Delivery(good.query | {"msg_signature": "0" * 40}, {}, good.body),
        "signature that is no text": Delivery(good.query | {"msg_signature": "签"}, {}, good.body),
        "no signature": Delivery(unsigned, {}, good.body),
        "stale": WECHAT.seal(text(world), world.now - timedelta(seconds=301)),
        "from the future": WECHAT.seal(text(world), world.now + timedelta(seconds=301)),
        "corrupt ciphertext": Delivery(good.query, {}, corrupt),
        "another account's": elsewhere,
        "DOCTYPE outside": Delivery(good.query, {}, DOCTYPE),
        "DOCTYPE inside": WECHAT.seal_raw(DOCTYPE, world.now),
        "plaintext": Delivery(plain, {}, as_xml(text(world))),
        "nothing": Delivery(good.query, {}, b""),
        "no XML": Delivery(good.query, {}, b"\xff\xfe\x00<xml"),
    }


def test_what_cannot_be_proved_is_refused_alike_and_leaves_no_trace(world: World):
    answers = {name: world.post(delivery) for name, delivery in spoilt(world).items()}
    good = WECHAT.seal(text(world), world.now)
    answers["unknown channel"] = world.post(good, "no-such-channel")
    answers["channel without callbacks"] = world.post(good, MINI)
    signed = GATEWAY.sign(GATEWAY.message(("x", "x"), "签到", world.now), world.now)
    answers["gateway body changed"] = world.post(
        Delivery({}, signed.headers, signed.body + b" "), GROUPS
    )
    old = world.now - timedelta(seconds=301)
    stale = GATEWAY.sign(GATEWAY.message(("x", "x"), "签到", old), old)
    answers["gateway stale"] = world.post(stale, GROUPS)
    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(
        answers, 403
    )
    assert len({answer.data for answer in answers.values()}) == 1
    assert b"Traceback" not in answers["stale"].data
    assert world.rows(InboxEvent) == []


def test_sixty_four_kib_are_heard_and_a_byte_more_is_not(world: World):
    small = WECHAT.seal(text(world), world.now)
    room = 64 * 1024 - len(small.body)
    filled = small.body.replace(b"<ToUserName>", b" " * room + b"<ToUserName>")
    assert len(filled) == 64 * 1024
    over = Delivery(small.query, {}, filled + b" ")
    assert world.post(over).status_code == 413
    assert world.post(Delivery(small.query, {}, b"x" * 3_000_000)).status_code == 413
    assert world.rows(InboxEvent) == []
    world.deliver(Delivery(small.query, {}, filled))
    assert len(world.rows(InboxEvent)) == 1


def test_the_platform_repeating_itself_changes_nothing(world: World):
    for _ in range(3):  # sealed and signed anew, as the platform does
        world.deliver(WECHAT.seal(text(world), world.now))
        world.work()
    assert len(world.rows(InboxEvent)) == 1
    assert world.balance("小雨").points == 5
    assert len(world.heard("小雨")) == 1


def test_twenty_deliveries_of_one_message_at_once_are_one(world: World):
    deliveries = [WECHAT.seal(text(world), world.now) for _ in range(20)]
    answers: list[tuple[int, str]] = []

    def post(delivery: Delivery) -> None:
        answer = world.client.application.test_client().post(
            f"/callback/{OA}", query_string=delivery.query, data=delivery.body
        )
        answers.append((answer.status_code, answer.text))

    in_threads([lambda one=one: post(one) for one in deliveries])
    world.work()
    assert answers == [(200, "success")] * 20
    assert len(world.rows(InboxEvent)) == 1
    assert world.rows(InboxConflict) == []
    assert world.balance("小雨").points == 5
    assert len(world.heard("小雨")) == 1


def test_the_same_number_with_other_words_is_kept_as_a_conflict_without_effect(world: World):
    for said in ("签到", "积分", "积分"):
        world.deliver(WECHAT.seal(text(world, said), world.now))
    world.work()
    (event,) = world.rows(InboxEvent)
    (conflict,) = world.rows(InboxConflict)
    assert event.text == "签到"
    assert (conflict.key, conflict.fields["Content"]) == (event.key, "积分")
    assert len(world.heard("小雨")) == 1


def test_two_events_in_one_second_are_two(world: World):
    for key in ("sign_in", "help"):
        world.event("小雨", "CLICK", EventKey=key)
    assert len(world.rows(InboxEvent)) == 2


ODD = {
    "nul": "\x00签到",
    "half a pair": "签\ud800到",
    "no character": "\ufffe",
    "beyond the plane": "𝔸" * 500,
    "long": "x" * 20_000,
}


@pytest.mark.parametrize("said", ODD.values(), ids=ODD)
def test_whatever_a_member_types_is_kept_and_handled(world: World, said: str):
    world.deliver(WECHAT.seal(text(world, said), world.now, "json"))
    world.says("小雨", "帮助")
    world.work()
    assert all(event.handled_at for event in world.rows(InboxEvent))
    assert world.heard("小雨")[-1].startswith("我可以帮您")


def test_a_channel_in_plaintext_mode_does_not_start_unless_the_danger_is_named(world: World):
    with world.siyu.database.writing() as session:
        channel = world.channel(session)
        session.execute(
            sa.update(Channel).where(Channel.id == channel.id).values(callback_mode="plain")
        )
    with pytest.raises(start.CannotStart, match="SIYU_DANGER_ACCEPT_PLAINTEXT_CALLBACKS"):
        start.ready(world.siyu)
    allowed = world.siyu.settings.model_copy(update={"danger_accept_plaintext_callbacks": True})
    world.siyu.settings = allowed
    start.ready(world.siyu)


SERVE = """
import sys
from pathlib import Path
from werkzeug.serving import make_server
from app.web import create_app
from tests import shop
app = create_app(shop.wired(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
server = make_server("127.0.0.1", 0, app, threaded=True)
print(server.server_port, flush=True)
server.serve_forever()
"""


def test_what_was_answered_is_there_when_the_process_is_killed_at_once(
    world: World, database_url: str, redis_url: str, tmp_path: Path
):
    command = [sys.executable, "-c", SERVE, str(tmp_path), database_url, redis_url]
    for turn in range(3):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            port = server.stdout.readline().strip()
            now = datetime.now(UTC)
            delivery = WECHAT.seal(WECHAT.text(OPENIDS["小雨"], "签到", now, turn + 1), now)
            answer = requests.post(
                f"http://127.0.0.1:{port}/callback/{OA}",
                params=delivery.query,
                data=delivery.body,
                timeout=10,
            )
            os.kill(server.pid, signal.SIGKILL)
        assert answer.text == "success"
        assert len(world.rows(InboxEvent)) == turn + 1


def in_threads(acts: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=act) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def published() -> list[dict[str, Any]]:
    vectors = json.loads((Path(__file__).parent / "vectors" / "wechat.json").read_text())
    return [one for one in vectors if one["kind"] == "decrypt" and one["format"] == "xml"]


@pytest.mark.parametrize("vector", published(), ids=lambda one: one["id"])
def test_published_callbacks_are_heard_through_the_door(world: World, vector: dict[str, Any]):
    """Known answers from other projects: their keys, their signatures, at their time."""
    with world.siyu.database.writing() as session:
        channels.add(
            session,
            key="foreign",
            kind="official_account",
            name="foreign",
            appid=vector["receiveid"],
            api_base_url="http://127.0.0.1:1",
            secrets={"token": vector["token"], "secret": "s"}
            | {"encoding_aes_key": vector["encoding_aes_key"]},
            vault=world.siyu.vault,
            now=world.now,
        )
    query = {name: vector[name] for name in ("timestamp", "nonce", "msg_signature")}
    body = f"<xml><ToUserName/><Encrypt>{vector['encrypt']}</Encrypt></xml>".encode()
    delivery = Delivery(body=body, query=query | {"encrypt_type": "aes"}, headers={})
    assert world.post(delivery, "foreign").status_code == 403, "it is years old by our clock"
    world.now = datetime.fromtimestamp(int(vector["timestamp"]), UTC)
    world.deliver(delivery, "foreign")
    (event,) = world.rows(InboxEvent)
    said = ElementTree.fromstring(vector["plaintext"])
    assert event.text == said.findtext("Content")
    assert event.sender == said.findtext("FromUserName")
    assert event.fields["MsgId"] == said.findtext("MsgId")
