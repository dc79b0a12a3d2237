"""Rules: what a segment asks about a member, as a tree whose leaves ask one thing each."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds; all of nothing does."""

    parts: tuple["Rule", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds; of nothing, none does."""

    parts: tuple["Rule", ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: "Rule"


@dataclass(frozen=True, slots=True)
class TagHeld:
    """She has the tag at present; with ``within_days``, it was given that lately."""

    tag: str
    within_days: int | None = None


@dataclass(frozen=True, slots=True)
class NicknameContains:
    """A to Z are the same as a to z; everything else has to be just that character."""

    text: str


@dataclass(frozen=True, slots=True)
class BornIn:
    """Her birthday is in one of these months, 1 to 12."""

    months: frozenset[int]


@dataclass(frozen=True, slots=True)
class Since:
    """Something about her has a moment (``kinds.MOMENTS``); with ``within_days``, that late."""

    what: str
    within_days: int | None = None


@dataclass(frozen=True, slots=True)
class Has:
    """We have this of her (``kinds.POSSESSIONS``)."""

    what: str


@dataclass(frozen=True, slots=True)
class Follows:
    """She follows this channel at present."""

    channel: str


@dataclass(frozen=True, slots=True)
class OneOf:
    """One fact about her (``kinds.ATTRIBUTES``) is among these."""

    what: str
    values: frozenset[Any]


@dataclass(frozen=True, slots=True)
class PointsBetween:
    """Her balance, which is 0 for who never had any. Either end may be open."""

    least: int | None
    most: int | None


@dataclass(frozen=True, slots=True)
class PointsExpiring:
    """At least so many of her points lapse after now and within so many days."""

    least: int
    within_days: int


@dataclass(frozen=True, slots=True)
class FigureBetween:
    """A figure that is reckoned of her every night is a number in this range."""

    figure: str
    least: float | None
    most: float | None


@dataclass(frozen=True, slots=True)
class FigureIs:
    """A figure that is a word is one of these."""

    figure: str
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class Happened:
    """Something of this kind, narrowed like this, has happened to her at least ``least`` and at
    most ``most`` times; with ``within_days``, that lately."""

    kind: str
    narrowed: tuple[tuple[str, Any], ...] = ()
    least: int | None = 1
    most: int | None = None
    within_days: int | None = None


@dataclass(frozen=True, slots=True)
class InGroup:
    """She is in one of these chat groups, or, where none is named, in any."""

    groups: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class InPlan:
    """How she stands to a plan, see ``kinds.PLAN_STANDINGS``."""

    plan: int
    standing: str


@dataclass(frozen=True, slots=True)
class InSegment:
    """She is in another segment. Has to be put in its place before anybody is asked about."""

    key: str


Leaf = (
    TagHeld
    | NicknameContains
    | BornIn
    | Since
    | Has
    | Follows
    | OneOf
    | PointsBetween
    | PointsExpiring
    | FigureBetween
    | FigureIs
    | Happened
    | InGroup
    | InPlan
    | InSegment
)
Rule = All | AnyOf | Not | Leaf


def leaves(rule: Rule) -> Iterator[Leaf]:
    match rule:
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from leaves(part)
        case Not(part):
            yield from leaves(part)
        case _:
            yield rule
