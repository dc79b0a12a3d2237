"""Where do the keywords of all rules stand in a text? One pass of one automaton, whatever their
number; what is found is then looked at: does it respect the words of the text, is the phrase
complete, is the expression met?"""

from collections.abc import Iterable, Mapping

from ahocorasick_rs import AhoCorasick

from tagging import syllables
from tagging.expressions import Expressions
from tagging.notation import EXACT_ENDS
from tagging.passages import Passage
from tagging.patterns import Patterns, Use, Way
from tagging.phrases import Pieces, Span
from tagging.rules import UNLESS, WordRule

_WHOLE = Way.WHOLE  # a member of an enumeration takes time to look up


# Where a keyword of a rule stands: start, end, whose it is, and the pieces if it is a phrase. Plain
# tuples, as one is made for every hit of every text and named ones take three times as long.
Find = tuple[int, int, Use, tuple[Span, ...]]
Excluding = list[tuple[frozenset[int], int, int]]  # of (indexes of rules, start, end)


# A text, what is found in it in the order in which it stands, and what excludes rules there.
Found = tuple[Passage, list[Find], Excluding]


class Finder:
    def __init__(self, rules: Iterable[WordRule], synonyms: Mapping[str, tuple[str, ...]]) -> None:
        patterns = Patterns(rules, synonyms)
        strings = patterns.strings()
        self._automaton = AhoCorasick([string for string, _ in strings])
        self._standing = tuple(standing for _, standing in strings)
        self._phrases = tuple(patterns.phrases)
        self._messages = patterns.messages
        self._expressions = Expressions(list(patterns.expressions))
        self._expression_uses = tuple(patterns.expressions.values())
        self._excluding = Expressions(list(patterns.excluding))
        self._excluded = tuple(map(frozenset, patterns.excluding.values()))
        self._has_strings_only = not (self._messages or self._expression_uses)

    def look(self, folded: str) -> Found | None:
        """What is found; None when nothing is."""
        matches = self._automaton.find_matches_as_indexes(folded, overlapping=True)
        if not matches and self._has_strings_only:
            return None
        found: Found = (Passage(folded), [], [])
        _, finds, excluding = found
        if matches:
            self._add_strings(found, matches)
        if not self._has_strings_only:
            self._add_expressions(found)
            self._add_message(found)
        if not finds:
            return None
        if self._excluded:  # looked for only now: few texts get here
            for number, start, end in self._excluding.find(folded):
                excluding.append((self._excluded[number], start, end))
        if len(finds) > 1:
            finds.sort(key=_earliest_then_longest)
        return found

    def _add_strings(self, found: Found, matches: list[tuple[int, int, int]]) -> None:
        passage, finds, excluding = found
        phrases: dict[int, Pieces] = {}
        for pattern, start, end in matches:
            way, uses, pieces, excluded = self._standing[pattern]
            if not (
                passage.is_whole(start, end)
                if way is _WHOLE
                else way is Way.ANYWHERE or syllables.is_whole(passage.text, start, end)
            ):
                continue
            if excluded:
                excluding.append((excluded, start, end))
            for use in uses:
                finds.append((start, end, use, ()))
            for piece in pieces:
                phrases.setdefault(piece.phrase, Pieces()).add(piece.place, start, end)
        for phrase, said in phrases.items():
            count, use = self._phrases[phrase]
            for chain in said.chains(count, passage):
                _add(found, (chain[0][0], chain[-1][1], use, chain))

    def _add_expressions(self, found: Found) -> None:
        for number, start, end in self._expressions.find(found[0].text):
            for use in self._expression_uses[number]:
                _add(found, (start, end, use, ()))

    def _add_message(self, found: Found) -> None:
        text = found[0].text
        message = text.strip(EXACT_ENDS)
        start = text.index(message)
        for use in self._messages.get(message, ()):
            _add(found, (start, start + len(message), use, ()))


def _add(found: Found, find: Find) -> None:
    _, finds, excluding = found
    start, end, use, _ = find
    if use.part == UNLESS:
        excluding.append((frozenset([use.rule]), start, end))
    else:
        finds.append(find)


def _earliest_then_longest(find: Find) -> tuple[int, int]:
    return find[0], -find[1]
