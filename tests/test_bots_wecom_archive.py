"""The session archive: records are opened with our key, told in our words, and staff stay out."""

import base64
import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from redis import Redis

from bots.accounts import Account
from bots.messages import Outcome, Outgoing
from bots.tokens import TokenStore
from bots.wecom import Client
from tests.scripted_platform import ScriptedPlatform

FEED = "/archive"
QUESTION = Outgoing("k", "ww1", "archive", {"seq": 7}, way="archive")
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = KEY.private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.PKCS8,
    serialization.NoEncryption(),
).decode()


@pytest.fixture
def platform() -> Iterator[ScriptedPlatform]:
    with ScriptedPlatform() as scripted:
        yield scripted


@pytest.fixture
def tokens(redis_client: Redis) -> TokenStore:
    return TokenStore(redis_client)


def client(platform: ScriptedPlatform, tokens: TokenStore, **secrets: str) -> Client:
    told = {"agent_id": "1", "archive_url": platform.url + FEED}
    account = Account("corp", "ww1", secret="s", settings=told, more_secrets=secrets)
    return Client(account, tokens)


def message(sender: str = "wmXiaoyu", **more: Any) -> dict[str, Any]:
    said = {"msgid": "m1", "action": "send", "from": sender, "tolist": ["xiaowang"]}
    said |= {"roomid": "wrChat", "msgtime": 1793600000123, "msgtype": "text"}
    return said | {"text": {"content": "头发总是很油"}} | more


def sealed(plain: bytes, seq: int = 8, key: rsa.RSAPrivateKey = KEY) -> dict[str, Any]:
    random_key, nonce = AESGCM.generate_key(256), os.urandom(12)
    inner = nonce + AESGCM(random_key).encrypt(nonce, plain, None)
    wrapped = key.public_key().encrypt(random_key, padding.PKCS1v15())
    record = {"seq": seq, "msgid": "m1", "publickey_ver": 1}
    record |= {"encrypt_random_key": base64.b64encode(wrapped).decode()}
    return record | {"encrypt_chat_msg": base64.b64encode(inner).decode()}


def page(*records: dict[str, Any]) -> dict[str, Any]:
    return {"errcode": 0, "errmsg": "ok", "chatdata": list(records)}


@pytest.mark.parametrize("is_sealed", [False, True])
def test_a_record_is_told_in_our_words(
    platform: ScriptedPlatform, tokens: TokenStore, is_sealed: bool
):
    plain = {"seq": 8, "msgid": "m1", "chat_msg": message()}
    record = sealed(json.dumps(message()).encode()) if is_sealed else plain
    platform.answers[FEED] = [page(record)]
    told = client(platform, tokens, archive_private_key=PEM).send(QUESTION).told
    assert (told["Seq"], told["NextSeq"], told["HasMore"]) == ("7", "8", "false")
    (said,) = told["Messages"]
    assert (said["key"], said["kind"], said["sender"]) == ("archive:m1", "archive.text", "wmXiaoyu")
    assert (said["room"], said["at"]) == ("wrChat", "1793600000")
    assert said["fields"]["Content"] == "头发总是很油"
    asked = {"corpid": "ww1", "secret": "s", "seq": 7, "limit": 100}
    assert platform.calls[0].json == asked


def test_what_staff_say_is_not_kept(platform: ScriptedPlatform, tokens: TokenStore):
    record = {"seq": 8, "msgid": "m1", "chat_msg": message("xiaowang")}
    platform.answers[FEED] = [page(record)]
    (said,) = client(platform, tokens).send(QUESTION).told["Messages"]
    assert (said["kind"], said["sender"]) == ("archive.staff.text", "")
    assert "头发" not in str(said)


@pytest.mark.parametrize(
    "record",
    [
        sealed(b"not JSON"),
        sealed(b"[]"),
        sealed(b"{}", key=rsa.generate_private_key(public_exponent=65537, key_size=2048)),
        {"seq": 8, "msgid": "m1", "encrypt_chat_msg": "???"},
    ],
)
def test_what_cannot_be_opened_is_kept_as_unreadable(
    platform: ScriptedPlatform, tokens: TokenStore, record: dict[str, Any]
):
    platform.answers[FEED] = [page(record)]
    told = client(platform, tokens, archive_private_key=PEM).send(QUESTION).told
    assert told["NextSeq"] == "8"
    assert told["Messages"][0]["kind"] == "unreadable"


@pytest.mark.parametrize(
    ("secrets", "reason"),
    [
        ({}, "no_archive_private_key"),
        ({"archive_private_key": "not a key"}, "bad_archive_private_key"),
    ],
)
def test_without_the_key_nothing_moves(
    platform: ScriptedPlatform, tokens: TokenStore, secrets: dict[str, str], reason: str
):
    platform.answers[FEED] = [page(sealed(b"{}"))]
    answer = client(platform, tokens, **secrets).send(QUESTION)
    assert (answer.outcome, answer.reason) == (Outcome.MISCONFIGURED, reason)


def test_who_has_no_archive_is_told_so(platform: ScriptedPlatform, tokens: TokenStore):
    platform.answers[FEED] = [{"errcode": 301042, "errmsg": "x"}]
    answer = client(platform, tokens).send(QUESTION)
    assert (answer.outcome, answer.reason) == (Outcome.MISCONFIGURED, "no_archive")


def test_a_record_that_takes_back_another_names_it(platform: ScriptedPlatform, tokens: TokenStore):
    back = message(action="recall", msgtype="revoke", revoke={"pre_msgid": "m0"})
    platform.answers[FEED] = [page({"seq": 9, "msgid": "m1", "chat_msg": back})]
    (said,) = client(platform, tokens).send(QUESTION).told["Messages"]
    assert (said["kind"], said["fields"]["PreMsgid"]) == ("archive.revoke", "m0")
