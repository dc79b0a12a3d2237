"""What the platform tells an official account or a mini-program, signed and encrypted, and the
reply it may get."""

import json
import secrets
from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests

from bots.sandbox import crypto, deliveries, markup, sent, wiring
from bots.sandbox.accounts import MINI_PROGRAM, OFFICIAL_ACCOUNT, Account
from bots.sandbox.deliveries import Attempt, BadAnswer, Delivery

CLIENT = "passive reply"
REPLY_KINDS = {
    OFFICIAL_ACCOUNT: {
        *("text", "image", "voice", "video", "music", "news"),
        "transfer_customer_service",
    },
    MINI_PROGRAM: {"transfer_customer_service"},
}
ENVELOPE_FIELDS = ("Encrypt", "MsgSignature", "TimeStamp", "Nonce")


def deliver_push(sandbox: wiring.Sandbox, account: Account, push: Mapping[str, Any]) -> Delivery:
    """Deliver the fields of one message or event; a reply in the answer is kept as sent."""
    delivery = deliveries.deliver(
        partial(_sealed, sandbox, account, push),
        partial(_reply, account, push),
        sandbox.pace,
    )
    if delivery.reply is not None:
        _keep(sandbox, account, delivery.reply)
    return delivery


def verify(sandbox: wiring.Sandbox, account: Account) -> bool:
    """What the platform does when a callback URL is entered: GET with an echostr, which has to
    come back as it is. Raises requests.RequestException."""
    echo = str(secrets.randbelow(10**19))
    query = {**_signed(sandbox, account), "echostr": echo}
    with requests.Session() as http:
        http.trust_env = False
        address = _with(account.callback_url, query)
        response = http.get(address, timeout=sandbox.pace.answer_within_s)
    return response.status_code == 200 and response.text == echo


def _sealed(sandbox: wiring.Sandbox, account: Account, push: Mapping[str, Any]) -> Attempt:
    signed = _signed(sandbox, account)
    as_json = account.format == "json"
    plain = json.dumps(push, ensure_ascii=False).encode() if as_json else markup.written(push)
    encrypt, msg_signature = _envelope(account).seal(
        plain, timestamp=signed["timestamp"], nonce=signed["nonce"]
    )
    fields = {"ToUserName": account.original_id, "Encrypt": encrypt}
    query = {
        **signed,
        "openid": str(push["FromUserName"]),
        "encrypt_type": "aes",
        "msg_signature": msg_signature,
    }
    return Attempt(
        url=_with(account.callback_url, query),
        body=json.dumps(fields).encode() if as_json else markup.written(fields),
        headers={"Content-Type": "application/json" if as_json else "text/xml"},
    )


def _signed(sandbox: wiring.Sandbox, account: Account) -> dict[str, str]:
    timestamp = str(int(sandbox.clock.real().timestamp()))
    nonce = str(secrets.randbelow(10**10))
    signature = crypto.signature(account.token, timestamp, nonce)
    return {"signature": signature, "timestamp": timestamp, "nonce": nonce}


def _with(url: str, query: Mapping[str, str]) -> str:
    return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(query)}"


def _envelope(account: Account) -> crypto.Envelope:
    return crypto.Envelope(account.token, account.encoding_aes_key, account.appid)


def _reply(account: Account, push: Mapping[str, Any], answer: bytes) -> dict[str, Any] | None:
    """The message in an answer; None for ``success`` or nothing. Raises BadAnswer."""
    if answer in (b"", b"success"):
        return None
    outer = _fields(answer)
    if not all(isinstance(outer.get(name), (str, int)) for name in ENVELOPE_FIELDS):
        raise BadAnswer("neither success nor an encrypted reply")
    try:
        plain = _envelope(account).open(
            msg_signature=str(outer["MsgSignature"]),
            timestamp=str(outer["TimeStamp"]),
            nonce=str(outer["Nonce"]),
            encrypt=str(outer["Encrypt"]),
        )
    except crypto.NotSealedForUs as error:
        raise BadAnswer(f"an encrypted reply that does not open: {error}") from error
    if plain in (b"", b"success"):
        return None  # WeRoBot seals even these
    reply = _fields(plain)
    if (reply.get("ToUserName"), reply.get("FromUserName")) != (
        push["FromUserName"],
        account.original_id,
    ):
        raise BadAnswer("a reply to somebody else, or from somebody else")
    if reply.get("MsgType") not in REPLY_KINDS.get(account.kind, ()):
        raise BadAnswer("a reply of an unknown kind")
    return reply


def _fields(content: bytes) -> dict[str, Any]:
    try:
        if not content.lstrip().startswith(b"{"):
            return markup.read(content)
        fields = json.loads(content)
    except (markup.NotXml, ValueError, RecursionError) as error:
        raise BadAnswer(f"malformed: {error}") from error
    if not isinstance(fields, dict):
        raise BadAnswer("malformed: not an object")
    return fields


def _keep(sandbox: wiring.Sandbox, account: Account, reply: dict[str, Any]) -> None:
    kind = str(reply["MsgType"])
    if kind == "transfer_customer_service":
        return  # it hands the conversation over; nobody is told anything
    message = sent.Message(account.key, "passive", kind, _kept(kind, reply), None, CLIENT)
    with sandbox.store.writing() as db:
        sent.record(db, message, [str(reply["ToUserName"])], sandbox.clock())


def _kept(kind: str, reply: dict[str, Any]) -> Any:
    """The content as a customer-service message of the same kind would have it."""
    if kind == "text":
        return str(reply.get("Content", ""))
    if kind != "news":
        return reply.get(kind.capitalize(), {})
    articles = reply.get("Articles") or {}
    items = articles.get("item", []) if isinstance(articles, dict) else articles
    listed = items if isinstance(items, list) else [items]
    return {"articles": [{name.lower(): one[name] for name in one} for one in listed]}
