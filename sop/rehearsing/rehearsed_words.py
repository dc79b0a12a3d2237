"""What becomes of a message in a rehearsal: may she be told at all, does it have to wait, and over
which way does it go?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from sop import caps, splits
from sop.manners import DROP, UNASKED, Manners, Quiet
from sop.rehearsing import reaches
from sop.rehearsing.reaches import Place, Reach
from sop.times import lateness

NO_WAY, HELD_OUT, QUIET = "no_way", "held_out", "quiet_hours"

Touches = Mapping[str, Mapping[date, int]]


@dataclass(frozen=True, slots=True)
class Said:
    """Over ``way``; and the ways that were not open, with why."""

    way: Place
    at: datetime
    passed_over: tuple[tuple[Place, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Unsaid:
    reason: str
    passed_over: tuple[tuple[Place, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Later:
    until: datetime
    reason: str


Outcome = Said | Unsaid | Later


@dataclass(slots=True)
class Mouth:
    """Speaks to one person, and remembers what she has been told."""

    subject: str
    zone: ZoneInfo
    manners: Manners
    reach: Reach
    touches: dict[str, dict[date, int]] = field(default_factory=dict)

    def say(
        self, ways: Sequence[Place], category: str, planned_at: datetime, at: datetime
    ) -> Outcome:
        """``planned_at`` is when it was due first: it does not wait for ever."""
        waits = self._waits(category, at)
        if waits is None:
            return self._over_the_first_open(ways, category, at)
        if isinstance(waits, Later) and waits.until > planned_at + lateness.UNSENT_AFTER:
            return Unsaid(waits.reason)
        return waits

    def _waits(self, category: str, at: datetime) -> Later | Unsaid | None:
        manners = self.manners
        if category in UNASKED and splits.is_held_out(
            "programme", self.subject, manners.holdout_percent
        ):
            return Unsaid(HELD_OUT)
        until = _quiet_until(manners.quiet, category, at, self.zone) if manners.quiet else None
        if manners.quiet is not None and until is not None:
            return Unsaid(QUIET) if manners.quiet.then == DROP else Later(until, QUIET)
        full = caps.full(manners.caps, self.touches, category, at.astimezone(self.zone).date())
        if full is None:
            return None
        midnight = datetime.combine(full.until, time(), self.zone)
        return Later(midnight.astimezone(UTC), f"cap:{full.cap.name}")

    def _over_the_first_open(self, ways: Sequence[Place], category: str, at: datetime) -> Outcome:
        passed_over: list[tuple[Place, str]] = []
        for way in ways:
            reason = self.reach.take(way, at)
            if reason is None:
                heard_at = reaches.rings_at(way[0], at, self.zone)
                days = self.touches.setdefault(category, {})
                on = heard_at.astimezone(self.zone).date()
                days[on] = days.get(on, 0) + 1
                return Said(way, heard_at, tuple(passed_over))
            passed_over.append((way, reason))
        if len(passed_over) == 1:
            return Unsaid(passed_over[0][1])
        return Unsaid(NO_WAY, tuple(passed_over))


@lru_cache(1 << 16)
def _quiet_until(quiet: Quiet, category: str, at: datetime, zone: ZoneInfo) -> datetime | None:
    """Thousands are told something at the same moment: asked once."""
    return quiet.until(category, at, zone)
