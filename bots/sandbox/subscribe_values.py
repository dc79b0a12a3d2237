"""Which values the platform takes in a subscribe message, by the kind of their field ("Subscribe
messages"). Written by itself: what our client sends is judged here, not repeated."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from bots.sandbox.refusals import Refused

PLACE = re.compile(r"\{\{\s*(\w+)\.DATA\s*\}\}")
HAN = "一-鿿㐀-䶿"
TIME = r"(2[0-3]|[01]?\d):[0-5]\d(:[0-5]\d)?"
MONTH, DAY = r"(1[0-2]|0?[1-9])", r"(3[01]|[12]\d|0?[1-9])"
DATE = (
    "("
    + "|".join(
        [rf"\d{{4}}年{MONTH}月{DAY}日", *(rf"\d{{4}}{s}{MONTH}{s}{DAY}" for s in ("-", "/", r"\."))]
    )
    + ")"
)


def places(content: str) -> list[str]:
    """The fields of a template, in their order."""
    return PLACE.findall(content)


def check(content: str, given: Any) -> None:
    """Raises Refused 47003 for the first field that is missing or cannot be what it says."""
    if not isinstance(given, Mapping):
        raise Refused(47001, "data format error, data missing")
    for place in places(content):
        entry = given.get(place)
        value = entry.get("value") if isinstance(entry, Mapping) else None
        if not isinstance(value, str) or not value.strip():
            raise Refused(47003, f"argument invalid! data.{place}.value is empty")
        if not _fits(place.rstrip("0123456789"), value):
            raise Refused(47003, f"argument invalid! data.{place}.value invalid")


def _fits(kind: str, value: str) -> bool:
    rule = RULES.get(kind)
    return rule is not None and rule(value)


def _matching(pattern: str) -> Callable[[str], bool]:
    return lambda value: re.fullmatch(pattern, value) is not None


def _is_name(value: str) -> bool:
    return len(value) <= (20 if re.fullmatch(r"[\x20-\x7e…]+", value) else 10)


RULES: Mapping[str, Callable[[str], bool]] = {
    "thing": lambda value: len(value) <= 20,
    "name": _is_name,
    "number": _matching(r"(?=.{1,32}$)\d+(\.\d+)?"),
    "letter": _matching(r"[A-Za-z]{1,32}"),
    "symbol": _matching(r"[^\w\s]{1,5}"),
    "character_string": _matching(r"[\x20-\x7e]{1,32}"),
    "phone_number": _matching(r"[\d+() -]{1,17}"),
    "car_number": _matching(rf"[A-Za-z\d{HAN}]{{1,8}}"),
    "phrase": _matching(rf"[{HAN}]{{1,5}}"),
    "time": _matching(rf"({DATE} ?)?{TIME}"),
    "date": _matching(rf"{DATE}( ?{TIME})?"),
    "amount": _matching(r"[¥￥$€£]?\d{1,10}(\.\d{1,2})?元?"),
}
