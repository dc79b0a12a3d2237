"""A plan's form: from the fields of a page to the definition that ``sop.plans`` reads, and back to
where each problem belongs.

The page is made from the definition itself, so nothing is lost between two looks at it, be it
right or wrong.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from werkzeug.datastructures import MultiDict

from sop import plans as sop_plans

WHEN_KINDS = ("after_minutes", "after", "daily", "weekly", "cron", "date")
TRIGGERS: Mapping[str, tuple[str, ...]] = {
    "member": ("joined", "left", "tier_changed", "tagged", "manual"),
    "group": ("joined", "manual"),
}
FIELDS = {
    "text": ("text",),
    "link": ("title", "description", "url", "picture_url"),
    "image": ("media",),
    "voice": ("media",),
    "video": ("media", "thumb_media", "title", "description"),
    "miniprogram": ("title", "appid", "page_path", "thumb_media"),
    "mail": ("subject", "text", "url"),
    "sms": ("template_id", "params"),
    "call": ("template_id", "params"),
}
MESSAGE_KINDS = tuple(FIELDS)
FILTERS = {
    "member": ("tiers", "tags_all", "tags_any", "tags_none"),
    "group": ("tier_labels",),
}
_DIGEST = re.compile("[0-9a-f]{64}")
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


def content_in(form: Form, kind: str) -> dict[str, Any]:
    """The content of one message, from fields of these names."""
    return _content(kind, lambda name: form.get(name, "").strip())


def changed(definition: dict[str, Any], change: str) -> dict[str, Any]:
    """The definition with a step added (``add``), removed (``remove:2``) or moved (``up:2``)."""
    action, _colon, number = change.partition(":")
    steps: list[Any] = definition["steps"]
    index = int(number) if number.isdecimal() else -1
    if action == "add" and len(steps) < sop_plans.STEPS_MAX:
        steps.append(_next_step(steps))
    elif action == "remove" and 0 <= index < len(steps):
        del steps[index]
    elif action == "up" and 0 < index < len(steps):
        steps[index - 1], steps[index] = steps[index], steps[index - 1]
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


def _filter(form: Form, audience: str) -> dict[str, list[str]]:
    chosen = {name: form.getlist(f"filter-{name}") for name in FILTERS.get(audience, ())}
    return {name: values for name, values in chosen.items() if values}


def _indexes(form: Form) -> list[int]:
    found = (name.split("-")[1] for name in form if name.startswith("steps-"))
    return sorted({int(number) for number in found if number.isdecimal()})


def _step(form: Form, index: int) -> dict[str, Any]:
    def field(name: str) -> str:
        return form.get(f"steps-{index}-{name}", "").strip()

    kind = field("message_kind")
    return {
        "name": field("name"),
        "when": _when(field, form.getlist(f"steps-{index}-weekdays")),
        "message": {"kind": kind, "content": _content(kind, field)},
    }


def _content(kind: str, field: Any) -> dict[str, Any]:
    """What is no digest of ours where a file stands is an id of the platform's own."""
    written = {name: field(name) for name in FIELDS.get(kind, ())}
    for name, its_id in sop_plans.INSTEAD.items():
        if written.get(name) and not _DIGEST.fullmatch(written[name]):
            written[its_id] = written.pop(name)
    return {name: _lines(text) if name == "params" else text for name, text in written.items()}


def _lines(text: str) -> list[str]:
    """What fills a template: one text a line."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def _when(field: Any, weekdays: Sequence[str]) -> dict[str, Any]:
    match field("when_kind"):
        case "after_minutes":
            return {"kind": "after", "minutes": _whole(field("minutes"))}
        case "after":
            return {"kind": "after", "days": _whole(field("days")), "at": field("at")}
        case "weekly":
            return {
                "kind": "weekly",
                "weekdays": [_whole(day) for day in weekdays],
                "at": field("at"),
            }
        case "cron":
            return {"kind": "cron", "cron": field("cron")}
        case "date":
            return {"kind": "date", "on": field("on"), "at": field("at")}
        case kind:
            return {"kind": kind, "at": field("at")}


def _whole(written: str) -> int | str:
    """A number where one is written; else what is written, for the reader to complain of."""
    return int(written) if written.isascii() and written.isdigit() and len(written) < 9 else written


def _next_step(steps: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A new step, a day after the last one where days are counted."""
    when: dict[str, Any] = {"kind": "after", "days": 1, "at": "10:00"}
    if steps and isinstance(steps[-1]["when"].get("days"), int):
        when = {**steps[-1]["when"], "days": steps[-1]["when"]["days"] + 1}
    return {"name": "", "when": when, "message": {"kind": "text", "content": {"text": ""}}}
