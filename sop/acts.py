"""What a step does besides saying something."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sop import wording
from sop.contents import PLACEHOLDERS, fillable
from sop.reading import Reader, under

# The kinds, what each needs, and for whom it is.
KINDS: Mapping[str, str] = {
    "tag": "tag",
    "untag": "tag",
    "points": "points",
    "coupon": "coupon",
    "todo": "text",
    "invite": "group",
    "move": "plan",
}
FOR_GROUPS = frozenset({"todo", "move"})
POINTS_MAX = 1_000_000
_CHOOSE = "要选一个", "has to be chosen"


@dataclass(frozen=True, slots=True)
class Act:
    """``what``: the tag, how many points, the coupon's key, the to-do's text, the group's id, the
    plan's id."""

    kind: str
    what: str | int


def read(reader: Reader, path: str, value: Any, audience: str) -> Act | None:
    kinds = KINDS if audience == "member" else sorted(FOR_GROUPS)
    given = value.get("kind") if isinstance(value, Mapping) else None
    kind = reader.choice(under(path, "kind"), given, kinds)
    if kind is None:
        return None
    field = KINDS[kind]
    fields = reader.mapping(path, value, ("kind", field))
    if fields is None or field not in fields:
        return None
    what = _READERS[field](reader, under(path, field), fields[field])
    if field == "text" and isinstance(what, str):
        known = fillable("todo", PLACEHOLDERS[audience])
        reader.read(under(path, field), lambda text: wording.check(text, known), what)
    return Act(kind, what) if what is not None else None


def _word(reader: Reader, path: str, value: Any) -> str | None:
    if value == "":
        reader.wrong(path, *_CHOOSE)
        return None
    return reader.name(path, value, 128)


def _text(reader: Reader, path: str, value: Any) -> str | None:
    return reader.name(path, value, 500)


def _points(reader: Reader, path: str, value: Any) -> int | None:
    return reader.whole(path, value, 1, POINTS_MAX)


def _id(reader: Reader, path: str, value: Any) -> int | None:
    if value == "":
        reader.wrong(path, *_CHOOSE)
        return None
    return reader.whole(path, value, 1, 2**53)


_READERS: Mapping[str, Callable[[Reader, str, Any], str | int | None]] = {
    "tag": _word,
    "coupon": _word,
    "text": _text,
    "points": _points,
    "group": _id,
    "plan": _id,
}
