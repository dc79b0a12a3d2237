"""Tallies: the moments of all members, counted for people to look at."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

from sop.rehearsing.casts import DOES, ENDS, ENTERS, HELD_OUT, SAYS, WITHHELD, Moment
from sop.rehearsing.reaches import Place

Step = tuple[int, int, int]  # a plan's id, its version, and the number of a step


@dataclass(slots=True)
class Tally:
    """``said``: how many would hear a step on a day; ``volumes``: over which way. ``withheld``,
    ``waited`` and ``passed_over``: why not, why not at once, why not over a better way.
    ``collisions``: members who hear from two plans on one day."""

    people: int = 0
    entered: Counter[tuple[date, int]] = field(default_factory=Counter)
    held_out: Counter[int] = field(default_factory=Counter)
    ended: Counter[tuple[int, str]] = field(default_factory=Counter)
    said: Counter[tuple[date, Step]] = field(default_factory=Counter)
    done: Counter[tuple[date, Step]] = field(default_factory=Counter)
    volumes: Counter[tuple[date, Place]] = field(default_factory=Counter)
    withheld: Counter[tuple[Step, str]] = field(default_factory=Counter)
    waited: Counter[tuple[Step, str]] = field(default_factory=Counter)
    passed_over: Counter[tuple[Step, Place, str]] = field(default_factory=Counter)
    collisions: Counter[tuple[date, int, int]] = field(default_factory=Counter)

    def add(self, moments: Iterable[Moment], zone: ZoneInfo) -> None:
        """One person's days, on the programme's clock."""
        self.people += 1
        heard_from: dict[date, set[int]] = {}
        for moment in moments:
            on = moment.at.astimezone(zone).date()
            self._count(moment, on)
            if moment.what == SAYS:
                heard_from.setdefault(on, set()).add(moment.plan_id)
        for on, plans in heard_from.items():
            for one, other in combinations(sorted(plans), 2):
                self.collisions[on, one, other] += 1

    def merge(self, other: "Tally") -> None:
        """Another process's part of the people."""
        self.people += other.people
        for name in self.__dataclass_fields__:
            if name != "people":
                getattr(self, name).update(getattr(other, name))

    def _count(self, moment: Moment, on: date) -> None:
        plan_id, reason = moment.plan_id, moment.reason or ""
        step = plan_id, moment.version, moment.step or 0
        if moment.what == ENTERS:
            self.entered[on, plan_id] += 1
        elif moment.what == HELD_OUT:
            self.held_out[plan_id] += 1
        elif moment.what == ENDS:
            self.ended[plan_id, reason] += 1
        elif moment.what == DOES:
            self.done[on, step] += 1
        elif moment.what == SAYS and moment.way is not None:
            self.said[on, step] += 1
            self.volumes[on, moment.way] += 1
        elif moment.what == WITHHELD:
            self.withheld[step, reason] += 1
        if moment.waited_for is not None:
            self.waited[step, moment.waited_for] += 1
        for way, why in moment.passed_over:
            self.passed_over[step, way, why] += 1

    def of_plan(self, counted: Mapping[Any, int], plan_id: int) -> int:
        """The sum of what is counted by step, or by day and step, of one plan."""
        return sum(times for key, times in counted.items() if _plan_of(key) == plan_id)


def _plan_of(key: tuple[Any, ...]) -> int:
    step = key[1] if isinstance(key[0], date) else key[0]
    return int(step[0])
