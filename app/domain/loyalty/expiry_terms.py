"""When points lapse: so many days or months after the award, or on a date of every year; always at
the end of a business day of the programme."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class AfterDays:
    """1 is until the end of the next day."""

    days: int


@dataclass(frozen=True, slots=True)
class AfterMonths:
    """Until the same day of a later month; where that has none, its last day."""

    months: int


@dataclass(frozen=True, slots=True)
class Yearly:
    """Until the next such day that comes, or so many years later. 29 February is the 28th in years
    that have none. Points awarded on the day itself lapse with it."""

    month: int
    day: int
    years_later: int = 0


Terms = AfterDays | AfterMonths | Yearly


def expires_at(terms: Terms | None, on: date, zone: ZoneInfo) -> datetime | None:
    """The moment from which points awarded on a business day are gone; None for never."""
    if terms is None:
        return None
    return datetime.combine(_last_day(terms, on) + timedelta(days=1), time(), zone)


def _last_day(terms: Terms, on: date) -> date:
    if isinstance(terms, AfterDays):
        return on + timedelta(days=terms.days)
    if isinstance(terms, AfterMonths):
        years, month = divmod(on.month - 1 + terms.months, 12)
        return _day_of(on.year + years, month + 1, on.day)
    this_year = _day_of(on.year, terms.month, terms.day)
    return _day_of(on.year + terms.years_later + (on > this_year), terms.month, terms.day)


def _day_of(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, monthrange(year, month)[1]))
