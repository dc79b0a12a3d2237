"""Splits: who gets which variant, and who gets nothing so that there is something to compare with.

A member's place is a hash of her and of what is split, so she stays in her arm however often she
is asked about, on whatever machine, and two experiments do not share their arms.
"""

import hashlib
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

_BITS = 48
_PLACES = 1 << _BITS  # a float holds them all, so that a place never rounds up to 1


def place(of: str, subject: str) -> float:
    """Where ``subject`` stands in the split named ``of``: from 0 up to, but not including, 1."""
    digest = hashlib.blake2b(f"{of}\x00{subject}".encode(), digest_size=_BITS // 8).digest()
    return int.from_bytes(digest) / _PLACES


def arm(of: str, subject: str, shares: Sequence[int]) -> int:
    """The index of her arm, where ``shares`` are the arms' weights, at least one above 0."""
    ends = list(accumulate(shares))
    return bisect_right(ends, place(of, subject) * ends[-1])


def is_held_out(of: str, subject: str, percent: float) -> bool:
    """Whether she is among those who get nothing, of whom there are so many in a hundred."""
    return place(f"{of}/holdout", subject) * 100 < percent
