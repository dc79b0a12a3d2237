"""Reading what an operator wrote: everything that is wrong with it is noted at its own place."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sop.mistakes import Mistake

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Problem:
    """``path`` is where in the definition: ``steps[2].message.content.text``."""

    path: str
    zh: str
    en: str


@dataclass(slots=True)
class Reader:
    """Collects what is wrong on the way, so that an operator sees all of it at once."""

    problems: list[Problem] = field(default_factory=list)

    def wrong(self, path: str, zh: str, en: str) -> None:
        self.problems.append(Problem(path, zh, en))

    def read(self, path: str, reading: Callable[[Any], _T], definition: Any) -> _T | None:
        """What ``reading`` makes of it, or None, and what it complains of is noted."""
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
            self.wrong(under(path, name), "缺少这一项", "is missing")
        for name in sorted(map(str, value.keys() - set(needed) - set(optional))):
            self.wrong(under(path, name), "没有这一项", "is not a field here")
        return value

    def choice(self, path: str, value: Any, choices: Collection[str]) -> str | None:
        if isinstance(value, str) and value in choices:
            return value
        listed = "、".join(choices), ", ".join(choices)
        self.wrong(path, f"要是 {listed[0]} 之一", f"has to be one of {listed[1]}")
        return None

    def name(self, path: str, value: Any, characters_max: int) -> str | None:
        if isinstance(value, str) and 1 <= len(value.strip()) <= characters_max:
            return value.strip()
        self.wrong(
            path,
            f"要有 1 到 {characters_max} 个字",
            f"has to have 1 to {characters_max} characters",
        )
        return None

    def whole(self, path: str, value: Any, least: int, most: int) -> int | None:
        if type(value) is int and least <= value <= most:
            return value
        self.wrong(
            path,
            f"要是 {least} 到 {most} 的整数",
            f"has to be a whole number from {least} to {most}",
        )
        return None

    def listed(self, path: str, value: Any, least: int, most: int) -> list[Any]:
        """The list, empty when it is none or has too few or too many, and that is noted."""
        if isinstance(value, (list, tuple)) and least <= len(value) <= most:
            return list(value)
        self.wrong(path, f"要有 {least} 到 {most} 项", f"has to have {least} to {most} entries")
        return []


def under(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
