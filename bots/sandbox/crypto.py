"""WeChat's message envelope, written from its description (platform.md §1.1), so that it is an
independent check of any other implementation."""

import base64
import binascii
import hashlib
import hmac
import os
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK_BYTES = 32  # the platform pads to the key's length, not to AES's own block of 16
RANDOM_BYTES = 16
HEADER_BYTES = RANDOM_BYTES + 4


class NotSealedForUs(Exception):
    """The envelope was not made with this token, key and receive_id, or was changed on its way."""


def signature(*parts: str) -> str:
    """sha1 over the sorted parts: the platform's ``signature`` and ``msg_signature``."""
    joined = "".join(sorted(parts)).encode()
    return hashlib.sha1(joined, usedforsecurity=False).hexdigest()  # the platform's choice


class Envelope:
    """Seals for and opens from one receive_id (an appid).

    ``encoding_aes_key`` is 43 characters of base64; bits left over at its end are ignored, as the
    platform does. Raises ValueError for any other key.
    """

    def __init__(self, token: str, encoding_aes_key: str, receive_id: str) -> None:
        self._token = token
        self._receive_id = receive_id.encode()
        self._key = base64.b64decode(encoding_aes_key + "=")
        if len(self._key) != BLOCK_BYTES:
            raise ValueError("encoding_aes_key has to be 43 characters of base64")

    def seal(
        self, plain: bytes, *, timestamp: str, nonce: str, random16: bytes | None = None
    ) -> tuple[str, str]:
        """Returns (encrypt, msg_signature)."""
        prefix = os.urandom(RANDOM_BYTES) if random16 is None else random16
        whole = prefix + struct.pack(">I", len(plain)) + plain + self._receive_id
        padding = BLOCK_BYTES - len(whole) % BLOCK_BYTES
        encryptor = self._cipher().encryptor()
        sealed = encryptor.update(whole + bytes([padding]) * padding) + encryptor.finalize()
        encrypt = base64.b64encode(sealed).decode()
        return encrypt, signature(self._token, timestamp, nonce, encrypt)

    def open(self, *, msg_signature: str, timestamp: str, nonce: str, encrypt: str) -> bytes:
        """Raises NotSealedForUs."""
        if not (msg_signature + timestamp + nonce + encrypt).isascii():
            raise NotSealedForUs("not ASCII")
        wanted = signature(self._token, timestamp, nonce, encrypt)
        if not hmac.compare_digest(wanted.encode(), msg_signature.encode()):
            raise NotSealedForUs("the signature is another")
        whole = _without_padding(self._decrypted(encrypt))
        if len(whole) < HEADER_BYTES:
            raise NotSealedForUs("too short")
        (length,) = struct.unpack(">I", whole[RANDOM_BYTES:HEADER_BYTES])
        plain, receive_id = whole[HEADER_BYTES:][:length], whole[HEADER_BYTES:][length:]
        if len(plain) != length or receive_id != self._receive_id:
            raise NotSealedForUs("sealed for another receive_id, or cut short")
        return plain

    def _decrypted(self, encrypt: str) -> bytes:
        try:
            sealed = base64.b64decode(encrypt, validate=True)
        except (binascii.Error, ValueError) as error:
            raise NotSealedForUs("not base64") from error
        if not sealed or len(sealed) % RANDOM_BYTES:
            raise NotSealedForUs("not whole blocks")
        decryptor = self._cipher().decryptor()
        return decryptor.update(sealed) + decryptor.finalize()

    def _cipher(self) -> Cipher[modes.CBC]:
        return Cipher(algorithms.AES(self._key), modes.CBC(self._key[:16]))


def _without_padding(padded: bytes) -> bytes:
    size = padded[-1]
    if not 1 <= size <= BLOCK_BYTES or padded[-size:] != bytes([size]) * size:
        raise NotSealedForUs("the padding is wrong")
    return padded[:-size]
