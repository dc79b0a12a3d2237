"""Segment trees at random, as an operator would write them, over ``segment_members``."""

import random
from collections.abc import Callable, Mapping
from typing import Any

from tagging.segments import kinds
from tests import segment_members as shop

DEPTH_MAX = 4
KINDS = tuple(kind for kind in kinds.KINDS if kind != "segment")
_WORDS = {
    "rfm_segment": shop.SEGMENTS,
    "stage": shop.STAGES,
    "cluster": shop.CLUSTERS,
}
_KEYS = ("key-1", "key-2", "unknown")

Written = dict[str, Any]


def tree(chance: random.Random, depth: int = 1) -> Written:
    """A rule of up to four levels; groups may be empty."""
    if depth == DEPTH_MAX or chance.random() < 0.3:
        return leaf(chance)
    kind = chance.choice(("all", "any", "not"))
    if kind == "not":
        return {"not": tree(chance, depth + 1)}
    return {kind: [tree(chance, depth + 1) for _ in range(chance.randint(0, 3))]}


def leaf(chance: random.Random) -> Written:
    kind = chance.choice(KINDS)
    fields = _FIELDS[kind](chance) if kind in _FIELDS else {}
    if kind in (*kinds.MOMENTS, "tag") and chance.random() < 0.6:
        fields["within_days"] = chance.choice(shop.WINDOWS)
    if kind in kinds.HAPPENINGS:
        fields |= _times(chance)
    return {"kind": kind, **fields}


def _times(chance: random.Random) -> Written:
    least, more = chance.choice((None, 1, 2)), chance.choice((None, 0, 1))
    most = None if more is None else (least or 0) + more
    times = {"least": least, "most": most, "within_days": chance.choice((None, *shop.WINDOWS))}
    return {name: value for name, value in times.items() if value is not None}


def _some(chance: random.Random, values: tuple[Any, ...]) -> list[Any]:
    return chance.sample(values, chance.randint(1, len(values)))


def _between(chance: random.Random, numbers: tuple[float, ...]) -> Written:
    least, most = sorted(chance.choices(numbers, k=2))
    ends = {"least": least, "most": most}
    if chance.random() < 0.5:
        ends.pop(chance.choice(("least", "most")))
    return ends


def _perhaps(chance: random.Random, **fields: Any) -> Written:
    return {name: value for name, value in fields.items() if chance.random() < 0.5}


def _figure_is(chance: random.Random) -> Written:
    figure = chance.choice(kinds.WORDS)
    return {"figure": figure, "values": _some(chance, (*_WORDS[figure], "unknown"))}


def _submitted(chance: random.Random) -> Written:
    question, answer = chance.choice((*shop.ANSWERS, ("q1", "unknown")))
    form = chance.choice(_KEYS)
    return chance.choice(
        ({}, {"form": form}, {"form": form, "question": question, "answer": answer})
    )


_FIELDS: Mapping[str, Callable[[random.Random], Written]] = {
    "tag": lambda of: {"tag": of.choice((*shop.TAGS, "unknown"))},
    "nickname": lambda of: {
        "contains": of.choice(("a", "APR", "é", "É", "%", "_", "雨", "i", "🦰"))
    },
    "birthday_month": lambda of: {"months": _some(of, (1, 2, 6, 12))},
    "has": lambda of: {"what": of.choice(kinds.POSSESSIONS)},
    "follows": lambda of: {"channel": of.choice((*shop.CHANNELS, "unknown"))},
    "tier": lambda of: {"tiers": _some(of, (*shop.TIERS, "unknown"))},
    "live_code": lambda of: {"live_codes": _some(of, (1, 2, 9))},
    "zone": lambda of: {"zones": _some(of, (*shop.ZONES, "Asia/Tokyo"))},
    "points": lambda of: _between(of, (0, 1, 99, 100, 500)),
    "points_expiring": lambda of: {
        "within_days": of.choice(shop.WINDOWS),
        **_perhaps(of, least=of.choice((1, 50, 51, 150))),
    },
    "figure": lambda of: {
        "figure": of.choice(kinds.NUMBERS),
        **_between(of, (0, 0.1, 0.3, 1, 3, 5, 23, 19900)),
    },
    "figure_is": _figure_is,
    "chatted": lambda of: _perhaps(of, where=of.choice(("private", "group"))),
    "ordered": lambda of: _perhaps(
        of,
        sku=of.choice((*shop.SKUS, "unknown")),
        least_fen=of.choice((9900, 19900, 19901)),
        source=of.choice(shop.SHOPS),
    ),
    "refunded": lambda of: _perhaps(of, source=of.choice(shop.SHOPS)),
    "radar_opened": lambda of: _perhaps(of, link=of.choice(_KEYS)),
    "form_submitted": _submitted,
    "quiz_answered": lambda of: _perhaps(
        of, quiz=of.choice((1, 2)), right=of.choice((True, False))
    ),
    "coupon_received": lambda of: _perhaps(of, coupon=of.choice((1, 2, 9))),
    "coupon_used": lambda of: _perhaps(of, coupon=of.choice((1, 2, 9))),
    "told": lambda of: _perhaps(of, plan=of.choice((1, 2)), broadcast=of.choice((1, 2))),
    "group": lambda of: _perhaps(of, groups=_some(of, (1, 2, 9))),
    "plan": lambda of: {"plan": of.choice((1, 2, 9)), "standing": of.choice(kinds.PLAN_STANDINGS)},
}
