"""Fitting clusters: k-means, for the nightly work and commands: it needs scikit-learn. See
``clusters``.
"""

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score

from tagging.clusters import FEN, Clusters, Point, names_of
from tagging.fitting import CannotFit

Floats = NDArray[np.float64]

SEED = 2005
STARTS = 4
FITTED_MAX = 20_000  # buyers; a systematic sample of more lies no differently
CHOICES = range(3, 7)  # how many clusters are tried where no number is set
COMPARED_MAX = 1500  # whose silhouettes are compared: every pair of them is measured


def fit(recency_days: Floats, orders: Floats, spent_fen: Floats, number: int | None) -> Clusters:
    """``number`` clusters, or as many as are told apart best (the highest mean silhouette:
    Rousseeuw, Journal of Computational and Applied Mathematics 20, 1987). Raises CannotFit."""
    points = logs(recency_days, orders, spent_fen)
    least = max(CHOICES) + 1 if number is None else number
    if len(np.unique(points, axis=0)) < least:
        raise CannotFit(f"fewer than {least} different buyers")
    means, spreads = points.mean(axis=0), points.std(axis=0)
    spreads[spreads == 0] = 1.0
    scaled = (points - means) / spreads
    some = scaled[:: -(-len(scaled) // FITTED_MAX)]
    found = _clustered(some, _number(some) if number is None else number)
    by_sum = sorted(found.cluster_centers_.tolist(), key=lambda centre: -centre[2])
    centres = tuple(_point(centre) for centre in by_sum)
    return Clusters(_point(means), _point(spreads), centres, names_of(centres))


def logs(recency_days: Floats, orders: Floats, spent_fen: Floats) -> Floats:
    spent = np.log1p(np.maximum(spent_fen, 0) / FEN)
    return np.column_stack((-np.log1p(recency_days), np.log1p(orders), spent))


def nearest(
    clusters: Clusters, recency_days: Floats, orders: Floats, spent_fen: Floats
) -> NDArray[np.int64]:
    """By member, the number of the cluster she belongs to."""
    points = logs(recency_days, orders, spent_fen)
    scaled = (points - np.array(clusters.means)) / np.array(clusters.spreads)
    distances = [((scaled - np.array(centre)) ** 2).sum(axis=1) for centre in clusters.centres]
    found: NDArray[np.int64] = np.argmin(np.column_stack(distances), axis=1)
    return found


def _number(scaled: Floats) -> int:
    some = scaled[:: -(-len(scaled) // COMPARED_MAX)]

    def apart(number: int) -> float:
        labels = _clustered(some, number).labels_
        return float(silhouette_score(some, labels)) if len(set(labels)) > 1 else -1.0

    return max(CHOICES, key=apart)


def _clustered(scaled: Floats, number: int) -> KMeans:
    return KMeans(number, n_init=STARTS, random_state=SEED).fit(scaled)


def _point(values: NDArray[np.float64] | list[float]) -> Point:
    recency, frequency, money = (float(value) for value in values)
    return (recency, frequency, money)
