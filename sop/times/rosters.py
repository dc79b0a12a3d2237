"""Rosters 排班: which of several members of staff take new contacts at a moment.

Somebody is on duty while it is her hours and she has room left today. Where nobody is, those who
stand in for everybody do, whatever the hour and however many they have had.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sop.times import opening_hours
from sop.times.opening_hours import Span


@dataclass(frozen=True, slots=True)
class Shift:
    """``hours`` as in ``opening_hours``: none means always; ``contacts_max_a_day`` None means any
    number."""

    userid: str
    hours: Sequence[Span] = ()
    contacts_max_a_day: int | None = None
    stands_in: bool = False

    @property
    def is_limited(self) -> bool:
        return bool(self.hours) or self.contacts_max_a_day is not None


def on_duty(shifts: Sequence[Shift], taken: Mapping[str, int], local: datetime) -> tuple[str, ...]:
    """Who takes new contacts at a local moment, ``taken`` being how many each has had today; empty
    where nobody is there and nobody stands in."""
    there = tuple(one.userid for one in shifts if _is_there(one, taken.get(one.userid, 0), local))
    return there or tuple(one.userid for one in shifts if one.stands_in)


def leaves_nobody(shifts: Sequence[Shift]) -> bool:
    """Whether there may be a moment at which nobody is left."""
    return all(one.is_limited and not one.stands_in for one in shifts)


def _is_there(shift: Shift, taken: int, local: datetime) -> bool:
    if shift.stands_in and not shift.is_limited:
        return False  # who only stands in waits until she is needed
    has_room = shift.contacts_max_a_day is None or taken < shift.contacts_max_a_day
    return has_room and opening_hours.is_open(shift.hours, local)
