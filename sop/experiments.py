"""Experiments: which words work better, and does speaking help at all?

Arms are compared by how many of those assigned to them converted, whether or not each was reached:
who was not reached is part of what an arm does. Intervals are of 95 %.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

LEVEL = 0.95
MISMATCH_BELOW = 0.001  # so rarely do counts differ this much from their shares by chance
CONVERSIONS_MIN = 10  # in each arm, before the interval of a ratio means anything
_Z = NormalDist().inv_cdf(0.5 + LEVEL / 2)


@dataclass(frozen=True, slots=True)
class Arm:
    """``share`` is the weight with which members were assigned to it."""

    name: str
    share: float
    members: int
    converted: int

    @property
    def rate(self) -> float:
        return self.converted / self.members if self.members else 0.0


@dataclass(frozen=True, slots=True)
class Interval:
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Lift:
    """By how much one arm's rate is above another's: ``difference`` in points of the rate, and
    ``relative``, 0.5 being half as much again. ``relative`` is None without enough conversions in
    both."""

    difference: float
    difference_between: Interval
    relative: float | None
    relative_between: Interval | None

    @property
    def is_certain(self) -> bool:
        """Whether the interval leaves no doubt on which side of zero it is."""
        return self.difference_between.low > 0 or self.difference_between.high < 0


def lift(arm: Arm, over: Arm) -> Lift:
    """How much better ``arm`` does than ``over``. Raises ValueError where an arm is empty.

    The difference has Newcombe's interval (Statistics in Medicine 17, 1998, method 10), the ratio
    Katz's (Biometrics 34, 1978).
    """
    if not arm.members or not over.members:
        raise ValueError("an arm without members cannot be compared")
    relative = relative_between = None
    if min(arm.converted, over.converted) >= CONVERSIONS_MIN:
        ratio = arm.rate / over.rate
        error = math.sqrt(_spread(arm) + _spread(over))
        relative = ratio - 1
        relative_between = Interval(
            ratio * math.exp(-_Z * error) - 1, ratio * math.exp(_Z * error) - 1
        )
    return Lift(arm.rate - over.rate, _newcombe(arm, over), relative, relative_between)


def rate_between(arm: Arm) -> Interval:
    """Wilson's score interval of an arm's rate."""
    if not arm.members:
        return Interval(0.0, 1.0)
    n, p, z2 = arm.members, arm.rate, _Z * _Z
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return Interval(max(0.0, middle - half), min(1.0, middle + half))


def mismatch(arms: Sequence[Arm]) -> float:
    """The sample-ratio check: how probable counts as uneven as these are, if members had really
    been assigned by the shares (Pearson's chi-squared). 1 where there is nothing to check."""
    total, shares = sum(arm.members for arm in arms), sum(arm.share for arm in arms)
    expected = [total * arm.share / shares for arm in arms] if shares else []
    if total == 0 or len(arms) < 2 or not all(expected):
        return 1.0
    squares = ((arm.members - want) ** 2 / want for arm, want in zip(arms, expected, strict=True))
    return chi_squared_above(sum(squares), len(arms) - 1)


def is_mismatched(arms: Sequence[Arm]) -> bool:
    """Something other than the split decides who is in which arm: then its result means nothing."""
    return mismatch(arms) < MISMATCH_BELOW


def winner(arms: Sequence[Arm]) -> Arm | None:
    """The arm that is certainly better than each other one, or None as long as there is none.

    Each comparison is held to a share of the error (Bonferroni), since several of them give
    chance several chances.
    """
    best = max(arms, key=lambda arm: arm.rate, default=None)
    others = [arm for arm in arms if arm is not best]
    if best is None or not others or is_mismatched(arms):
        return None
    if min(arm.converted for arm in arms) < CONVERSIONS_MIN:
        return None
    z = NormalDist().inv_cdf(1 - (1 - LEVEL) / 2 / len(others))
    return best if all(_is_above(best, other, z) for other in others) else None


def chi_squared_above(value: float, freedom: int) -> float:
    """The probability that chi-squared of so many degrees of freedom is above ``value``
    (Abramowitz and Stegun 26.4.4 and 26.4.5)."""
    half = value / 2
    if freedom % 2 == 0:
        term, total = 1.0, 1.0
        for k in range(1, freedom // 2):
            term *= half / k
            total += term
        return math.exp(-half) * total
    term, total = math.sqrt(half / math.pi) * 2, 0.0
    for k in range(1, (freedom - 1) // 2 + 1):
        total += term
        term *= value / (2 * k + 1)
    return math.erfc(math.sqrt(half)) + math.exp(-half) * total


def _spread(arm: Arm) -> float:
    """An arm's part in the variance of the logarithm of a ratio."""
    return 1 / arm.converted - 1 / arm.members


def _newcombe(arm: Arm, over: Arm) -> Interval:
    one, two = rate_between(arm), rate_between(over)
    difference = arm.rate - over.rate
    return Interval(
        difference - math.hypot(arm.rate - one.low, two.high - over.rate),
        difference + math.hypot(one.high - arm.rate, over.rate - two.low),
    )


def _is_above(best: Arm, other: Arm, z: float) -> bool:
    pooled = (best.converted + other.converted) / (best.members + other.members)
    error = math.sqrt(pooled * (1 - pooled) * (1 / best.members + 1 / other.members))
    return error > 0 and (best.rate - other.rate) / error > z
