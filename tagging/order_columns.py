"""The sums of many members at once, from columns of their orders. It needs numpy.

Orders come sorted by member and moment, a column for each of: whose, when (microseconds since
1970, UTC), how much (fen, net of what was paid back). ``figures.Sums`` says what the sums mean.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from tagging.life_cycle import DAYS_FOR_A_RHYTHM

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_NONE = np.array([], dtype=np.int64)  # so that nothing can be joined too

DAY_US = 86_400_000_000
EPOCH_ORDINAL = datetime(1970, 1, 1, tzinfo=UTC).toordinal()


@dataclass(frozen=True, slots=True)
class OrderSums:
    """A row a member, each once, in order; ``rhythm_days`` is NaN where there is none."""

    member_ids: Ints
    orders: Ints
    spent_fen: Ints
    bought_days: Ints
    first_paid_us: Ints
    last_paid_us: Ints
    first_day: Ints
    last_day: Ints
    repeat_fen: Ints
    rhythm_days: Floats


def sums_of(member_ids: Ints, paid_us: Ints, net_fen: Ints, days: Ints) -> OrderSums:
    """Of a stretch that holds all orders of each of its members; it may not be empty."""
    starts = np.flatnonzero(np.diff(member_ids, prepend=member_ids[0] - 1))
    ends = np.append(starts[1:], len(member_ids))
    counts = ends - starts
    is_new_day = np.diff(days, prepend=days[0] - 1) != 0
    is_new_day[starts] = True
    spent = np.add.reduceat(net_fen, starts)
    is_first_day = days == np.repeat(days[starts], counts)
    return OrderSums(
        member_ids[starts],
        counts,
        spent,
        np.add.reduceat(is_new_day.astype(np.int64), starts),
        paid_us[starts],
        paid_us[ends - 1],
        days[starts],
        days[ends - 1],
        spent - np.add.reduceat(net_fen * is_first_day, starts),
        _rhythms(np.repeat(np.arange(len(starts)), counts)[is_new_day], days[is_new_day]),
    )


def _rhythms(whose: Ints, days: Ints) -> Floats:
    """By member, the median interval between her different days, which come in order."""
    is_hers = np.diff(whose) == 0
    owners, intervals = whose[1:][is_hers], np.diff(days)[is_hers]
    sort = np.lexsort((intervals, owners))
    intervals = intervals[sort]
    rhythms = np.full(int(whose[-1]) + 1, np.nan)
    counts = np.bincount(owners, minlength=len(rhythms))
    starts = np.cumsum(counts) - counts
    has = counts >= DAYS_FOR_A_RHYTHM - 1
    at, many = starts[has], counts[has]
    rhythms[has] = (intervals[at + (many - 1) // 2] + intervals[at + many // 2]) / 2
    return rhythms


def joined(parts: Sequence[OrderSums]) -> OrderSums:
    """One after the other."""
    names = [field.name for field in fields(OrderSums)]
    return OrderSums(
        *(np.concatenate([*(getattr(part, name) for part in parts), _NONE]) for name in names)
    )


class Calendar:
    """The days and hours of a zone, for columns of moments."""

    def __init__(self, zone: ZoneInfo):
        self._zone = zone
        self._offsets_us: dict[int, int] = {}  # by quarter of an hour

    def days(self, moments_us: Ints) -> Ints:
        """Ordinals, as ``date.toordinal`` counts."""
        return self._local_us(moments_us) // DAY_US + EPOCH_ORDINAL

    def hours(self, moments_us: Ints) -> Ints:
        """0 to 23."""
        found: Ints = self._local_us(moments_us) % DAY_US // (DAY_US // 24)
        return found

    def _local_us(self, moments_us: Ints) -> Ints:
        """What the clock on the wall shows. Offsets change at full quarters of an hour, so each
        quarter that occurs is looked up once."""
        quarters, place = np.unique(moments_us // (DAY_US // 96), return_inverse=True)
        offsets = [self._offset_us(quarter) for quarter in quarters.tolist()]
        return moments_us + np.array(offsets, dtype=np.int64)[place]

    def _offset_us(self, quarter: int) -> int:
        known = self._offsets_us.get(quarter)
        if known is None:
            known = self._offsets_us[quarter] = self._looked_up_us(quarter)
        return known

    def _looked_up_us(self, quarter: int) -> int:
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(minutes=15 * quarter)
        offset = at.astimezone(self._zone).utcoffset()
        assert offset is not None
        return offset // timedelta(microseconds=1)
