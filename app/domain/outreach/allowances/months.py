"""Months as the platforms count them: calendar months in Beijing."""

from datetime import datetime, timedelta, timezone

_BEIJING = timezone(timedelta(hours=8))  # no summer time since 1991


def of(now: datetime) -> str:
    """``2026-11``."""
    return now.astimezone(_BEIJING).strftime("%Y-%m")


def began_at(now: datetime) -> datetime:
    """The first moment of the month of ``now``."""
    return now.astimezone(_BEIJING).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
