"""Sheets of item codes for whoever prints them: a table, or a picture of each as a QR code. Both
are made as they are written, so that a million of them need no memory."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import segno

from app.domain.loyalty.item_codes import batches, codes
from app.domain.loyalty.item_codes.batches import ItemCodeBatch
from app.domain.vault import Vault

HEADING = ("序号 number", "码 code", "链接 link")
SCALE, BORDER = 4, 4  # the border that the standard asks for, in modules
MASK = 2  # readers take any of the eight; to look for the best one takes four times as long
_CHUNK_BYTES = 1 << 16


class BadRange(ValueError):
    """There are no such pieces in the batch."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The pieces ``first`` to ``last`` of a batch."""

    batch: ItemCodeBatch
    first: int
    last: int
    vault: Vault
    public_url: str

    def __post_init__(self) -> None:
        if not 1 <= self.first <= self.last <= self.batch.size:
            raise BadRange(f"{self.first}–{self.last} of {self.batch.size}")

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """With their heading."""
        yield HEADING
        for number, code in self._codes():
            yield number, codes.in_fours(code), self._url(code)

    def pictures(self) -> Iterator[bytes]:
        """A ZIP file, a piece at a time: an SVG picture of each code, named by its number."""
        written = _Chunks()
        digits = len(str(self.batch.size))
        with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as file:
            for number, code in self._codes():
                file.writestr(f"{number:0{digits}}-{code}.svg", _picture(self._url(code)))
                if len(written) > _CHUNK_BYTES:
                    yield written.taken()
        yield written.taken()

    def _codes(self) -> Iterator[tuple[int, str]]:
        maker = batches.maker(self.batch, self.vault)
        return enumerate(maker.codes(self.first, self.last), self.first)

    def _url(self, code: str) -> str:
        return f"{self.public_url}/h5/c/{code}"


class _Chunks(io.RawIOBase):
    """What a ZIP file writes, until somebody takes it; it cannot go back."""

    def __init__(self) -> None:
        super().__init__()
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, part: Any) -> int:
        self._held += part
        return len(part)

    def __len__(self) -> int:
        return len(self._held)

    def taken(self) -> bytes:
        part = bytes(self._held)
        self._held.clear()
        return part


def _picture(url: str) -> bytes:
    drawn = io.BytesIO()
    code = segno.make_qr(url, error="m", mask=MASK)
    code.save(drawn, kind="svg", scale=SCALE, border=BORDER)
    return drawn.getvalue()
