"""One version of a plan, read as a whole: whom it is for, what enrols them, what is said when.

    {"audience": "member", "trigger": "tagged", "trigger_tag": "油性发质",
     "filter": {"tiers": ["gold"], "tags_none": ["售后问题"]},
     "steps": [{"name": "第一天", "when": {"kind": "after", "days": 1, "at": "10:00"},
                "message": {"kind": "text", "content": {"text": "{nickname|亲}，早上好"}}}]}

A plan for groups has "audience": "group" and the filter {"tier_labels": ["gold"]}.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sop import audiences, schedules, wording
from sop.mistakes import Mistake

STEPS_MAX = 50
NAME_CHARACTERS_MAX = 64
TEXT_BYTES_MAX = 2048  # what the platform takes in one text message

TRIGGERS: Mapping[str, tuple[str, ...]] = {
    "member": ("joined", "left", "tier_changed", "tagged", "manual"),
    "group": ("joined", "manual"),
}
PLACEHOLDERS: Mapping[str, frozenset[str]] = {
    "member": frozenset({"nickname", "points", "tier", "streak", "radar:*"}),
    "group": frozenset({"group_name"}),
}
# The fields of a message's content: those it must have, and those it may have.
CONTENTS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "text": (frozenset({"text"}), frozenset()),
    "link": (frozenset({"title", "url"}), frozenset({"description", "picture_url"})),
    "image": (frozenset({"media"}), frozenset()),
    "voice": (frozenset({"media"}), frozenset()),
    "video": (frozenset({"media", "thumb_media"}), frozenset({"title", "description"})),
    "miniprogram": (frozenset({"title", "appid", "page_path", "thumb_media"}), frozenset()),
    "mail": (frozenset({"subject", "text"}), frozenset({"url"})),
    "sms": (frozenset(), frozenset({"template_id", "params"})),
    "call": (frozenset(), frozenset({"template_id", "params"})),
}
# A file is ours, by its digest; or one that the platform keeps, by its id there.
INSTEAD: Mapping[str, str] = {"media": "media_id", "thumb_media": "thumb_media_id"}

_FILTERS: Mapping[str, Callable[[Any], audiences.Filter | audiences.GroupFilter]] = {
    "member": audiences.parse,
    "group": audiences.parse_for_groups,
}
_URL_BEGINS = ("https://", "http://", "{radar:")

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Problem:
    """``path`` is where in the definition: ``steps[2].message.content.text``."""

    path: str
    zh: str
    en: str


class BadPlan(ValueError):
    """A definition that is no plan, with everything that is wrong with it."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{p.path}: {p.zh} / {p.en}" for p in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Message:
    kind: str
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    when: schedules.When
    message: Message


@dataclass(frozen=True, slots=True)
class PlanDefinition:
    """``filter`` is a ``GroupFilter`` for groups. ``trigger_tag`` is None unless the trigger is
    ``tagged``."""

    audience: str
    trigger: str
    trigger_tag: str | None
    filter: audiences.Filter | audiences.GroupFilter
    steps: tuple[Step, ...]

    @property
    def whens(self) -> tuple[schedules.When, ...]:
        return tuple(step.when for step in self.steps)


def parse(definition: Any) -> PlanDefinition:
    """The plan a definition describes. Raises BadPlan with every problem found, not the first."""
    reader = _Reader()
    plan = _plan(reader, definition)
    if plan is None or reader.problems:
        raise BadPlan(reader.problems)
    return plan


@dataclass(slots=True)
class _Reader:
    """Collects what is wrong on the way, so that an operator sees all of it at once."""

    problems: list[Problem] = field(default_factory=list)

    def wrong(self, path: str, zh: str, en: str) -> None:
        self.problems.append(Problem(path, zh, en))

    def read(self, path: str, reading: Callable[[Any], _T], definition: Any) -> _T | None:
        try:
            return reading(definition)
        except Mistake as mistake:
            self.wrong(path, mistake.zh, mistake.en)
            return None

    def mapping(
        self, path: str, value: Any, needed: Collection[str], optional: Collection[str] = ()
    ) -> Mapping[str, Any] | None:
        """``value`` when it is an object with these fields; otherwise None, and it is noted."""
        if not isinstance(value, Mapping):
            self.wrong(path, "要写成一个对象", "has to be an object")
            return None
        for name in sorted(set(needed) - value.keys()):
            self.wrong(_under(path, name), "缺少这一项", "is missing")
        for name in sorted(map(str, value.keys() - set(needed) - set(optional))):
            self.wrong(_under(path, name), "没有这一项", "is not a field here")
        return value


