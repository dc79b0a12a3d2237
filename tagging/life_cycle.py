"""The member's life cycle: new, active, silent, churning or lost, by her own rhythm.

Three weeks of silence are nothing for who buys every two months and much for who buys every week.
So silence is counted in her own rhythm, the median of the intervals between the days on which she
bought; the median, since one holiday must not make her a slow buyer. With fewer than three such
days (two intervals) nobody has a rhythm yet, and the shop's stands in: the median of its members'
rhythms.

Who has never bought is judged by when she was last heard of, in the shop's rhythm likewise.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

DAYS_FOR_A_RHYTHM = 3
RHYTHM_LEAST_DAYS = 1.0  # days are the unit; two orders on one day are one


class Stage(StrEnum):
    NEW = "new"
    ACTIVE = "active"
    SILENT = "silent"
    CHURNING = "churning"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Patience:
    """Up to how many rhythms of silence she counts as active, silent and churning; the rest is
    lost."""

    active: float = 1.5
    silent: float = 2.5
    churning: float = 4.0

    def edges(self) -> tuple[float, float, float]:
        return (self.active, self.silent, self.churning)


SILENCES = (Stage.ACTIVE, Stage.SILENT, Stage.CHURNING, Stage.LOST)


def rhythm_days(days: Sequence[int]) -> float | None:
    """The median interval between ``days``, the different days of her orders in order; None when
    they are fewer than three."""
    if len(days) < DAYS_FOR_A_RHYTHM:
        return None
    return float(median(later - day for day, later in zip(days, days[1:], strict=False)))


def stage(silent_days: float, rhythm: float, patience: Patience, *, is_first: bool) -> Stage:
    """Where she is after so many days of silence. ``is_first`` is who has bought on one day only,
    or never: as long as she would be active she counts as new."""
    found = SILENCES[bisect_left(patience.edges(), silences(silent_days, rhythm))]
    return Stage.NEW if is_first and found == Stage.ACTIVE else found


def silences(silent_days: float, rhythm: float) -> float:
    """How many of her rhythms she has been silent for."""
    return silent_days / max(rhythm, RHYTHM_LEAST_DAYS)
