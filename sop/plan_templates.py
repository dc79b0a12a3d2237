"""The classic plans, ready to be made one's own: what each is for, and its definition.

Their words stand in ``plan_templates.json``. They promise nothing that the plan does not do itself.
A step that ``gives`` something needs a coupon to be chosen; ``made`` puts it in, or else says what
stands there under ``without_coupon``.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("plan_templates.json")


@dataclass(frozen=True, slots=True)
class PlanTemplate:
    """``name`` and ``purpose`` in Chinese and English; ``definition`` as ``made`` completes it."""

    key: str
    name: tuple[str, str]
    purpose: tuple[str, str]
    definition: Mapping[str, Any]

    @property
    def audience(self) -> str:
        return str(self.definition["audience"])

    @property
    def wants_coupon(self) -> bool:
        """Whether one may be chosen for it."""
        return "without_coupon" in json.dumps(self.definition)


def made(template: PlanTemplate, coupon: str | None = None) -> dict[str, Any]:
    """The definition of a plan of its own, with this coupon (its id) or without one."""
    definition: dict[str, Any] = _made(template.definition, coupon)
    return definition


def by_key(key: str) -> PlanTemplate | None:
    return next((one for one in TEMPLATES if one.key == key), None)


def _made(written: Any, coupon: str | None) -> Any:
    if isinstance(written, Mapping):
        if "without_coupon" in written:
            return _gift(written, coupon)
        return {name: _made(value, coupon) for name, value in written.items()}
    return [_made(one, coupon) for one in written] if isinstance(written, list) else written


def _gift(step: Mapping[str, Any], coupon: str | None) -> dict[str, Any]:
    """A step that gives the coupon, or only says what it says without one."""
    kept = {name: value for name, value in step.items() if name not in ("gives", "without_coupon")}
    if coupon is None:
        message = {"kind": "text", "content": {"text": step["without_coupon"]}}
    else:
        message = {"kind": "coupon", "content": {"coupon": coupon, **step["gives"]}}
    return kept | {"message": message}


def _read() -> tuple[PlanTemplate, ...]:
    listed = json.loads(_FILE.read_text(encoding="utf-8"))
    return tuple(
        PlanTemplate(one["key"], tuple(one["name"]), tuple(one["purpose"]), one["definition"])
        for one in listed
    )


TEMPLATES = _read()
