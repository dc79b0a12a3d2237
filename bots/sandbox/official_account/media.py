"""Temporary media of official accounts and mini-programs ("Upload temporary media"): an id for
three days, checked wherever one is used, and fetched again ("Get temporary media")."""

import hashlib
from typing import Any

from bots.sandbox import files, limits
from bots.sandbox.calls import Answer, Call
from bots.sandbox.refusals import Refused
from bots.sandbox.store import moment

UPLOAD, GET, FILM = "/cgi-bin/media/upload", "/cgi-bin/media/get", "/sandbox/film"
TABLE = """
CREATE TABLE IF NOT EXISTS media (
  media_id TEXT PRIMARY KEY, account TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
  size INTEGER NOT NULL, sha256 TEXT NOT NULL, made_at TEXT NOT NULL);
"""
_JPEG, _PNG, _GIF = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8"
_SOUNDS = (b"#!AMR", b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"\xff\xfa")


def upload(call: Call) -> dict[str, Any]:
    """Raises Refused 40004 for the kind, 40005 for what is no such file, 41005, 40006 and 40009."""
    account, kind = call.account(), call.query.get("type", "")
    file = checked_file(call, kind)
    digest = hashlib.sha256(file.content).hexdigest()
    made, size = moment(call.now), len(file.content)
    media_id = f"{digest[:24]}{call.db.execute('SELECT COUNT(*) FROM media').fetchone()[0]:08d}"
    call.db.execute(
        "INSERT INTO media VALUES (?, ?, ?, ?, ?, ?, ?)",
        (media_id, account.key, kind, file.name, size, digest, made),
    )
    files.keep(call.db, media_id, file.content, made, moment(call.now - limits.MEDIA_LIVES))
    name = "thumb_media_id" if kind == "thumb" else "media_id"
    return {"type": kind, name: media_id, "created_at": int(call.now.timestamp())}


def checked_file(call: Call, kind: str) -> files.File:
    """Raises Refused 40004, 40005, 41005, 40006 and 40009."""
    if kind not in limits.MEDIA_MAX_BYTES:
        raise Refused(40004, "invalid media type")
    file = files.of(call)
    if not file.content or len(file.content) > limits.MEDIA_MAX_BYTES[kind]:
        raise Refused(40009 if kind == "image" else 40006, "invalid media size")
    if not _is_of_kind(kind, file.content):
        raise Refused(40005, "invalid file type")
    return file


def get(call: Call) -> Answer:
    """The file; of a film, the address it is at. Raises Refused 40007."""
    account, media_id = call.account(), call.query.get("media_id", "")
    kind = check(call, account.key, media_id, *limits.MEDIA_MAX_BYTES)
    if kind != "video":
        return files.fetched(call.db, media_id)
    return {"video_url": address_of(call, media_id)}


def address_of(call: Call, media_id: str) -> str:
    """Where a film is."""
    return f"http://{call.headers.get('Host', '')}{FILM}?media_id={media_id}"


def film(call: Call) -> Answer:
    """Where that address leads; who knows it needs no token. Raises Refused 40007."""
    media_id = call.query.get("media_id", "")
    row = call.db.execute(
        "SELECT content FROM materials WHERE media_id = ?", (media_id,)
    ).fetchone()
    if row is not None:
        return files.as_picture(media_id, bytes(row["content"]))
    return files.fetched(call.db, media_id)


def check(call: Call, account: str, media_id: object, *kinds: str) -> str:
    """The kind it is of. Raises Refused 40007 for no media of this account, none any more, or of
    another kind."""
    row = call.db.execute(
        "SELECT kind FROM media WHERE media_id = ?1 AND account = ?2 AND made_at > ?3 UNION"
        " SELECT kind FROM materials WHERE media_id = ?1 AND account = ?2",
        (str(media_id), account, moment(call.now - limits.MEDIA_LIVES)),
    ).fetchone()
    if row is None or row["kind"] not in kinds:
        raise Refused(40007, "invalid media_id")
    return str(row["kind"])


def _is_of_kind(kind: str, content: bytes) -> bool:
    if kind == "video":
        return content[4:8] == b"ftyp"
    heads = {"image": (_JPEG, _PNG, _GIF), "thumb": (_JPEG,), "voice": _SOUNDS}
    return content.startswith(heads[kind])


ROUTES = (("GET", FILM, film),)  # the other paths are WeCom's as well
