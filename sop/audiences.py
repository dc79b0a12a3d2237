"""Whom a plan is for: a filter on tier and tags, decided on what is given, with the reason why
somebody is not in it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

_FIELDS = ("tiers", "tags_all", "tags_any", "tags_none")


class BadFilter(ValueError):
    """A filter that cannot be read, said in both languages; ``field`` is where."""

    def __init__(self, field: str, zh: str, en: str) -> None:
        super().__init__(f"{field}: {zh} / {en}")
        self.field = field
        self.zh = zh
        self.en = en


@dataclass(frozen=True, slots=True)
class Filter:
    """An empty set asks for nothing: the empty filter is everybody."""

    tiers: frozenset[str] = frozenset()
    tags_all: frozenset[str] = frozenset()
    tags_any: frozenset[str] = frozenset()
    tags_none: frozenset[str] = frozenset()


def parse(definition: Any) -> Filter:
    """A filter from {"tiers": [...], "tags_all": [...], "tags_any": [...], "tags_none": [...]},
    each of which may be missing. Raises BadFilter."""
    if not isinstance(definition, Mapping):
        raise BadFilter("", "筛选条件要写成一个对象", "a filter has to be an object")
    for name in definition:
        if name not in _FIELDS:
            raise BadFilter(str(name), "不认识的筛选条件", "unknown condition")
    chosen = Filter(**{name: names(definition, name) for name in _FIELDS})
    if contradiction := sorted((chosen.tags_all & chosen.tags_none)):
        raise BadFilter(
            "tags_none",
            f"“{contradiction[0]}”既要有又不能有",
            f"{contradiction[0]!r} is both wanted and refused",
        )
    return chosen


def reason_against(chosen: Filter, tier: str, tags: Collection[str]) -> str | None:
    """Why a member of this tier with these tags is not meant, or None when she is.

    ``tier``, ``tag_missing:<tag>``, ``tag_none_of_any`` or ``tag_refused:<tag>``: the first that
    applies, the first tag in order of its name.
    """
    held = frozenset(tags)
    if chosen.tiers and tier not in chosen.tiers:
        return "tier"
    if missing := chosen.tags_all - held:
        return f"tag_missing:{min(missing)}"
    if chosen.tags_any and not chosen.tags_any & held:
        return "tag_none_of_any"
    if refused := chosen.tags_none & held:
        return f"tag_refused:{min(refused)}"
    return None


def names(definition: Mapping[str, Any], field: str) -> frozenset[str]:
    """A list of names in a definition, empty when it is missing. Raises BadFilter."""
    listed = definition.get(field, ())
    if not isinstance(listed, (list, tuple)) or not all(
        isinstance(name, str) and name.strip() for name in listed
    ):
        raise BadFilter(field, "要写成名称的列表", "has to be a list of names")
    return frozenset(name.strip() for name in listed)
