"""RFM: when she bought last, how often, for how much; on two scales of one to five.

The *scores* compare her with the others: a fifth of the members each, as far as ties allow (Hughes,
"Strategic Database Marketing", 1994). The four limits between the fifths are members' own values
(nearest rank), and a score is one more than the number of limits that a value exceeds. So equal
values always get the same score; where a third of all have ordered once, those are all in the first
fifth, and the second may be empty.

The *bands* are the operators' fixed scale, so that a five today is a five next year.

Recency counts backwards on both: the fewer days ago, the higher.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

STEPS = 5
HIGH = 4  # from this score on, she counts as high in a dimension


class Segment(StrEnum):
    """The eight classes of the trade, by which of recency, frequency and money are high."""

    IMPORTANT_VALUE = "important_value"  # 重要价值: all three
    IMPORTANT_GROWTH = "important_growth"  # 重要发展: lately, for much, but rarely
    IMPORTANT_KEEP = "important_keep"  # 重要保持: often and for much, but not lately
    IMPORTANT_WINBACK = "important_winback"  # 重要挽留: for much only
    ORDINARY_VALUE = "ordinary_value"  # 一般价值: lately and often, for little
    ORDINARY_GROWTH = "ordinary_growth"  # 一般发展: lately only
    ORDINARY_KEEP = "ordinary_keep"  # 一般保持: often only
    ORDINARY_WINBACK = "ordinary_winback"  # 一般挽留: none


SEGMENTS = {  # (recency, frequency, money) is high
    (True, True, True): Segment.IMPORTANT_VALUE,
    (True, False, True): Segment.IMPORTANT_GROWTH,
    (False, True, True): Segment.IMPORTANT_KEEP,
    (False, False, True): Segment.IMPORTANT_WINBACK,
    (True, True, False): Segment.ORDINARY_VALUE,
    (True, False, False): Segment.ORDINARY_GROWTH,
    (False, True, False): Segment.ORDINARY_KEEP,
    (False, False, False): Segment.ORDINARY_WINBACK,
}


@dataclass(frozen=True, slots=True)
class Limits:
    """The four values between the five steps of each dimension, from the lowest up."""

    recency_days: tuple[float, ...]
    orders: tuple[float, ...]
    spent_fen: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Rfm:
    recency: int
    frequency: int
    money: int

    @property
    def segment(self) -> Segment:
        return SEGMENTS[self.recency >= HIGH, self.frequency >= HIGH, self.money >= HIGH]


def limits_of(values: Sequence[float]) -> tuple[float, ...]:
    """The limits between the fifths of ``values``, which are sorted and not empty."""
    ranks = (-(-len(values) * step // STEPS) for step in range(1, STEPS))
    return tuple(float(values[rank - 1]) for rank in ranks)


def scores(limits: Limits, recency_days: float, orders: float, spent_fen: float) -> Rfm:
    """How she compares: a value on a limit belongs to the step below it."""
    return Rfm(
        STEPS - bisect_left(limits.recency_days, recency_days),
        1 + bisect_left(limits.orders, orders),
        1 + bisect_left(limits.spent_fen, spent_fen),
    )


def bands(scale: Limits, recency_days: float, orders: float, spent_fen: float) -> Rfm:
    """Where she stands on the fixed scale: "from 5 orders on" means that the fifth counts, "within
    30 days" that the thirtieth does."""
    return Rfm(
        STEPS - bisect_left(scale.recency_days, recency_days),
        1 + bisect_right(scale.orders, orders),
        1 + bisect_right(scale.spent_fen, spent_fen),
    )
