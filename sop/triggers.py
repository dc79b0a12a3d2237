"""Triggers: what takes a member or a group into a plan.

{"kind": "tagged", "tag": "油性发质"}            something that happens, see ``happenings``
{"kind": "silent", "days": 30}                   nothing heard of her for so long
{"kind": "birthday", "days_before": 3, "at": "09:00"}
{"kind": "replenish", "sku": "SHAMPOO-500"}      what she bought is about to be used up
{"kind": "cron", "cron": "0 9 * * 3"}            everybody who is meant: the member day
{"kind": "segment_entered"}                      whoever comes to meet the plan's filter
{"kind": "manual"}
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any

from sop import happenings
from sop.happenings import Happening
from sop.reading import Reader, under
from sop.times import crons, when_fields
from sop.times.crons import Cron

DAYS_MAX = 3650
# What nothing that happens starts, but the clock or an operator; with the fields each has.
BY_CLOCK: Mapping[str, Mapping[str, frozenset[str]]] = {
    "member": {
        "silent": frozenset({"days"}),
        "birthday": frozenset({"days_before", "at"}),
        "replenish": frozenset({"sku"}),
        "cron": frozenset({"cron"}),
        "segment_entered": frozenset(),
        "manual": frozenset(),
    },
    "group": {"cron": frozenset({"cron"}), "manual": frozenset()},
}
BY_HAPPENING = {"member": happenings.FOR_MEMBERS, "group": happenings.FOR_GROUPS}
KINDS: Mapping[str, tuple[str, ...]] = {
    audience: (*BY_HAPPENING[audience], *BY_CLOCK[audience]) for audience in BY_CLOCK
}


@dataclass(frozen=True, slots=True)
class Trigger:
    """``happening`` is what it waits for, or None; then the rest says when the clock starts it:
    ``days`` of silence, or before her birthday; ``at`` on that day; ``cron`` for everybody; ``sku``
    of the one product that counts, any when it is empty."""

    kind: str
    happening: Happening | None = None
    days: int = 0
    at: time | None = None
    cron: Cron | None = None
    sku: str = ""


def as_written_today(definition: Mapping[str, Any]) -> Any:
    """The trigger of a definition. Plans of an older release name its kind and, apart from it,
    its tag."""
    written = definition.get("trigger")
    if not isinstance(written, str):
        return written
    tag = definition.get("trigger_tag")
    return {"kind": written, "tag": tag} if tag else {"kind": written}


def read(reader: Reader, path: str, value: Any, audience: str) -> Trigger | None:
    given = value.get("kind") if isinstance(value, Mapping) else None
    kind = reader.choice(path if given is None else under(path, "kind"), given, KINDS[audience])
    if kind is None:
        return None
    by_clock = BY_CLOCK[audience].get(kind)
    known = by_clock if by_clock is not None else BY_HAPPENING[audience][kind]
    needed = known if by_clock is not None else known & {"tag"}  # every tag would be too many
    fields = reader.mapping(path, value, ("kind", *needed), known - needed)
    if fields is None or not needed <= fields.keys():
        return None
    if by_clock is None and needed and not str(fields["tag"]).strip():
        reader.wrong(under(path, "tag"), "要选一个标签", "choose a tag")
        return None
    if by_clock is None:
        return Trigger(kind, happenings.narrowed(reader, path, kind, fields, known))
    return _by_clock(reader, path, kind, fields)


def _by_clock(reader: Reader, path: str, kind: str, fields: Mapping[str, Any]) -> Trigger | None:
    days, at, cron, sku = 0, None, None, ""
    for name in fields.keys() - {"kind"}:
        where = under(path, name)
        if name == "days":
            days = reader.whole(where, fields[name], 1, DAYS_MAX) or 0
        elif name == "days_before":
            days = reader.whole(where, fields[name], 0, 60) or 0
        elif name == "at":
            at = reader.read(where, when_fields.clock, fields[name])
        elif name == "cron":
            cron = reader.read(where, crons.parse, str(fields[name]))
        elif name == "sku" and fields[name] != "":
            sku = reader.name(where, fields[name], 128) or ""
    return Trigger(kind, None, days, at, cron, sku)
