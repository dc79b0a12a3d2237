"""A folded text in which something was found: its words, clauses and sentences, cut when asked."""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate

from tagging import negation, questions, speakers, texts

_LETTERS_END = "\u2e80"  # before it the scripts whose words are set apart by more than a dictionary


class Passage:
    __slots__ = ("_edges", "_may_deny", "_starts", "_words", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._edges: set[int] | None = None
        self._may_deny: bool | None = None

    def is_whole(self, start: int, end: int) -> bool:
        """Whether a hit respects the words: it is made of whole words, or lies inside one
        (会员 in 会员卡). A single character has to be a word of its own."""
        text = self.text
        if (text[start] < _LETTERS_END or text[end - 1] < _LETTERS_END) and (
            _runs_on(text, start) or _runs_on(text, end)
        ):
            return False
        edges = self._edges or self._cut()
        if start in edges and end in edges:
            return True
        return end - start > 1 and not any(i in edges for i in range(start + 1, end))

    def is_denied(self, start: int, end: int) -> bool:
        if self._may_deny is None:
            self._may_deny = negation.may_deny(self.text)
        if not self._may_deny:  # most texts
            return False
        return negation.is_denied(self.text, self._words_before(start), start, end)

    def is_asked(self, start: int, end: int) -> bool:
        """Whether the sentence around it is a question."""
        return questions.is_asked(self.text, start, end)

    def is_of_another(self, start: int, end: int) -> bool:
        """Whether it is said of somebody else than the speaker."""
        return speakers.is_of_another(self.text, start, end)

    def sentence(self, position: int) -> int:
        return texts.sentence_start(self.text, position)

    def _cut(self) -> set[int]:
        self._words = texts.cut(self.text)
        self._starts = list(accumulate(map(len, self._words), initial=0))
        self._edges = set(self._starts)
        return self._edges

    def _words_before(self, start: int) -> Sequence[str]:
        """The words of the clause before ``start``; none where none of them can deny anything."""
        first = max(0, start - 2 * negation.REACH_CHARACTERS)
        if not negation.may_stand(self.text, first, start):
            return ()
        first = max(first, texts.clause_start(self.text, start))
        if self._edges is None:
            self._cut()
        starts = self._starts
        begin, end = bisect_left(starts, first), bisect_left(starts, start)
        before = self._words[begin:end]
        if before and starts[end] != start:  # it stands within a word, as 会员 in 超级会员
            before[-1] = self.text[starts[end - 1] : start]
        return before


def _runs_on(text: str, position: int) -> bool:
    """Whether letters or digits go on across ``position``: no hit for app in happy, 5 in 50."""
    if not 0 < position < len(text) or text[position] >= _LETTERS_END:
        return False
    before, after = text[position - 1], text[position]
    return (before.isdigit() and after.isdigit()) or (_is_letter(before) and _is_letter(after))


def _is_letter(character: str) -> bool:
    return character.lower() != character.upper()
