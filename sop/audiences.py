"""Whom a plan is for: a filter on tier and tags, and by the name of a segment or a snapshot,
decided on what is given, with the reason why somebody is not in it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sop.mistakes import Mistake

_FIELDS = ("tiers", "tags_all", "tags_any", "tags_none")
_KEY_MAX = 40


class BadFilter(Mistake):
    """A filter that cannot be read."""


@dataclass(frozen=True, slots=True)
class Filter:
    """An empty set asks for nothing: the empty filter is everybody. ``segment`` is a key,
    ``snapshot`` a number; what they mean, others know."""

    tiers: frozenset[str] = frozenset()
    tags_all: frozenset[str] = frozenset()
    tags_any: frozenset[str] = frozenset()
    tags_none: frozenset[str] = frozenset()
    segment: str = ""
    snapshot: int = 0

    @property
    def crowds(self) -> frozenset[str]:
        """What it calls by name: ``segment:silent``, ``snapshot:12``."""
        named = (f"segment:{self.segment}" if self.segment else "",)
        return frozenset({*named, f"snapshot:{self.snapshot}" if self.snapshot else ""} - {""})


@dataclass(frozen=True, slots=True)
class GroupFilter:
    """The groups that carry one of these tier labels; empty is every group."""

    tier_labels: frozenset[str] = frozenset()


def parse(definition: Any) -> Filter:
    """A filter from {"tiers": [...], "tags_all": [...], "tags_any": [...], "tags_none": [...],
    "segment": "silent", "snapshot": 12}, each of which may be missing. Raises BadFilter."""
    chosen = Filter(**_conditions(definition, _FIELDS, ("segment", "snapshot")))
    if not (chosen.segment == "" or _is_key(chosen.segment)):
        raise BadFilter("segment 要写人群的标识", "segment has to be the key of a segment")
    if type(chosen.snapshot) is not int or chosen.snapshot < 0:
        raise BadFilter("snapshot 要写快照的编号", "snapshot has to be the number of a snapshot")
    if contradiction := chosen.tags_all & chosen.tags_none:
        tag = min(contradiction)
        raise BadFilter(f"标签“{tag}”既要有又不能有", f"tag {tag!r} is both wanted and refused")
    return chosen


def parse_for_groups(definition: Any) -> GroupFilter:
    """A filter from {"tier_labels": [...]}, which may be missing. Raises BadFilter."""
    return GroupFilter(**_conditions(definition, ("tier_labels",)))


def reason_against(
    chosen: Filter, tier: str, tags: Collection[str], crowds: Collection[str] = ()
) -> str | None:
    """Why a member of this tier with these tags is not meant, or None when she is. ``crowds`` are
    those she is in, of those the filter names.

    ``tier``, ``tag_missing:<tag>``, ``tag_none_of_any``, ``tag_refused:<tag>``, or
    ``not_in:segment:<key>``, ``not_in:snapshot:<number>``: the first that applies, the first in
    order of its name.
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
    if outside := chosen.crowds - frozenset(crowds):
        return f"not_in:{min(outside)}"
    return None


def reason_against_group(chosen: GroupFilter, tier_label: str | None) -> str | None:
    """``tier_label`` when the group carries none of the labels, or None when it is meant."""
    return "tier_label" if chosen.tier_labels and tier_label not in chosen.tier_labels else None


def _is_key(written: Any) -> bool:
    return isinstance(written, str) and 0 < len(written) <= _KEY_MAX


def _conditions(
    definition: Any, fields: Collection[str], named: Collection[str] = ()
) -> dict[str, Any]:
    if not isinstance(definition, Mapping):
        raise BadFilter("筛选条件要写成一个对象", "a filter has to be an object")
    if unknown := sorted(str(name) for name in definition if name not in (*fields, *named)):
        raise BadFilter(f"没有筛选条件 {unknown[0]}", f"there is no condition {unknown[0]}")
    return {
        name: value if name in named else _names(name, value) for name, value in definition.items()
    }


def _names(field: str, listed: Any) -> frozenset[str]:
    if not isinstance(listed, (list, tuple)) or not all(
        isinstance(name, str) and name.strip() for name in listed
    ):
        raise BadFilter(f"{field} 要写成名称的列表", f"{field} has to be a list of names")
    return frozenset(name.strip() for name in listed)
