"""Opening hours: on which days of the week, and from when till when, somebody is there.

    [{"weekdays": [1, 2, 3, 4, 5], "from": "09:00", "to": "18:00"}]     no hours at all: always

``from`` belongs to the hours, ``to`` no more; hours over midnight belong to the day on which they
begin. The clock on the wall decides, so on the nights when clocks change an hour may count twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sop.times import when_fields
from sop.times.when_fields import BadSchedule

SPANS_MAX = 14


@dataclass(frozen=True, slots=True)
class Span:
    weekdays: frozenset[int]  # Monday 1 to Sunday 7
    begins: time
    ends: time


def parse(definition: Any) -> tuple[Span, ...]:
    """Raises BadSchedule."""
    if not isinstance(definition, (list, tuple)) or len(definition) > SPANS_MAX:
        raise BadSchedule(
            f"营业时间要写成最多 {SPANS_MAX} 段的列表", f"hours are a list of {SPANS_MAX} at most"
        )
    return tuple(_span(one) for one in definition)


def is_open(hours: Sequence[Span], local: datetime) -> bool:
    """Whether somebody is there at a local moment."""
    return not hours or any(_holds(span, local) for span in hours)


def _span(definition: Any) -> Span:
    when_fields.check(definition, {"weekdays", "from", "to"})
    begins, ends = when_fields.clock(definition["from"]), when_fields.clock(definition["to"])
    if begins == ends:
        raise BadSchedule("开始和结束不能相同", "hours cannot end when they begin")
    return Span(frozenset(when_fields.weekdays(definition["weekdays"])), begins, ends)


def _holds(span: Span, local: datetime) -> bool:
    clock, today = local.time(), local.isoweekday()
    if span.begins < span.ends:
        return today in span.weekdays and span.begins <= clock < span.ends
    yesterday = (local - timedelta(days=1)).isoweekday()
    begun_today = today in span.weekdays and clock >= span.begins
    return begun_today or (yesterday in span.weekdays and clock < span.ends)
