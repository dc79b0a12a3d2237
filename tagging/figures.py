"""Figures: everything that is said of one member, from her sums.

The rules are what operators decide, ``Fitted`` is what a night has found out from all members. With
the same of both, the same sums give the same figures, whether they are worked out for everybody
(``figure_columns``) or, after an order, for her alone.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tagging import buying, clusters, life_cycle, rfm, spending
from tagging.buying import YEAR_DAYS, Buying
from tagging.clusters import Clusters
from tagging.life_cycle import Patience
from tagging.rfm import Limits
from tagging.spending import Spending

DIGITS = 4  # of what is forecast; more would claim a precision that nobody has


@dataclass(frozen=True, slots=True)
class Rules:
    """What operators decide. ``scale`` is that of the bands; ``rhythm_days`` stands in as long as
    no member has a rhythm; ``clusters`` None lets the orders choose how many there are;
    ``margin_percent`` is what of an amount counts as value."""

    scale: Limits
    patience: Patience
    rhythm_days: float = 30.0
    clusters: int | None = None
    margin_percent: int = 100


@dataclass(frozen=True, slots=True)
class Fitted:
    """What a night has found; None where there was too little to go by."""

    limits: Limits | None = None
    rhythm_days: float | None = None
    buying: Buying | None = None
    spending: Spending | None = None
    clusters: Clusters | None = None


@dataclass(frozen=True, slots=True)
class Sums:
    """Her orders that count, those not paid back as a whole, and when she was heard of. Days are
    ordinals of the shop's calendar; ``repeat_fen`` is what she spent after her first day."""

    orders: int = 0
    spent_fen: int = 0
    bought_days: int = 0
    first_day: int | None = None
    last_day: int | None = None
    repeat_fen: int = 0
    rhythm_days: float | None = None
    known_day: int = 0
    seen_day: int | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    recency_days: int | None
    scores: rfm.Rfm | None
    bands: rfm.Rfm | None
    stage: str
    cluster: str | None
    expected_orders_year: float | None
    expected_value_fen_year: int | None
    alive_chance: float | None


def of(sums: Sums, rules: Rules, fitted: Fitted, today: int) -> Figures:
    """What there is to say of her ``today``."""
    usual = fitted.rhythm_days or rules.rhythm_days
    if sums.first_day is None or sums.last_day is None:
        seen = max(sums.known_day if sums.seen_day is None else sums.seen_day, sums.known_day)
        is_new = life_cycle.silences(max(0, today - sums.known_day), usual)
        stage = life_cycle.stage(
            max(0, today - seen), usual, rules.patience, is_first=is_new <= rules.patience.active
        )
        return Figures(None, None, None, stage, None, None, None, None)
    today = max(today, sums.last_day)
    recency = today - sums.last_day
    values = (recency, sums.orders, sums.spent_fen)
    stage = life_cycle.stage(
        recency, sums.rhythm_days or usual, rules.patience, is_first=sums.bought_days == 1
    )
    orders, alive = _orders(sums, sums.first_day, sums.last_day, fitted, today)
    return Figures(
        recency,
        rfm.scores(fitted.limits, *values) if fitted.limits else None,
        rfm.bands(rules.scale, *values),
        stage,
        clusters.nearest(fitted.clusters, *values) if fitted.clusters else None,
        None if orders is None else round(orders, DIGITS),
        _value_fen(sums, rules, fitted, orders),
        None if alive is None else round(alive, DIGITS),
    )


def _orders(
    sums: Sums, first_day: int, last_day: int, fitted: Fitted, today: int
) -> tuple[float | None, float | None]:
    if fitted.buying is None:
        return None, None
    hers = buying.history(sums.bought_days, first_day, last_day, today)
    orders = buying.expected_orders(fitted.buying, hers, YEAR_DAYS)
    alive = buying.alive_chance(fitted.buying, hers)
    return orders if math.isfinite(orders) else None, alive  # more than a float holds is unknown


def _value_fen(sums: Sums, rules: Rules, fitted: Fitted, orders: float | None) -> int | None:
    if orders is None or fitted.spending is None:
        return None
    repeats = sums.bought_days - 1
    mean_fen = sums.repeat_fen / max(repeats, 1)
    amount_fen = spending.expected_amount(fitted.spending, repeats, mean_fen)
    return round(orders * amount_fen * rules.margin_percent / 100)


def rules_from(written: Mapping[str, Any]) -> Rules:
    """From what is kept in the database."""
    return Rules(
        Limits(
            tuple(written["recency_days"]), tuple(written["orders"]), tuple(written["spent_fen"])
        ),
        Patience(*written["patience"]),
        float(written["rhythm_days"]),
        written["clusters"],
        int(written["margin_percent"]),
    )


def fitted_from(written: Mapping[str, Any]) -> Fitted:
    """From what is kept in the database, see ``as_written``."""
    limits, buys, spends, found = (
        written.get(name) for name in ("limits", "buying", "spending", "clusters")
    )
    return Fitted(
        Limits(*(tuple(values) for values in limits)) if limits else None,
        written.get("rhythm_days"),
        Buying(*buys) if buys else None,
        Spending(*spends) if spends else None,
        Clusters(
            tuple(found["means"]),
            tuple(found["spreads"]),
            tuple(tuple(centre) for centre in found["centres"]),
            tuple(found["names"]),
        )
        if found
        else None,
    )


def as_written(fitted: Fitted) -> dict[str, Any]:
    """As it is kept: lists of numbers, which JSON gives back as they were."""
    limits, buys, spends, found = fitted.limits, fitted.buying, fitted.spending, fitted.clusters
    return {
        "limits": [list(v) for v in (limits.recency_days, limits.orders, limits.spent_fen)]
        if limits
        else None,
        "rhythm_days": fitted.rhythm_days,
        "buying": [buys.r, buys.alpha, buys.a, buys.b] if buys else None,
        "spending": [spends.p, spends.q, spends.v] if spends else None,
        "clusters": {
            "means": list(found.means),
            "spreads": list(found.spreads),
            "centres": [list(centre) for centre in found.centres],
            "names": list(found.names),
        }
        if found
        else None,
    }
