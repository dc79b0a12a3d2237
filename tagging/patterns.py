"""What the keywords of all rules are looked for as: strings for one automaton, whole messages, and
expressions. Each remembers whose it is."""

from collections.abc import Iterable, Iterator, Mapping
from enum import IntEnum
from typing import NamedTuple

from tagging import notation, syllables
from tagging.notation import Kind
from tagging.rules import NONE_OF, UNLESS, WORDS, WordRule


class Way(IntEnum):
    """How a string has to stand in the text to count."""

    ANYWHERE = 0
    WHOLE = 1  # respecting the words of the text
    SYLLABLES = 2  # respecting the syllables of pinyin


class Use(NamedTuple):
    """A keyword of a rule: ``rule`` is its index, ``word`` what the operator wrote."""

    rule: int
    part: int
    word: str


class Piece(NamedTuple):
    """A piece of a phrase: ``phrase`` is its index, ``place`` its place there."""

    phrase: int
    place: int


class Standing(NamedTuple):
    """What a string stands for. ``excluding`` are the rules whose ``unless`` it is: the shop's own
    turns of speech exclude most rules, so they are one set."""

    way: Way
    uses: tuple[Use, ...]
    pieces: tuple[Piece, ...]
    excluding: frozenset[int]


class Patterns:
    """Collected from rules. ``synonyms`` has, for a folded word, all that mean the same."""

    def __init__(self, rules: Iterable[WordRule], synonyms: Mapping[str, tuple[str, ...]]) -> None:
        self._synonyms = synonyms
        self._uses: dict[tuple[str, Way], list[Use | Piece]] = {}
        self.phrases: list[tuple[int, Use]] = []  # how many pieces, whose
        self.messages: dict[str, list[Use]] = {}
        self.expressions: dict[str, list[Use]] = {}
        self.excluding: dict[str, set[int]] = {}  # expressions, and the rules they exclude
        for index, rule in enumerate(rules):
            for part, word in _parts(rule):
                self._add(Use(index, part, word), rule.in_pinyin and part >= WORDS)

    def strings(self) -> list[tuple[str, Standing]]:
        return [(string, _standing(way, uses)) for (string, way), uses in self._uses.items()]

    def _add(self, use: Use, in_pinyin: bool) -> None:
        kind, pieces = notation.read(use.word)
        if kind is Kind.WORD:
            self._add_string(use, pieces[0], Way.WHOLE)
            for typed in syllables.spellings(pieces[0]) if in_pinyin else ():
                self._uses.setdefault((typed, Way.SYLLABLES), []).append(use)
        elif kind is Kind.ANYWHERE:
            self._add_string(use, pieces[0], Way.ANYWHERE)
        elif kind is Kind.PHRASE:
            for place, piece in enumerate(pieces):
                self._add_string(Piece(len(self.phrases), place), piece, Way.WHOLE)
            self.phrases.append((len(pieces), use))
        elif kind is Kind.EXPRESSION:
            self._add_expression(use, pieces[0])
        else:
            for meant in self._synonyms.get(pieces[0], pieces):
                self.messages.setdefault(meant, []).append(use)

    def _add_expression(self, use: Use, pattern: str) -> None:
        if _excludes(use):
            self.excluding.setdefault(pattern, set()).add(use.rule)
        else:
            self.expressions.setdefault(pattern, []).append(use)

    def _add_string(self, use: Use | Piece, string: str, way: Way) -> None:
        for meant in self._synonyms.get(string, (string,)):
            self._uses.setdefault((meant, way), []).append(use)


def _standing(way: Way, uses: list[Use | Piece]) -> Standing:
    whole = [use for use in uses if isinstance(use, Use)]
    return Standing(
        way,
        tuple([use for use in whole if not _excludes(use)]),
        tuple([use for use in uses if isinstance(use, Piece)]),
        frozenset([use.rule for use in whole if _excludes(use)]),
    )


def _excludes(use: Use) -> bool:
    return use.part == UNLESS


def _parts(rule: WordRule) -> Iterator[tuple[int, str]]:
    yield from ((WORDS, word) for word in rule.words)
    for number, group in enumerate(rule.all_of, start=1):
        yield from ((number, word) for word in group)
    yield from ((NONE_OF, word) for word in rule.none_of)
    yield from ((UNLESS, word) for word in rule.unless)
