"""Entries: at which moments of the days to come a trigger would take somebody into a plan.

What the clock starts can be reckoned. Of what has to happen nobody knows, so what happened to her
in the days just before is taken to happen again, as many days later.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sop.happenings import Happened
from sop.times import schedules, wall_clocks
from sop.times.grounds import Ground
from sop.times.schedules import Live
from sop.times.times_of_day import At
from sop.times.whens import Birthday
from sop.triggers import Trigger


@dataclass(frozen=True, slots=True)
class Arriving:
    """What the triggers ask of somebody; ``past`` reaches as far back as the rehearsal ahead."""

    zone: ZoneInfo
    birthday_on: date | None
    last_heard_at: datetime | None
    past: Sequence[Happened]


def of(trigger: Trigger, who: Arriving, start: datetime, end: datetime) -> Iterator[datetime]:
    """From ``start`` up to, but not including, ``end``."""
    if trigger.happening is not None:
        for happened in who.past:
            again_at = happened.at + (end - start)
            if start <= again_at < end and trigger.happening.is_met_by(happened):
                yield again_at
    elif trigger.kind in ("manual", "segment_entered"):
        yield start
    elif trigger.kind == "silent":
        if who.last_heard_at is not None:
            at = max(start, who.last_heard_at + timedelta(days=trigger.days))
            if at < end:
                yield at
    elif trigger.kind == "birthday":
        yield from _birthdays(trigger, who, start, end)
    elif trigger.cron is not None:
        yield from _occurrences(trigger, who.zone, start, end)


def _birthdays(
    trigger: Trigger, who: Arriving, start: datetime, end: datetime
) -> Iterator[datetime]:
    assert trigger.at is not None, "a birthday has its time of day"
    when = Birthday(trigger.days, At(trigger.at))
    ground = Ground(who.zone, "", birthday_on=who.birthday_on)
    due = schedules.next_due([Live(0, when, start - timedelta(seconds=1))], None, ground)
    if due is not None and due.at < end:
        yield due.at


def _occurrences(
    trigger: Trigger, zone: ZoneInfo, start: datetime, end: datetime
) -> Iterator[datetime]:
    assert trigger.cron is not None
    for on in trigger.cron.days_from(start.astimezone(zone).date()):
        for clock in trigger.cron.times:
            at = wall_clocks.moment(on, clock, zone).astimezone(UTC)
            if at >= end:
                return
            if at >= start:
                yield at
