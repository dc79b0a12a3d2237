"""What a schedule has to know of the one to whom a plan speaks."""

from dataclasses import dataclass
from datetime import date, time
from zoneinfo import ZoneInfo

from sop.times import skips
from sop.times.skips import SkipDates


@dataclass(frozen=True, slots=True)
class Ground:
    """``subject`` names the member or the group, for ever the same: it spreads windows out.

    ``zone`` is hers or the programme's. ``active_at`` is the local time at which she is most
    active, None while nobody knows; ``birthday_on`` likewise. ``skip`` are the plan's silent days.
    """

    zone: ZoneInfo
    subject: str
    active_at: time | None = None
    birthday_on: date | None = None
    skip: SkipDates = skips.NONE
