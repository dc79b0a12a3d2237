"""Placeholders in what we say: ``{nickname}``, with words to use instead when there is no value
``{nickname|亲}``; ``{{`` and ``}}`` are plain braces.

Plain substitution, no template language: what an operator or a member writes is never evaluated,
and a value that looks like a placeholder stays as it is.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping

from sop.mistakes import Mistake

# radar:<key> and form:<key> carry an argument; any other name is a word.
_PIECES = re.compile(
    r"(?P<brace>\{\{|\}\})"
    r"|\{(?P<name>[a-z][a-z0-9_]*(?::[A-Za-z0-9_-]+)?)(?:\|(?P<fallback>[^{}|]*))?\}"
    r"|(?P<stray>[{}])"
)

FAMILIES = frozenset({"radar", "form", "quiz", "group_link"})  # each says of which one

_CUT = "…"
_JOINER = "\u200d"  # makes one picture of two emoji
_JOINS_ON = frozenset({"Mn", "Me", "Mc", "Sk"})  # marks, variants and skin tones: Unicode §4.5


class BadWording(Mistake):
    """A text that cannot be sent as it is written."""


class UnknownPlaceholder(BadWording):
    """A placeholder that nobody can fill here."""

    def __init__(self, name: str) -> None:
        super().__init__(f"没有占位符 {{{name}}}", f"there is no placeholder {{{name}}}")
        self.name = name


class NoneNamed(UnknownPlaceholder):
    """A placeholder that has to say of which one: ``{group_link}`` without a group."""

    def __init__(self, name: str) -> None:
        BadWording.__init__(
            self,
            f"{{{name}}} 要写明是哪一个，例如 {{{name}:…}}",
            f"{{{name}}} has to name one, as in {{{name}:…}}",
        )
        self.name = name


class NothingToFill(BadWording):
    """A placeholder without a value and without words to use instead."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{{{name}}} 没有可填的内容", f"there is nothing to fill {{{name}}} with")
        self.name = name


def placeholders(text: str) -> tuple[str, ...]:
    """The names used in a text, each once, in order. Raises BadWording for a stray brace."""
    names = (piece["name"] for piece in _pieces(text))
    return tuple(dict.fromkeys(name for name in names if name))


def names_in(text: str) -> tuple[str, ...]:
    """The names that a text uses, also of one that has a stray brace."""
    return tuple(piece["name"] for piece in _PIECES.finditer(text) if piece["name"])


def check(text: str, known: Collection[str]) -> None:
    """Raises UnknownPlaceholder unless every placeholder is in ``known``, where ``radar:*`` stands
    for every ``radar:<key>``; NoneNamed for ``radar`` alone; BadWording for a stray brace."""
    for name in placeholders(text):
        family, colon, _ = name.partition(":")
        if name in known or (colon and f"{family}:*" in known):
            continue
        if not colon and family in FAMILIES:
            raise NoneNamed(name)
        raise UnknownPlaceholder(name)


def render(text: str, values: Mapping[str, str], otherwise: Mapping[str, str] | None = None) -> str:
    """The text with every placeholder filled. An empty value counts as none; then the text's own
    fallback stands in, or else what ``otherwise`` has for the name.

    Raises NothingToFill where there is neither a value nor a fallback, BadWording for a stray
    brace: a message with a hole in it is worse than none.
    """
    _pieces(text)
    return _PIECES.sub(lambda piece: _filled(piece, values, otherwise or {}), text)


def escaped(text: str) -> str:
    """The text as it has to be written to be read as it stands."""
    return text.replace("{", "{{").replace("}", "}}")


def cut(text: str, bytes_max: int) -> str:
    """The text, or as much of it as fits into ``bytes_max`` bytes of UTF-8 with "…" behind it. It
    ends between two characters as they are read: an emoji stays whole or goes."""
    whole = text.encode()
    if len(whole) <= bytes_max:
        return text
    kept = len(whole[: max(0, bytes_max - len(_CUT.encode()))].decode(errors="ignore"))
    while kept and _belong_together(text[kept - 1], text[kept]):
        kept -= 1
    return text[:kept] + _CUT


def _belong_together(before: str, after: str) -> bool:
    return _JOINER in (before, after) or unicodedata.category(after) in _JOINS_ON


def _pieces(text: str) -> list[re.Match[str]]:
    pieces = list(_PIECES.finditer(text))
    for piece in pieces:
        if piece["stray"]:
            raise BadWording(
                f"第 {piece.start() + 1} 个字处的花括号不成对，要写花括号请用 {{{{ 或 }}}}",
                f"stray brace at character {piece.start() + 1}: write {{{{ or }}}} for a brace",
            )
    return pieces


def _filled(piece: re.Match[str], values: Mapping[str, str], otherwise: Mapping[str, str]) -> str:
    if piece["brace"]:
        return piece["brace"][0]
    value = values.get(piece["name"], "") or piece["fallback"]
    if value is None:
        value = otherwise.get(piece["name"])
    if value is None:
        raise NothingToFill(piece["name"])
    return value
