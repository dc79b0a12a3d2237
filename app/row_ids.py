"""Ids in addresses and forms. A database refuses to look for a number that none of its columns can
hold, so none larger is read."""

DIGITS_MAX = 18  # a column of 64 bits holds all of them
ID_MAX = 10**DIGITS_MAX - 1


def read(text: str) -> int:
    """For ``args.get(…, type=row_ids.read)``. Raises ValueError."""
    number = int(text)
    if abs(number) > ID_MAX:
        raise ValueError(text)
    return number


def read_or_none(text: str) -> int | None:
    """None for what is no id."""
    is_id = text.isascii() and text.isdecimal() and len(text) <= DIGITS_MAX
    return int(text) if is_id else None
