"""Media 素材: the files that operators have uploaded to be sent, each known by what is in it.

What a file is, its content says, never its name. The sizes are those of the platform's page "Upload
temporary media": pictures up to 10 MB (PNG, JPEG, GIF), voices 2 MB (AMR, MP3), videos 10 MB (MP4);
a cover is a JPEG of 64 KB at most. A voice lasts 60 s at most, which the platform checks itself.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once

IMAGE, VOICE, VIDEO = "image", "voice", "video"
_MB = 1024 * 1024
BYTES_MAX = {IMAGE: 10 * _MB, VOICE: 2 * _MB, VIDEO: 10 * _MB}
COVER_BYTES_MAX = 64 * 1024
NAME_MAX_CHARS = 100

# How a file of each type begins; the frames of an MP3 without a header begin with eleven ones.
_HEADS = (
    (b"\x89PNG\r\n\x1a\n", IMAGE, "image/png"),
    (b"\xff\xd8\xff", IMAGE, "image/jpeg"),
    (b"GIF87a", IMAGE, "image/gif"),
    (b"GIF89a", IMAGE, "image/gif"),
    (b"#!AMR", VOICE, "audio/amr"),
    (b"ID3", VOICE, "audio/mpeg"),
    (b"\xff\xfb", VOICE, "audio/mpeg"),
    (b"\xff\xf3", VOICE, "audio/mpeg"),
    (b"\xff\xf2", VOICE, "audio/mpeg"),
)


class UnknownType(Exception):
    """None of the files that the platform takes."""


class TooManyBytes(Exception):
    """The platform takes no file of this kind that large."""

    def __init__(self, kind: str):
        super().__init__(f"at most {BYTES_MAX[kind]} bytes")
        self.kind, self.bytes_max = kind, BYTES_MAX[kind]


class Media(Base):
    __tablename__ = "media"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    digest: Mapped[str] = mapped_column(unique=True)  # SHA-256 of the content, in hex
    kind: Mapped[str]
    mime: Mapped[str]
    name: Mapped[str]
    size_bytes: Mapped[int]
    created_at: Mapped[datetime]

    @property
    def is_cover(self) -> bool:
        """Whether it may be the cover of a video."""
        return self.mime == "image/jpeg" and self.size_bytes <= COVER_BYTES_MAX


def add(session: Session, name: str, content: bytes, now: datetime) -> str:
    """Its digest; the same content again is the same file, under its first name. Raises
    UnknownType and TooManyBytes."""
    kind, mime = _type_of(content)
    if len(content) > BYTES_MAX[kind]:
        raise TooManyBytes(kind)
    digest = hashlib.sha256(content).hexdigest()
    row = {
        "digest": digest,
        "kind": kind,
        "mime": mime,
        "name": name.strip()[:NAME_MAX_CHARS] or digest[:8],
        "size_bytes": len(content),
        "created_at": now,
    }
    insert_once(session, Media, row, unique=["digest"])
    return digest


def by_digest(session: Session, digest: str) -> Media | None:
    return session.scalar(sa.select(Media).where(Media.digest == digest))


def all_of(session: Session) -> Sequence[Media]:
    """Newest first."""
    return session.scalars(sa.select(Media).order_by(Media.id.desc())).all()


def _type_of(content: bytes) -> tuple[str, str]:
    if content[4:8] == b"ftyp":
        return VIDEO, "video/mp4"
    for head, kind, mime in _HEADS:
        if content.startswith(head):
            return kind, mime
    raise UnknownType
