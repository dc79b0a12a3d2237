"""The terms of tiers: which there are, what each asks for, and how long one that was reached is
kept. What an operator writes is validated here, once.

    {"levels": [{"key": "basic", "name": "普通", "name_en": "Basic"},
                {"key": "gold", "name": "黄金", "name_en": "Gold", "ways": [
                    [{"measure": "spend_fen", "at_least": 200000,
                      "over": {"kind": "months", "count": 12}},
                     {"measure": "orders", "at_least": 5,
                      "over": {"kind": "months", "count": 12}}]]}],
     "kept": {"kind": "months", "count": 12}, "grace_days": 30, "notice_days": 14,
     "falls": "to_level"}

A level is met in any of its ways, and a way by all of its conditions. Everybody meets the lowest.
"""

from collections.abc import Iterator
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, Field, field_validator, model_validator

from app.domain.loyalty.standing.periods import EVER, Period

LEVELS_MIN, LEVELS_MAX = 3, 6
WAYS_MAX, CONDITIONS_MAX = 4, 4
AT_LEAST_MAX = 10**12
DAYS_MAX = 365


class Measure(StrEnum):
    GROWTH = "growth"  # 成长值, what awards have brought less what was taken back
    SPEND_FEN = "spend_fen"  # of orders, what was kept of each
    ORDERS = "orders"  # those of which anything was kept
    INTERACTION_DAYS = "interaction_days"  # days on which she did something with us


class Condition(BaseModel, frozen=True, extra="forbid"):
    measure: Measure
    at_least: int = Field(ge=1, le=AT_LEAST_MAX)
    over: Period = EVER


Way = tuple[Condition, ...]


class Level(BaseModel, frozen=True, extra="forbid"):
    key: str = Field(pattern=r"^[a-z][a-z0-9_]{0,29}$")
    name: str = Field(min_length=1, max_length=20)
    name_en: str = Field(min_length=1, max_length=20)
    ways: Annotated[tuple[Way, ...], Field(max_length=WAYS_MAX)] = ()

    @field_validator("ways")
    @classmethod
    def _ways_ask_for_something(cls, ways: tuple[Way, ...]) -> tuple[Way, ...]:
        if any(not 0 < len(way) <= CONDITIONS_MAX for way in ways):
            raise ValueError("a way has one to four conditions")
        return ways


class Terms(BaseModel, frozen=True, extra="forbid"):
    """``levels`` from the lowest up. ``falls``: to the level she meets, or one level at most."""

    levels: tuple[Level, ...]
    kept: Period = EVER
    grace_days: Annotated[int, Field(ge=0, le=DAYS_MAX)] = 0
    notice_days: Annotated[int, Field(ge=0, le=DAYS_MAX)] = 0
    falls: Literal["to_level", "one_level"] = "to_level"

    @model_validator(mode="after")
    def _levels_differ(self) -> "Terms":
        if len({level.key for level in self.levels}) < len(self.levels):
            raise ValueError("two levels have the same key")
        if self.levels and self.levels[0].ways:
            raise ValueError("everybody meets the lowest level")
        if any(not level.ways for level in self.levels[1:]):
            raise ValueError("a higher level asks for something")
        return self

    @cached_property
    def measures(self) -> frozenset[Measure]:
        """Everything that is asked of anybody."""
        return frozenset(condition.measure for condition in self._conditions())

    @cached_property
    def is_timeless(self) -> bool:
        """Whether days make no difference: the level is what all she ever did comes to."""
        return self.kept == EVER and all(it.over == EVER for it in self._conditions())

    def rank(self, key: str) -> int | None:
        """Which level this is, the lowest 0; None when there is none of this key."""
        return next((n for n, level in enumerate(self.levels) if level.key == key), None)

    def _conditions(self) -> Iterator[Condition]:
        return (it for level in self.levels for way in level.ways for it in way)


class OperatorsTerms(Terms, frozen=True):
    """As an operator may write them: three to six levels."""

    levels: tuple[Level, ...] = Field(min_length=LEVELS_MIN, max_length=LEVELS_MAX)
