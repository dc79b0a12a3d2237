"""Acts: what a member has done, and how she stands at that moment, as the rules see it."""

from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Line:
    sku: str
    category: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Bought:
    """An order. ``net_fen`` is what was paid less what was paid back."""

    amount_fen: int
    net_fen: int
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Act:
    """``on`` is the business day of ``at``. ``measure`` is what its kind is measured by: the days
    of a streak, the characters of a message in a group, the minutes of a live stream. ``points``
    is what it is worth by itself, as a quiz is; else the rule says."""

    kind: str
    at: datetime
    on: date
    channel: str = ""  # its key
    source: str = ""  # the shop of an order
    measure: int = 0
    points: int | None = None
    bought: Bought | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """``tier`` and ``segments`` are keys, ``tier_factor`` in percent. Of tags and segments is there
    what campaigns ask for."""

    tier: str = ""
    tier_factor: int = 100
    birthday_on: date | None = None
    tags: frozenset[str] = field(default_factory=frozenset)
    segments: frozenset[str] = field(default_factory=frozenset)
