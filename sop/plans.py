"""One version of a plan, read as a whole: whom it is for, what enrols them, what is done when.

    {"audience": "member", "trigger": {"kind": "tagged", "tag": "油性发质"},
     "filter": {"tiers": ["gold"], "tags_none": ["售后问题"]},
     "steps": [{"name": "第一天", "when": {"kind": "after", "days": 1, "at": "10:00"},
                "message": {"kind": "text", "content": {"text": "{nickname|亲}，早上好"}}}]}

A plan for groups has "audience": "group" and the filter {"tier_labels": ["gold"]}. What a step can
be, and how steps branch, is read in ``steps``. Everything else is optional:

    "category": "marketing", "goal": {"happened": {"kind": "ordered"}, "within_days": 7},
    "ends": {"match": "any", "conditions": [{"happened": {"kind": "replied"}}]},
    "reentry": {"kind": "after_days", "days": 30}, "holdout_percent": 10,
    "skip": {"dates": ["2026-10-01"]}, "late": {"within_h": 2, "else": "skip"}
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sop import audiences, conditions, contents, happenings, steps, triggers
from sop.conditions import Condition
from sop.contents import Message
from sop.happenings import Happening
from sop.reading import Problem, Reader
from sop.steps import Step
from sop.times import lateness, schedules, skips
from sop.times.lateness import Lateness
from sop.times.skips import SkipDates
from sop.triggers import Trigger

__all__ = ["BadPlan", "Message", "PlanDefinition", "Problem", "Step", "parse"]

CATEGORIES = ("marketing", "service", "loyalty")
STEPS_MAX = steps.STEPS_MAX
TRIGGERS = triggers.KINDS
PLACEHOLDERS = contents.PLACEHOLDERS
CONTENTS = contents.CONTENTS
INSTEAD = contents.INSTEAD
NEVER, AFTER_END, AFTER_DAYS, PER_HAPPENING = "never", "after_end", "after_days", "per_happening"
REENTRIES: Mapping[str, tuple[str, ...]] = {
    NEVER: (),
    AFTER_END: (),
    AFTER_DAYS: ("days",),
    PER_HAPPENING: (),
}

FILTERS: Mapping[str, Callable[[Any], audiences.Filter | audiences.GroupFilter]] = {
    "member": audiences.parse,
    "group": audiences.parse_for_groups,
}
_OPTIONAL = (
    *("trigger_tag", "filter", "category", "goal", "ends", "reentry", "holdout_percent"),
    *("skip", "late"),
)


class BadPlan(ValueError):
    """A definition that is no plan, with everything that is wrong with it."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{p.path}: {p.zh} / {p.en}" for p in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Goal:
    """What makes a plan a success with a member, within so many days of her enrolment.
    ``is_end``: then she leaves the plan."""

    what: Happening
    within_days: int
    is_end: bool


@dataclass(frozen=True, slots=True)
class Ends:
    """When a member leaves early: as soon as ``any`` of the conditions holds, or ``all`` do."""

    match: str
    conditions: tuple[Condition, ...]

    @property
    def condition(self) -> Condition:
        of = conditions.All if self.match == "all" else conditions.AnyOf
        return of(self.conditions)


@dataclass(frozen=True, slots=True)
class Reentry:
    """Whether who has been in the plan comes in again: ``never``; ``after_end`` of the last time;
    ``after_days`` since she came in last; or ``per_happening``, once for each order, each form."""

    kind: str = NEVER
    days: int = 0


