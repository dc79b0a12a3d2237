"""Passive replies: the answer to a callback is itself a message, sealed as the callback was.

Official documentation: "Passive reply" and "Message encryption and decryption" of official
accounts; mini-programs take the same form.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bots import wechat_xml
from bots.wechat_crypto import Envelope


@dataclass(frozen=True, slots=True)
class Sealed:
    body: str
    mimetype: str


def sealed(
    envelope: Envelope | None, fields: Mapping[str, Any], *, as_json: bool, now: datetime
) -> Sealed:
    """The answer that says ``fields``, in JSON or XML; without an ``envelope`` in the clear."""
    write, mimetype = (_json, "application/json") if as_json else (_xml, "text/xml")
    if envelope is None:
        return Sealed(write(fields), mimetype)
    timestamp, nonce = int(now.timestamp()), str(secrets.randbelow(10**10))
    encrypt, signature = envelope.seal(
        write(fields).encode(), timestamp=str(timestamp), nonce=nonce
    )
    wrapper = {
        "Encrypt": encrypt,
        "MsgSignature": signature,
        "TimeStamp": timestamp,
        "Nonce": nonce,
    }
    return Sealed(write(wrapper), mimetype)


def _json(fields: Mapping[str, Any]) -> str:
    return json.dumps(fields, ensure_ascii=False)


def _xml(fields: Mapping[str, Any]) -> str:
    return f"<xml>{_elements(fields)}</xml>"


def _elements(fields: Mapping[str, Any]) -> str:
    return "".join(_element(name, value) for name, value in fields.items())


def _element(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_element(name, one) for one in value)
    if isinstance(value, Mapping):
        return f"<{name}>{_elements(value)}</{name}>"
    if isinstance(value, int):
        return f"<{name}>{value}</{name}>"
    return f"<{name}><![CDATA[{_cdata(value)}]]></{name}>"


def _cdata(value: str) -> str:
    """A member's words may hold the end of a section: it is divided between two."""
    return wechat_xml.legible(value).replace("]]>", "]]]]><![CDATA[>")
