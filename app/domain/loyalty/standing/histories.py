"""Histories: what a member has done, by measure and business day, summed up so that any stretch of
days is one subtraction."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import accumulate

from app.domain.loyalty.standing import periods
from app.domain.loyalty.standing.periods import Period
from app.domain.loyalty.standing.tier_terms import Level, Measure

Gain = tuple[Measure, date, int]


@dataclass(frozen=True, slots=True)
class _Run:
    """Of one measure: the days in order, and what it came to up to before each and in the end."""

    days: list[date]
    sums: list[int]

    def between(self, first: date, last: date) -> int:
        return self.sums[bisect_right(self.days, last)] - self.sums[bisect_left(self.days, first)]


@dataclass(frozen=True, slots=True)
class History:
    runs: Mapping[Measure, _Run]

    def total(self, measure: Measure, over: Period, on: date) -> int:
        """What counts of this measure at the end of the day ``on``."""
        run = self.runs.get(measure)
        return run.between(periods.first_day(over, on), on) if run else 0

    def meets(self, level: Level, on: date) -> bool:
        return not level.ways or any(
            all(self.total(it.measure, it.over, on) >= it.at_least for it in way)
            for way in level.ways
        )

    def days(self, first: date, last: date) -> list[date]:
        """The days between these, both included, on which she did anything that counts."""
        found: set[date] = set()
        for run in self.runs.values():
            low, high = bisect_left(run.days, first), bisect_right(run.days, last)
            found.update(run.days[low:high])
        return sorted(found)


def of(gains: Iterable[Gain]) -> History:
    """From gains in any order; of a measure and day there may be several."""
    by_measure: dict[Measure, dict[date, int]] = {}
    for measure, on, amount in gains:
        days = by_measure.setdefault(measure, {})
        days[on] = days.get(on, 0) + amount
    return History({measure: _run(days) for measure, days in by_measure.items()})


def _run(days: Mapping[date, int]) -> _Run:
    ordered = sorted(days)
    return _Run(ordered, [0, *accumulate(days[on] for on in ordered)])
