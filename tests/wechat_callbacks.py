"""Callbacks as WeChat sends them, for the tests: sealed for one account, in XML or JSON."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bots.official_account import Account
from bots.wechat_crypto import Envelope, signature

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
ACCOUNT = Account(
    key="shop",
    appid="wx0123456789abcdef",
    original_id="gh_7f083739789a",
    token="shop-token",
    encoding_aes_key="abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
    secret="shop-secret",
)
TEXT_MESSAGE = {
    "ToUserName": ACCOUNT.original_id,
    "FromUserName": "oMember-1",
    "CreateTime": str(int(NOW.timestamp())),
    "MsgType": "text",
    "Content": "洗面奶还有货吗？😀",
    "MsgId": "7773749793478223190",
}


def event(name: str, **fields: Any) -> dict[str, Any]:
    common = {it: TEXT_MESSAGE[it] for it in ("ToUserName", "FromUserName", "CreateTime")}
    return {**common, "MsgType": "event", "Event": name, **fields}


def as_xml(fields: Mapping[str, Any]) -> bytes:
    return f"<xml>{_elements(fields)}</xml>".encode()


def as_json(fields: Mapping[str, Any]) -> bytes:
    return json.dumps(fields, ensure_ascii=False).encode()


def sealed(
    plain: bytes,
    *,
    account: Account = ACCOUNT,
    at: datetime = NOW,
    nonce: str = "nonce",
    wrap: Any = as_xml,
) -> tuple[dict[str, str], bytes]:
    """The query and the body of one delivery in safe mode."""
    timestamp = str(int(at.timestamp()))
    envelope = Envelope(account.token, account.encoding_aes_key, account.appid)
    encrypt, msg_signature = envelope.seal(plain, timestamp=timestamp, nonce=nonce)
    query = {
        "signature": signature(account.token, timestamp, nonce),
        "timestamp": timestamp,
        "nonce": nonce,
        "openid": "oMember-1",
        "encrypt_type": "aes",
        "msg_signature": msg_signature,
    }
    return query, wrap({"ToUserName": account.original_id, "Encrypt": encrypt})


def _elements(fields: Mapping[str, Any]) -> str:
    return "".join(_element(name, value) for name, value in fields.items())


def _element(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_element(name, one) for one in value)
    if isinstance(value, Mapping):
        return f"<{name}>{_elements(value)}</{name}>"
    return f"<{name}><![CDATA[{value}]]></{name}>"
