"""Which keyword rules does this text meet? Pure, and the same for one rule or for ten thousand.

All keywords of all rules stand in one automaton (``finding``), so a text is read once whatever the
number of rules. Only around a hit it is cut into words: a hit must not cross a word boundary (干皮
is no skin type in 饼干皮蛋), must not be denied (``negation``), and must not share its sentence
with one of the rule's ``unless`` words. Rules never see each other: adding one changes no hit of
another.
"""

from collections.abc import Iterable, Mapping

from tagging import texts
from tagging.finding import Excluding, Find, Finder, Found
from tagging.passages import Passage
from tagging.phrases import Span
from tagging.rules import (
    NONE_OF,
    NOTHING,
    WORDS,
    Denials,
    Hit,
    Questions,
    Reading,
    WordRule,
)

UNLESS_REACH_CHARACTERS = 60
# Members of enumerations take time to look up.
_COUNT, _TAKE, _HEARD = Questions.COUNT, Denials.TAKE, Denials.COUNT
Parts = Mapping[tuple[int, int], Hit]  # of (index of a rule, part of it)


class Tagger:
    """The rules of one moment, ready to read texts. Immutable: build another when rules change.

    ``synonyms`` has, for a folded word, all that mean the same, itself among them. Raises
    BadKeyword for a keyword that cannot work.
    """

    def __init__(
        self, rules: Iterable[WordRule], synonyms: Mapping[str, tuple[str, ...]] | None = None
    ) -> None:
        self._rules = tuple(rules)
        self._is_plain = tuple(rule.is_plain for rule in self._rules)
        self._finder = Finder(self._rules, synonyms or {})

    def hits(self, text: str) -> list[Hit]:
        """At most one hit for each rule that is met, in the order in which they stand."""
        return self.read(text).hits

    def read(self, text: str) -> Reading:
        folded = texts.fold(text)
        found = self._finder.look(folded.text)
        return self._judged(folded, found) if found is not None else NOTHING

    def _judged(self, folded: texts.Folded, found: Found) -> Reading:
        passage, finds, excluding = found
        said: dict[tuple[int, int], Hit] = {}
        denied: dict[int, Hit] = {}
        refused: dict[int, int] = {}  # how far a keyword of a rule reached that does not count
        for find in finds:
            start, end, (index, part, word), _ = find
            if (index, part) in said or end <= refused.get(index, 0):
                continue
            if excluding and _is_excluded(passage, index, start, excluding):
                continue
            rule = self._rules[index]
            counts = _counts(rule, passage, find)
            if not counts and word[0] != "/":
                refused[index] = end  # 皮屑 says no more than the 头皮屑 it stands in
            if counts is None:
                continue
            hit = Hit(rule.id, rule.version, word, *folded.span(start, end), part)
            if counts:
                said[index, part] = hit
            elif part == WORDS:
                denied.setdefault(index, hit)
        return self._reading(said, denied)

    def _reading(self, said: Parts, denied: Mapping[int, Hit]) -> Reading:
        rules = self._rules
        hits = [
            hit
            for (index, part), hit in said.items()
            if part == WORDS and (self._is_plain[index] or _is_met(rules[index], index, said))
        ]
        if len(hits) == len(said) and not denied:  # as in most texts
            return Reading(hits, [], [])
        return Reading(
            hits,
            [hit for index, hit in denied.items() if (index, WORDS) not in said],
            [hit for (index, _), hit in said.items() if rules[index].spans_texts],
        )


def _is_excluded(passage: Passage, index: int, start: int, excluding: Excluding) -> bool:
    """Whether something that excludes the rule stands near ``start``, in the same sentence: what is
    said long before a comma or long after it is another matter."""
    return any(
        index in rules
        and first - UNLESS_REACH_CHARACTERS <= start <= last + UNLESS_REACH_CHARACTERS
        and passage.sentence(first) == passage.sentence(start)
        for rules, first, last in excluding
    )


def _counts(rule: WordRule, passage: Passage, find: Find) -> bool | None:
    """Whether a keyword counts where it stands (True), or is denied and takes the rule's tag away
    (False). None when it is neither."""
    start, end, _, pieces = find
    if rule.is_own and passage.is_of_another(start, end):
        return None
    if rule.denials is not _HEARD and (
        _is_denied(passage, pieces) if pieces else passage.is_denied(start, end)
    ):
        takes = rule.denials is _TAKE and not passage.is_asked(start, end)
        return False if takes else None
    if rule.questions is _COUNT:
        return True
    return True if passage.is_asked(start, end) == (rule.questions is Questions.ONLY) else None


def _is_denied(passage: Passage, pieces: Iterable[Span]) -> bool:
    return any(passage.is_denied(start, end) for start, end in pieces)


def _is_met(rule: WordRule, index: int, said: Parts) -> bool:
    if rule.spans_texts or (index, NONE_OF) in said:
        return False
    return all((index, part) in said for part in range(1, len(rule.all_of) + 1))
