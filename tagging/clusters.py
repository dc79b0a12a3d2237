"""Clusters: kinds of buyers that the orders themselves tell apart, by k-means on RFM.

Days, orders and amounts are spread over orders of magnitude, so logarithms are compared, each
scaled to its spread (Pedregosa et al., "Scikit-learn", 2011, for the algorithm in ``cluster_fit``).
A cluster is named by its centre: on each axis it lies low, in the middle or high, seen from the
mean of all; so ``r_high.f_low.m_mid`` bought lately, rarely, for a usual sum. Where two have the
same name, the larger sum comes first and the others are numbered.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

APART = 0.5  # standard deviations from the mean at which a centre is no longer in the middle
AXES = ("r", "f", "m")
FEN = 100

Point = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Clusters:
    """``centres`` are on the scale, in the order of ``names``."""

    means: Point
    spreads: Point
    centres: tuple[Point, ...]
    names: tuple[str, ...]


def logs(recency_days: float, orders: float, spent_fen: float) -> Point:
    """Recency counts backwards, so that more is better on every axis."""
    return (-math.log1p(recency_days), math.log1p(orders), math.log1p(max(spent_fen, 0) / FEN))


def nearest(clusters: Clusters, recency_days: float, orders: float, spent_fen: float) -> str:
    """The cluster that she belongs to."""
    point = logs(recency_days, orders, spent_fen)
    scaled = [
        (value - mean) / spread
        for value, mean, spread in zip(point, clusters.means, clusters.spreads, strict=True)
    ]
    distances = [
        sum((value - at) ** 2 for value, at in zip(scaled, centre, strict=True))
        for centre in clusters.centres
    ]
    return clusters.names[distances.index(min(distances))]


def names_of(centres: Sequence[Point]) -> tuple[str, ...]:
    """The names of these centres, which come with the largest sum first."""
    names: list[str] = []
    for centre in centres:
        name = ".".join(f"{axis}_{_level(value)}" for axis, value in zip(AXES, centre, strict=True))
        times = sum(known.partition("#")[0] == name for known in names)
        names.append(f"{name}#{times + 1}" if times else name)
    return tuple(names)


def _level(value: float) -> str:
    if value > APART:
        return "high"
    return "low" if value < -APART else "mid"
