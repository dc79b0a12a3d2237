"""Own times: something that everybody is told once, each when it is some time by her own clock.

{"at": "10:00"}
{"at": "active", "otherwise": "20:00"}    at her own active hour, 20:00 while it is not known
"""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sop.times import times_of_day, when_fields
from sop.times.times_of_day import ActiveHour, At
from sop.times.wall_clocks import DAY, exists, moment
from sop.times.when_fields import BadSchedule

OwnTime = At | ActiveHour


def parse(definition: Any) -> OwnTime:
    """Raises BadSchedule."""
    when_fields.check(definition, {"at"}, frozenset({"otherwise"}))
    assert isinstance(definition, Mapping), "checked"
    read = times_of_day.parse(definition)
    if isinstance(read, At | ActiveHour):
        return read
    raise BadSchedule("这里不能写时间段", "there are no windows here")


def following(clock: time, zone: ZoneInfo, begin: datetime) -> datetime:
    """The first moment from ``begin`` on at which the clock of ``zone`` shows this."""
    on = begin.astimezone(zone).date()
    while not exists(on, zone) or moment(on, clock, zone) < begin:
        on += DAY
    return moment(on, clock, zone)
