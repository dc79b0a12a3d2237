"""Numbers as operators write them: yuan, and a time in minutes, hours or days."""

from decimal import Decimal, InvalidOperation, Overflow
from typing import Any

from app.console.fields.written import Written, whole

UNITS = {"minute": 1, "hour": 60, "day": 24 * 60}


def fen_in(yuan: str) -> int | str:
    """Yuan as fen; what is no amount stays as it is written, for the reader to complain of."""
    try:
        fen = Decimal(yuan) * 100
    except (InvalidOperation, Overflow):
        return yuan
    is_exact = fen.is_finite() and fen == fen.to_integral_value() and abs(fen) < 10**13
    return int(fen) if is_exact else yuan


def as_yuan(fen: Any) -> str:
    """What stands in the field: 199 or 199.50; and what is no number of fen as it is."""
    if not isinstance(fen, int):
        return "" if fen is None else str(fen)
    return str(fen // 100) if fen % 100 == 0 else f"{Decimal(fen) / 100:.2f}"


def minutes_in(written: Written, otherwise: str) -> int | str:
    """From a number in ``minutes`` and the unit beside it."""
    number = whole(written.text("minutes", otherwise))
    unit = UNITS.get(written.text("unit"), 1)
    return number * unit if isinstance(number, int) else number


def as_span(minutes: Any) -> tuple[Any, str]:
    """The number and the largest unit in which it is whole."""
    if not isinstance(minutes, int) or minutes == 0:
        return minutes, "minute"
    unit = next(name for name in reversed(UNITS) if minutes % UNITS[name] == 0)
    return minutes // UNITS[unit], unit
