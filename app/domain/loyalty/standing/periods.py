"""Periods: on which days what she has done counts, and until which day a tier is hers.

All of it is in business days of the programme, so an order's hour makes no difference. A tier that
was reached on a day is hers until the same day of a later month (or so many days later), and what
she does after the day she reached it is what keeps it: a year of conditions that ends with a year
of keeping does not count the day on which the tier was reached a second time.
"""

import calendar
from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, Field, model_validator

DAY = timedelta(days=1)
DAYS_MAX, MONTHS_MAX = 3660, 120


class Period(BaseModel, frozen=True, extra="forbid"):
    """``ever``; so many ``days``; so many ``months``; or the calendar ``year``."""

    kind: Literal["ever", "days", "months", "year"] = "ever"
    count: Annotated[int, Field(ge=0, le=DAYS_MAX)] = 0

    @model_validator(mode="after")
    def _is_counted(self) -> "Period":
        at_most = {"days": DAYS_MAX, "months": MONTHS_MAX}.get(self.kind, 0)
        if self.count > at_most or (at_most and self.count < 1):
            raise ValueError(f"{self.count} {self.kind}")
        return self


EVER = Period()


def first_day(period: Period, on: date) -> date:
    """The first of the days that count on ``on``, which is itself the last of them."""
    match period.kind:
        case "days":
            return on - DAY * (period.count - 1)
        case "months":
            return months_later(on, -period.count) + DAY
        case "year":
            return on.replace(month=1, day=1)
    return date.min


def last_day(period: Period, on: date) -> date | None:
    """Until which day what was reached on ``on`` is kept; None is for ever."""
    match period.kind:
        case "days":
            return on + DAY * period.count
        case "months":
            return months_later(on, period.count)
        case "year":
            return on.replace(month=12, day=31)
    return None


def following(period: Period, last_on: date) -> date | None:
    """The last day of the period after the one that ended with ``last_on``."""
    if period.kind == "year":
        return last_on.replace(year=last_on.year + 1)
    return last_day(period, last_on)


def months_later(on: date, months: int) -> date:
    """The same day of another month, or its last where it is shorter."""
    years, month = divmod(on.year * 12 + on.month - 1 + months, 12)
    return date(years, month + 1, min(on.day, calendar.monthrange(years, month + 1)[1]))
