"""Baskets: what a coupon takes off a basket, line by line. Pure, in whole fen.

What is taken off is rounded down once, over the whole basket, and then split over the lines in
proportion by largest remainders: the parts add up exactly, and no line falls below zero.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.domain.loyalty.spending.coupon_terms import CouponKind, Terms


@dataclass(frozen=True, slots=True)
class Line:
    """``amount_fen`` is the price of the whole line before the coupon."""

    sku: str
    quantity: int
    amount_fen: int
    category: str = ""


class Why(StrEnum):
    """Why a coupon takes nothing off."""

    OTHER_SHOP = "other_shop"
    OTHER_GOODS = "other_goods"
    TOO_LITTLE = "too_little"
    TOO_FEW = "too_few"
    GIFT_MISSING = "gift_missing"  # it can be put into the basket for nothing


@dataclass(frozen=True, slots=True)
class Discount:
    """``line_fen``: what is taken off each line, in their order."""

    total_fen: int
    line_fen: tuple[int, ...]
    why_not: Why | None = None


def price(terms: Terms, lines: Sequence[Line], source: str = "") -> Discount:
    """What the coupon takes off this basket of a shop; nothing, with the reason, if it is not good
    for it."""
    if terms.scope.sources and source not in terms.scope.sources:
        return _nothing(lines, Why.OTHER_SHOP)
    if terms.kind is CouponKind.GIFT:
        return _gift(terms, lines)
    weights = _in_scope(terms, lines)
    if not any(weights):
        return _nothing(lines, Why.OTHER_GOODS)
    if sum(weights) < terms.threshold_fen:
        return _nothing(lines, Why.TOO_LITTLE)
    if terms.kind is CouponKind.NTH:
        weights = _every_nth(terms, lines)
        if not any(weights):
            return _nothing(lines, Why.TOO_FEW)
    if terms.percent is not None:
        total_fen = sum(weights) * terms.percent // 100
    else:
        total_fen = min(terms.amount_fen or 0, sum(weights))
    return Discount(total_fen, split(total_fen, weights))


def split(total: int, weights: Sequence[int]) -> tuple[int, ...]:
    """``total`` in whole parts in proportion to ``weights``, by largest remainders, earlier ones
    first where they are equal. Where ``total`` is at most the weights' sum, no part exceeds its
    weight."""
    whole = sum(weights)
    if whole == 0:
        return (0,) * len(weights)
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(
        range(len(weights)), key=lambda place: (-(total * weights[place] % whole), place)
    )
    for place in by_remainder[: total - sum(parts)]:
        parts[place] += 1
    return tuple(parts)


def _nothing(lines: Sequence[Line], why: Why) -> Discount:
    return Discount(0, (0,) * len(lines), why)


def _in_scope(terms: Terms, lines: Sequence[Line]) -> list[int]:
    return [line.amount_fen if terms.scope.covers(line.sku, line.category) else 0 for line in lines]


def _every_nth(terms: Terms, lines: Sequence[Line]) -> list[int]:
    """By line, the price of the items that count: of those in scope, from the dearest to the
    cheapest, every N-th."""
    nth, left = terms.nth or 1, terms.times
    weights, passed = [0] * len(lines), 0
    for item_fen, count, place in sorted(_items(terms, lines), key=lambda run: (-run[0], run[2])):
        counting = (passed + count) // nth - passed // nth
        if left is not None:
            counting = min(counting, left)
            left -= counting
        weights[place] += counting * item_fen
        passed += count
    return weights


def _items(terms: Terms, lines: Sequence[Line]) -> list[tuple[int, int, int]]:
    """(price of one, how many, which line). A line's fen that cannot be shared evenly lie on its
    first items."""
    runs = []
    for place, line in enumerate(lines):
        if line.quantity > 0 and terms.scope.covers(line.sku, line.category):
            item_fen, over = divmod(line.amount_fen, line.quantity)
            runs += [(item_fen + 1, over, place), (item_fen, line.quantity - over, place)]
    return [run for run in runs if run[1]]


def _gift(terms: Terms, lines: Sequence[Line]) -> Discount:
    """One piece of the named product, beside what has to be bought."""
    pieces = [
        (line.amount_fen // line.quantity, place)
        for place, line in enumerate(lines)
        if line.sku == terms.gift_sku and line.quantity > 0
    ]
    gift_fen, where = max(pieces, default=(0, -1), key=lambda piece: piece[0])
    covered = where >= 0 and terms.scope.covers(lines[where].sku, lines[where].category)
    bought_fen = sum(_in_scope(terms, lines)) - (gift_fen if covered else 0)
    if bought_fen <= 0:
        return _nothing(lines, Why.OTHER_GOODS)
    if bought_fen < terms.threshold_fen:
        return _nothing(lines, Why.TOO_LITTLE)
    if where < 0:
        return _nothing(lines, Why.GIFT_MISSING)
    taken_off = tuple(gift_fen if place == where else 0 for place in range(len(lines)))
    return Discount(gift_fen, taken_off)
