"""What the buttons of the form do to a definition: an entry of one of its lists more, less, twice,
one place up or down, or in another list; a step in another arm."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from app.console.automation.plan_fields import conditions, messages, routes, steps
from app.console.fields.written import parts_of
from sop import plans

Entries = list[Any]


def changed(definition: dict[str, Any], change: str) -> dict[str, Any]:
    """The definition after ``add:steps``, ``remove:steps[1]``, ``copy:…``, ``up:…``, ``down:…``,
    or ``move:steps[0]:steps[1].branch.then``. What is not there changes nothing."""
    action, _, place = change.partition(":")
    if action == "add":
        _add(definition, place)
    elif action == "move":
        _move(definition, *place.partition(":")[::2])
    elif action in _ACTIONS:
        entries, index = _entry(definition, place)
        if entries is not None:
            _ACTIONS[action](entries, index)
    return definition


def _add(definition: dict[str, Any], place: str) -> None:
    parts = parts_of(place)
    entries = _list_at(definition, parts)
    new = _NEW.get(str(parts[-1])) if parts else None
    if entries is not None and new is not None and len(entries) < plans.STEPS_MAX:
        entries.append(new(entries))


def _move(definition: dict[str, Any], place: str, target: str) -> None:
    """Takes a step out of one list and puts it at the end of another, but not into itself."""
    entries, index = _entry(definition, place)
    into = _list_at(definition, parts_of(target))
    is_inside = target.startswith(f"{place}.")
    is_of_steps = parts_of(target)[-1:] in (["steps"], ["then"], ["else"])
    if entries is not None and into is not None and is_of_steps and not is_inside:
        into.append(entries.pop(index))


def _entry(definition: dict[str, Any], place: str) -> tuple[Entries | None, int]:
    *parts, index = parts_of(place) or [""]
    entries = _list_at(definition, parts)
    if entries is None or not isinstance(index, int) or index >= len(entries):
        return None, 0
    return entries, index


def _list_at(definition: dict[str, Any], parts: list[str | int]) -> Entries | None:
    """The list that stands there. One that can be added to is made where there is none yet."""
    place: Any = definition
    for number, part in enumerate(parts):
        if isinstance(place, dict) and number == len(parts) - 1 and part in _NEW:
            place.setdefault(part, [])
        elif isinstance(place, dict) and part == "ends":
            place.setdefault("ends", {"match": "any", "conditions": []})
        place = _inside(place, part)
    return place if isinstance(place, list) and parts else None


def _inside(place: Any, part: str | int) -> Any:
    if isinstance(place, dict):
        return place.get(part)
    is_there = isinstance(place, list) and isinstance(part, int) and part < len(place)
    return place[part] if is_there else None


def _remove(entries: Entries, index: int) -> None:
    del entries[index]


def _copy(entries: Entries, index: int) -> None:
    if len(entries) < plans.STEPS_MAX:
        entries.insert(index + 1, deepcopy(entries[index]))


def _up(entries: Entries, index: int) -> None:
    if index:
        entries[index - 1], entries[index] = entries[index], entries[index - 1]


def _down(entries: Entries, index: int) -> None:
    if index + 1 < len(entries):
        entries[index + 1], entries[index] = entries[index], entries[index + 1]


def _new_step(entries: Entries) -> dict[str, Any]:
    return steps.new(entries[-1] if entries else None)


def _new_condition(_entries: Entries) -> dict[str, Any]:
    return dict(conditions.NEW)


def _new_variant(entries: Entries) -> dict[str, Any]:
    name = chr(ord("A") + len(entries) % 26)
    return {"name": name, "share": 50, "message": deepcopy(dict(messages.NEW))}


def _new_way(_entries: Entries) -> str:
    return routes.NEW


_ACTIONS: Mapping[str, Callable[[Entries, int], None]] = {
    "remove": _remove,
    "copy": _copy,
    "up": _up,
    "down": _down,
}
_NEW: Mapping[str, Callable[[Entries], Any]] = {
    **dict.fromkeys(("steps", "then", "else"), _new_step),
    **dict.fromkeys(("all", "any", "conditions"), _new_condition),
    "variants": _new_variant,
    "route": _new_way,
}
