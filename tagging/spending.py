"""Spending: what a member's next order is worth, by the Gamma-Gamma model.

The amounts of her orders scatter around a mean of her own (gamma, ``p``), and the means scatter
over the members (gamma again, ``q`` and ``v``); how much she spends says nothing about how often
she buys. Colombo and Jiang, "A Stochastic RFM Model", Journal of Interactive Marketing 13(3), 1999;
Fader and Hardie, "The Gamma-Gamma Model of Monetary Value", 2013, whose equation numbers are below.

The first order teaches nothing, as with ``buying``: only repeats count. The fewer she has, the more
her mean is drawn to everybody's.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spending:
    """What has been fitted; ``v`` is in the unit of the amounts, the others are numbers."""

    p: float
    q: float
    v: float


def mean(fitted: Spending) -> float:
    """What an order of an average member is worth. ``q`` is more than one, or it has no mean."""
    return fitted.p * fitted.v / (fitted.q - 1)


def expected_amount(fitted: Spending, repeats: int, mean_amount: float) -> float:
    """What her next order is worth, after ``repeats`` of ``mean_amount`` each (equation 5)."""
    p, q, v = fitted.p, fitted.q, fitted.v
    return p * (v + repeats * mean_amount) / (p * repeats + q - 1)
