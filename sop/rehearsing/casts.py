"""Who and what is in a rehearsal, and the moments it is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sop.conditions import Facts
from sop.journeys import Journey
from sop.manners import Manners
from sop.plans import PlanDefinition
from sop.rehearsing.reaches import Place, Reach

# What a moment is about.
ENTERS, SAYS, WITHHELD, DOES, HELD_OUT, ENDS = (
    *("enters", "says", "withheld", "does"),
    *("held_out", "ends"),
)


@dataclass(frozen=True, slots=True)
class PlanInRehearsal:
    """``ways``: for each step that says something, the (way, channel) pairs in their order.
    ``is_recall``: it is for those who have left, over a line of their own. ``version``: the one
    that those who come in now are on, or an older one on which somebody still is."""

    id: int
    definition: PlanDefinition
    ways: Mapping[int, Sequence[Place]]
    is_recall: bool = False
    version: int = 1

    @property
    def split(self) -> str:
        return f"plan:{self.id}"


@dataclass(frozen=True, slots=True)
class Underway:
    """A journey that somebody is on when the rehearsal begins, and on which version of its plan."""

    version: int
    journey: Journey


@dataclass(slots=True)
class Person:
    """A member or a group as she is when the rehearsal begins. ``underway``: the journeys she is
    on, ``been_in``: the plans she has been in, by their ids."""

    subject: str
    zone: ZoneInfo
    facts: Facts
    has_left: bool = False
    has_opted_out: bool = False
    tier_label: str | None = None  # of a group
    birthday_on: date | None = None
    active_at: time | None = None
    last_heard_at: datetime | None = None
    underway: Mapping[int, Underway] = field(default_factory=dict)
    been_in: frozenset[int] = frozenset()
    reach: Reach = field(default_factory=Reach)
    touches: Mapping[str, Mapping[date, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class House:
    """What holds for all: the manners in force, the programme's zone, and of a hundred members
    how many do what a step waits for. ``older``: by plan and version, those in which somebody
    still is who came in before the present one."""

    manners: Manners
    zone: ZoneInfo
    reactions: int = 0
    older: Mapping[tuple[int, int], PlanInRehearsal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that would happen. ``planned_at``: when a message was due that had to wait, for
    ``waited_for``. ``passed_over``: the ways that were not open, and why. ``version``: that
    of the plan she is on."""

    at: datetime
    plan_id: int
    what: str
    step: int | None = None
    way: Place | None = None
    reason: str | None = None
    planned_at: datetime | None = None
    waited_for: str | None = None
    passed_over: tuple[tuple[Place, str], ...] = ()
    variant: str | None = None
    version: int = 1
