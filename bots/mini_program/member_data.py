"""What a member's phone hands over, sealed or signed with her session_key: nothing of it is
believed before it is proved.

Official documentation: "Signature verification, encryption and decryption of open data".
"""

import base64
import binascii
import hashlib
import hmac
import json
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from bots.messages import NotGenuine

AGE_MAX_S = 300
_BLOCK_BYTES = 16


def opened(
    encrypted: str, iv: str, session_key: str, appid: str, now: datetime, age_max_s: int = AGE_MAX_S
) -> dict[str, Any]:
    """The content of ``encryptedData``: AES-128-CBC under her session_key. Raises NotGenuine for
    another key, another mini-program's data, and for what is more than ``age_max_s`` old."""
    try:
        key, start, sealed = (
            base64.b64decode(it, validate=True) for it in (session_key, iv, encrypted)
        )
        data = json.loads(_decrypted(key, start, sealed))
        stamp = data["watermark"]
        is_ours, stamped_s = stamp["appid"] == appid, int(stamp["timestamp"])
    except (binascii.Error, ValueError, KeyError, TypeError, RecursionError):
        raise NotGenuine("the data does not open with her session_key") from None
    if not is_ours:
        raise NotGenuine("the data is another mini-program's")
    if abs(now.timestamp() - stamped_s) > age_max_s:
        raise NotGenuine("the data is stale")
    found: dict[str, Any] = data
    return found


def check_signature(raw: str, signature: str, session_key: str) -> None:
    """Raise NotGenuine unless ``rawData`` came from a phone that is logged in with this key."""
    expected = hashlib.sha1((raw + session_key).encode(), usedforsecurity=False).hexdigest()
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        raise NotGenuine("the signature does not match")


def signature_of_nothing(session_key: str) -> str:
    """What proves to the platform that we have her session_key: it signs the empty text."""
    return hmac.new(session_key.encode(), b"", hashlib.sha256).hexdigest()


def _decrypted(key: bytes, start: bytes, sealed: bytes) -> bytes:
    decryptor = Cipher(algorithms.AES128(key), modes.CBC(start)).decryptor()
    unpadder = padding.PKCS7(_BLOCK_BYTES * 8).unpadder()
    padded = decryptor.update(sealed) + decryptor.finalize()
    return unpadder.update(padded) + unpadder.finalize()
