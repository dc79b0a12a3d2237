"""What can happen to a member or a group, as plans name it: what starts them, what they wait for,
what ends them and what counts as their success.

    {"kind": "ordered", "at_least_fen": 19900}

A kind alone means every such happening; a field narrows it to those that have just this value.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sop.reading import Reader, under

# The kinds, and the fields by which each can be narrowed.
FOR_MEMBERS: Mapping[str, frozenset[str]] = {
    "joined": frozenset({"channel"}),
    "left": frozenset({"channel"}),
    "joined_group": frozenset({"group"}),
    "left_group": frozenset({"group"}),
    "scanned": frozenset({"live_code"}),
    "tagged": frozenset({"tag"}),
    "tier_changed": frozenset({"tier", "direction"}),
    "replied": frozenset(),
    "signed_in": frozenset(),
    "answered": frozenset({"quiz"}),
    "clicked": frozenset({"link"}),
    "read": frozenset({"link", "at_least_s"}),
    "shared": frozenset({"link"}),
    "form_submitted": frozenset({"form"}),
    "ordered": frozenset({"source", "at_least_fen"}),
    "refunded": frozenset({"source"}),
    "points_expiring": frozenset(),
    "tier_ending": frozenset({"tier"}),
    "membership_begun": frozenset({"card"}),
    "membership_ending": frozenset({"card"}),
    "membership_ended": frozenset({"card"}),
    "stage_changed": frozenset({"stage"}),
    "rfm_changed": frozenset({"rfm_segment"}),
}
FOR_GROUPS: Mapping[str, frozenset[str]] = {"joined": frozenset()}
AT_LEAST = "at_least_"  # such a field is met by every number that is not smaller


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that has happened. ``fields`` as the kinds above name them."""

    kind: str
    at: datetime
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Happening:
    """Which happenings are meant."""

    kind: str
    narrowed: tuple[tuple[str, Any], ...] = ()

    def is_met_by(self, happened: Happened) -> bool:
        return happened.kind == self.kind and all(
            _meets(name, wanted, happened.fields) for name, wanted in self.narrowed
        )


def read(reader: Reader, path: str, value: Any) -> Happening | None:
    """What a member is expected to do, from {"kind": ...} and what narrows it."""
    kind = reader.choice(
        under(path, "kind"),
        value.get("kind") if isinstance(value, Mapping) else None,
        FOR_MEMBERS,
    )
    if kind is None:
        return None
    fields = reader.mapping(path, value, ("kind",), FOR_MEMBERS[kind])
    assert fields is not None, "its kind was read from it"
    return narrowed(reader, path, kind, fields, FOR_MEMBERS[kind])


def narrowed(
    reader: Reader, path: str, kind: str, fields: Mapping[str, Any], known: frozenset[str]
) -> Happening:
    """The happening of this kind with what narrows it; a blank field narrows nothing."""
    narrowing: list[tuple[str, Any]] = []
    for name in sorted(known & fields.keys()):
        where, value = under(path, name), fields[name]
        if name.startswith(AT_LEAST):
            narrowing.append((name, reader.whole(where, value, 1, 10**12)))
        elif value != "":
            narrowing.append((name, reader.name(where, value, 128)))
    return Happening(kind, tuple(narrowing))


def _meets(name: str, wanted: Any, fields: Mapping[str, Any]) -> bool:
    if name.startswith(AT_LEAST):
        number = fields.get(name.removeprefix(AT_LEAST))
        return number is not None and int(number) >= int(wanted)
    return str(fields.get(name, "")) == str(wanted)
