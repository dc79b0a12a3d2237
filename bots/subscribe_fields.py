"""The values of subscribe messages: what the platform takes for each kind of field, checked before
anything is sent. Official accounts and mini-programs have the same kinds.

Official documentation: "Subscribe messages", the table of parameter kinds. A field is named after
its kind and a number: ``thing1``, ``date2``. Lengths are counted as the platform's phones count
them, an emoji as two, so a count is never too low.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping

THING_MAX, NAME_MAX, LATIN_NAME_MAX, PHRASE_MAX, SYMBOL_MAX = 20, 10, 20, 5, 5

_FIELD = re.compile(r"([a-z_]+?)[0-9]*")
_SPACES = re.compile(r"\s+")
_CJK = "\u3400-\u4dbf\u4e00-\u9fff"
_CLOCK = r"([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?"
_DAY = (
    r"[0-9]{4}(年(0?[1-9]|1[0-2])月(0?[1-9]|[12][0-9]|3[01])日"
    r"|(?P<between>[-/.])(0?[1-9]|1[0-2])(?P=between)(0?[1-9]|[12][0-9]|3[01]))"
)
_JOINER, _SELECTORS = "\u200d", "\ufe00-\ufe0f"
_TONES, _FLAGS = "\U0001f3fb-\U0001f3ff", "\U0001f1e6-\U0001f1ff"
_ADDED = re.compile(f"[{_SELECTORS}{_TONES}{_JOINER}\U000e0020-\U000e007f]")
_FLAG = re.compile(f"[{_FLAGS}]")


class BadField(ValueError):
    """A value that the platform would refuse; ``reason`` is in the reasons of ``Answer``."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name, self.reason = name, reason


def fitted_all(values: Mapping[str, str]) -> dict[str, str]:
    """The values as they may be sent. Raises BadField for the first that may not."""
    return {name: fitted(name, value) for name, value in values.items()}


def fitted(name: str, value: str) -> str:
    """The value of the field ``name`` as it may be sent: things and names, whose end says least,
    are cut between two characters; whatever else does not fit is refused, since half a number is
    another number. Raises BadField."""
    kind = kind_of(name)
    rule = _RULES.get(kind)
    if rule is None:
        raise BadField(name, "unknown_kind")
    text = _SPACES.sub(" ", value).strip()
    if not text:
        raise BadField(name, "empty")
    fits = rule(text)
    if not fits:
        raise BadField(name, f"not_a_{kind}")
    return fits


def kind_of(name: str) -> str:
    """``thing`` of ``thing1``; empty if it is no name of a field."""
    named = _FIELD.fullmatch(name)
    return named[1] if named else ""


def cut(text: str, most: int) -> str:
    """As many whole characters as fit into ``most``, the last an ellipsis if any are missing. What
    is seen as one character (letter and accent, a family of emoji, a flag) is never divided."""
    if length(text) <= most:
        return text
    kept = ""
    for seen in _characters(text):
        if length(kept) + length(seen) > most - 1:
            break
        kept += seen
    return f"{kept.rstrip()}…" if kept.strip() else ""


def length(text: str) -> int:
    """In units of UTF-16."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _characters(text: str) -> Iterator[str]:
    """The text in pieces that are seen as one character each."""
    seen = ""
    for point in text:
        if seen and not _belongs(point, seen):
            yield seen
            seen = ""
        seen += point
    if seen:
        yield seen


def _belongs(point: str, seen: str) -> bool:
    if seen[-1] == _JOINER or unicodedata.category(point)[0] == "M" or _ADDED.match(point):
        return True
    return len(seen) == 1 and bool(_FLAG.match(seen) and _FLAG.match(point))


def _thing(text: str) -> str:
    return cut(text, THING_MAX)


def _name(text: str) -> str:
    """Ten characters if any of them is not of ASCII, else twenty."""
    return cut(text, LATIN_NAME_MAX if text.isascii() else NAME_MAX)


def _of(pattern: str) -> Callable[[str], str]:
    known = re.compile(pattern)
    return lambda text: text if known.fullmatch(text) else ""


def _symbol(text: str) -> str:
    is_symbols = all(unicodedata.category(point)[0] in "PSM" for point in text)
    return text if is_symbols and length(text) <= SYMBOL_MAX else ""


def _number(text: str) -> str:
    is_number = re.fullmatch(r"[0-9]+(\.[0-9]+)?", text)
    return text if is_number and len(text) <= 32 else ""


_RULES: Mapping[str, Callable[[str], str]] = {
    "thing": _thing,
    "name": _name,
    "number": _number,
    "letter": _of("[A-Za-z]{1,32}"),
    "symbol": _symbol,
    "character_string": _of("[\x20-\x7e]{1,32}"),
    "phone_number": _of(r"[0-9+() -]{1,17}"),
    "car_number": _of(f"[{_CJK}A-Za-z0-9]{{1,8}}"),
    "phrase": _of(f"[{_CJK}]{{1,{PHRASE_MAX}}}"),
    "time": _of(f"({_DAY} ?)?{_CLOCK}"),
    "date": _of(f"{_DAY}( ?{_CLOCK})?"),
    "amount": _of(r"[¥￥$€£]?[0-9]{1,10}(\.[0-9]{1,2})?元?"),
}
KINDS = frozenset(_RULES)
