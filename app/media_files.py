"""Media files: the uploaded files themselves, kept under ``var/media`` by the digest of their
content. Machines that share the work have to share this folder."""

import os
import re
import tempfile
from pathlib import Path

from app.db import Database
from app.domain.outreach.materials import media
from bots.media import MediaFile, MediaGone

_DIGEST = re.compile("[0-9a-f]{64}")


class MediaFiles:
    def __init__(self, folder: Path, database: Database):
        self._folder = folder
        self._database = database

    def keep(self, digest: str, content: bytes) -> None:
        """On the disk once this returns; whole, or not at all."""
        path = self._path(digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, unfinished = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(unfinished).replace(path)

    def open(self, digest: str) -> MediaFile:
        """Raises MediaGone."""
        with self._database.reading() as session:
            known = media.by_digest(session, digest)
        if known is None:
            raise MediaGone(digest)
        try:
            content = self._path(digest).read_bytes()
        except FileNotFoundError:
            raise MediaGone(digest) from None
        return MediaFile(known.name, known.mime, content)

    def _path(self, digest: str) -> Path:
        if not _DIGEST.fullmatch(digest):
            raise MediaGone(digest)
        return self._folder / digest[:2] / digest
