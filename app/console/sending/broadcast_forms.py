"""A broadcast's form: from the fields of a page to the definition that ``sop.broadcasts`` reads.
Its fields are named, and changed by its buttons, as those of a plan are, see ``plan_fields``."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from app.console.automation.plan_fields import changes, messages, routes, settings
from app.console.fields.written import Form, Written, tree, whole
from sop import tryouts

EMPTY: Mapping[str, Any] = {
    "audience": "member",
    "filter": {},
    "category": "marketing",
    "message": {"kind": "text", "content": {"text": ""}},
}
SPLIT = "split"
SUCCESSES = (
    *("clicked", "ordered", "answered", "form_submitted"),
    *("replied", "signed_in", "joined_group"),
)


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
    definition |= _turns(written, audience)
    for name in ("pace_a_minute", "holdout_percent"):
        if number := written.text(name):
            definition[name] = whole(number)
    return definition


def _turns(written: Written, audience: str) -> dict[str, Any]:
    """When whose turn is, of members; a tryout is asked about where there are variants."""
    if audience != "member":
        return {}
    when, tryout = written.under("when"), written.under("tryout")
    match when.text("time"):
        case "at":
            return {"when": {"at": when.text("at", "10:00")}}
        case "active":
            return {"when": {"at": "active", "otherwise": when.text("otherwise", "20:00")}}
        case "tryout" if written.listed("variants"):
            kind = tryout.under("happened").text("kind", SUCCESSES[0])
            read = {
                "percent": whole(tryout.text("percent", "20")),
                "hours": whole(tryout.text("hours", "24")),
                "happened": {"kind": kind},
                "decide": tryout.text("decide", tryouts.CERTAIN),
            }
            return {"tryout": read}
    return {}


def time_of(definition: Mapping[str, Any]) -> str:
    """The choice in the form's list of when it is said."""
    if definition.get("tryout"):
        return "tryout"
    when = definition.get("when") or {}
    return "active" if when.get("at") == "active" else "at" if when else ""


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
        definition.pop("tryout", None)  # there is nothing to try out any more
    if not definition.get("route", True):
        del definition["route"]
    return definition
