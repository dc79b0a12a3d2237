"""How an operator writes a keyword: one on a line, most of them as they are.

======================  ================================================================
``头屑``                a word: may not cross the words of the text (干皮 in 饼干皮蛋)
``洗完…痒``             a phrase: these words in this order, at most ``GAP_CHARACTERS`` apart
``=签到``               exact: the message says this and nothing else
``*油*``                anywhere, whatever it is part of
``/掉.{0,3}头发/``      a regular expression in the syntax of RE2
``\\=1``                 the word ``=1``: a backslash takes its meaning from a sign
======================  ================================================================
"""

import re
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from tagging import texts

GAP_CHARACTERS = 10
PIECES_MAX = 5
EXACT_ENDS = " 。.!！?？~～,，"  # around a message that is exactly a keyword
_GAP = re.compile(r"…+|\.{3,}")


class Kind(StrEnum):
    WORD = "word"
    PHRASE = "phrase"
    EXACT = "exact"
    ANYWHERE = "anywhere"
    EXPRESSION = "expression"


class Keyword(NamedTuple):
    """``pieces`` are folded, one but for a phrase; an expression's is as it was written."""

    kind: Kind
    pieces: tuple[str, ...]


class BadKeyword(ValueError):
    """A keyword cannot work; says why, in Chinese and English."""

    def __init__(self, zh: str, en: str):
        super().__init__(f"{zh} / {en}")
        self.zh, self.en = zh, en


class BlankWord(BadKeyword):
    """A keyword says nothing once it is folded: it would be met by every text."""

    def __init__(self, written: str):
        super().__init__(f"空的关键词：“{written}”", f"a blank keyword: “{written}”")


@lru_cache(maxsize=4096)
def read(written: str) -> Keyword:
    """What a line means. Raises BadKeyword; whether RE2 takes an expression is not looked at."""
    line = written.strip()
    if line.startswith("\\"):
        return Keyword(Kind.WORD, (_folded(line[1:], written),))
    if line.startswith("="):
        return Keyword(Kind.EXACT, (_folded(line[1:].strip(EXACT_ENDS), written),))
    if len(line) > 1 and line[0] == line[-1] == "*":
        return Keyword(Kind.ANYWHERE, (_folded(line[1:-1], written),))
    if len(line) > 1 and line[0] == line[-1] == "/":
        return Keyword(Kind.EXPRESSION, (_expression(line[1:-1], written),))
    if _GAP.search(line):
        return Keyword(Kind.PHRASE, _phrase(_GAP.split(line), written))
    return Keyword(Kind.WORD, (_folded(line, written),))


def _phrase(pieces: list[str], written: str) -> tuple[str, ...]:
    if len(pieces) > PIECES_MAX:
        raise BadKeyword(
            f"短语最多 {PIECES_MAX} 段：{written}", f"a phrase has at most {PIECES_MAX}: {written}"
        )
    return tuple(_folded(piece, written) for piece in pieces)


def _folded(word: str, written: str) -> str:
    folded = texts.folded_word(word)
    if not folded:
        raise BlankWord(written)
    return folded


def _expression(pattern: str, written: str) -> str:
    if not pattern.strip():
        raise BlankWord(written)
    return pattern
