"""The vault: personal data and credentials are sealed before they are stored.

AES-256-GCM with a fresh nonce each time; the context (whose value it is) is authenticated with it,
so a sealed value copied to another row does not open. A phone number is found again through its
blind index, an HMAC under a key of its own.
"""

import hashlib
import hmac
import json
import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES = 12


class CannotOpen(Exception):
    """The sealed value was changed, belongs elsewhere, or was sealed under another key."""


class Vault:
    """Seals and opens with keys derived from one secret (at least 16 bytes)."""

    def __init__(self, secret: bytes):
        if len(secret) < 16:
            raise ValueError("the vault's secret needs at least 16 bytes")
        self._seal = AESGCM(_derive(secret, b"siyu vault seal v1"))
        self._index_key = _derive(secret, b"siyu vault index v1")

    def seal(self, plain: str, *, context: str) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._seal.encrypt(nonce, plain.encode(), context.encode())

    def open(self, sealed: bytes, *, context: str) -> str:
        """Raises CannotOpen."""
        nonce, body = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        try:
            return self._seal.decrypt(nonce, body, context.encode()).decode()
        except InvalidTag as error:
            raise CannotOpen(context) from error

    def seal_fields(self, fields: Mapping[str, str], *, context: str) -> bytes:
        return self.seal(json.dumps(dict(fields), ensure_ascii=False), context=context)

    def open_fields(self, sealed: bytes, *, context: str) -> dict[str, str]:
        """Raises CannotOpen."""
        fields: dict[str, str] = json.loads(self.open(sealed, context=context))
        return fields

    def blind_index(self, plain: str) -> str:
        """The same for the same value, and telling nothing of it without the key."""
        return hmac.new(self._index_key, plain.encode(), hashlib.sha256).hexdigest()


def _derive(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose).derive(secret)
