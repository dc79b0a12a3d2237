"""Conditions on a member as fields, one within another."""

from collections.abc import Mapping
from typing import Any

from app.console.automation.plan_fields import happenings
from app.console.fields.written import Written, whole

GROUPS = ("all", "any")
KINDS = ("tag", "tier", "points_at_least", "happened", *GROUPS, "not")
NEW: Mapping[str, Any] = {"tag": ""}


def read(written: Written) -> dict[str, Any]:
    match written.text("is", "tag"):
        case "all" | "any" as kind:
            return {kind: _parts(written)}
        case "not":
            return {"not": read(written.under("not"))}
        case "tier":
            return {"tier": written.texts("tier")}
        case "points_at_least":
            return {"points_at_least": whole(written.text("points_at_least", "100"))}
        case "happened":
            return _happened(written)
        case _:
            return {"tag": written.text("tag")}


def kind_of(condition: Mapping[str, Any]) -> str:
    return next(kind for kind in KINDS if kind in condition)


def _parts(written: Written) -> list[dict[str, Any]]:
    """Those of the other kind of group stay when the operator chooses between the two."""
    parts = written.listed("all") or written.listed("any")
    return [read(part) for part in parts] if parts else [dict(NEW)]


def _happened(written: Written) -> dict[str, Any]:
    condition: dict[str, Any] = {"happened": happenings.read(written.under("happened"))}
    if days := written.text("within_days"):
        condition["within_days"] = whole(days)
    return condition
