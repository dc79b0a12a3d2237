"""Odds: which prize the n-th draw of a lottery falls on. Pure, and anybody can reckon it again.

A lottery's seed is 32 random bytes. Its SHA-256 is published when the lottery opens, the seed
itself when it closes. The ticket of draw n is HMAC-SHA256(seed, n) as a number, reduced to one in a
million; the few numbers that would make some tickets likelier than others are drawn again, as
HMAC-SHA256(seed, "n:1") and so on. Prizes lie side by side on the million in their order.
"""

import hashlib
import hmac
from collections.abc import Sequence
from itertools import accumulate, count

WHOLE_PPM = 1_000_000
_NUMBERS = 2**256
_FAIR_BELOW = _NUMBERS - _NUMBERS % WHOLE_PPM


class BadOdds(ValueError):
    """They do not add up to a million, or some prize can never be drawn."""


def check(odds_ppm: Sequence[int]) -> None:
    """Raises BadOdds."""
    if sum(odds_ppm) != WHOLE_PPM or any(one <= 0 for one in odds_ppm):
        raise BadOdds(f"{sum(odds_ppm)} of {WHOLE_PPM}")


def commitment(seed: bytes) -> str:
    """What is published before the first draw."""
    return hashlib.sha256(seed).hexdigest()


def ticket(seed: bytes, number: int) -> int:
    """Of draw ``number``: at least 0, below a million, each as likely as the others."""
    for again in count():
        said = f"{number}:{again}" if again else str(number)
        drawn = int.from_bytes(hmac.digest(seed, said.encode(), "sha256"))
        if drawn < _FAIR_BELOW:
            return drawn % WHOLE_PPM
    raise AssertionError("some number is fair")


def chosen(odds_ppm: Sequence[int], drawn: int) -> int:
    """The place of the prize on which the ticket falls."""
    return next(place for place, end in enumerate(accumulate(odds_ppm)) if drawn < end)
