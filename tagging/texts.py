"""The text of a message made comparable, without losing where each character stood.

Members type ＡＰＰ, App and app; a rule should find all three and the console should mark what
the member really wrote. So folding keeps, for every folded character, its place in the original.
"""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate

CLAUSE_ENDS = frozenset(",。.!?;:~ \t\r\n()[]\"'“”‘’「」【】—|/")
SENTENCE_ENDS = frozenset("。!?;\r\n")

# The signs that fill Chinese chat and fold one to one, so that most lines keep their offsets.
# Lone surrogates come from broken clients; neither the automaton nor the word cutter takes them.
_ONE_TO_ONE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_ONE_TO_ONE[0x3000] = 0x20
_SURROGATES = dict.fromkeys(range(0xD800, 0xE000), 0xFFFD)


@dataclass(frozen=True, slots=True)
class Folded:
    """A text after NFKC and casefold; ``places[i]`` is where ``text[i]`` began in the original,
    with one more entry for the end. ``places`` is None where nothing moved."""

    text: str
    original: str
    places: Sequence[int] | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where ``text[start:end]`` stood in the original text."""
        if self.places is None:
            return start, end
        last = self.places[end - 1]
        return self.places[start], next((p for p in self.places[end:] if p > last), last + 1)


def fold(text: str) -> Folded:
    """NFKC and casefold. Each character is folded with the accents that follow it."""
    if text.isascii():
        return Folded(text.lower(), text)
    plain = _encodable(text).translate(_ONE_TO_ONE)
    if unicodedata.is_normalized("NFKC", plain):
        folded = plain.casefold()
        if len(folded) == len(text):
            return Folded(folded, text)
    return _fold_piecewise(plain, text)


def folded_word(word: str) -> str:
    """A keyword in the form in which ``fold`` shows it."""
    return fold(word.strip()).text


def word_edges(text: str) -> set[int]:
    """The offsets at which a word begins or ends.

    Cut by rjieba: jieba's algorithm and dictionary, about fifteen times faster, no start-up cost
    worth naming. Without its model for unknown words, which glues a negation to what follows
    (``不油``) and characters into words that no dictionary knows.
    """
    return set(accumulate(map(len, _cutter()(text, False)), initial=0))


@cache
def _cutter() -> Callable[[str, bool], list[str]]:
    import rjieba  # here: its dictionary takes 35 MB, which a process that tags nothing can spare

    cut: Callable[[str, bool], list[str]] = rjieba.cut
    return cut


def clause_start(text: str, position: int) -> int:
    """Where the clause around ``position`` begins."""
    return _after_last(text, position, CLAUSE_ENDS)


def sentence_start(text: str, position: int) -> int:
    """Where the sentence around ``position`` begins."""
    return _after_last(text, position, SENTENCE_ENDS)


def _after_last(text: str, position: int, ends: frozenset[str]) -> int:
    while position > 0 and text[position - 1] not in ends:
        position -= 1
    return position


def _encodable(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.translate(_SURROGATES)
    return text


def _fold_piecewise(plain: str, original: str) -> Folded:
    pieces: list[str] = []
    places: list[int] = []
    start = 0
    for end in range(1, len(plain) + 1):
        if end < len(plain) and unicodedata.combining(plain[end]):
            continue
        piece = unicodedata.normalize("NFKC", plain[start:end]).casefold()
        pieces.append(piece)
        places.extend([start] * len(piece))
        start = end
    places.append(len(plain))
    return Folded("".join(pieces), original, places)
