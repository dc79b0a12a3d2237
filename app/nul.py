"""NUL: the one character that PostgreSQL keeps in no text, and that no keyboard has. The doors
refuse it before anything is looked up by it."""

from collections.abc import Iterable, Sequence


def is_in(fields: Iterable[tuple[str, Sequence[str]]]) -> bool:
    """Whether any of the values that were sent has one."""
    return any("\0" in value for _name, value in fields)
