"""A plan's form: from the fields of a page to the definition that ``sop.plans`` reads, and back to
where each problem belongs.

The page is made from the definition itself, so nothing is lost between two looks at it, be it
right or wrong.
"""

from collections.abc import Mapping
from typing import Any

from app.console.automation.plan_fields import happenings, settings, steps
from app.console.fields.written import Form, tree
from sop import triggers


def definition_in(form: Form) -> dict[str, Any]:
    """What the form says, as it was written."""
    written = tree(form)
    audience = written.text("audience", "member")
    return {
        "audience": audience,
        "trigger": happenings.read_trigger(written.under("trigger"), audience),
        "filter": settings.read_filter(written.under("filter"), audience),
        "steps": steps.read(written.listed("steps")),
        **settings.read(written),
    }


def new() -> dict[str, Any]:
    """A plan to begin with."""
    return {
        "audience": "member",
        "trigger": {"kind": "joined"},
        "filter": {},
        "steps": [steps.new()],
    }


def as_fields(definition: Mapping[str, Any]) -> dict[str, Any]:
    """A definition as the form shows it, whichever release wrote it."""
    today = {name: value for name, value in definition.items() if name != "trigger_tag"}
    return today | {"trigger": triggers.as_written_today(definition)}
