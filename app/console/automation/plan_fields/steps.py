"""The steps of a plan as fields: a tree, whose branches are the arms of branches and waits."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from app.console.automation.plan_fields import conditions, happenings, messages, routes, whens
from app.console.fields.amounts import minutes_in
from app.console.fields.written import Written, whole
from sop import acts
from sop.steps import DOES, ELSE, THEN

ARMS = (THEN, ELSE)
ACTS: Mapping[str, tuple[str, ...]] = {
    "member": tuple(acts.KINDS),
    "group": tuple(kind for kind in acts.KINDS if kind in acts.FOR_GROUPS),
}
_NUMBERS = ("points", "group", "plan")


def read(listed: list[Written]) -> list[dict[str, Any]]:
    return [_step(one) for one in listed]


def new(after: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A new step, a day after the one before it where days are counted."""
    when = dict(whens.NEW)
    if after is not None and isinstance(after["when"].get("days"), int):
        when = {**after["when"], "days": after["when"]["days"] + 1}
    return {"name": "", "when": when, "message": {"kind": "text", "content": {"text": ""}}}


def does(step: Mapping[str, Any]) -> str:
    return next(kind for kind in DOES if kind in step)


def arms_of(step: Mapping[str, Any], path: str) -> list[tuple[str, str, list[Any]]]:
    """Each arm with its place and its steps; of a step that has none, nothing."""
    kind = does(step)
    if kind not in ("branch", "wait"):
        return []
    return [(arm, f"{path}.{kind}.{arm}", step[kind].get(arm, [])) for arm in ARMS]


def lists_of(listed: list[Any], path: str = "steps") -> Iterator[tuple[str, str]]:
    """Every place where steps can stand, with the name of the step it belongs to and the arm."""
    for index, step in enumerate(listed):
        at = f"{path}[{index}]"
        for arm, place, inside in arms_of(step, at):
            yield place, f"{step['name'] or at} · {arm}"
            yield from lists_of(inside, place)


def _step(written: Written) -> dict[str, Any]:
    kind = written.text("does", "message")
    kind = kind if kind in DOES else "message"
    step: dict[str, Any] = {
        "name": written.text("name"),
        "when": whens.read(written.under("when")),
        kind: _READERS[kind](written),
    }
    if kind in ("message", "variants") and (ways := routes.read(written)):
        step["route"] = ways
    return step


def _message(written: Written) -> dict[str, Any]:
    """What the first variant said stays when the step is to have one wording again."""
    variants = written.listed("variants")
    if variants and not written.under("message"):
        return messages.read(variants[0].under("message"))
    return messages.read(written.under("message"))


def _act(written: Written) -> dict[str, Any]:
    act = written.under("act")
    kind = act.text("kind", "tag")
    name = acts.KINDS.get(kind)
    if name is None:
        return {"kind": kind}
    return {"kind": kind, name: whole(act.text(name)) if name in _NUMBERS else act.text(name)}


def _branch(written: Written) -> dict[str, Any]:
    return {"if": conditions.read(written.under("branch").under("if"))} | _arms(written)


def _wait(written: Written) -> dict[str, Any]:
    wait = written.under("wait")
    what, minutes = happenings.read(wait.under("for")), minutes_in(wait, "1440")
    return {"for": what, "minutes": minutes} | _arms(written)


def _arms(written: Written) -> dict[str, Any]:
    """They stay when a branch is made a wait, or a wait a branch."""
    arms = {}
    for arm in ARMS:
        listed = written.under("branch").listed(arm) or written.under("wait").listed(arm)
        if listed:
            arms[arm] = read(listed)
    return arms


_READERS: Mapping[str, Callable[[Written], Any]] = {
    "message": _message,
    "variants": messages.variants,
    "act": _act,
    "branch": _branch,
    "wait": _wait,
}
