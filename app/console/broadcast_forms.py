"""A broadcast's form: from the fields of a page to the definition that ``sop.broadcasts`` reads.
Its fields are named, and changed by its buttons, as those of a plan are, see ``plan_fields``."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from app.console.plan_fields import changes, messages, routes, settings
from app.console.plan_fields.written import Form, tree, whole

EMPTY: Mapping[str, Any] = {
    "audience": "member",
    "filter": {},
    "message": {"kind": "text", "content": {"text": ""}},
}
SPLIT = "split"


def definition_in(form: Form) -> dict[str, Any]:
    """What the form says, as it was written."""
    written = tree(form)
    audience = written.text("audience", "member")
    definition: dict[str, Any] = {
        "audience": audience,
        "filter": settings.read_filter(written.under("filter"), audience),
        "category": written.text("category", "marketing"),
    }
    if written.listed("variants"):
        definition["variants"] = messages.variants(written)
    else:
        definition["message"] = messages.read(written.under("message"))
    if route := routes.read(written):
        definition["route"] = route
    for name in ("pace_a_minute", "holdout_percent"):
        if number := written.text(name):
            definition[name] = whole(number)
    return definition


def changed(definition: dict[str, Any], change: str) -> dict[str, Any]:
    """The definition after ``split``, which makes two variants of its message, or after one of
    ``plan_fields.changes``. A single variant that is left is the message."""
    if change == SPLIT:
        message = definition.pop("message")
        definition["variants"] = [
            {"name": name, "share": 50, "message": deepcopy(message)} for name in "AB"
        ]
    else:
        changes.changed(definition, change)
    if len(definition.get("variants", ())) == 1:
        definition["message"] = definition.pop("variants")[0]["message"]
    if not definition.get("route", True):
        del definition["route"]
    return definition
