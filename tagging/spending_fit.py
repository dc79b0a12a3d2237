"""Fitting Gamma-Gamma to what repeat orders were worth, by maximum likelihood; and its formula for
whole columns. For the nightly work and commands: it needs numpy and scipy. See ``spending``.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import special

from tagging.fitting import CannotFit, likeliest
from tagging.spending import Spending

Floats = NDArray[np.float64]

REPEATERS_MIN = 30
Q_LEAST = 1.0  # below, the mean over the members does not exist


def fit(repeats: Floats, mean_amounts: Floats) -> Spending:
    """From those who bought again and paid something for it. The unit of ``v`` is that of the
    amounts. Raises CannotFit, which says why."""
    paid = (repeats > 0) & (mean_amounts > 0)
    x, amounts = repeats[paid], mean_amounts[paid]
    if len(x) < REPEATERS_MIN:
        raise CannotFit(f"fewer than {REPEATERS_MIN} who bought again")
    usual = float(np.median(amounts))  # v is found best where amounts are around one

    def likelihood(parameters: Sequence[float]) -> float:
        return log_likelihood(Spending(*parameters), x, amounts / usual)

    p, q, v = likeliest(likelihood, ((5.0, 3.0, 0.5), (1.0, 2.0, 1.0), (20.0, 8.0, 0.4)), len(x))
    if q <= Q_LEAST:
        raise CannotFit("amounts differ too much between the members to have a mean")
    return Spending(p, q, v * usual)


def log_likelihood(fitted: Spending, repeats: Floats, mean_amounts: Floats) -> float:
    """Equation 1a, of members with ``repeats`` of at least one."""
    p, q, v = fitted.p, fitted.q, fitted.v
    px = p * repeats
    each = (
        special.gammaln(px + q)
        - special.gammaln(px)
        - special.gammaln(q)
        + q * np.log(v)
        + (px - 1) * np.log(mean_amounts)
        + px * np.log(repeats)
        - (px + q) * np.log(v + repeats * mean_amounts)
    )
    return float(np.sum(each))


def expected_amounts(fitted: Spending, repeats: Floats, mean_amounts: Floats) -> Floats:
    p, q, v = fitted.p, fitted.q, fitted.v
    return p * (v + repeats * mean_amounts) / (p * repeats + q - 1)
