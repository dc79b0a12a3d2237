"""Fitting BG/NBD to the histories of all buyers, by maximum likelihood; and its formulas for whole
columns. For the nightly work and commands: it needs numpy and scipy. See ``buying``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from tagging.buying import DAYS_A_WEEK, Buying, beside_one
from tagging.fitting import CannotFit, likeliest

Floats = NDArray[np.float64]

BUYERS_MIN, REPEATERS_MIN = 100, 30  # fewer say nothing of how rates and chances are distributed
STARTS = ((0.3, 5.0, 0.8, 2.5), (1.0, 1.0, 1.0, 1.0), (0.1, 20.0, 0.5, 5.0))


@dataclass(frozen=True, slots=True)
class Histories:
    """``buying.History`` of many, a column each."""

    repeats: Floats
    last_weeks: Floats
    weeks: Floats


def fit(past: Histories) -> Buying:
    """Raises CannotFit, which says why."""
    if len(past.repeats) < BUYERS_MIN or np.count_nonzero(past.repeats) < REPEATERS_MIN:
        raise CannotFit(f"fewer than {BUYERS_MIN} buyers or {REPEATERS_MIN} who bought again")

    def likelihood(parameters: Sequence[float]) -> float:
        return log_likelihood(Buying(*parameters), past)

    return Buying(*likeliest(likelihood, STARTS, len(past.repeats)))


def log_likelihood(fitted: Buying, past: Histories) -> float:
    """Equation 6, in a form that neither overflows nor divides nothing by nothing."""
    r, alpha, a, b = fitted.r, fitted.alpha, fitted.a, fitted.b
    x = past.repeats
    counts = np.arange(x.max() + 1)  # far fewer than members
    of_repeats = (
        special.gammaln(r + counts)
        - special.gammaln(r)
        + r * np.log(alpha)
        + special.betaln(a, b + counts)
        - special.betaln(a, b)
    )
    stays = -(r + x) * np.log(alpha + past.weeks)
    after_last = np.log(a / (b + np.maximum(x, 1) - 1)) - (r + x) * np.log(alpha + past.last_weeks)
    stopped = np.where(x > 0, after_last, -np.inf)
    return float(np.sum(of_repeats[x.astype(np.int64)] + np.logaddexp(stays, stopped)))


def alive_chance(fitted: Buying, past: Histories) -> Floats:
    odds = _odds_against(fitted, past)
    return 1 / (1 + odds)


def expected_orders(fitted: Buying, past: Histories, days: int) -> Floats:
    """As ``buying.expected_orders`` does, which says why there are two ways; NaN where that comes
    to more than a float holds."""
    a, x = beside_one(fitted.a), past.repeats
    ahead = days / DAYS_A_WEEK
    z = ahead / (fitted.alpha + past.weeks + ahead)
    c = a + fitted.b + x - 1
    is_transformed = a - 1 <= fitted.r + x
    power = np.where(is_transformed, a - 1, fitted.r + x)
    beside = np.where(is_transformed, a + fitted.b - 1 - fitted.r, fitted.b + x)
    bracket = 1 - (1 - z) ** power * special.hyp2f1(power, beside, c, z)
    found: Floats = c / (a - 1) * bracket / (1 + _odds_against(fitted, past))
    return np.where(np.isfinite(found), found, np.nan)


def _odds_against(fitted: Buying, past: Histories) -> Floats:
    x = past.repeats
    ratio = (fitted.alpha + past.weeks) / (fitted.alpha + past.last_weeks)
    exponent = np.minimum((fitted.r + x) * np.log(ratio), 700.0)
    odds = fitted.a / (fitted.b + np.maximum(x, 1) - 1) * np.exp(exponent)
    return np.where(x > 0, odds, 0.0)
