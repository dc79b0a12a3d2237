"""A segment's form: from the fields of a page to the rule that ``tagging.segments.reading`` reads,
and what its buttons do to it. A field is named by its place under ``rule``: ``rule.all[1].tag``."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from app.console.fields import amounts
from app.console.fields.written import Form, Written, parts_of, tree, whole
from tagging.segments import kinds, reading
from tagging.segments.kinds import Field

ROOT = "rule"
SWITCHES = ("all", "any", "not")
NODES_MAX = 400  # more than anybody puts together, and few enough to show with what is wrong
NEW: Mapping[str, Any] = {"kind": "tag", "tag": ""}
REMAKING = ("figure", "form", "question")  # what they say decides what others offer
OF_MONEY = ("spent_fen", "expected_value_fen_year")
_NUMBER = re.compile(r"[0-9]{1,12}\.[0-9]{1,6}")
_SEPARATORS = re.compile(r"[,，\s]+")


def new() -> dict[str, Any]:
    return {"all": [dict(NEW)]}


class TooManyNodes(ValueError):
    """Nobody has put that together with the page."""


def definition_in(form: Form) -> dict[str, Any]:
    """What the form says, as it was written. Raises TooManyNodes."""
    if sum(name.endswith(".is") for name in form) > NODES_MAX:
        raise TooManyNodes
    return _read(tree(form).under(ROOT))


def changed(definition: dict[str, Any], change: str) -> dict[str, Any]:
    """The rule after ``add:rule.all``, ``group:rule.all``, ``remove:rule.all[1]`` or
    ``wrap:rule.any[0]``. What is not there changes nothing."""
    action, _colon, place = change.partition(":")
    parts = parts_of(place)[1:]
    if action in ("add", "group"):
        entries = _at(definition, parts)
        if isinstance(entries, list) and len(entries) < reading.PARTS_MAX:
            entries.append(dict(NEW) if action == "add" else {"any": [dict(NEW)]})
    elif action in ("remove", "wrap") and parts:
        entries, index = _at(definition, parts[:-1]), parts[-1]
        if isinstance(entries, list) and isinstance(index, int) and index < len(entries):
            inside = entries.pop(index)
            if action == "wrap":
                entries.insert(index, {"any": [inside]})
    return definition


def kind_of(written: Mapping[str, Any]) -> str:
    """The switch or the kind of leaf that stands there."""
    return str(written.get("kind") or next((name for name in SWITCHES if name in written), "tag"))


def is_money(leaf: Mapping[str, Any], field: Field) -> bool:
    """Whether the field is an amount, which operators write in yuan."""
    is_end = leaf.get("kind") == "figure" and field.name in ("least", "most")
    return field.name == "least_fen" or (is_end and leaf.get("figure") in OF_MONEY)


def shown(leaf: Mapping[str, Any], field: Field) -> str:
    """What stands in a field of one line."""
    value = leaf.get(field.name)
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    if is_money(leaf, field):
        return amounts.as_yuan(value)
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")  # 0.000001 and never 1e-06
    return "" if value is None else str(value)


def offered(
    leaf: Mapping[str, Any], field: Field, options: Mapping[str, Sequence[tuple[str, str]]]
) -> Sequence[tuple[str, str]]:
    """What can be chosen in a field, as value and name. The values of a figure depend on which it
    is, a question on its form and an answer on its question."""
    of = {
        "values": str(leaf.get("figure")),
        "question": f"question:{leaf.get('form')}",
        "answer": f"answer:{leaf.get('form')}:{leaf.get('question')}",
    }
    return options.get(of.get(field.name, field.name), ())


def _read(written: Written) -> dict[str, Any]:
    kind = written.text("is", "tag")
    if kind in ("all", "any"):
        parts = written.listed("all") or written.listed("any")
        is_new = not (parts or written.text("was") in ("all", "any"))
        return {kind: [dict(NEW)] if is_new else [_read(part) for part in parts]}
    if kind == "not":
        return {"not": _read(written.under("not"))}
    leaf: dict[str, Any] = {"kind": kind}
    if kind == "figure":
        leaf["figure"] = written.text("figure") or kinds.NUMBERS[0]
    for field in kinds.KINDS.get(kind, ()):
        value = _value(leaf, written, field)
        if value not in ("", []):
            leaf[field.name] = value
    return leaf


def _value(leaf: Mapping[str, Any], written: Written, field: Field) -> Any:
    if field.holds in ("texts", "wholes"):
        values = [
            one for text in written.texts(field.name) for one in _SEPARATORS.split(text) if one
        ]
        return [whole(one) for one in values] if field.holds == "wholes" else values
    text = written.text(field.name)
    if text and is_money(leaf, field):
        return amounts.fen_in(text)
    if field.holds == "flag":
        return {"true": True, "false": False}.get(text, text)
    if field.holds == "number" and _NUMBER.fullmatch(text):
        return float(text)
    return whole(text) if field.holds in ("whole", "number") else text


def _at(definition: Any, parts: list[str | int]) -> Any:
    place = definition
    for part in parts:
        if isinstance(place, dict) and isinstance(part, str):
            place = place.get(part)
        elif isinstance(place, list) and isinstance(part, int) and part < len(place):
            place = place[part]
        else:
            return None
    return place
