"""WeChat's signatures and its AES envelope, for official accounts, mini-programs and WeCom.

The rules are those of the platform's "message encryption and decryption" page: SHA-1 over the
sorted parts; AES-256-CBC, the IV being the first half of the key, padding to 32 bytes, the content
framed by 16 random bytes, its length and the receiver's appid.
"""

import base64
import binascii
import hashlib
import hmac
import os
import re

from wechatpy.crypto.cryptography import WeChatCipher

from bots.accounts import BadCredentials
from bots.messages import NotGenuine

_ENCODING_AES_KEY = re.compile(r"[A-Za-z0-9+/]{43}")
_BLOCK_BYTES = 32
_HEAD_BYTES = 20  # 16 random bytes and the length of the content


def signature(*parts: str) -> str:
    """SHA-1 of the sorted parts, in hex. The platform knows no other digest."""
    joined = "".join(sorted(parts)).encode("utf-8", "surrogatepass")
    return hashlib.sha1(joined, usedforsecurity=False).hexdigest()


def check_signature(claimed: str, token: str, *parts: str) -> None:
    """Raise NotGenuine unless ``claimed`` signs ``parts`` with our token; takes the same time
    wherever the two differ. Raises BadCredentials without a token: anybody could sign then."""
    if not token:
        raise BadCredentials("the account has no token")
    expected = signature(token, *parts)
    if not hmac.compare_digest(expected.encode(), claimed.encode("utf-8", "surrogatepass")):
        raise NotGenuine("the signature does not match")


class Envelope:
    """Opens and seals encrypted callbacks of one account.

    ``receive_id`` is the appid or corpid that must stand inside; None where the platform writes
    none, as it does to smart bots. Raises BadCredentials for a token or an EncodingAESKey that
    cannot be one. Many keys carry stray bits after their 256, as in "...CDEFG": the platform
    ignores these, so we do.
    """

    def __init__(self, token: str, encoding_aes_key: str, receive_id: str | None) -> None:
        if not token or receive_id == "":
            raise BadCredentials("the account has no token or no appid")
        if not _ENCODING_AES_KEY.fullmatch(encoding_aes_key):
            raise BadCredentials("the EncodingAESKey is not 43 letters, digits, + or /")
        self._token = token
        self._receive_id = (receive_id or "").encode()
        self._cipher = WeChatCipher(base64.b64decode(encoding_aes_key + "="))

    def open(self, *, msg_signature: str, timestamp: str, nonce: str, encrypt: str) -> bytes:
        """The content of an envelope. Raises NotGenuine for everything that is wrong with it.

        The signature is checked first, so that nobody can probe the padding.
        """
        check_signature(msg_signature, self._token, timestamp, nonce, encrypt)
        content, receive_id = _unframed(_unpadded(self._cipher.decrypt(_ciphertext(encrypt))))
        if receive_id != self._receive_id:
            raise NotGenuine("the envelope is addressed to another appid")
        return content

    def seal(
        self, plain: bytes, *, timestamp: str, nonce: str, random16: bytes | None = None
    ) -> tuple[str, str]:
        """The encrypted content and its signature. ``random16`` is for known-answer tests."""
        head = (random16 or os.urandom(16)) + len(plain).to_bytes(4, "big")
        padded = _padded(head + plain + self._receive_id)
        encrypt = base64.b64encode(self._cipher.encrypt(padded)).decode()
        return encrypt, signature(self._token, timestamp, nonce, encrypt)


def _ciphertext(encrypt: str) -> bytes:
    try:
        ciphertext = base64.b64decode(encrypt, validate=True)
    except (binascii.Error, ValueError):
        raise NotGenuine("the envelope is not base64") from None
    # A peer that pads to AES's own 16 bytes would be no WeChat; the check of the padding tells.
    if not ciphertext or len(ciphertext) % 16:
        raise NotGenuine("the envelope is not made of whole blocks")
    return ciphertext


def _padded(framed: bytes) -> bytes:
    count = _BLOCK_BYTES - len(framed) % _BLOCK_BYTES
    return framed + bytes([count]) * count


def _unpadded(framed: bytes) -> bytes:
    count = framed[-1]
    if not 1 <= count <= _BLOCK_BYTES or framed[-count:] != bytes([count]) * count:
        raise NotGenuine("the padding is wrong")
    return framed[:-count]


def _unframed(framed: bytes) -> tuple[bytes, bytes]:
    end = _HEAD_BYTES + int.from_bytes(framed[16:_HEAD_BYTES], "big")
    if len(framed) < _HEAD_BYTES or end > len(framed):
        raise NotGenuine("the length inside the envelope is wrong")
    return framed[_HEAD_BYTES:end], framed[end:]
