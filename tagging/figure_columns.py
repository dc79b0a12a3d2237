"""The figures of all members at once, and what is fitted to them. For the nightly work and
commands: it needs numpy, scipy and scikit-learn. ``figures`` says what each figure means.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from tagging import buying_fit, cluster_fit, rfm, spending_fit
from tagging.buying import DAYS_A_WEEK, YEAR_DAYS, Buying
from tagging.buying_fit import Histories
from tagging.clusters import Clusters
from tagging.figures import DIGITS, Fitted, Rules
from tagging.fitting import CannotFit
from tagging.life_cycle import RHYTHM_LEAST_DAYS, SILENCES, Stage
from tagging.order_columns import OrderSums
from tagging.rfm import SEGMENTS, STEPS, Limits
from tagging.spending import Spending

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Words = NDArray[np.object_]

FITTED_MAX = 50_000  # members; a systematic sample of more tells the same
_Found = TypeVar("_Found", Buying, Spending, Clusters)


@dataclass(frozen=True, slots=True)
class FigureColumns:
    """``figures.Figures`` of members who have bought, a column each. Forecasts are NaN, and other
    columns None, where nothing was fitted."""

    recency_days: Ints
    scores: tuple[Ints, Ints, Ints] | None
    bands: tuple[Ints, Ints, Ints]
    segments: Words | None
    stages: Words
    clusters: Words | None
    expected_orders_year: Floats
    expected_value_fen_year: Floats
    alive_chances: Floats


def fit(sums: OrderSums, rules: Rules, today: int) -> tuple[Fitted, dict[str, str]]:
    """What all buyers together teach, and why what is missing could not be taught."""
    why_not: dict[str, str] = {}
    if not len(sums.member_ids):
        return Fitted(), {"limits": "nobody has bought"}

    def attempt(name: str, fits: Callable[[], _Found]) -> _Found | None:
        try:
            return fits()
        except CannotFit as reason:
            why_not[name] = str(reason)
            return None

    some = _sample(sums)
    past, means = _histories(some, today), _mean_fen(some)
    recency = _recency(some, today).astype(np.float64)
    orders, spent = some.orders.astype(np.float64), some.spent_fen.astype(np.float64)
    rhythms = sums.rhythm_days[~np.isnan(sums.rhythm_days)]
    fitted = Fitted(
        limits(sums, today),
        float(np.median(rhythms)) if len(rhythms) else None,
        attempt("buying", lambda: buying_fit.fit(past)),
        attempt("spending", lambda: spending_fit.fit(past.repeats, means)),
        attempt("clusters", lambda: cluster_fit.fit(recency, orders, spent, rules.clusters)),
    )
    return fitted, why_not


def of(sums: OrderSums, rules: Rules, fitted: Fitted, today: int) -> FigureColumns:
    """The figures of each of these members ``today``."""
    recency = _recency(sums, today)
    scores = _scores(fitted.limits, recency, sums) if fitted.limits else None
    orders, values, alive = _forecasts(sums, rules, fitted, today)
    return FigureColumns(
        recency,
        scores,
        _bands(rules.scale, recency, sums),
        _segments(*scores) if scores else None,
        _stages(sums, rules, fitted, recency),
        _clusters(fitted.clusters, recency, sums) if fitted.clusters else None,
        orders,
        values,
        alive,
    )


def stages_without_orders(
    known_day: Ints, seen_day: Ints, rules: Rules, fitted: Fitted, today: int
) -> Words:
    """The stages of members who have never bought; ``seen_day`` is less than ``known_day`` where
    nobody knows of any."""
    usual = max(fitted.rhythm_days or rules.rhythm_days, RHYTHM_LEAST_DAYS)
    edges = rules.patience.edges()
    silences = np.maximum(today - np.maximum(seen_day, known_day), 0) / usual
    which = np.searchsorted(edges, silences, "left")
    stages: Words = np.array([str(stage) for stage in SILENCES], dtype=object)[which]
    is_new = np.maximum(today - known_day, 0) / usual <= rules.patience.active
    stages[(which == 0) & is_new] = str(Stage.NEW)
    return stages


def take(sums: OrderSums, which: slice) -> OrderSums:
    """Some of the members."""
    return OrderSums(*(getattr(sums, name)[which] for name in sums.__slots__))


def _sample(sums: OrderSums) -> OrderSums:
    """Every so many-th of them, by id."""
    step = -(-len(sums.member_ids) // FITTED_MAX)
    return take(sums, slice(None, None, step))


def _recency(sums: OrderSums, today: int) -> Ints:
    return np.maximum(today - sums.last_day, 0)


def limits(sums: OrderSums, today: int) -> Limits:
    columns = (_recency(sums, today), sums.orders, sums.spent_fen)
    return Limits(*(rfm.limits_of(np.sort(column).tolist()) for column in columns))


def _scores(limits: Limits, recency: Ints, sums: OrderSums) -> tuple[Ints, Ints, Ints]:
    return (
        STEPS - np.searchsorted(limits.recency_days, recency, "left"),
        1 + np.searchsorted(limits.orders, sums.orders, "left"),
        1 + np.searchsorted(limits.spent_fen, sums.spent_fen, "left"),
    )


def _bands(scale: Limits, recency: Ints, sums: OrderSums) -> tuple[Ints, Ints, Ints]:
    return (
        STEPS - np.searchsorted(scale.recency_days, recency, "left"),
        1 + np.searchsorted(scale.orders, sums.orders, "right"),
        1 + np.searchsorted(scale.spent_fen, sums.spent_fen, "right"),
    )


def _segments(recency: Ints, frequency: Ints, money: Ints) -> Words:
    names = np.empty((2, 2, 2), dtype=object)
    for (r, f, m), segment in SEGMENTS.items():
        names[int(r), int(f), int(m)] = str(segment)
    high = [(score >= rfm.HIGH).astype(np.int64) for score in (recency, frequency, money)]
    found: Words = names[high[0], high[1], high[2]]
    return found


def _stages(sums: OrderSums, rules: Rules, fitted: Fitted, recency: Ints) -> Words:
    usual = fitted.rhythm_days or rules.rhythm_days
    rhythms = np.where(np.isnan(sums.rhythm_days), usual, sums.rhythm_days)
    silences = recency / np.maximum(rhythms, RHYTHM_LEAST_DAYS)
    which = np.searchsorted(rules.patience.edges(), silences, "left")
    stages: Words = np.array([str(stage) for stage in SILENCES], dtype=object)[which]
    stages[(which == 0) & (sums.bought_days == 1)] = str(Stage.NEW)
    return stages


def _clusters(fitted: Clusters, recency: Ints, sums: OrderSums) -> Words:
    columns = (it.astype(np.float64) for it in (recency, sums.orders, sums.spent_fen))
    found: Words = np.array(fitted.names, dtype=object)[cluster_fit.nearest(fitted, *columns)]
    return found


def _forecasts(
    sums: OrderSums, rules: Rules, fitted: Fitted, today: int
) -> tuple[Floats, Floats, Floats]:
    """Orders and value over the next year, and the chance of still being a buyer."""
    nothing = np.full(len(sums.member_ids), np.nan)
    if fitted.buying is None:
        return nothing, nothing, nothing
    past = _histories(sums, today)
    orders = buying_fit.expected_orders(fitted.buying, past, YEAR_DAYS)
    alive = buying_fit.alive_chance(fitted.buying, past)
    values = nothing
    if fitted.spending is not None:
        means = _mean_fen(sums)
        amounts = spending_fit.expected_amounts(fitted.spending, past.repeats, means)
        values = np.rint(orders * amounts * rules.margin_percent / 100)
    return np.round(orders, DIGITS), values, np.round(alive, DIGITS)


def _histories(sums: OrderSums, today: int) -> Histories:
    return Histories(
        (sums.bought_days - 1).astype(np.float64),
        (sums.last_day - sums.first_day) / DAYS_A_WEEK,
        (np.maximum(today, sums.last_day) - sums.first_day) / DAYS_A_WEEK,
    )


def _mean_fen(sums: OrderSums) -> Floats:
    return sums.repeat_fen / np.maximum(sums.bought_days - 1, 1)
