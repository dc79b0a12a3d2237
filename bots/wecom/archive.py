"""会话内容存档 (session archive): the official source of what is said in customer groups.

WeCom hands it out through a native library only. So it is read from a JSON feed that stands beside
that library, in the shape of its GetChatData: POST {corpid, secret, seq, limit}. A record carries
the message as DecryptData gives it (``chat_msg``), or sealed: ``encrypt_random_key`` by RSA
(PKCS#1 v1.5) for our private key, ``encrypt_chat_msg`` with that random key by AES-GCM, the first
12 bytes being its nonce. The library's own inner format is not public.

Official documentation: "Getting session content", "Data formats of messages".
"""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from bots import answers, wechat_xml, wire
from bots.accounts import Account
from bots.error_tables import WECOM_TOKENS
from bots.messages import Answer, Outcome, Outgoing, canonical
from bots.wecom import ways
from bots.wecom.api import WeComApi
from bots.wecom.ways import Way

ARCHIVE = "archive"
PAGE = 100  # of 1,000 at most: a page has to fit into the 1 MiB that an answer may have
NONCE_BYTES = 12

_EXTERNAL = ("wo", "wm")  # how the ids of people outside the corp begin


class CannotOpen(Exception):
    """A record is not sealed for our key, or is broken."""


def pull(api: WeComApi, outgoing: Outgoing) -> Answer:
    """What was said after ``content["seq"]``. ``told`` has Seq, NextSeq, HasMore (true or false)
    and Messages, each with key, kind, sender, room, at (seconds) and fields."""
    account, seq = api.account, int(outgoing.content["seq"])
    reply = _records(account, seq)
    key = _private_key(account)
    records = reply.get("chatdata") or []
    if key is None and any("encrypt_chat_msg" in record for record in records):
        return Answer(Outcome.MISCONFIGURED, reason="no_archive_private_key")
    return ways.told(
        {
            "Seq": str(seq),
            "NextSeq": str(max([seq, *(int(record["seq"]) for record in records)])),
            "HasMore": "true" if len(records) == PAGE else "false",
            "Messages": [_said(record, key) for record in records],
        }
    )


WAYS: Mapping[str, Way] = {ARCHIVE: Way(pull, is_repeatable=True)}


def _records(account: Account, seq: int) -> dict[str, Any]:
    url = account.settings.get("archive_url", "")
    if not url:
        raise ways.Refused(Answer(Outcome.MISCONFIGURED, reason="no_archive_url"))
    secret = account.more_secrets.get("archive_secret") or account.secret
    body = {"corpid": account.appid, "secret": secret, "seq": seq, "limit": PAGE}
    try:
        reply = wire.call(wire.connections_to(url), "POST", url, body=body)
    except wire.PlatformUnavailable as failure:
        raise ways.Refused(answers.of_failure(failure)) from None
    answer = answers.of_reply(reply, "", WECOM_TOKENS)
    if answer.outcome is not Outcome.ACCEPTED:
        raise ways.Refused(answer)
    return reply


def _private_key(account: Account) -> rsa.RSAPrivateKey | None:
    pem = account.more_secrets.get("archive_private_key", "")
    if not pem:
        return None
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, rsa.RSAPrivateKey):
        bad = Answer(Outcome.MISCONFIGURED, reason="bad_archive_private_key")
        raise ways.Refused(bad)
    return key


def _said(record: Mapping[str, Any], key: rsa.RSAPrivateKey | None) -> dict[str, Any]:
    try:
        message = record.get("chat_msg") or _opened(record, key)
    except CannotOpen as wrong:
        raw = {"Raw": wechat_xml.legible(json.dumps(record)), "Reason": str(wrong)}
        return _event(str(record.get("msgid", "")), "unreadable", raw)
    kind = str(message.get("msgtype", "")).lower() or str(message.get("action", "unknown"))
    content = message.get(kind)
    content = content if isinstance(content, Mapping) else {}
    sender = str(content.get("userid") or message.get("from") or "")
    fields = {
        "MsgId": str(message.get("msgid", "")),
        "MsgType": kind,
        "ToList": canonical(message.get("tolist") or []),
    }
    if not sender.startswith(_EXTERNAL):  # staff are no members: that they wrote is all we keep
        return _event(fields["MsgId"], f"archive.staff.{kind}", fields, message)
    named = {_name(name): canonical(value) for name, value in content.items()}
    return _event(fields["MsgId"], f"archive.{kind}", fields | named, message, sender)


def _opened(record: Mapping[str, Any], key: rsa.RSAPrivateKey | None) -> dict[str, Any]:
    assert key is not None, "looked at before"
    try:
        sealed_key = base64.b64decode(record["encrypt_random_key"], validate=True)
        sealed = base64.b64decode(record["encrypt_chat_msg"], validate=True)
        random_key = key.decrypt(sealed_key, padding.PKCS1v15())
        plain = AESGCM(random_key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None)
        message = json.loads(plain)
    except (KeyError, TypeError, binascii.Error, ValueError, InvalidTag):
        raise CannotOpen(f"not sealed for our key: {record.get('publickey_ver')}") from None
    if not isinstance(message, dict):
        raise CannotOpen("no message inside")
    return message


def _event(
    msgid: str,
    kind: str,
    fields: Mapping[str, Any],
    message: Mapping[str, Any] | None = None,
    sender: str = "",
) -> dict[str, Any]:
    told = message or {}
    return {
        "key": f"archive:{msgid}",
        "kind": kind,
        "sender": sender,
        "room": str(told.get("roomid") or ""),
        "at": str(told.get("msgtime") or "")[:-3],  # milliseconds
        "fields": dict(fields),
    }


def _name(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))
