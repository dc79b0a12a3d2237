"""What a coupon says: what it takes off, from what, and for whom. Pure.

``fixed`` takes an amount off, ``percent`` a share, ``threshold`` (满减) an amount from so much on,
``nth`` (第 N 件优惠, such as 第二件半价) a share of every N-th item, and ``gift`` the price of one
piece of a named product. ``percent`` is what is taken off: 20 is 八折.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

NTH_MAX, TIMES_MAX = 10, 1_000
ABSENT = {"threshold_fen": 0, "gift_sku": ""}  # written for none, beside None


class CouponKind(StrEnum):
    FIXED = "fixed"
    PERCENT = "percent"
    THRESHOLD = "threshold"
    NTH = "nth"
    GIFT = "gift"


class BadTerms(ValueError):
    """The terms contradict each other; the text names the field."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a coupon is good for; where a set is empty, it does not matter. A line is in scope by
    its ``sku`` or its ``category``; ``sources`` are the shops."""

    skus: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()

    @classmethod
    def of(cls, written: dict[str, Any] | None) -> Self:
        names = ("skus", "categories", "sources")
        return cls(*(frozenset((written or {}).get(name, ())) for name in names))

    def as_json(self) -> dict[str, list[str]]:
        return {
            "skus": sorted(self.skus),
            "categories": sorted(self.categories),
            "sources": sorted(self.sources),
        }

    def covers(self, sku: str, category: str) -> bool:
        if not self.skus and not self.categories:
            return True
        return sku in self.skus or category in self.categories


@dataclass(frozen=True, slots=True)
class Terms:
    """``times``: how often ``nth`` counts in one basket; None is without end. ``threshold_fen`` is
    what has to be bought within the scope."""

    kind: CouponKind
    amount_fen: int | None = None
    percent: int | None = None
    threshold_fen: int = 0
    nth: int | None = None
    times: int | None = None
    gift_sku: str | None = None
    scope: Scope = field(default_factory=Scope)


# Which of the terms a kind has to have. All others have to be absent.
_NEEDS: dict[CouponKind, Collection[str]] = {
    CouponKind.FIXED: {"amount_fen"},
    CouponKind.PERCENT: {"percent"},
    CouponKind.THRESHOLD: {"amount_fen", "threshold_fen"},
    CouponKind.NTH: {"nth", "percent"},
    CouponKind.GIFT: {"gift_sku"},
}
_MAY_HAVE: dict[CouponKind, Collection[str]] = {
    CouponKind.NTH: {"times"},
    CouponKind.GIFT: {"threshold_fen"},
}


def check(terms: Terms) -> None:
    """Raises BadTerms."""
    for name in ("amount_fen", "percent", "threshold_fen", "nth", "times", "gift_sku"):
        _check_presence(terms, name)
    _check_range(terms.amount_fen, 1, None, "amount_fen")
    _check_range(terms.percent, 1, 100 if terms.kind is CouponKind.NTH else 99, "percent")
    _check_range(terms.threshold_fen, 0, None, "threshold_fen")
    _check_range(terms.nth, 2, NTH_MAX, "nth")
    _check_range(terms.times, 1, TIMES_MAX, "times")
    if terms.amount_fen is not None and 0 < terms.threshold_fen < terms.amount_fen:
        raise BadTerms("amount_fen")


def _check_presence(terms: Terms, name: str) -> None:
    needs, may_have = _NEEDS[terms.kind], _MAY_HAVE.get(terms.kind, ())
    value = getattr(terms, name)
    is_there = value is not None and value != ABSENT.get(name)
    if is_there and name not in needs and name not in may_have:
        raise BadTerms(name)
    if not is_there and name in needs:
        raise BadTerms(name)


def _check_range(value: int | None, least: int, most: int | None, name: str) -> None:
    if value is not None and (value < least or (most is not None and value > most)):
        raise BadTerms(name)
