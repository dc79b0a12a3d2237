"""Days watched one by one: where a member stands, found out in the slowest and plainest way."""

from dataclasses import dataclass
from datetime import date, timedelta

from app.domain.loyalty.standing import periods
from app.domain.loyalty.standing.histories import Gain
from app.domain.loyalty.standing.tier_terms import Condition, Level, Terms

DAY = timedelta(days=1)


@dataclass
class Naive:
    """Somebody who looks at her every single day, and adds up every single row each time."""

    terms: Terms
    gains: list[Gain]
    level: int = 0
    last_on: date | None = None
    falls_on: date | None = None
    met_at_end: int = 0
    begins_on: date | None = None  # with ``level``; else below everything, before everything

    def live_through(self, first: date, last: date) -> None:
        if self.begins_on is not None:
            self._reach(self.level, self.begins_on)
        for days in range((last - first).days + 1):
            self.live(first + days * DAY)

    def live(self, on: date) -> None:
        if self.falls_on == on:
            self._fall(on)
        elif self.last_on is not None and self.falls_on is None and on == self.last_on + DAY:
            self._end(on)
        met = self._met(on)
        does_something = on == self.begins_on or any(day == on for _, day, _ in self.gains)
        is_met = met > self.level or (met == self.level and self.falls_on is not None)
        if does_something and is_met:
            self._reach(met, on)

    def _end(self, on: date) -> None:
        assert self.last_on is not None
        met = self._met(on - DAY)
        if met >= self.level:
            self.last_on = periods.following(self.terms.kept, self.last_on)
            return
        self.met_at_end, self.falls_on = met, on + self.terms.grace_days * DAY
        if self.falls_on == on:
            self._fall(on)

    def _fall(self, on: date) -> None:
        level = max(self.met_at_end, self._met(on - DAY))
        if self.terms.falls == "one_level":
            level = max(level, self.level - 1)
        self._reach(min(level, self.level - 1), on)

    def _reach(self, level: int, on: date) -> None:
        self.level, self.falls_on, self.met_at_end = level, None, 0
        self.last_on = periods.last_day(self.terms.kept, on) if level else None

    def _met(self, on: date) -> int:
        return max(n for n, level in enumerate(self.terms.levels) if self._meets(level, on))

    def _meets(self, level: Level, on: date) -> bool:
        ways = [[self._total(it, on) >= it.at_least for it in way] for way in level.ways]
        return not ways or any(map(all, ways))

    def _total(self, it: Condition, on: date) -> int:
        days = {
            "ever": lambda day: True,
            "days": lambda day: on - timedelta(days=it.over.count) < day,
            "months": lambda day: periods.months_later(on, -it.over.count) < day,
            "year": lambda day: day.year == on.year,
        }[it.over.kind]
        return sum(
            n for what, day, n in self.gains if what is it.measure and day <= on and days(day)
        )
