"""What holds for a plan as a whole, as fields: each is left out of the definition where it is what
it would be anyway."""

from datetime import timedelta
from typing import Any

from app.console.automation.plan_fields import conditions, happenings
from app.console.fields.written import Written, lines, whole
from sop import plans
from sop.times import lateness

FILTERS = {
    "member": ("tiers", "tags_all", "tags_any", "tags_none"),
    "group": ("tier_labels",),
}
USUAL_LATENESS = {
    "within_h": lateness.DEFAULT.within // timedelta(hours=1),
    "else": lateness.DEFAULT.otherwise,
}


def read(written: Written) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    if (category := written.text("category")) not in ("", plans.CATEGORIES[0]):
        settings["category"] = category
    if (held_out := whole(written.text("holdout_percent"))) not in ("", 0):
        settings["holdout_percent"] = held_out
    for name, reader in _PARTS.items():
        if part := reader(written.under(name)):
            settings[name] = part
    return settings


def read_filter(written: Written, audience: str) -> dict[str, Any]:
    chosen: dict[str, Any] = {name: written.texts(name) for name in FILTERS.get(audience, ())}
    if audience == "member":
        chosen |= {
            "segment": written.text("segment"),
            "snapshot": whole(written.text("snapshot")),
        }
    return {name: values for name, values in chosen.items() if values}


def _goal(written: Written) -> dict[str, Any] | None:
    if not written.under("happened").text("kind"):
        return None
    goal = {
        "happened": happenings.read(written.under("happened")),
        "within_days": whole(written.text("within_days", "7")),
    }
    return goal | ({"is_end": True} if written.text("is_end") else {})


def _ends(written: Written) -> dict[str, Any] | None:
    listed = [conditions.read(one) for one in written.listed("conditions")]
    return {"match": written.text("match", "any"), "conditions": listed} if listed else None


def _reentry(written: Written) -> dict[str, Any] | None:
    kind = written.text("kind", plans.NEVER)
    if kind == plans.NEVER:
        return None
    days = {"days": whole(written.text("days", "30"))} if kind == plans.AFTER_DAYS else {}
    return {"kind": kind} | days


def _skip(written: Written) -> dict[str, Any]:
    skip = {
        "dates": lines(written.text("dates")),
        "weekdays": [whole(day) for day in written.texts("weekdays")],
    }
    return {name: values for name, values in skip.items() if values}


def _late(written: Written) -> dict[str, Any] | None:
    late = {
        "within_h": whole(written.text("within_h", str(USUAL_LATENESS["within_h"]))),
        "else": written.text("else", lateness.DEFAULT.otherwise),
    }
    return None if late == USUAL_LATENESS else late


_PARTS = {"goal": _goal, "ends": _ends, "reentry": _reentry, "skip": _skip, "late": _late}
