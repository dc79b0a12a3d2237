"""Group chats in and out through a gateway, signed both ways."""

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bots import wire
from bots.group_gateway import Account, BadCredentials, Client, hear, signature
from bots.messages import NotGenuine, Outcome, Outgoing, TooLarge
from tests.scripted_platform import ScriptedPlatform, never, status

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
ACCOUNT = Account(key="groups", appid="bot-1", secret="gateway-secret")
SAID = {
    "gateway": "sim",
    "account_id": "bot-1",
    "room_id": "room-1@chatroom",
    "room_name": "黄金群",
    "sender_id": "wxid_1",
    "sender_name": "小林",
    "msg_id": "7773749793478223190",
    "type": "text",
    "text": "签到 😀",
    "mentions": ["wxid_bot"],
    "is_at_me": True,
    "is_self": False,
    "quote": None,
    "ts": int(NOW.timestamp()),
    "raw": {},
}
PATH = "/gateway/messages"


def delivered(fields=SAID, *, at=NOW, secret="gateway-secret", body=None):
    body = json.dumps(fields, ensure_ascii=False).encode() if body is None else body
    timestamp = str(int(at.timestamp()))
    headers = {
        "X-Gateway-Timestamp": timestamp,
        "X-Gateway-Nonce": "n",
        "X-Gateway-Signature": signature(secret, timestamp, "n", body),
    }
    return headers, body


def heard(fields):
    return hear(ACCOUNT, *delivered(fields), now=NOW)


def test_a_group_message_says_who_what_where_and_when():
    received = heard(SAID)
    assert (received.key, received.kind, received.sender, received.room) == (
        "message:room-1@chatroom:7773749793478223190",
        "text",
        "wxid_1",
        "room-1@chatroom",
    )
    assert received.happened_at == NOW
    assert received.text == "签到 😀"
    assert (received.fields["RoomName"], received.fields["SenderName"]) == ("黄金群", "小林")
    assert (received.fields["is_at_me"], received.fields["mentions"]) == ("true", ["wxid_bot"])


def test_a_private_message_has_no_room():
    received = heard({**SAID, "room_id": "", "room_name": ""})
    assert (received.room, received.key) == (None, "message:-:7773749793478223190")


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("join", "event.join"),
        ("leave", "event.leave"),
        ("image", "image"),
        ("recall", "recall"),
        ("hologram", "hologram"),
    ],
)
def test_joining_and_leaving_are_events(said, kind):
    assert heard({**SAID, "type": said}).kind == kind


def test_headers_may_come_in_any_case():
    headers, body = delivered()
    lowered = {name.lower(): value for name, value in headers.items()}
    assert hear(ACCOUNT, lowered, body, now=NOW) == heard(SAID)


def test_an_unsigned_word_changes_everything():
    headers, body = delivered()
    with pytest.raises(NotGenuine):
        hear(ACCOUNT, headers, body.replace("签到".encode(), "积分".encode()), now=NOW)


@pytest.mark.parametrize("name", ["X-Gateway-Timestamp", "X-Gateway-Nonce", "X-Gateway-Signature"])
@pytest.mark.parametrize("other", ["", "x", "\ud800", "9" * 400])
def test_a_missing_or_garbled_header_is_not_genuine(name, other):
    headers, body = delivered()
    with pytest.raises(NotGenuine):
        hear(ACCOUNT, {**headers, name: other}, body, now=NOW)


@pytest.mark.parametrize(
    "delivery",
    [
        delivered(secret="another"),
        delivered(at=NOW - timedelta(seconds=301)),
        delivered(at=NOW + timedelta(seconds=301)),
        delivered({**SAID, "account_id": "bot-2"}),
        delivered(body=b'{"type": "text", "type": "join"}'),
    ],
)
def test_what_is_not_ours_or_not_recent_is_not_genuine(delivery):
    with pytest.raises(NotGenuine):
        hear(ACCOUNT, *delivery, now=NOW)


def test_64_kib_is_the_limit():
    with pytest.raises(TooLarge):
        hear(ACCOUNT, *delivered(body=b" " * 65_537), now=NOW)


