"""A WeChat and a group gateway written for the tests alone: they seal and sign with nothing of
ours, from the platform's documentation (the official "Message encryption and decryption")."""

import base64
import hashlib
import hmac
import itertools
import json
import os
import secrets
import struct
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from xml.etree import ElementTree

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_numbers = itertools.count(secrets.randbits(40))


@dataclass(frozen=True)
class Delivery:
    """One HTTP request of a platform, ready to be posted as it is, or spoilt first."""

    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class OfficialAccount:
    appid: str = "wx00000000000000aa"
    original_id: str = "gh_aprilshop"
    token: str = "april-callback-token"
    encoding_aes_key: str = "AprilShopAprilShopAprilShopAprilShopAprilSA"

    def text(self, openid: str, text: str, at: datetime, message_id: int = 0) -> dict[str, Any]:
        said = {"MsgType": "text", "Content": text, "MsgId": str(message_id or next(_numbers))}
        return self._fields(openid, at) | said

    def event(self, openid: str, name: str, at: datetime, **fields: str) -> dict[str, Any]:
        return self._fields(openid, at) | {"MsgType": "event", "Event": name} | fields

    def seal(self, fields: dict[str, Any], at: datetime, form: str = "xml") -> Delivery:
        plain = as_xml(fields) if form == "xml" else json.dumps(fields).encode()
        return self.seal_raw(plain, at, form)

    def seal_raw(self, plain: bytes, at: datetime, form: str = "xml") -> Delivery:
        """Safe mode: AES-256-CBC, padded to blocks of 32, signed with the token."""
        encrypt = self._encrypted(plain)
        timestamp, nonce = str(int(at.timestamp())), secrets.token_hex(8)
        query = {
            "signature": _sha1(self.token, timestamp, nonce),
            "timestamp": timestamp,
            "nonce": nonce,
            "encrypt_type": "aes",
            "msg_signature": _sha1(self.token, timestamp, nonce, encrypt),
        }
        wrapper = {"ToUserName": self.original_id, "Encrypt": encrypt}
        body = as_xml(wrapper) if form == "xml" else json.dumps(wrapper).encode()
        return Delivery(query, {"Content-Type": f"text/{form}"}, body)

    def open(self, answer: bytes) -> dict[str, Any]:
        """The reply in an answer of ours, as the platform opens it."""
        sealed = _fields(answer)
        signed = (sealed["TimeStamp"], sealed["Nonce"], sealed["Encrypt"])
        assert _sha1(self.token, *map(str, signed)) == sealed["MsgSignature"]
        key = base64.b64decode(self.encoding_aes_key + "=")
        cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
        whole = cipher.update(base64.b64decode(sealed["Encrypt"])) + cipher.finalize()
        whole = whole[: -whole[-1]]
        end = 20 + struct.unpack(">I", whole[16:20])[0]
        assert whole[end:].decode() == self.appid
        return _fields(whole[20:end])

    def verification(self, echo: str, at: datetime) -> dict[str, str]:
        timestamp, nonce = str(int(at.timestamp())), secrets.token_hex(8)
        signed = {"signature": _sha1(self.token, timestamp, nonce), "echostr": echo}
        return signed | {"timestamp": timestamp, "nonce": nonce}

    def _fields(self, openid: str, at: datetime) -> dict[str, Any]:
        common = {"ToUserName": self.original_id, "FromUserName": openid}
        return common | {"CreateTime": str(int(at.timestamp()))}

    def _encrypted(self, plain: bytes) -> str:
        key = base64.b64decode(self.encoding_aes_key + "=")
        whole = os.urandom(16) + struct.pack(">I", len(plain)) + plain + self.appid.encode()
        padding = 32 - len(whole) % 32
        cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
        sealed = cipher.update(whole + bytes([padding]) * padding) + cipher.finalize()
        return base64.b64encode(sealed).decode()


@dataclass(frozen=True)
class Gateway:
    account_id: str = "gateway-april"
    secret: str = "april-gateway-secret"

    def message(
        self, sender: tuple[str, str], text: str, at: datetime, **fields: Any
    ) -> dict[str, Any]:
        """``sender`` is (id, name); a message to a group has ``room_id`` and ``room_name``."""
        common = {"gateway": "sim", "account_id": self.account_id, "msg_id": str(next(_numbers))}
        whose = {"sender_id": sender[0], "sender_name": sender[1], "is_self": False}
        said = {"type": "text", "text": text, "ts": int(at.timestamp()), "mentions": []}
        return common | whose | said | fields

    def sign(self, message: dict[str, Any], at: datetime) -> Delivery:
        body = json.dumps(message, ensure_ascii=False).encode()
        timestamp, nonce = str(int(at.timestamp())), secrets.token_hex(8)
        signed = f"{timestamp}\n{nonce}\n".encode() + body
        headers = {
            "Content-Type": "application/json",
            "X-Gateway-Timestamp": timestamp,
            "X-Gateway-Nonce": nonce,
            "X-Gateway-Signature": hmac.new(self.secret.encode(), signed, "sha256").hexdigest(),
        }
        return Delivery({}, headers, body)


def as_xml(fields: dict[str, Any]) -> bytes:
    inner = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in fields.items())
    return f"<xml>{inner}</xml>".encode()


def _fields(body: bytes) -> dict[str, Any]:
    if body.startswith(b"{"):
        return dict(json.loads(body))
    return {field.tag: _value(field) for field in ElementTree.fromstring(body)}


def _value(field: ElementTree.Element) -> Any:
    return {one.tag: _value(one) for one in field} if len(field) else field.text or ""


def _sha1(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()
