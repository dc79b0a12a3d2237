"""Pictures that members send with a form: looked at before they are kept, under ``var`` by the
digest of their content, and shown to operators only."""

import hashlib
import re
import secrets
from pathlib import Path

BYTES_MAX = 5 * 1024 * 1024
FORM_MAX_BYTES = 4 * BYTES_MAX  # all the pictures of a form, and its words
_DIGEST = re.compile("[0-9a-f]{64}")
_HEADS = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}


class NotAPicture(Exception):
    """It is no PNG, JPEG or GIF, whatever it is called, or larger than 5 MB."""


def mime_of(content: bytes) -> str | None:
    return next((mime for head, mime in _HEADS.items() if content.startswith(head)), None)


def is_picture(content: bytes) -> bool:
    return len(content) <= BYTES_MAX and mime_of(content) is not None


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def keep(folder: Path, content: bytes) -> None:
    path = path_of(folder, digest_of(content))
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{secrets.token_hex(4)}")
    unfinished.write_bytes(content)
    unfinished.replace(path)


def read(folder: Path, digest: str) -> bytes | None:
    if not _DIGEST.fullmatch(digest):
        return None
    try:
        return path_of(folder, digest).read_bytes()
    except FileNotFoundError:
        return None


def path_of(folder: Path, digest: str) -> Path:
    return folder / "form-pictures" / digest[:2] / digest
