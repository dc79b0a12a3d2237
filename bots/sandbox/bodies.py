"""JSON bodies, whatever Content-Type says: many clients send none."""

import json
from typing import Any


class NotAnObject(Exception):
    """The body is not a JSON object that could be written down again as UTF-8."""


def read(raw: bytes) -> dict[str, Any]:
    """Raises NotAnObject, also for half a surrogate pair: it has no place in UTF-8."""
    try:
        content = json.loads(raw)
        if b"\\u" in raw:
            json.dumps(content, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise NotAnObject(str(error)) from error
    if not isinstance(content, dict):
        raise NotAnObject("not an object")
    return content
