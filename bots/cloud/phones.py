"""Phone numbers as providers write them, and as we keep them."""

import re

_NATIONAL = re.compile(r"1[3-9][0-9]{9}")
_FULL = re.compile(r"\+[1-9][0-9]{6,14}")


class BadNumber(ValueError):
    """That is no phone number a message can be sent to."""


def full(phone: str) -> str:
    """``+8613800000001``, as E.164 has it. Raises BadNumber."""
    if _NATIONAL.fullmatch(phone):
        return f"+86{phone}"
    if _FULL.fullmatch(phone):
        return phone
    raise BadNumber("bad_number")


def national(phone: str, nation_code: str = "86") -> str:
    """``13800000001``, as members' numbers are kept; a number of another country keeps its code."""
    digits = phone.removeprefix("+").removeprefix("00")
    if nation_code == "86":
        short = digits.removeprefix("86")
        return short if _NATIONAL.fullmatch(short) else phone
    return f"+{nation_code}{digits.removeprefix(nation_code)}"


def masked(phone: str) -> str:
    """``138****0001``."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 7 else "****"
