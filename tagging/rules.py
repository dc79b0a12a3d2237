"""A keyword rule, and what is found of it in a text."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

WORDS, NONE_OF, UNLESS = 0, -1, -2  # parts of a rule; its further conditions are 1, 2, …


class Questions(StrEnum):
    """What a keyword in a question counts for: "有头屑吗"."""

    COUNT = "count"
    IGNORE = "ignore"
    ONLY = "only"


class Denials(StrEnum):
    """What a denied keyword counts for: "没有头屑". ``TAKE`` takes the rule's tag away; to a rule
    about a topic ("没有发票") it counts like any other."""

    IGNORE = "ignore"
    COUNT = "count"
    TAKE = "take"


@dataclass(frozen=True, slots=True)
class WordRule:
    """Met by a text that says one of ``words`` and one of each group in ``all_of``, and none of
    ``none_of``. A word does not count in a sentence that says one of ``unless``. All of them are
    written as ``notation`` has it.

    ``is_own``: what is said of somebody else (我朋友是油皮) does not count. ``in_pinyin``: words
    count in pinyin letters too. ``spans_texts``: its parts may be said in several texts, so they
    are told one by one.
    """

    id: int
    version: int
    words: tuple[str, ...]
    unless: tuple[str, ...] = ()
    all_of: tuple[tuple[str, ...], ...] = ()
    none_of: tuple[str, ...] = ()
    questions: Questions = Questions.COUNT
    denials: Denials = Denials.IGNORE
    is_own: bool = False
    in_pinyin: bool = False
    spans_texts: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether it is met as soon as one of its words counts."""
        return not (self.all_of or self.none_of or self.spans_texts)


class Hit(NamedTuple):
    """Why a rule was met: its keyword stands at ``text[start:end]`` of the given text."""

    rule_id: int
    version: int
    word: str
    start: int
    end: int
    part: int = WORDS


class Reading(NamedTuple):
    """What a text says to the rules, each in the order in which it stands there.

    ``hits``: at most one for each rule that is met, the earliest of its words. ``denied``: one for
    each rule that takes a tag away and is denied. ``parts``: what is said of rules whose parts may
    be said in several texts, at most one for each part.
    """

    hits: list[Hit]
    denied: list[Hit]
    parts: list[Hit]


NOTHING = Reading([], [], [])
