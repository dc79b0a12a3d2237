"""Winners: a plan whose step has been decided says what won, and nothing else."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from sop.steps import ELSE, THEN


def with_winner(definition: dict[str, Any], number: int, name: str) -> dict[str, Any]:
    """The definition with the variants of step ``number`` replaced by the one of that name. Raises
    KeyError where there is no such step or variant."""
    changed = deepcopy(definition)
    for at, step in enumerate(_in_order(changed["steps"])):
        if at == number:
            step["message"] = _named(step.pop("variants", []), name)
            return changed
    raise KeyError(number)


def _in_order(steps: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """As ``sop.steps`` numbers them: those of an arm right behind what they hang on."""
    for step in steps:
        yield step
        hangs = step.get("branch") or step.get("wait") or {}
        for arm in (THEN, ELSE):
            yield from _in_order(hangs.get(arm) or [])


def _named(variants: list[dict[str, Any]], name: str) -> dict[str, Any]:
    for variant in variants:
        if variant["name"] == name:
            message: dict[str, Any] = variant["message"]
            return message
    raise KeyError(name)
