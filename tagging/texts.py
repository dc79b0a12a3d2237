"""The text of a message made comparable, without losing where each character stood.

Members type ＡＰＰ, App and app, 头发 and 頭髮; a rule should find them all and the console should
mark what the member really wrote. So folding keeps, for every folded character, its place in the
original.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

from tagging import scripts

CLAUSE_ENDS = frozenset(",。.!?;:~ \t\r\n()[]\"'“”‘’「」【】—|/")
SENTENCE_ENDS = frozenset("。!?;\r\n")

# Up to the last end before a position: greedy, so it is found from behind, in no time.
_TO_CLAUSE = re.compile(f".*[{re.escape(''.join(sorted(CLAUSE_ENDS)))}]", re.DOTALL)
_TO_SENTENCE = re.compile(f".*[{re.escape(''.join(sorted(SENTENCE_ENDS)))}]", re.DOTALL)

# The signs that fill Chinese chat and fold one to one, so that most lines keep their offsets.
_WIDE_SIGNS = tuple((wide, chr(ord(wide) - 0xFEE0)) for wide in "，！？：；（）～")
_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0x2026: 0x2E}
# Lone surrogates come from broken clients; neither the automaton nor the word cutter takes them.
_SURROGATES = dict.fromkeys(range(0xD800, 0xE000), 0xFFFD)
_BLOCK = 64


class Folded(NamedTuple):
    """A text after NFKC, casefold and simplification; ``places[i]`` is where ``text[i]`` began in
    the original, with one more entry for the end. ``places`` is None where nothing moved."""

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
    """Each character is folded with the accents that follow it."""
    if _unusual().search(text) is None:
        return Folded(text, text)  # as most lines of chat, which have no signs
    plain = text
    for wide, narrow in _WIDE_SIGNS:
        plain = plain.replace(wide, narrow)
    if _unusual().search(plain) is None:
        return Folded(plain, text)  # nothing but these signs
    plain = _encodable(text).translate(_one_to_one())
    if unicodedata.is_normalized("NFKC", plain):
        folded = plain.casefold()
        if len(folded) == len(text):
            return Folded(folded, text)
    return _fold_piecewise(plain, text)


def folded_word(word: str) -> str:
    """A keyword in the form in which ``fold`` shows it."""
    return fold(word.strip()).text


def cut(text: str) -> list[str]:
    """The words of a folded text.

    Cut by rjieba: jieba's algorithm and dictionary, about fifteen times faster, no start-up cost
    worth naming. Without its model for unknown words, which glues a negation to what follows
    (``不油``) and characters into words that no dictionary knows.
    """
    return _cutter()(text, False)


def clause_start(text: str, position: int) -> int:
    """Where the clause around ``position`` begins."""
    return _end(_TO_CLAUSE.match(text, 0, position))


def sentence_start(text: str, position: int) -> int:
    """Where the sentence around ``position`` begins."""
    return _end(_TO_SENTENCE.match(text, 0, position))


def _end(found: re.Match[str] | None) -> int:
    return found.end() if found else 0


@cache
def _cutter() -> Callable[[str, bool], list[str]]:
    import rjieba  # here: its dictionary takes 35 MB, which a process that tags nothing can spare

    cutter: Callable[[str, bool], list[str]] = rjieba.cut
    return cutter


@cache
def _one_to_one() -> dict[int, int]:
    return {**_NARROW, **scripts.simplified()}


@cache
def _unusual() -> re.Pattern[str]:
    """What folding may change; a line without it is folded already. The rare planes count as
    unusual altogether: a set of the first plane alone is one look into a bitmap."""
    ends = "".join(f"\\u{first:04x}-\\u{last:04x}" for first, last in _runs(_unchanging()))
    return re.compile(f"[^{ends}]")


def _unchanging() -> Iterator[int]:
    for first in range(0, 0x10000, _BLOCK):
        block = range(first, first + _BLOCK)
        if 0xD800 <= first < 0xE000:
            continue
        if _changes(" ".join(map(chr, block))):  # in most blocks nothing does, seen at a glance
            yield from (code for code in block if not _changes(chr(code)))
        else:
            yield from block


def _changes(characters: str) -> bool:
    folded = unicodedata.normalize("NFKC", characters.translate(_one_to_one())).casefold()
    return folded != characters or any(map(unicodedata.combining, characters))


def _runs(codes: Iterator[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    for code in codes:
        if runs and code == runs[-1][1] + 1:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    return runs


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
        piece = unicodedata.normalize("NFKC", plain[start:end]).translate(_one_to_one())
        piece = piece.casefold()
        pieces.append(piece)
        places.extend([start] * len(piece))
        start = end
    places.append(len(plain))
    return Folded("".join(pieces), original, places)