@pytest.mark.parametrize("fields", [{**SAID, "type": ""}, {**SAID, "sender_id": ["a"]}])
def test_what_is_genuine_but_not_understood_is_kept(fields):
    assert heard(fields).kind == "unreadable"
    assert heard(fields).key == heard(fields).key


def test_signed_mutations_raise_nothing_but_not_genuine():
    chance, kinds = random.Random(7), set()
    body = json.dumps(SAID, ensure_ascii=False).encode()
    for _ in range(1_000):
        at = chance.randrange(len(body))
        changed = body[:at] + chance.randbytes(chance.randint(0, 3)) + body[at + 1 :]
        try:
            kinds.add(hear(ACCOUNT, *delivered(body=changed), now=NOW).kind)
        except NotGenuine:
            kinds.add("refused")
    assert {"text", "unreadable", "refused"} <= kinds


def test_an_account_without_a_secret_hears_and_says_nothing():
    nobody = replace(ACCOUNT, secret="")
    with pytest.raises(BadCredentials):
        hear(nobody, *delivered(), now=NOW)
    assert Client(nobody).send(HELLO).outcome is Outcome.MISCONFIGURED


HELLO = Outgoing(
    key="step-1", recipient="room-1@chatroom", kind="text", content={"text": "早"}, to_group=True
)


@pytest.fixture
def gateway() -> Iterator[ScriptedPlatform]:
    with ScriptedPlatform() as gateway:
        gateway.answers[PATH] = [{"errcode": 0, "errmsg": "ok", "msg_id": "m-1"}]
        yield gateway


@pytest.fixture
def client(gateway) -> Client:
    return Client(replace(ACCOUNT, api_base_url=gateway.url))


@pytest.mark.parametrize(("to_group", "whom"), [(True, "room_id"), (False, "sender_id")])
def test_a_message_goes_out_signed_and_with_its_key(client, gateway, to_group, whom):
    answer = client.send(replace(HELLO, to_group=to_group))
    assert (answer.outcome, answer.platform_id) == (Outcome.ACCEPTED, "m-1")
    [call] = gateway.calls
    assert call.json == {
        "account_id": "bot-1",
        whom: "room-1@chatroom",
        "kind": "text",
        "content": {"text": "早"},
        "idempotency_key": "step-1",
    }
    assert call.headers["x-gateway-signature"] == signature(
        "gateway-secret",
        call.headers["x-gateway-timestamp"],
        call.headers["x-gateway-nonce"],
        call.body,
    )


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ({"errcode": 45009}, Outcome.LATER),
        ({"errcode": 987_654}, Outcome.REFUSED),
        ({"msg_id": "m-1"}, Outcome.AMBIGUOUS),
        (never, Outcome.AMBIGUOUS),
        (status(503), Outcome.AMBIGUOUS),
        (status(403), Outcome.MISCONFIGURED),
    ],
)
def test_a_gateway_s_answer_becomes_an_outcome(client, gateway, answer, outcome, monkeypatch):
    monkeypatch.setattr(wire, "READ_TIMEOUT_S", 0.2)
    gateway.answers[PATH] = [answer]
    assert client.send(HELLO).outcome is outcome


PROBES = [
    ({"errcode": 40003, "errmsg": "no recipient"}, Outcome.REFUSED),
    ({"errcode": 48001, "errmsg": "invalid signature"}, Outcome.MISCONFIGURED),
    (status(404), Outcome.MISCONFIGURED),
    (status(500), Outcome.AMBIGUOUS),
]


@pytest.mark.parametrize(("answer", "outcome"), PROBES)
def test_a_probe_is_signed_and_addressed_to_nobody(answer, outcome):
    with ScriptedPlatform() as platform:
        platform.answers[PATH] = [answer]
        account = replace(ACCOUNT, api_base_url=platform.url)
        assert Client(account).probe().outcome is outcome
        (call,) = platform.calls
    assert call.json == {"account_id": "bot-1"}
    stamp = (call.headers["x-gateway-timestamp"], call.headers["x-gateway-nonce"])
    expected = signature(ACCOUNT.secret, *stamp, call.body)
    assert call.headers["x-gateway-signature"] == expected
