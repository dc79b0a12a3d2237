"""Known: what of one member a rule may ask, as it is at one moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple


class Happening(NamedTuple):
    """Something that has happened to her. ``fields`` are what a rule may narrow it by: one value,
    or for ``sku`` and ``answer`` the set of all."""

    at: datetime
    fields: Mapping[str, Any]


class Expiring(NamedTuple):
    """Points of one lot, and when they lapse."""

    points: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """What is missing is not known. ``tags``: those she has, each with when it was given;
    ``moments``, ``has`` and ``attributes`` by the names in ``kinds``; ``past`` by kind, at least as
    far back as the rule looks; ``standings`` by plan."""

    nickname: str = ""
    birth_month: int | None = None
    moments: Mapping[str, datetime] = field(default_factory=dict)
    has: frozenset[str] = frozenset()
    attributes: Mapping[str, Any] = field(default_factory=dict)
    follows: frozenset[str] = frozenset()
    tags: Mapping[str, datetime] = field(default_factory=dict)
    points: int = 0
    expiring: Sequence[Expiring] = ()
    figures: Mapping[str, float | str | None] = field(default_factory=dict)
    past: Mapping[str, Sequence[Happening]] = field(default_factory=dict)
    groups: frozenset[int] = frozenset()
    standings: Mapping[int, frozenset[str]] = field(default_factory=dict)
