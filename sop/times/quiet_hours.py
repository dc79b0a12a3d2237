"""Hours of the night in which nobody is written to.

    {"from": "22:00", "to": "08:00"}      overnight; {"from": "12:00", "to": "14:00"} within a day

``from`` belongs to the quiet, ``to`` no more. Where changing clocks leave one of them out, or bring
it twice, the longer silence is meant.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sop.times import when_fields
from sop.times.wall_clocks import DAY, earliest, latest
from sop.times.when_fields import BadSchedule


@dataclass(frozen=True, slots=True)
class QuietHours:
    begin: time
    end: time


PHONES_NIGHT = QuietHours(time(21), time(9))  # no phone rings or buzzes, whatever operators allow


def parse(definition: Any) -> QuietHours:
    """Raises BadSchedule, also when it begins where it ends: nobody knows if all day or never."""
    when_fields.check(definition, {"from", "to"})
    quiet = QuietHours(when_fields.clock(definition["from"]), when_fields.clock(definition["to"]))
    if quiet.begin == quiet.end:
        raise BadSchedule("免打扰的开始和结束不能相同", "quiet hours cannot end when they begin")
    return quiet


def ends_at(quiet: QuietHours, now: datetime, zone: ZoneInfo) -> datetime | None:
    """The end, in UTC, of the quiet that ``now`` lies in; None outside of it."""
    today = now.astimezone(zone).date()
    through = now.astimezone(UTC)
    for on in (today - DAY, today, today + DAY):
        last = on + DAY if quiet.end < quiet.begin else on
        end = latest(last, quiet.end, zone)
        if earliest(on, quiet.begin, zone) <= through < end:
            through = end
    return through if through > now else None
