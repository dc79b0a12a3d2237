"""Which keyword rules does this text meet? Pure, and the same for one rule or for ten thousand.

All keywords of all rules stand in one Aho-Corasick automaton, so a text is read once whatever the
number of rules. Only a text with a hit is cut into words: a hit must not cross a word boundary
(干皮 is no skin type in 饼干皮蛋), must not be denied (``negation``), and must not share its
sentence with one of the rule's ``unless`` words. Rules never see each other: adding one changes
no hit of another.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from ahocorasick_rs import AhoCorasick

from tagging import negation, texts


class BlankWord(ValueError):
    """A rule has a keyword that is empty once folded: it would be met by every text."""


@dataclass(frozen=True, slots=True)
class WordRule:
    """Met by a text that says one of ``words``, unless its sentence says one of ``unless``."""

    id: int
    version: int
    words: tuple[str, ...]
    unless: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """Why a rule was met: its keyword stands at ``text[start:end]`` of the given text."""

    rule_id: int
    version: int
    word: str
    start: int
    end: int


@dataclass(slots=True)
class _Uses:
    """What one pattern of the automaton stands for: (index of a rule, the word as it was given)."""

    words: list[tuple[int, str]] = field(default_factory=list)
    unless: set[int] = field(default_factory=set)


class Tagger:
    """The rules of one moment, ready to read texts. Immutable: build another when rules change."""

    def __init__(self, rules: Iterable[WordRule]) -> None:
        self._rules = tuple(rules)
        patterns = _patterns(self._rules)
        self._uses = tuple(patterns.values())
        self._automaton = AhoCorasick(list(patterns)) if patterns else None

    def hits(self, text: str) -> list[Hit]:
        """At most one hit for each rule, the earliest; in the order in which they stand."""
        if self._automaton is None:
            return []
        folded = texts.fold(text)
        found = self._automaton.find_matches_as_indexes(folded.text, overlapping=True)
        return self._judged(folded, found) if found else []

    def _judged(self, folded: texts.Folded, found: list[tuple[int, int, int]]) -> list[Hit]:
        if not any(self._uses[pattern].words for pattern, _, _ in found):
            return []  # only words that exclude
        passage = _Passage(folded.text)
        whole = [match for match in found if passage.is_whole(match[1], match[2])]
        excluding = [(self._uses[pattern].unless, start) for pattern, start, _ in whole]
        excluding = [(rules, start) for rules, start in excluding if rules]
        hits: dict[int, Hit] = {}
        for pattern, start, end in sorted(whole, key=_earliest_then_longest):
            for rule, word in self._uses[pattern].words:
                if rule in hits or passage.shares_sentence(start, rule, excluding):
                    continue
                if not passage.is_denied(start, end):
                    hits[rule] = self._hit(rule, word, folded.span(start, end))
        return list(hits.values())

    def _hit(self, rule: int, word: str, span: tuple[int, int]) -> Hit:
        return Hit(self._rules[rule].id, self._rules[rule].version, word, *span)


class _Passage:
    """A folded text in which something was found, with its words."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._edges = texts.word_edges(text)

    def is_whole(self, start: int, end: int) -> bool:
        """Whether a hit respects the words: it is made of whole words, or lies inside one
        (会员 in 会员卡). A single character has to be a word of its own."""
        if _runs_on(self.text, start) or _runs_on(self.text, end):
            return False
        if start in self._edges and end in self._edges:
            return True
        return end - start > 1 and not any(i in self._edges for i in range(start + 1, end))

    def is_denied(self, start: int, end: int) -> bool:
        return negation.is_denied(self.text, list(self._words_before(start)), start, end)

    def shares_sentence(self, start: int, rule: int, excluding: list[tuple[set[int], int]]) -> bool:
        """Whether something that excludes ``rule`` stands in the sentence around ``start``."""
        return any(
            rule in rules
            and texts.sentence_start(self.text, at) == texts.sentence_start(self.text, start)
            for rules, at in excluding
        )

    def _words_before(self, start: int) -> Iterator[str]:
        from_ = max(texts.clause_start(self.text, start), start - 2 * negation.REACH_CHARACTERS)
        edges = [i for i in range(from_, start) if i in self._edges]
        return (self.text[a:b] for a, b in pairwise([*edges, start]))


def _patterns(rules: Iterable[WordRule]) -> dict[str, _Uses]:
    patterns: dict[str, _Uses] = {}
    for index, rule in enumerate(rules):
        for word in rule.words:
            patterns.setdefault(_pattern(rule, word), _Uses()).words.append((index, word))
        for word in rule.unless:
            patterns.setdefault(_pattern(rule, word), _Uses()).unless.add(index)
    return patterns


def _pattern(rule: WordRule, word: str) -> str:
    pattern = texts.folded_word(word)
    if not pattern:
        raise BlankWord(f"rule {rule.id} has a blank keyword")
    return pattern


def _earliest_then_longest(match: tuple[int, int, int]) -> tuple[int, int]:
    return match[1], -match[2]


def _runs_on(text: str, position: int) -> bool:
    """Whether letters or digits go on across ``position``: no hit for app in happy, 5 in 50."""
    if not 0 < position < len(text):
        return False
    before, after = text[position - 1], text[position]
    return (before.isdigit() and after.isdigit()) or (_is_letter(before) and _is_letter(after))


def _is_letter(character: str) -> bool:
    return character.lower() != character.upper()
