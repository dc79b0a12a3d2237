"""What becomes of a step that was missed, in a downtime or a pause of its plan.

    {"within_h": 2, "else": "skip"}

Up to ``within_h`` hours late it goes out as if nothing had been. Later than that it is left out
("skip"), goes out all the same ("send"), or waits until the clock next shows its time of day
("next_day").
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sop.times import skips, wall_clocks, when_fields
from sop.times.skips import SkipDates
from sop.times.wall_clocks import DAY
from sop.times.when_fields import BadSchedule

HOURS_MAX = 30 * 24
UNSENT_AFTER = timedelta(hours=24)  # what a step says is not wanted any more when it waited so long
ELSE = ("skip", "send", "next_day")

Decision = Literal["go", "skip"] | datetime


@dataclass(frozen=True, slots=True)
class Lateness:
    within: timedelta = timedelta(hours=2)
    otherwise: str = "skip"


DEFAULT = Lateness()


def parse(definition: Any) -> Lateness:
    """None is the default. Raises BadSchedule."""
    if definition is None:
        return DEFAULT
    when_fields.check(definition, {"within_h", "else"})
    hours = when_fields.whole("within_h", definition["within_h"], 0, HOURS_MAX)
    if definition["else"] not in ELSE:
        raise BadSchedule(
            f"else 要是 {'、'.join(ELSE)} 之一", f"else has to be one of {', '.join(ELSE)}"
        )
    return Lateness(timedelta(hours=hours), definition["else"])


def decide(
    policy: Lateness, due_at: datetime, now: datetime, zone: ZoneInfo, skip: SkipDates = skips.NONE
) -> Decision:
    """What to do ``now`` with a step that was due at ``due_at``: let it go out, leave it out, or
    look again at a later moment (UTC). Not yet due is such a moment, too: a clock was put back."""
    due_at, now = due_at.astimezone(UTC), now.astimezone(UTC)  # local ones differ by the clock
    if now < due_at:
        return due_at
    if now - due_at <= policy.within or policy.otherwise == "send":
        return "go"
    if policy.otherwise == "skip":
        return "skip"
    return _same_time_after(due_at, now, zone, skip)


def _same_time_after(due_at: datetime, now: datetime, zone: ZoneInfo, skip: SkipDates) -> datetime:
    clock = due_at.astimezone(zone).time().replace(fold=0)
    on = skip.first_free(now.astimezone(zone).date(), zone)
    at = wall_clocks.moment(on, clock, zone)
    if at > now:
        return at
    return wall_clocks.moment(skip.first_free(on + DAY, zone), clock, zone)
