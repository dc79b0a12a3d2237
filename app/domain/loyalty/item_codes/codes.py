"""The code on a piece: its batch in the clear, its number in it hidden and signed.

A code is 20 letters of Crockford's base 32 (no I, L, O, U): four for the batch, sixteen for 24 bits
of number and 56 bits of signature. The number is encrypted under a stream that begins with its own
signature (the construction of RFC 5297, SIV, with HMAC-SHA256 for both parts), so codes that follow
each other look like chance, whoever guesses hits one in 2^56, and a batch of a million is one row:
pieces get a row of their own when they are first looked at.
"""

import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.domain.people.invites import ALPHABET, LOOK_ALIKES

BATCH_CHARS, PIECE_CHARS = 4, 16
CODE_CHARS = BATCH_CHARS + PIECE_CHARS
BATCH_MAX = 32**BATCH_CHARS - 1
NUMBER_BITS, SIGNATURE_BITS = 24, 56
SIZE_MAX = 2**NUMBER_BITS - 1
KEY_BYTES = 32
_VALUES = {letter: value for value, letter in enumerate(ALPHABET)}
_NOT_SAID = re.compile(r"[\s\-–—_]+")  # how people set a code off
_PAIRS = [first + second for first in ALPHABET for second in ALPHABET]  # ten bits at a time


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes and reads the codes of one batch, by its own key of 32 bytes."""

    batch_id: int
    key: bytes

    def __post_init__(self) -> None:
        if not 0 < self.batch_id <= BATCH_MAX:
            raise ValueError(f"no code has room for batch {self.batch_id}")

    def code(self, number: int) -> str:
        """The code of a piece, counted from 1."""
        signature = self._signature(number)
        hidden = number ^ self._stream(signature)
        piece = _written(hidden << SIGNATURE_BITS | signature, PIECE_CHARS)
        return _written(self.batch_id, BATCH_CHARS) + piece

    def codes(self, first: int, last: int) -> Iterator[str]:
        return map(self.code, range(first, last + 1))

    def number(self, code: str) -> int | None:
        """Which piece of the batch it is on; None when nobody but us could have made it, and we
        have not. ``code`` is as ``normal`` gives it."""
        value = _read(code[BATCH_CHARS:])
        signature = value & (1 << SIGNATURE_BITS) - 1
        number = value >> SIGNATURE_BITS ^ self._stream(signature)
        is_ours = hmac.compare_digest(_bytes(self._signature(number)), _bytes(signature))
        return number if is_ours and number > 0 else None

    def _signature(self, number: int) -> int:
        digest = hmac.digest(self.key, b"piece" + number.to_bytes(4, "big"), "sha256")
        return int.from_bytes(digest[: SIGNATURE_BITS // 8], "big")

    def _stream(self, signature: int) -> int:
        digest = hmac.digest(self.key, b"hide" + _bytes(signature), "sha256")
        return int.from_bytes(digest[: NUMBER_BITS // 8], "big")


def normal(text: str) -> str | None:
    """A code as it is written in one piece, whatever small letters, spaces and dashes it came with;
    None when it cannot be one."""
    code = _NOT_SAID.sub("", text).upper().translate(LOOK_ALIKES)
    return code if len(code) == CODE_CHARS and all(char in _VALUES for char in code) else None


def batch_of(code: str) -> int:
    """The batch that a normal code names; whether it is true, its ``Maker`` knows."""
    return _read(code[:BATCH_CHARS])


def in_fours(code: str) -> str:
    """As it is printed, for people to read."""
    return "-".join(code[at : at + 4] for at in range(0, CODE_CHARS, 4))


def _written(value: int, chars: int) -> str:
    """``chars`` is even."""
    shifts = range(chars * 5 - 10, -1, -10)
    return "".join([_PAIRS[value >> shift & 1023] for shift in shifts])


def _read(text: str) -> int:
    value = 0
    for letter in text:
        value = value << 5 | _VALUES[letter]
    return value


def _bytes(signature: int) -> bytes:
    return signature.to_bytes(SIGNATURE_BITS // 8, "big")
