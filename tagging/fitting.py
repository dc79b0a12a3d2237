"""Fitting: the parameters, all above zero, under which what has happened is likeliest."""

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

SMALLEST, LARGEST = 1e-4, 1e5
TOLERANCE = 1e-12  # of the mean log-likelihood: three digits of every parameter need nine of it
_CLOSE = 1e-6


class CannotFit(Exception):
    """There is too little to go by, or it does not follow the model; the text says which."""


def likeliest(
    log_likelihood: Callable[[Sequence[float]], float],
    starts: Sequence[tuple[float, ...]],
    count: int,
) -> tuple[float, ...]:
    """The parameters at which ``log_likelihood``, a sum over ``count`` members, is highest.

    It is climbed from each of the ``starts``, on a scale of logarithms, and the highest end counts.
    Raises CannotFit where no climb arrives, or where the end lies at the edge of what a parameter
    can be: then the members do not differ as the model says, and its forecasts would be noise.
    """

    def depth(logs: NDArray[np.float64]) -> float:
        found = log_likelihood([float(value) for value in np.exp(logs)])
        return -found / count if math.isfinite(found) else 1e10

    bounds = [(math.log(SMALLEST), math.log(LARGEST))] * len(starts[0])
    options = {"ftol": TOLERANCE, "gtol": 1e-9, "maxiter": 1000}
    ends = [
        optimize.minimize(depth, np.log(start), method="L-BFGS-B", bounds=bounds, options=options)
        for start in starts
    ]
    best = min(ends, key=lambda end: float(end.fun))
    if not math.isfinite(best.fun) or best.fun >= 1e10:
        raise CannotFit("no parameters make what has happened likely")
    if any(
        log - low < _CLOSE or high - log < _CLOSE
        for log, (low, high) in zip(best.x, bounds, strict=True)
    ):
        raise CannotFit("the members do not differ as the model says they do")
    return tuple(float(value) for value in np.exp(best.x))
