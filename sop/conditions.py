"""Conditions on a member: the rule by which a plan branches, or ends.

    {"all": [{"tag": "油性发质"}, {"not": {"happened": {"kind": "ordered"}, "within_days": 30}}]}

``all`` of nothing holds, ``any`` of nothing does not. Without ``within_days``, what has happened
counts since she was enrolled.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sop import happenings
from sop.happenings import Happened, Happening
from sop.reading import Reader, under

DEPTH_MAX = 8
DAYS_MAX = 3650


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one member when a condition is asked. ``past``: what has happened to her,
    at least as far back as the condition looks; ``crowds``: the segments and snapshots she is in,
    of those that were asked for."""

    tier: str = ""
    tags: frozenset[str] = frozenset()
    points: int = 0
    past: Sequence[Happened] = ()
    crowds: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Tier:
    keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class Tag:
    name: str


@dataclass(frozen=True, slots=True)
class PointsAtLeast:
    points: int


@dataclass(frozen=True, slots=True)
class HasHappened:
    """``within_days`` None: since she was enrolled."""

    what: Happening
    within_days: int | None


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: "Condition"


Condition = Tier | Tag | PointsAtLeast | HasHappened | All | AnyOf | Not


def holds(condition: Condition, facts: Facts, enrolled_at: datetime, now: datetime) -> bool:
    match condition:
        case Tier(keys):
            return facts.tier in keys
        case Tag(name):
            return name in facts.tags
        case PointsAtLeast(points):
            return facts.points >= points
        case HasHappened(what, within_days):
            since = enrolled_at if within_days is None else now - timedelta(days=within_days)
            return any(one.at >= since and what.is_met_by(one) for one in facts.past)
        case All(parts):
            return all(holds(part, facts, enrolled_at, now) for part in parts)
        case AnyOf(parts):
            return any(holds(part, facts, enrolled_at, now) for part in parts)
        case Not(part):
            return not holds(part, facts, enrolled_at, now)


def looks_back(condition: Condition | None) -> Sequence[HasHappened]:
    """What of the past has to be known to answer it."""
    match condition:
        case HasHappened():
            return [condition]
        case All(parts) | AnyOf(parts):
            return [found for part in parts for found in looks_back(part)]
        case Not(part):
            return looks_back(part)
        case _:
            return []


def read(reader: Reader, path: str, value: Any, depth: int = 0) -> Condition | None:
    """The condition that is written there, or None, and what is wrong with it is noted."""
    kinds = sorted(_READERS.keys() & value.keys()) if isinstance(value, Mapping) else []
    if len(kinds) != 1 or depth > DEPTH_MAX:
        named = ", ".join(_READERS)
        reader.wrong(path, f"要写成 {named} 之一", f"has to be one of {named}")
        return None
    kind = kinds[0]
    reader.mapping(path, value, (kind,), ("within_days",) if kind == "happened" else ())
    return _READERS[kind](reader, under(path, kind), value[kind], value, depth)


_Read = Callable[[Reader, str, Any, Mapping[str, Any], int], Condition | None]


def _tier(reader: Reader, path: str, value: Any, *_: Any) -> Condition | None:
    keys = [value] if isinstance(value, str) else reader.listed(path, value, 1, 50)
    if not keys or not all(isinstance(key, str) and key.strip() for key in keys):
        reader.wrong(path, "要写明等级", "has to name tiers")
        return None
    return Tier(frozenset(keys))


def _tag(reader: Reader, path: str, value: Any, *_: Any) -> Condition | None:
    name = reader.name(path, value, 128)
    return Tag(name) if name else None


def _points(reader: Reader, path: str, value: Any, *_: Any) -> Condition | None:
    points = reader.whole(path, value, 1, 10**9)
    return PointsAtLeast(points) if points else None


def _happened(
    reader: Reader, path: str, value: Any, whole: Mapping[str, Any], _depth: int
) -> Condition | None:
    what = happenings.read(reader, path, value)
    days = whole.get("within_days")
    if days is not None:
        days = reader.whole(path.replace("happened", "within_days"), days, 1, DAYS_MAX)
    return HasHappened(what, days) if what else None


def _all(reader: Reader, path: str, value: Any, _whole: Any, depth: int) -> Condition | None:
    return All(_parts(reader, path, value, depth))


def _any(reader: Reader, path: str, value: Any, _whole: Any, depth: int) -> Condition | None:
    return AnyOf(_parts(reader, path, value, depth))


def _not(reader: Reader, path: str, value: Any, _whole: Any, depth: int) -> Condition | None:
    part = read(reader, path, value, depth + 1)
    return Not(part) if part else None


def _parts(reader: Reader, path: str, value: Any, depth: int) -> tuple[Condition, ...]:
    listed = enumerate(reader.listed(path, value, 1, 20))
    parts = [read(reader, f"{path}[{index}]", one, depth + 1) for index, one in listed]
    return tuple(part for part in parts if part is not None)


_READERS: Mapping[str, _Read] = {
    "tier": _tier,
    "tag": _tag,
    "points_at_least": _points,
    "happened": _happened,
    "all": _all,
    "any": _any,
    "not": _not,
}
