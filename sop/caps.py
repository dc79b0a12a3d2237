"""Frequency caps: of how much a member hears in a day, a week, a month, and when there is room.

A touch is counted under the local day on which it was made. A day is that day, a week seven local
days, a month thirty, whichever seven or thirty: however one lays the window, it never holds more
than the cap. Days that lie ahead, as they may when she has moved or a clock was put back, count.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

EVERY = ""  # a cap for all categories together
DAYS: Mapping[str, int] = {"day": 1, "week": 7, "month": 30}
KEPT_DAYS = max(DAYS.values())

Touches = Mapping[str, Mapping[date, int]]  # by category, how many on which local day


@dataclass(frozen=True, slots=True)
class Cap:
    """At most so many messages of a category, or of EVERY one, in each period."""

    category: str
    period: str
    most: int

    @property
    def name(self) -> str:
        """As reasons name it: ``marketing/week``."""
        return f"{self.category or 'every'}/{self.period}"

    def counts(self, category: str) -> bool:
        return self.category in (EVERY, category)


@dataclass(frozen=True, slots=True)
class Full:
    """The cap that is full for the longest, and her first local day with room again."""

    cap: Cap
    until: date


def full(caps: Sequence[Cap], touches: Touches, category: str, on: date) -> Full | None:
    """What forbids one more message of this category on her local day ``on``."""
    found = [
        Full(cap, until)
        for cap in caps
        if cap.counts(category) and (until := full_until(cap, touches, on)) is not None
    ]
    return max(found, key=lambda one: one.until, default=None)


def full_until(cap: Cap, touches: Touches, on: date) -> date | None:
    """The first local day on which the cap has room again; None when it has now."""
    left = cap.most
    for day, times in sorted(_counted(cap, touches), reverse=True):
        left -= times
        if left <= 0:
            until = day + timedelta(days=DAYS[cap.period])
            return until if until > on else None
    return None


def used(cap: Cap, touches: Touches, on: date) -> int:
    """How much of the cap is used up on ``on``."""
    since = on - timedelta(days=DAYS[cap.period])
    return sum(times for day, times in _counted(cap, touches) if day > since)


def _counted(cap: Cap, touches: Touches) -> Iterator[tuple[date, int]]:
    for category, days in touches.items():
        if cap.counts(category):
            yield from days.items()
