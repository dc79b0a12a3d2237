"""At what time of a day a step is due: by the clock, spread over a window, or when she is active.

    {"at": "10:00"}
    {"at": "10:00", "until": "12:00"}         each subject at a moment of her own in [at, until)
    {"at": "22:00", "until": "02:00"}         overnight; belongs to the day on which it begins
    {"at": "active", "otherwise": "20:00"}    at her own active hour, 20:00 while it is not known

In a window the moment follows from the subject and the name of the occurrence alone, in whole
seconds: it is the same whenever it is computed, another one on another day, and steps of one
subject in the same window keep their order.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from hashlib import blake2b
from typing import Any
from zoneinfo import ZoneInfo

from sop.times import when_fields
from sop.times.grounds import Ground
from sop.times.wall_clocks import DAY, DAYS_KEPT, moment
from sop.times.when_fields import BadSchedule

FIELDS_MAY = frozenset({"until", "otherwise"})  # beside "at"

_HASH_BYTES = 8


@dataclass(frozen=True, slots=True)
class At:
    clock: time


@dataclass(frozen=True, slots=True)
class Window:
    begins: time
    ends: time

    @property
    def is_overnight(self) -> bool:
        return self.ends < self.begins


@dataclass(frozen=True, slots=True)
class ActiveHour:
    otherwise: time


TimeOfDay = At | Window | ActiveHour


def parse(definition: Mapping[str, Any]) -> TimeOfDay:
    """From the fields ``at``, ``until`` and ``otherwise``. Raises BadSchedule."""
    if definition["at"] == "active":
        return _active_hour(definition)
    if "otherwise" in definition:
        raise BadSchedule("otherwise 只用于 active", "otherwise is only for active")
    begins = when_fields.clock(definition["at"])
    if "until" not in definition:
        return At(begins)
    ends = when_fields.clock(definition["until"])
    if ends == begins:
        raise BadSchedule("until 不能与 at 相同", "until cannot be the same as at")
    return Window(begins, ends)


def in_words(at: TimeOfDay) -> tuple[str, str]:
    match at:
        case At(clock):
            return f"{clock:%H:%M}", f"at {clock:%H:%M}"
        case Window(begins, ends):
            next_zh, next_en = ("次日 ", " of the next day") if at.is_overnight else ("", "")
            return (
                f"{begins:%H:%M} 至{next_zh or ' '}{ends:%H:%M} 之间错开",
                f"between {begins:%H:%M} and {ends:%H:%M}{next_en}, spread out",
            )
        case ActiveHour(otherwise):
            return (
                f"在各人的活跃时间（未知时 {otherwise:%H:%M}）",
                f"at each one's active hour ({otherwise:%H:%M} while unknown)",
            )


def moment_on(on: date, at: TimeOfDay, occurrence: date, ground: Ground) -> datetime:
    """The moment on a local day. ``occurrence`` is the day after which the occurrence is named."""
    if isinstance(at, At):
        return moment(on, at.clock, ground.zone)
    if isinstance(at, ActiveHour):
        return moment(on, ground.active_at or at.otherwise, ground.zone)
    begins, length_s = _extent(on, at, ground.zone)
    share = _share_of(f"{ground.subject} {occurrence}")
    return begins + timedelta(seconds=length_s * share >> 8 * _HASH_BYTES)


def _active_hour(definition: Mapping[str, Any]) -> ActiveHour:
    if "until" in definition:
        raise BadSchedule("active 不能与 until 同用", "active cannot have until")
    if "otherwise" not in definition:
        raise BadSchedule(
            "active 要写明 otherwise：活跃时间未知时的时刻",
            "active needs otherwise: the time while the active hour is unknown",
        )
    return ActiveHour(when_fields.clock(definition["otherwise"]))


@lru_cache(maxsize=DAYS_KEPT)
def _extent(on: date, window: Window, zone: ZoneInfo) -> tuple[datetime, int]:
    """When a window begins and how many seconds it really has. One that lies in a gap of the
    clocks, so that nothing would be left of it, keeps the length that its clock times say."""
    last = on + DAY if window.is_overnight else on
    begins = moment(on, window.begins, zone)
    length = moment(last, window.ends, zone) - begins
    if length <= timedelta():
        length = datetime.combine(last, window.ends) - datetime.combine(on, window.begins)
    return begins, int(length.total_seconds())


def _share_of(name: str) -> int:
    """A stable number from 0 up to, but not including, 2 ** 64."""
    return int.from_bytes(blake2b(name.encode(), digest_size=_HASH_BYTES).digest(), "big")
