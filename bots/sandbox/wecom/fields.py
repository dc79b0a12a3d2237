"""What the JSON of a call says, read strictly: 40063 for what is missing, 40058 for what cannot
be, 45002 for a text that is too long."""

from collections.abc import Mapping
from typing import Any

from bots.sandbox.refusals import Refused

Body = Mapping[str, Any]


def text(body: Body, name: str, *, needed: bool = True, most_chars: int = 0) -> str:
    """Raises Refused 40063, 40058."""
    value = body.get(name)
    if value is None or value == "":
        return str(_nothing(name, needed, ""))
    if not isinstance(value, str):
        raise invalid(name)
    if most_chars and len(value) > most_chars:
        raise Refused(40058, f"invalid Request Parameter, {name} exceeds {most_chars} characters")
    return value


def bytes_within(value: str, most: int, name: str = "content") -> str:
    """Raises Refused 45002."""
    if len(value.encode(errors="surrogatepass")) > most:
        raise Refused(45002, f"{name} size out of limit")
    return value


def number(
    body: Body, name: str, low: int, high: int, *, default: int | None = None, needed: bool = False
) -> int:
    """``default`` is ``low`` if not given. Raises Refused 40063, 40058."""
    value = body.get(name)
    if value is None:
        return int(_nothing(name, needed, low if default is None else default))
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise Refused(40058, f"invalid Request Parameter, {name} has to be {low} to {high}")
    return value


def flag(body: Body, name: str, default: bool = False) -> bool:
    """Raises Refused 40058."""
    value = body.get(name)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise invalid(name)
    return value


def texts(body: Body, name: str, most: int = 0, *, needed: bool = True) -> list[str]:
    """A list of texts, each once, in their order. Raises Refused 40063, 40058."""
    value = body.get(name)
    if value is None or value == []:
        return list(_nothing(name, needed, []))
    if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
        raise invalid(name)
    if most and len(value) > most:
        raise Refused(40058, f"invalid Request Parameter, {name} has at most {most}")
    return list(dict.fromkeys(value))


def objects(body: Body, name: str, *, needed: bool = True) -> list[Body]:
    """Raises Refused 40063, 40058."""
    value = body.get(name)
    if value is None or value == []:
        return list(_nothing(name, needed, []))
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise invalid(name)
    return value


def object_(body: Body, name: str, *, needed: bool = True) -> Body:
    """Raises Refused 40063, 40058."""
    value = body.get(name)
    if value is None:
        return dict(_nothing(name, needed, {}))
    if not isinstance(value, dict):
        raise invalid(name)
    return value


def invalid(name: str) -> Refused:
    return Refused(40058, f"invalid Request Parameter, {name}")


def _nothing(name: str, needed: bool, instead: Any) -> Any:
    if needed:
        raise Refused(40063, f"some parameters are empty, {name}")
    return instead
