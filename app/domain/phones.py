"""Phone numbers as members' are kept, so that a number is found again however it was written."""

import re

_NATIONAL = re.compile(r"1[3-9][0-9]{9}")
_PREFIX = re.compile(r"(\+|00)?86")


def national(phone: str) -> str:
    """``13800000001`` for what is written with or without 86 before it; the number of another
    country stays as it is."""
    short = _PREFIX.sub("", phone, count=1) if _PREFIX.match(phone) else phone
    return short if _NATIONAL.fullmatch(short) else phone