@dataclass(frozen=True, slots=True)
class PlanDefinition:
    """``filter`` is a ``GroupFilter`` for groups."""

    audience: str
    trigger: Trigger
    filter: audiences.Filter | audiences.GroupFilter
    steps: tuple[Step, ...]
    category: str = "marketing"
    goal: Goal | None = None
    ends: Ends | None = None
    reentry: Reentry = Reentry()
    holdout_percent: int = 0
    skip: SkipDates = skips.NONE
    late: Lateness = lateness.DEFAULT

    @property
    def crowds(self) -> frozenset[str]:
        """The segments and snapshots it names."""
        return frozenset() if isinstance(self.filter, audiences.GroupFilter) else self.filter.crowds

    @property
    def whens(self) -> tuple[schedules.When, ...]:
        return tuple(step.when for step in self.steps)

    @property
    def asked(self) -> tuple[Condition, ...]:
        """The conditions on which branches and early ends depend."""
        branches = tuple(step.branch for step in self.steps if step.branch is not None)
        return (*branches, self.ends.condition) if self.ends else branches

    @property
    def looks_back(self) -> tuple[conditions.HasHappened, ...]:
        """What of the past they ask about."""
        return tuple(found for one in self.asked for found in conditions.looks_back(one))


def parse(definition: Any) -> PlanDefinition:
    """The plan a definition describes. Raises BadPlan with every problem found, not the first."""
    reader = Reader()
    plan = _plan(reader, definition)
    if plan is None:  # something is wrong, and noted
        raise BadPlan(reader.problems)
    return plan


def _plan(reader: Reader, definition: Any) -> PlanDefinition | None:
    fields = reader.mapping("", definition, ("audience", "trigger", "steps"), _OPTIONAL)
    if fields is None:
        return None
    audience = reader.choice("audience", fields.get("audience"), TRIGGERS)
    if audience is None:
        return None
    trigger = triggers.read(reader, "trigger", triggers.as_written_today(fields), audience)
    chosen = reader.read("filter", FILTERS[audience], fields.get("filter") or {})
    listed = steps.read(reader, "steps", fields.get("steps"), audience)
    category = reader.choice("category", fields.get("category", CATEGORIES[0]), CATEGORIES)
    goal = _goal(reader, fields["goal"]) if fields.get("goal") else None
    ends = _ends(reader, fields["ends"]) if fields.get("ends") else None
    reentry = _reentry(reader, fields["reentry"]) if fields.get("reentry") else Reentry()
    held_out = reader.whole("holdout_percent", fields.get("holdout_percent", 0), 0, 90)
    silent = reader.read("skip", skips.parse, fields.get("skip") or {})
    late = reader.read("late", lateness.parse, fields.get("late"))
    if reader.problems or not (trigger and chosen and category and reentry and silent and late):
        return None
    return PlanDefinition(
        audience=audience,
        trigger=trigger,
        filter=chosen,
        steps=listed,
        category=category,
        goal=goal,
        ends=ends,
        reentry=reentry,
        holdout_percent=held_out or 0,
        skip=silent,
        late=late,
    )


def _goal(reader: Reader, value: Any) -> Goal | None:
    fields = reader.mapping("goal", value, ("happened", "within_days"), ("is_end",))
    if fields is None:
        return None
    what = happenings.read(reader, "goal.happened", fields.get("happened"))
    days = reader.whole("goal.within_days", fields.get("within_days"), 1, 365)
    return Goal(what, days, fields.get("is_end") is True) if what and days else None


def _ends(reader: Reader, value: Any) -> Ends | None:
    fields = reader.mapping("ends", value, ("match", "conditions"))
    if fields is None:
        return None
    match = reader.choice("ends.match", fields.get("match"), ("any", "all"))
    listed = enumerate(reader.listed("ends.conditions", fields.get("conditions"), 1, 20))
    read = [conditions.read(reader, f"ends.conditions[{i}]", one) for i, one in listed]
    return Ends(match, tuple(one for one in read if one)) if match else None


def _reentry(reader: Reader, value: Any) -> Reentry | None:
    given = value.get("kind") if isinstance(value, Mapping) else None
    kind = reader.choice("reentry.kind", given, REENTRIES)
    fields = reader.mapping("reentry", value, ("kind", *REENTRIES.get(kind or "", ())))
    if kind is None or fields is None:
        return None
    days = 0
    if kind == AFTER_DAYS:
        days = reader.whole("reentry.days", fields.get("days"), 1, 3650) or 0
    return Reentry(kind, days)
