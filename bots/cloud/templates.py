"""Template messages: the provider has approved a wording with holes, we send what fills them.

{"template_id": "1110", "params": ["小雨", "120"]}            in their order (Tencent Cloud)
{"template_id": "SMS_1", "params": ["name=小雨", "n=120"]}    by their names (Aliyun)
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_NAMED = re.compile(r"([A-Za-z][A-Za-z0-9_]{0,31})=(.*)", re.DOTALL)
_URL = re.compile(r"https?://", re.IGNORECASE)


class BadContent(ValueError):
    """What is to be said does not fit the provider's rules; the text is the reason."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long values may be, in characters: each of them, and all together. ``urls``: whether a
    value may hold an address."""

    each: int
    together: int
    urls: bool = False


@dataclass(frozen=True, slots=True)
class Filled:
    template_id: str
    params: tuple[str, ...]

    def by_name(self) -> dict[str, str]:
        """Raises BadContent for a value that does not say its name."""
        named = [_NAMED.fullmatch(param) for param in self.params]
        if not all(named):
            raise BadContent("param_without_name")
        return {found[1]: found[2] for found in named if found}


def read(content: Mapping[str, Any], usual_template_id: str, bounds: Bounds) -> Filled:
    """Raises BadContent."""
    template_id = str(content.get("template_id") or usual_template_id)
    params = content.get("params", [])
    if not template_id:
        raise BadContent("no_template")
    if not isinstance(params, list) or not all(isinstance(param, str) for param in params):
        raise BadContent("bad_parameters")
    values = [_value_of(param) for param in params]
    if any(len(value) > bounds.each for value in values):
        raise BadContent("param_too_long")
    if sum(map(len, values)) > bounds.together:
        raise BadContent("text_too_long")
    if not bounds.urls and any(_URL.search(value) for value in values):
        raise BadContent("url_in_param")
    return Filled(template_id, tuple(params))


def _value_of(param: str) -> str:
    named = _NAMED.fullmatch(param)
    return named[2] if named else param
