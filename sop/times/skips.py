"""Days on which a plan keeps silent: holidays by their date, and days of the week.

    {"dates": ["2026-10-01", "2026-10-02"], "weekdays": [6, 7]}

A repeating step leaves such a day out; a step that comes once waits for the next day on which the
plan speaks (see ``schedules``).
"""

from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sop.times import wall_clocks, when_fields
from sop.times.wall_clocks import DAY
from sop.times.when_fields import BadSchedule

DATES_MAX = 400


@dataclass(frozen=True, slots=True)
class SkipDates:
    """``weekdays`` as ISO counts them, never all seven."""

    dates: frozenset[date] = frozenset()
    weekdays: frozenset[int] = frozenset()

    def is_free(self, on: date, zone: ZoneInfo) -> bool:
        """Whether the plan may speak on a day: it is not skipped, and the zone has such a day."""
        if on in self.dates or on.isoweekday() in self.weekdays:
            return False
        return wall_clocks.exists(on, zone)

    def first_free(self, on: date, zone: ZoneInfo) -> date:
        """``on``, or the next day on which the plan may speak."""
        while not self.is_free(on, zone):
            on += DAY
        return on


NONE = SkipDates()


def parse(definition: Any) -> SkipDates:
    """Both fields may be left out. Raises BadSchedule, also for skipping every day of the week."""
    when_fields.check(definition, frozenset(), {"dates", "weekdays"})
    dates = definition.get("dates", [])
    if not isinstance(dates, (list, tuple)) or len(dates) > DATES_MAX:
        raise BadSchedule(
            f"dates 是日期的列表，最多 {DATES_MAX} 天",
            f"dates is a list of at most {DATES_MAX} days",
        )
    written = definition.get("weekdays", [])
    weekdays = frozenset(() if written == [] else when_fields.weekdays(written))
    if len(weekdays) == 7:
        raise BadSchedule("不能跳过一周的每一天", "not every day of the week can be skipped")
    return SkipDates(frozenset(map(when_fields.day, dates)), weekdays)
