"""What a form says, as a tree: a field is named by its place in the definition, such as
``steps[1].branch.then[0].message.content.text``, which is where its problems are noted, too."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from werkzeug.datastructures import MultiDict

from sop.plans import Problem

Form = MultiDict[str, str]

PARTS_MAX = 60  # more than any page of ours nests, and few enough to read one within another
_PART = re.compile(r"\[([0-9]{1,4})\]|([^.\[\]]+)")


@dataclass(slots=True)
class Written:
    """A place in the form: the values written there, and what lies in it by name or by number."""

    values: list[str] = field(default_factory=list)
    named: dict[str, "Written"] = field(default_factory=dict)
    numbered: dict[int, "Written"] = field(default_factory=dict)

    def under(self, name: str) -> "Written":
        """What lies there, blank where the form has nothing."""
        return self.named.get(name) or Written()

    def text(self, name: str, otherwise: str = "") -> str:
        """What is written there; ``otherwise`` where the form has no such field."""
        values = self.under(name).values
        return values[0].strip() if values else otherwise

    def texts(self, name: str) -> list[str]:
        return self.under(name).values

    def listed(self, name: str) -> list["Written"]:
        """The entries of a list, in order."""
        return [one for _, one in sorted(self.under(name).numbered.items())]

    def __bool__(self) -> bool:
        return bool(self.values or self.named or self.numbered)


def tree(form: Form) -> Written:
    root = Written()
    for name, values in form.lists():
        parts = parts_of(name)
        if 0 < len(parts) <= PARTS_MAX:
            _at(root, parts).values = list(values)
    return root


def parts_of(path: str) -> list[str | int]:
    """The names and numbers of which a path is made."""
    return [int(number) if number else name for number, name in _PART.findall(path)]


def whole(written: str) -> int | str:
    """A number where one is written; else what is written, for the reader to complain of."""
    return (
        int(written) if written.isascii() and written.isdigit() and len(written) < 13 else written
    )


def problems_at(problems: Sequence[Problem], path: str, *, below: bool = False) -> list[Problem]:
    """The problems of one field, or with ``below`` also of what lies in it."""
    inside = (f"{path}.", f"{path}[")
    return [p for p in problems if p.path == path or (below and p.path.startswith(inside))]


def lines(written: str) -> list[str]:
    return [line.strip() for line in written.splitlines() if line.strip()]


def filled(fields: Iterable[tuple[str, object]]) -> dict[str, object]:
    """The fields that are not blank."""
    return {name: value for name, value in fields if value not in ("", [], {})}


def _at(root: Written, parts: Sequence[str | int]) -> Written:
    place = root
    for part in parts:
        if isinstance(part, int):
            place = place.numbered.setdefault(part, Written())
        else:
            place = place.named.setdefault(part, Written())
    return place
