"""The group gateway: messages out of groups are delivered, messages into groups are taken, both
as JSON signed with HMAC-SHA256 over timestamp, nonce and the raw body."""

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from bots.sandbox import deliveries, limits, rooms, sent, wiring
from bots.sandbox.accounts import GROUP_GATEWAY, Account, Group
from bots.sandbox.calls import Call
from bots.sandbox.deliveries import Attempt, BadAnswer, Delivery
from bots.sandbox.pushes import new_message_id
from bots.sandbox.refusals import Refused

API = "/gateway/messages"
GATEWAY = "sim"
SKEW_MAX_S = 300
KEY_MAX_CHARS = 128
KINDS = ("text", "link", "image", "miniprogram")
TIMESTAMP = re.compile("[0-9]{1,12}")
PLACE = re.compile(r"[^\s\x00-\x1f]{1,128}")


def signature(secret: str, timestamp: str, nonce: str, raw: bytes) -> str:
    signed = f"{timestamp}\n{nonce}\n".encode() + raw
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def take(call: Call) -> dict[str, Any]:
    """One message into a group or to one person: sent once, however often its key comes."""
    body = call.body()
    account = _genuine_account(call, body)
    recipient = body.get("room_id") or body.get("sender_id")
    if not isinstance(recipient, str) or not PLACE.fullmatch(recipient):
        raise Refused(40003, "invalid room_id or sender_id")
    kind, content = _content(body)
    key = body.get("idempotency_key")
    if not isinstance(key, str) or not 1 <= len(key) <= KEY_MAX_CHARS:
        raise Refused(40035, "invalid idempotency_key, 1 to 128 characters")
    digest = _digest(recipient, kind, content)
    before = _taken_before(call, account.key, key, digest)
    msg_id = before or str(new_message_id(call.now))
    if before is None:
        if body.get("room_id"):
            rooms.count(call.db, account.key, recipient, call.now)
        call.db.execute(
            "INSERT INTO gateway_keys VALUES (?, ?, ?, ?)", (account.key, key, digest, msg_id)
        )
        message = sent.Message(account.key, API, kind, content, key, call.client)
        sent.record(call.db, message, [recipient], call.now)
    return {"errcode": 0, "errmsg": "ok", "msg_id": msg_id}


def said_in_group(
    account: Account,
    group: Group | None,
    sender: tuple[str, str],
    kind: str,
    text: str,
    now: datetime,
) -> dict[str, Any]:
    """The normalised message of platform.md §5. ``sender`` is (id, name); without a group it is
    said to the account in private."""
    is_at_me = f"@{account.name}" in text
    return {
        "gateway": GATEWAY,
        "account_id": account.appid,
        "room_id": group.room_id if group else "",
        "room_name": group.name if group else "",
        "sender_id": sender[0],
        "sender_name": sender[1],
        "msg_id": str(new_message_id(now)),
        "type": kind,
        "text": text,
        "mentions": [account.appid] if is_at_me else [],
        "is_at_me": is_at_me,
        "is_self": False,
        "quote": None,
        "ts": int(now.timestamp()),
        "raw": {},
    }


def deliver(sandbox: wiring.Sandbox, account: Account, message: Mapping[str, Any]) -> Delivery:
    raw = json.dumps(message, ensure_ascii=False).encode()
    return deliveries.deliver(partial(_signed, sandbox, account, raw), _no_reply, sandbox.pace)


def _signed(sandbox: wiring.Sandbox, account: Account, raw: bytes) -> Attempt:
    timestamp, nonce = str(int(sandbox.clock.real().timestamp())), secrets.token_hex(12)
    headers = {
        "Content-Type": "application/json",
        "X-Gateway-Timestamp": timestamp,
        "X-Gateway-Nonce": nonce,
        "X-Gateway-Signature": signature(account.secret, timestamp, nonce, raw),
    }
    return Attempt(account.callback_url, raw, headers)


def _no_reply(answer: bytes) -> None:
    if answer not in (b"", b"success"):
        raise BadAnswer("not success")


def _genuine_account(call: Call, body: Mapping[str, Any]) -> Account:
    """Raises Refused 40013 for an account we do not know, 48001 if it did not sign this now."""
    account_id = str(body.get("account_id", ""))
    account = call.sandbox.directory.account_of_appid(account_id, GROUP_GATEWAY)
    if account is None:
        raise Refused(40013, "invalid account_id")
    timestamp = call.headers.get("X-Gateway-Timestamp", "")
    nonce = call.headers.get("X-Gateway-Nonce", "")
    wanted = signature(account.secret, timestamp, nonce, call.raw)
    given = call.headers.get("X-Gateway-Signature", "")
    if not nonce or not hmac.compare_digest(wanted.encode(), given.encode()):
        raise Refused(48001, "invalid signature")
    real = call.sandbox.clock.real().timestamp()
    if not TIMESTAMP.fullmatch(timestamp) or abs(int(timestamp) - real) > SKEW_MAX_S:
        raise Refused(48001, "stale timestamp")
    return account


def _content(body: Mapping[str, Any]) -> tuple[str, Any]:
    """Text is kept as a string, whether it came as one or as {"text": …}."""
    kind, content = body.get("kind"), body.get("content")
    if kind not in KINDS:
        raise Refused(40008, f"invalid kind, one of {', '.join(KINDS)}")
    if kind == "text":
        content = content.get("text") if isinstance(content, dict) else content
    if not isinstance(content, str if kind == "text" else dict) or not content:
        raise Refused(47001, "data format error, content")
    if isinstance(content, str) and len(content.encode()) > limits.TEXT_MAX_BYTES:
        raise Refused(45002, "content size out of limit")
    return str(kind), content


def _digest(recipient: str, kind: str, content: Any) -> str:
    whole = json.dumps([recipient, kind, content], sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()


def _taken_before(call: Call, account: str, key: str, digest: str) -> str | None:
    row = call.db.execute(
        "SELECT * FROM gateway_keys WHERE account = ? AND key = ?", (account, key)
    ).fetchone()
    if row is None:
        return None
    if row["digest"] != digest:
        raise Refused(40035, "invalid idempotency_key, it belongs to another message")
    return str(row["msg_id"])
