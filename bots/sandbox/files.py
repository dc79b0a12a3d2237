"""The file in a multipart body, which calls bring to paths that take one, and what it holds for who
fetches it again."""

import io
import sqlite3
from contextlib import closing
from dataclasses import dataclass

from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header

from bots.sandbox.calls import Call, Picture
from bots.sandbox.refusals import Refused

TABLE = """
CREATE TABLE IF NOT EXISTS files (
  media_id TEXT PRIMARY KEY, made_at TEXT NOT NULL, content BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS files_made ON files (made_at);
"""
_KINDS = (
    (b"\xff\xd8\xff", "image/jpeg", "jpg"),
    (b"\x89PNG\r\n\x1a\n", "image/png", "png"),
    (b"GIF8", "image/gif", "gif"),
    (b"#!AMR", "audio/amr", "amr"),
)
_UNKNOWN = ("application/octet-stream", "bin")


@dataclass(frozen=True, slots=True)
class File:
    name: str
    content: bytes


def of(call: Call) -> File:
    """Raises Refused 41005."""
    _, files = _parts(call)
    found = next(iter(files.values()), None)
    if found is None:
        raise Refused(41005, "media data missing")
    with closing(found):
        return File(found.filename or "", found.read())


def keep(db: sqlite3.Connection, media_id: str, content: bytes, made: str, gone: str) -> None:
    """``made`` and ``gone`` are moments: now, and when those that are no more were made."""
    db.execute("DELETE FROM files WHERE made_at <= ?", (gone,))
    db.execute("INSERT INTO files VALUES (?, ?, ?)", (media_id, made, content))


def fetched(db: sqlite3.Connection, media_id: str) -> Picture:
    """A file as it was brought. Raises Refused 40007 for one that is no longer kept."""
    row = db.execute("SELECT content FROM files WHERE media_id = ?", (media_id,)).fetchone()
    if row is None:
        raise Refused(40007, "invalid media_id")
    return as_picture(media_id, bytes(row["content"]))


def as_picture(name: str, content: bytes) -> Picture:
    """The answer that is this file."""
    known = (kind[1:] for kind in _KINDS if content.startswith(kind[0]))
    mimetype, ending = next(known, _UNKNOWN)
    return Picture(content, mimetype, f"{name}.{ending}")


def field_of(call: Call, name: str) -> str:
    """What stands beside the file under a name; empty if nothing does."""
    texts, files = _parts(call)
    for file in files.values():
        file.close()
    return str(texts.get(name, ""))


def _parts(call: Call) -> tuple[MultiDict[str, str], MultiDict[str, FileStorage]]:
    mimetype, options = parse_options_header(call.headers.get("Content-Type", ""))
    parser = FormDataParser(silent=True)
    _, texts, files = parser.parse(io.BytesIO(call.raw), mimetype, len(call.raw), options)
    return texts, files
