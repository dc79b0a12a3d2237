"""Buying: how many orders to expect of a member, and whether she still is a buyer, by BG/NBD.

While she is a buyer, she orders at random at a rate of her own, and after each order she stops for
good with a chance of her own; rates are gamma-distributed over the members (``r``, ``alpha``) and
chances beta-distributed (``a``, ``b``). Fader, Hardie and Lee, ""Counting Your Customers" the Easy
Way: An Alternative to the Pareto/NBD Model", Marketing Science 24(2), 2005; equation numbers below
are theirs.

Time is in weeks and counted in the shop's days, and several orders of one day are one. The numbers
are fitted in ``buying_fit``. Nothing but arithmetic is needed here, so that a worker that has just
handled an order can say what it means.
"""

import math
from dataclasses import dataclass

DAYS_A_WEEK = 7
YEAR_DAYS = 365
_CLOSE_TO_ONE = 1e-6
_TERMS_MAX, _EXACT = 100_000, 1e-15


@dataclass(frozen=True, slots=True)
class Buying:
    """What has been fitted; ``alpha`` in weeks."""

    r: float
    alpha: float
    a: float
    b: float


@dataclass(frozen=True, slots=True)
class History:
    """``repeats`` counts the days she bought on after the first; ``last_weeks`` is from her first
    to her last, ``weeks`` from her first to today."""

    repeats: int
    last_weeks: float
    weeks: float


def history(bought_days: int, first_day: int, last_day: int, today: int) -> History:
    """From days counted from any one day on."""
    return History(
        bought_days - 1, (last_day - first_day) / DAYS_A_WEEK, (today - first_day) / DAYS_A_WEEK
    )


def alive_chance(fitted: Buying, her: History) -> float:
    """That she still is a buyer, today: Fader, Hardie and Lee, "Computing P(alive) Using the BG/NBD
    Model", 2008. Who bought once has not had the occasion to stop in this model, so hers is 1."""
    return 1 / (1 + _odds_against(fitted, her))


def expected_orders(fitted: Buying, her: History, days: int) -> float:
    """Days on which she will order, over the next ``days`` (equation 10).

    The hypergeometric function is taken as it is there or by Euler's transformation, whichever is
    multiplied by the lower power of a number below one: with the other, where all members stop
    alike, nothing would be multiplied by more than a float holds.
    """
    a = beside_one(fitted.a)
    b = beside_one(a + fitted.b) - a  # at one exactly the series has no first term
    ahead = days / DAYS_A_WEEK
    z = ahead / (fitted.alpha + her.weeks + ahead)
    ever = (a + b + her.repeats - 1) / (a - 1)
    power, beside = fitted.r + her.repeats, b + her.repeats
    if a - 1 <= power:
        power, beside = a - 1, a + b - 1 - fitted.r
    series = hypergeometric(power, beside, a + b + her.repeats - 1, z)
    return ever * (1 - math.pow(1 - z, power) * series) / (1 + _odds_against(fitted, her))


def hypergeometric(a: float, b: float, c: float, z: float) -> float:
    """Gauss's series 2F1(a, b; c; z), for 0 <= z < 1."""
    term = total = 1.0
    for n in range(_TERMS_MAX):
        term *= (a + n) * (b + n) / ((c + n) * (n + 1)) * z
        total += term
        if abs(term) <= _EXACT * abs(total):
            break
    return total


def _odds_against(fitted: Buying, her: History) -> float:
    """That she has stopped, to that she has not."""
    if her.repeats == 0:
        return 0.0
    ratio = (fitted.alpha + her.weeks) / (fitted.alpha + her.last_weeks)
    exponent = (fitted.r + her.repeats) * math.log(ratio)
    return fitted.a / (fitted.b + her.repeats - 1) * math.exp(min(exponent, 700.0))


def beside_one(a: float) -> float:
    """Equation 10 divides nothing by nothing at a = 1, and is smooth around it."""
    return a if abs(a - 1) > _CLOSE_TO_ONE else 1 + _CLOSE_TO_ONE
