"""When a step is due, as fields: see ``sop.times.whens`` for what they mean."""

from collections.abc import Callable, Mapping
from typing import Any

from app.console.fields.amounts import minutes_in
from app.console.fields.written import Written, filled, whole

AFTER_MINUTES = "after_minutes"  # a choice of its own in the form's list
AT, WINDOW, ACTIVE = "at", "window", "active"
TIMES_OF_DAY = (AT, WINDOW, ACTIVE)
# The fields of each kind; ``at`` stands for all that says the time of day, ``ends`` for its end.
FIELDS: Mapping[str, tuple[str, ...]] = {
    AFTER_MINUTES: ("minutes",),
    "after": ("days", "at"),
    "next_weekday": ("weekdays", "at"),
    "date": ("on", "at"),
    "daily": ("at", "ends"),
    "weekly": ("weekdays", "at", "ends"),
    "monthly": ("day", "at", "ends"),
    "cron": ("cron", "ends"),
    "anniversary": ("days_before", "at"),
}
KINDS = tuple(FIELDS)
NEW: Mapping[str, Any] = {"kind": "after", "days": 1, "at": "10:00"}


def read(written: Written) -> dict[str, Any]:
    kind = written.text("kind", "after")
    when: dict[str, Any] = {"kind": "after" if kind == AFTER_MINUTES else kind}
    if kind == "anniversary":
        when["of"] = "birthday"
    for name in FIELDS.get(kind, ()):
        when |= _READERS[name](written)
    return when


def kind_of(when: Mapping[str, Any]) -> str:
    """The choice in the form's list."""
    return AFTER_MINUTES if "minutes" in when else str(when.get("kind"))


def time_of_day(when: Mapping[str, Any]) -> str:
    if when.get("at") == ACTIVE:
        return ACTIVE
    return WINDOW if "until" in when else AT


def _in_day(written: Written) -> dict[str, Any]:
    chosen, at = written.text("time", AT), written.text("at", "10:00")
    if chosen == ACTIVE:
        return {"at": ACTIVE, "otherwise": written.text("otherwise", "20:00")}
    if chosen == WINDOW:
        return {"at": at, "until": written.text("until", "12:00")}
    return {"at": at}


def _ends(written: Written) -> dict[str, Any]:
    return filled([("times", whole(written.text("times"))), ("to", written.text("to"))])


_READERS: Mapping[str, Callable[[Written], dict[str, Any]]] = {
    "minutes": lambda written: {"minutes": minutes_in(written, "0")},
    "days": lambda written: {"days": whole(written.text("days", "1"))},
    "weekdays": lambda written: {"weekdays": [whole(day) for day in written.texts("weekdays")]},
    "on": lambda written: {"on": written.text("on")},
    "day": lambda written: {"day": whole(written.text("day", "1"))},
    "days_before": lambda written: {"days_before": whole(written.text("days_before", "0"))},
    "cron": lambda written: {"cron": written.text("cron")},
    "at": _in_day,
    "ends": _ends,
}
