"""Quotas: how what is too much for one day is spread over several."""

MINUTES_A_DAY = 24 * 60


def split(whole: int, a_day: int) -> list[int]:
    """As few days as possible, none with more than ``a_day`` messages, all as full as each other.
    Raises ValueError where nothing may be sent on any day."""
    if whole and a_day <= 0:
        raise ValueError("no message is left for any day")
    days = -(-whole // a_day) if whole else 0
    return [whole // days + (day < whole % days) for day in range(days)]


def pace_a_minute(a_day: int) -> int:
    """Evenly over the day, whichever 24 hours one looks at. Raises ValueError where that is less
    than one message a minute."""
    pace = a_day // MINUTES_A_DAY
    if pace < 1:
        raise ValueError(f"{a_day} a day is less than one a minute")
    return pace
