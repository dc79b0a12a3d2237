"""Conditional questions: which questions of a form are asked, given what has been answered.

Pure, and decided twice: by the page while she answers (``app/h5/static/visibility.js``), and here
when she sends, which is what counts. The two agree on every form and every answer, so nobody is
told to answer what she was not shown. A condition looks at one earlier question; what is not asked
has no answer, so what hangs on it is not asked either.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

OPERATIONS = ("is_any", "is_none", "contains", "at_least", "at_most", "answered")
NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,4})?")
_BLANKS = " \t\r\n"


@dataclass(frozen=True, slots=True)
class ShownIf:
    """What an earlier question has to be answered with: any of the values, none of them (but
    something), a text that contains one, a number of at least or at most, or anything at all."""

    question: str
    operation: str
    values: tuple[str, ...] = ()

    def is_met_by(self, given: Sequence[str]) -> bool:
        match self.operation:
            case "is_any":
                return any(value in given for value in self.values)
            case "is_none":
                return bool(given) and not any(value in given for value in self.values)
            case "contains":
                return any(value in text for value in self.values for text in given)
            case "at_least":
                return _compared(given, self.values, 1)
            case "at_most":
                return _compared(given, self.values, -1)
        return bool(given)


def asked(
    questions: Iterable[tuple[str, ShownIf | None]], given: Mapping[str, Sequence[str]]
) -> list[str]:
    """The keys of the questions that are asked, of those in this order."""
    known: dict[str, list[str]] = {}
    for key, shown_if in questions:
        if shown_if is None or shown_if.is_met_by(known.get(shown_if.question, ())):
            known[key] = [text for one in given.get(key, ()) if (text := one.strip(_BLANKS))]
    return list(known)


def _compared(given: Sequence[str], values: Sequence[str], sign: int) -> bool:
    if not given or not values:
        return False
    if not NUMBER.fullmatch(given[0]) or not NUMBER.fullmatch(values[0]):
        return False
    return sign * (float(given[0]) - float(values[0])) >= 0
