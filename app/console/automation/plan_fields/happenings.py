"""What happens to a member, and what takes somebody into a plan, as fields."""

from collections.abc import Mapping
from typing import Any

from app.console.fields.amounts import fen_in
from app.console.fields.written import Written, whole
from sop import happenings, triggers

KINDS = tuple(happenings.FOR_MEMBERS)
NEW: Mapping[str, Any] = {"kind": "replied"}
_AMOUNTS = {"at_least_fen": fen_in, "at_least_s": whole}
_OTHERWISE = {"days": "30", "days_before": "0", "at": "09:00"}


def read(written: Written) -> dict[str, Any]:
    """A happening; a blank field narrows nothing."""
    kind = written.text("kind", NEW["kind"])
    return {"kind": kind} | _narrowed(written, kind)


def read_trigger(written: Written, audience: str) -> dict[str, Any]:
    """What takes somebody in, which the clock may do as well."""
    kind = written.text("kind", "manual")
    by_clock = triggers.BY_CLOCK.get(audience, {}).get(kind)
    if by_clock is None:
        return {"kind": kind} | _narrowed(written, kind, audience)
    asked = {name: written.text(name, _OTHERWISE.get(name, "")) for name in sorted(by_clock)}
    numbers = {name: whole(text) for name, text in asked.items() if name.startswith("days")}
    return {"kind": kind} | asked | numbers


def fields_of(kind: str, audience: str = "member") -> list[str]:
    """The fields by which a happening can be narrowed, in their order on the page."""
    return sorted(triggers.BY_HAPPENING.get(audience, {}).get(kind, ()), reverse=True)


def _narrowed(written: Written, kind: str, audience: str = "member") -> dict[str, Any]:
    texts = {name: written.text(name) for name in fields_of(kind, audience)}
    return {
        name: _AMOUNTS[name](text) if name.startswith(happenings.AT_LEAST) else text
        for name, text in texts.items()
        if text
    }