def _plan(reader: _Reader, definition: Any) -> PlanDefinition | None:
    fields = reader.mapping(
        "", definition, ("audience", "trigger", "steps"), ("trigger_tag", "filter")
    )
    if fields is None:
        return None
    audience = _choice(reader, "audience", fields.get("audience"), TRIGGERS)
    if audience is None:
        return None
    trigger = _choice(reader, "trigger", fields.get("trigger"), TRIGGERS[audience])
    tag = _trigger_tag(reader, trigger, fields.get("trigger_tag"))
    chosen = reader.read("filter", _FILTERS[audience], fields.get("filter") or {})
    steps = _steps(reader, fields.get("steps"), PLACEHOLDERS[audience])
    if trigger is None or chosen is None:
        return None
    return PlanDefinition(audience, trigger, tag, chosen, steps)


def _choice(reader: _Reader, path: str, value: Any, choices: Collection[str]) -> str | None:
    if isinstance(value, str) and value in choices:
        return value
    listed = "、".join(choices), ", ".join(choices)
    reader.wrong(path, f"要是 {listed[0]} 之一", f"has to be one of {listed[1]}")
    return None


def _trigger_tag(reader: _Reader, trigger: str | None, tag: Any) -> str | None:
    if trigger != "tagged":
        if tag:
            reader.wrong("trigger_tag", "只用于 tagged", "is only for the trigger tagged")
        return None
    if isinstance(tag, str) and tag.strip():
        return tag.strip()
    reader.wrong("trigger_tag", "要写明哪个标签", "has to name a tag")
    return None


def _steps(reader: _Reader, listed: Any, known: Collection[str]) -> tuple[Step, ...]:
    if not isinstance(listed, (list, tuple)) or not 1 <= len(listed) <= STEPS_MAX:
        reader.wrong("steps", f"要有 1 到 {STEPS_MAX} 步", f"has to have 1 to {STEPS_MAX} steps")
        return ()
    steps = (_step(reader, f"steps[{i}]", step, known) for i, step in enumerate(listed))
    return tuple(step for step in steps if step is not None)


def _step(reader: _Reader, path: str, value: Any, known: Collection[str]) -> Step | None:
    fields = reader.mapping(path, value, ("name", "when", "message"))
    if fields is None:
        return None
    name = fields.get("name")
    if not isinstance(name, str) or not 1 <= len(name.strip()) <= NAME_CHARACTERS_MAX:
        reader.wrong(
            f"{path}.name",
            f"要有 1 到 {NAME_CHARACTERS_MAX} 个字",
            f"has to have 1 to {NAME_CHARACTERS_MAX} characters",
        )
        return None
    if not {"when", "message"} <= fields.keys():
        return None
    when = reader.read(f"{path}.when", schedules.parse, fields["when"])
    message = _message(reader, f"{path}.message", fields["message"], known)
    return Step(name.strip(), when, message) if when and message else None


def _message(reader: _Reader, path: str, value: Any, known: Collection[str]) -> Message | None:
    fields = reader.mapping(path, value, ("kind", "content"))
    if fields is None:
        return None
    kind = _choice(reader, f"{path}.kind", fields.get("kind"), CONTENTS)
    if kind is None:
        return None
    needed, optional = _fields_of(kind, fields.get("content"))
    content = reader.mapping(f"{path}.content", fields.get("content", {}), needed, optional)
    if content is None:
        return None
    for name in sorted(content.keys() & (needed | optional)):
        where = f"{path}.content.{name}"
        if name == "params":
            _check_params(reader, where, content[name], known)
        else:
            _check_content(reader, where, name, content[name], known, name in needed)
    return Message(kind, dict(content))


def _fields_of(kind: str, content: Any) -> tuple[frozenset[str], frozenset[str]]:
    """The fields it must have and may have, where a file is named as ``content`` names it."""
    needed, optional = CONTENTS[kind]
    given = content if isinstance(content, Mapping) else {}
    swapped = {INSTEAD[name] for name in needed & INSTEAD.keys() if INSTEAD[name] in given}
    return frozenset(
        name for name in needed if INSTEAD.get(name) not in swapped
    ) | swapped, optional


def _check_params(reader: _Reader, path: str, value: Any, known: Collection[str]) -> None:
    """What fills the holes of a template, one text each, none of them blank."""
    if not isinstance(value, list):
        reader.wrong(path, "要写成一个列表", "has to be a list")
        return
    for index, text in enumerate(value):
        _check_content(reader, f"{path}[{index}]", "param", text, known, True)


def _check_content(
    reader: _Reader, path: str, name: str, value: Any, known: Collection[str], is_needed: bool
) -> None:
    if not isinstance(value, str) or (is_needed and not value.strip()):
        reader.wrong(path, "要写成文字，不能空着", "has to be text and not blank")
    elif len(value.encode(errors="replace")) > TEXT_BYTES_MAX:
        reader.wrong(path, f"最多 {TEXT_BYTES_MAX} 字节", f"has at most {TEXT_BYTES_MAX} bytes")
    elif name.endswith("url") and value and not value.startswith(_URL_BEGINS):
        reader.wrong(path, "要以 https:// 或 {radar: 开头", "begins with https:// or {radar:")
    else:
        reader.read(path, lambda text: wording.check(text, known), value)


def _under(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
