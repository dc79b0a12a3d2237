"""What every platform's callbacks are checked for, and how ids and moments are read from them."""

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bots import wechat_xml
from bots.messages import NotGenuine, Received, TooLarge

BODY_MAX_BYTES = 64 * 1024
NAME_MAX_CHARS = 64  # openids have 28, message ids 19; three of them make a key

_SECONDS = re.compile(r"[0-9]{1,11}")


def check_size(body: bytes) -> None:
    if len(body) > BODY_MAX_BYTES:
        raise TooLarge(f"more than {BODY_MAX_BYTES} bytes")


def check_recent(timestamp: str, now: datetime, skew_max_s: int) -> None:
    """Raise NotGenuine unless the signed ``timestamp`` is within ``skew_max_s`` of ``now``: an
    older callback may be a recording."""
    if not _SECONDS.fullmatch(timestamp):
        raise NotGenuine("the timestamp is no number of seconds")
    if abs(now.timestamp() - int(timestamp)) > skew_max_s:
        raise NotGenuine("the timestamp is stale")


def required(fields: Mapping[str, Any], name: str) -> str:
    """A parameter that every genuine callback has. Raises NotGenuine."""
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise NotGenuine(f"no {name}")
    return value


def name_in(fields: Mapping[str, Any], name: str, *, or_empty: bool = False) -> str:
    """An id or a type among the fields. Raises Unreadable if it is missing or cannot be one."""
    value = fields.get(name, "")
    if not isinstance(value, str) or len(value) > NAME_MAX_CHARS:
        raise wechat_xml.Unreadable(f"{name} is not a name")
    if not value.strip() and not or_empty:
        raise wechat_xml.Unreadable(f"no {name}")
    return value.strip()


def moment(seconds: str, now: datetime) -> datetime:
    """The moment that many seconds after 1970; ``now`` if that is no number of seconds."""
    return datetime.fromtimestamp(int(seconds), UTC) if _SECONDS.fullmatch(seconds) else now


def unreadable(plain: bytes, reason: str, now: datetime) -> Received:
    """A genuine body that nobody understands, kept whole for an operator to look at."""
    return Received(
        key=f"unreadable:{hashlib.sha256(plain).hexdigest()[:32]}",
        kind="unreadable",
        sender="",
        happened_at=now,
        fields={"Raw": wechat_xml.legible(plain.decode("utf-8", "replace")), "Reason": reason},
    )
