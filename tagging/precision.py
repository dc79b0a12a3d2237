"""How precise is a rule, from a sample of its hits that somebody has judged?"""

from math import sqrt
from typing import NamedTuple

Z_95 = 1.959964  # of the normal distribution, for 95 in 100


class Precision(NamedTuple):
    """The share of right hits, and between which two shares the truth lies 95 times in 100."""

    share: float
    least: float
    most: float


def of(right: int, judged: int) -> Precision | None:
    """Wilson's score interval (Wilson, "Probable Inference, the Law of Succession, and Statistical
    Inference", JASA 1927). None when nothing is judged."""
    if judged == 0:
        return None
    share, z2 = right / judged, Z_95**2
    centre = share + z2 / (2 * judged)
    spread = Z_95 * sqrt(share * (1 - share) / judged + z2 / (4 * judged**2))
    whole = 1 + z2 / judged
    least, most = (centre - spread) / whole, (centre + spread) / whole
    return Precision(share, max(0.0, least), min(1.0, most))
