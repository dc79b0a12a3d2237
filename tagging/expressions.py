"""Regular expressions of operators, in linear time: RE2 has no back-tracking and no way to write
an expression that takes for ever. What it does not know (look-around, back-references) is refused.

All expressions of all rules are a few filters: RE2 finds the strings each of them cannot do
without, looks for all of a filter's at once, and tries only the expressions whose strings are
there.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from tagging import texts
from tagging.notation import BadKeyword

LENGTH_MAX = 200
# Of one filter. From about 1,100 of the demo's expressions on, the strings outgrow the memory in
# which RE2 keeps its automaton, which it then builds anew for most texts: seven times the time.
FILTERED_MAX = 600
_MEMORY_BYTES = 1 << 20  # of one compiled expression; a repeat of repeats needs more


def check(pattern: str) -> None:
    """Raises BadKeyword unless the expression can be used."""
    if len(pattern) > LENGTH_MAX:
        raise BadKeyword(
            f"正则表达式最多 {LENGTH_MAX} 个字符",
            f"at most {LENGTH_MAX} characters in an expression",
        )
    if _compiled(pattern).search("") is not None:
        raise BadKeyword(
            f"正则表达式会命中任何文字：{pattern}",
            f"the expression is met by every text: {pattern}",
        )


class Expressions:
    """The expressions of one moment. Raises BadKeyword when one of them cannot be used."""

    def __init__(self, patterns: Sequence[str]) -> None:
        for pattern in patterns:
            check(pattern)
        self._compiled = tuple(map(_compiled, patterns))
        self._filters = tuple(
            (first, _filter(patterns[first : first + FILTERED_MAX]))
            for first in range(0, len(patterns), FILTERED_MAX)
        )

    def find(self, folded: str) -> Iterator[tuple[int, int, int]]:
        """(number of the expression, start, end) wherever one is met."""
        for first, some in self._filters:
            for number in some.Match(folded) or ():
                for found in self._compiled[first + number].finditer(folded):
                    if found.end() > found.start():
                        yield first + number, found.start(), found.end()


def _filter(patterns: Sequence[str]) -> "re2.Filter":  # type: ignore[name-defined]  # noqa: F821
    import re2  # here, as below: it is needed by those who have such rules

    found = re2.Filter()
    for pattern in patterns:
        found.Add(_as_folded(pattern), _options())
    found.Compile()
    return found


@cache
def _options() -> object:
    import re2

    options = re2.Options()
    options.case_sensitive = False
    options.max_mem = _MEMORY_BYTES
    options.log_errors = False
    return options


def _compiled(pattern: str) -> "re.Pattern[str]":
    import re2

    try:
        compiled: re.Pattern[str] = re2.compile(_as_folded(pattern), _options())
    except re2.error as error:
        reason = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error)
        raise BadKeyword(
            f"正则表达式不能用：{pattern}（{reason}）",
            f"the expression cannot be used: {pattern} ({reason})",
        ) from error
    return compiled


def _as_folded(pattern: str) -> str:
    """Written for the folded text it will be read in; the ASCII of an expression is its syntax."""
    return "".join(c if c.isascii() else re.escape(texts.folded_word(c) or c) for c in pattern)
