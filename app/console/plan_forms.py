"""A plan's form: from the fields of a page to the definition that ``sop.plans`` reads, and back to
where each problem belongs.

The page is made from the definition itself, so nothing is lost between two looks at it, be it
right or wrong.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from werkzeug.datastructures import MultiDict

from app.console import message_fields
from sop import plans as sop_plans

WHEN_KINDS = ("after_minutes", "after", "daily", "weekly", "cron", "date")
TRIGGERS: Mapping[str, tuple[str, ...]] = {
    "member": ("joined", "left", "tier_changed", "tagged", "manual"),
    "group": ("joined", "manual"),
}
FILTERS = {
    "member": ("tiers", "tags_all", "tags_any", "tags_none"),
    "group": ("tier_labels",),
}
EMPTY: Mapping[str, Any] = {
    "audience": "member",
    "trigger": "joined",
    "filter": {},
    "steps": [
        {
            "name": "",
            "when": {"kind": "after", "days": 1, "at": "10:00"},
            "message": {"kind": "text", "content": {"text": ""}},
        }
    ],
}

Form = MultiDict[str, str]


def definition_in(form: Form) -> dict[str, Any]:
    """What the form says, as it was written."""
    audience = form.get("audience", "member")
    definition: dict[str, Any] = {
        "audience": audience,
        "trigger": form.get("trigger", "manual"),
        "filter": _filter(form, audience),
        "steps": [_step(form, index) for index in _indexes(form)],
    }
    if definition["trigger"] == "tagged":
        definition["trigger_tag"] = form.get("trigger_tag", "").strip()
    return definition


def can_show(definition: Mapping[str, Any]) -> bool:
    """Whether the form has fields for all that the plan does: else saving it would lose some."""
    return (
        isinstance(definition["trigger"], str)
        and definition.keys() <= {"audience", "trigger", "trigger_tag", "filter", "steps"}
        and all(_has_fields(step) for step in definition["steps"])
    )


def content_in(form: Form, kind: str) -> dict[str, Any]:
    """The content of one message, from fields of these names."""
    return message_fields.content_in(kind, lambda name: form.get(name, "").strip())


def changed(definition: dict[str, Any], change: str) -> dict[str, Any]:
    """The definition with a step added (``add``), removed (``remove:2``) or moved (``up:2``), or
    with a variant of one more (``split:2``) or less (``drop:2.1``)."""
    action, _colon, where = change.partition(":")
    number, _dot, variant = where.partition(".")
    steps: list[Any] = definition["steps"]
    index = int(number) if number.isdecimal() else -1
    if action == "add" and len(steps) < sop_plans.STEPS_MAX:
        steps.append(_next_step(steps))
    elif action == "remove" and 0 <= index < len(steps):
        del steps[index]
    elif action == "up" and 0 < index < len(steps):
        steps[index - 1], steps[index] = steps[index], steps[index - 1]
    elif action == "split" and 0 <= index < len(steps):
        message_fields.split(steps[index])
    elif action == "drop" and 0 <= index < len(steps) and variant.isdecimal():
        message_fields.drop(steps[index], int(variant))
    return definition


def when_kind(when: Mapping[str, Any]) -> str:
    """The choice in the form's list: minutes and days after enrolment are two of them."""
    return "after_minutes" if "minutes" in when else str(when.get("kind", "after"))


def problems_at(
    problems: Sequence[sop_plans.Problem], path: str, *, below: bool = False
) -> list[sop_plans.Problem]:
    """The problems of one field, or with ``below`` also of what lies in it."""
    inside = (f"{path}.", f"{path}[")
    return [p for p in problems if p.path == path or (below and p.path.startswith(inside))]


def _has_fields(step: Mapping[str, Any]) -> bool:
    kinds = {*WHEN_KINDS} - {"after_minutes"}
    known = {"name", "when", "message", "variants"}
    return step.keys() <= known and step["when"].get("kind") in kinds


def _filter(form: Form, audience: str) -> dict[str, list[str]]:
    chosen = {name: form.getlist(f"filter-{name}") for name in FILTERS.get(audience, ())}
    return {name: values for name, values in chosen.items() if values}


def _indexes(form: Form) -> list[int]:
    found = (name.split("-")[1] for name in form if name.startswith("steps-"))
    return sorted({int(number) for number in found if number.isdecimal()})


def _step(form: Form, index: int) -> dict[str, Any]:
    def field(name: str) -> str:
        return form.get(f"steps-{index}-{name}", "").strip()

    prefix = f"steps-{index}-"
    when = _when(field, form.getlist(f"{prefix}weekdays"))
    step = {"name": field("name"), "when": when}
    variants = message_fields.variants_in(form, prefix)
    if variants:
        return {**step, "variants": variants}
    return {**step, "message": message_fields.message_in(form, prefix)}


def _when(field: Any, weekdays: Sequence[str]) -> dict[str, Any]:
    match field("when_kind"):
        case "after_minutes":
            return {"kind": "after", "minutes": message_fields.whole(field("minutes"))}
        case "after":
            return {"kind": "after", "days": message_fields.whole(field("days")), "at": field("at")}
        case "weekly":
            return {
                "kind": "weekly",
                "weekdays": [message_fields.whole(day) for day in weekdays],
                "at": field("at"),
            }
        case "cron":
            return {"kind": "cron", "cron": field("cron")}
        case "date":
            return {"kind": "date", "on": field("on"), "at": field("at")}
        case kind:
            return {"kind": kind, "at": field("at")}


def _next_step(steps: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A new step, a day after the last one where days are counted."""
    when: dict[str, Any] = {"kind": "after", "days": 1, "at": "10:00"}
    if steps and isinstance(steps[-1]["when"].get("days"), int):
        when = {**steps[-1]["when"], "days": steps[-1]["when"]["days"] + 1}
    return {"name": "", "when": when, "message": {"kind": "text", "content": {"text": ""}}}
