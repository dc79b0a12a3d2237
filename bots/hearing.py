"""What every platform's callbacks are checked for, and how ids and moments are read from them."""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from bots import wechat_xml
from bots.accounts import Account
from bots.messages import NotGenuine, Received, TooLarge
from bots.wechat_crypto import Envelope

BODY_MAX_BYTES = 64 * 1024
NAME_MAX_CHARS = 64  # openids have 28, message ids 19; three of them make a key

_SECONDS = re.compile(r"[0-9]{1,11}")
_SIGNED = ("msg_signature", "timestamp", "nonce")
_With = TypeVar("_With")
_Found = TypeVar("_Found")


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


def opened(account: Account, query: Mapping[str, str], body: bytes, to: str | None) -> bytes:
    """The content of a sealed callback, in XML or JSON; ``to`` is the id that must stand inside,
    see ``Envelope``. Raises NotGenuine, and BadCredentials when the account cannot open any."""
    try:
        wrapper = wechat_xml.parse(body)
    except wechat_xml.Unreadable as error:
        raise NotGenuine(f"the wrapper is unreadable: {error}") from None
    return unsealed(account, query, _encrypted(wrapper), to)


def unsealed(account: Account, query: Mapping[str, str], encrypt: str, to: str | None) -> bytes:
    """What is sealed in ``encrypt``. Raises like ``opened``."""
    signed = {name: required(query, name) for name in _SIGNED}
    return first_genuine(
        account.seals, lambda seal: Envelope(*seal, to).open(**signed, encrypt=encrypt)
    )


def envelope_of(
    account: Account, query: Mapping[str, str], body: bytes, to: str | None
) -> Envelope:
    """The envelope that opens a sealed callback: while keys are being changed, the platform reads
    the answer with the one it sealed the question with. Raises like ``opened``."""
    signed = {name: required(query, name) for name in _SIGNED}
    encrypt = _encrypted(wechat_xml.parse(body))

    def opening(seal: tuple[str, str]) -> Envelope:
        envelope = Envelope(*seal, to)
        envelope.open(**signed, encrypt=encrypt)
        return envelope

    return first_genuine(account.seals, opening)


def _encrypted(wrapper: Mapping[str, Any]) -> str:
    return required({"Encrypt": wrapper.get("Encrypt") or wrapper.get("encrypt")}, "Encrypt")


def first_genuine(credentials: Iterable[_With], attempt: Callable[[_With], _Found]) -> _Found:
    """What the first of the credentials that fits finds. Raises NotGenuine when none does."""
    for credential in credentials:
        try:
            return attempt(credential)
        except NotGenuine as refusal:
            last = refusal
    raise last


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
