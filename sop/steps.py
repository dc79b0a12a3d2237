"""The steps of a plan: each due at its moment, each doing one thing.

    {"name": "第一天", "when": {...}, "message": {...}, "route": ["customer_service", ...]}
    {"name": "AB", "when": {...}, "variants": [{"name": "A", "share": 50, "message": {...}}, ...]}
    {"name": "打标签", "when": {...}, "act": {"kind": "tag", "tag": "新客"}}
    {"name": "买过吗", "when": {...}, "branch": {"if": {...}, "then": [...], "else": [...]}}
    {"name": "等回复", "when": {...},
     "wait": {"for": {"kind": "replied"}, "minutes": 1440, "then": [...], "else": [...]}}

The steps in an arm of a branch or a wait count their time from the moment at which that was
decided, all others from enrolment. A wait holds nothing up but its own arms. A plan's steps are
numbered as they are written, those of an arm right behind what they hang on.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sop import acts, conditions, contents, happenings, routes
from sop.acts import Act
from sop.conditions import Condition
from sop.contents import Message, Variant
from sop.happenings import Happening
from sop.reading import Reader, under
from sop.routes import Way
from sop.times import schedules

STEPS_MAX = 50
DEPTH_MAX = 5
NAME_CHARACTERS_MAX = 64
MINUTES_MAX = 366 * 24 * 60
THEN, ELSE = "then", "else"
DOES = ("message", "variants", "act", "branch", "wait")


@dataclass(frozen=True, slots=True)
class Wait:
    """For something to happen, so many minutes; ``then`` when it has, ``else`` when it has not."""

    what: Happening
    minutes: int


@dataclass(frozen=True, slots=True)
class Step:
    """``message`` is what it says, or the first of ``variants``. ``under``: the number of the
    branch or the wait whose arm it stands in, and which arm."""

    name: str
    when: schedules.When
    message: Message | None = None
    variants: tuple[Variant, ...] = ()
    route: tuple[Way, ...] = ()
    act: Act | None = None
    branch: Condition | None = None
    wait: Wait | None = None
    under: tuple[int, str] | None = None


def read(reader: Reader, path: str, value: Any, audience: str) -> tuple[Step, ...]:
    """All steps in the order of their numbers."""
    steps: list[Step] = []
    reading = _Reading(reader, audience, steps)
    listed = reader.listed(path, value, 1, STEPS_MAX)
    for index, one in enumerate(listed):
        reading.step(f"{path}[{index}]", one, None)
    if len(steps) > STEPS_MAX:
        reader.wrong(path, f"最多 {STEPS_MAX} 步", f"has at most {STEPS_MAX} steps")
    return tuple(steps)


@dataclass(slots=True)
class _Reading:
    """Reads steps and what hangs on them, depth first, into one list."""

    reader: Reader
    audience: str
    steps: list[Step]

    def step(self, path: str, value: Any, hangs: tuple[int, str] | None, depth: int = 0) -> None:
        reader = self.reader
        fields = reader.mapping(path, value, ("name", "when"), (*DOES, "route"))
        if fields is None:
            return
        name = reader.name(under(path, "name"), fields.get("name"), NAME_CHARACTERS_MAX)
        does = [kind for kind in DOES if fields.get(kind) is not None]
        if len(does) != 1:
            listed = ", ".join(DOES)
            where = under(path, does[1] if does else "message")
            reader.wrong(where, f"每步只做一件事: {listed}", f"a step does one of {listed}")
        when = None
        if "when" in fields:
            when = reader.read(under(path, "when"), schedules.parse, fields["when"])
        if len(does) != 1:
            return
        number = len(self.steps)
        placeholder = Step(name or "", when or schedules.AT_ONCE, under=hangs)
        self.steps.append(placeholder)
        self.steps[number] = self._doing(path, fields, does[0], placeholder, number, depth)

    def _doing(
        self,
        path: str,
        fields: Mapping[str, Any],
        does: str,
        step: Step,
        number: int,
        depth: int,
    ) -> Step:
        reader, where, value = self.reader, under(path, does), fields[does]
        known = contents.PLACEHOLDERS[self.audience]
        if does == "branch":
            return self._branch(where, value, step, number, depth)
        if does == "wait":
            return self._wait(where, value, step, number, depth)
        if does == "act":
            return replace(step, act=acts.read(reader, where, value, self.audience))
        route: tuple[Way, ...] = ()
        if fields.get("route"):
            route = routes.read(reader, under(path, "route"), fields["route"], self.audience, known)
        if does == "message":
            return replace(step, message=contents.read(reader, where, value, known), route=route)
        variants = contents.read_variants(reader, where, value, known)
        first = variants[0].message if variants else None
        return replace(step, message=first, variants=variants, route=route)

    def _branch(self, path: str, value: Any, step: Step, number: int, depth: int) -> Step:
        fields = self.reader.mapping(path, value, ("if",), (THEN, ELSE))
        if fields is None or "if" not in fields:
            return step
        condition = conditions.read(self.reader, under(path, "if"), fields["if"])
        self._arms(path, fields, number, depth)
        return replace(step, branch=condition)

    def _wait(self, path: str, value: Any, step: Step, number: int, depth: int) -> Step:
        reader = self.reader
        fields = reader.mapping(path, value, ("for", "minutes"), (THEN, ELSE))
        if fields is None:
            return step
        what = happenings.read(reader, under(path, "for"), fields.get("for"))
        minutes = reader.whole(under(path, "minutes"), fields.get("minutes"), 1, MINUTES_MAX)
        self._arms(path, fields, number, depth)
        return replace(step, wait=Wait(what, minutes) if what and minutes else None)

    def _arms(self, path: str, fields: Mapping[str, Any], number: int, depth: int) -> None:
        if depth >= DEPTH_MAX:
            self.reader.wrong(path, f"最多 {DEPTH_MAX} 层", f"has at most {DEPTH_MAX} levels")
            return
        if not fields.get(THEN) and not fields.get(ELSE):
            self.reader.wrong(path, "至少一个分支要有步骤", "one of the arms has to have steps")
        for arm, where, one in _in_arms(path, fields):
            self.step(where, one, (number, arm), depth + 1)


def _in_arms(path: str, fields: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    for arm in (THEN, ELSE):
        listed = fields.get(arm)
        for index, one in enumerate(listed if isinstance(listed, (list, tuple)) else ()):
            yield arm, f"{path}.{arm}[{index}]", one
