"""Hearing a WeCom app: its callbacks are always sealed, the check of our address too.

Official documentation: "Receiving messages and events", "Customer contact event notifications".
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bots import hearing, wechat_xml
from bots.accounts import Account
from bots.messages import NotGenuine, Received, fingerprint

# Whom an event has to name: without, it is about nobody.
NAMED = {
    "change_external_contact": ("UserID", "ExternalUserID"),
    "change_external_chat": ("ChatId",),
}
THE_SYSTEM = frozenset({"", "sys"})  # who tells of what no member of staff did to the app


def verify(account: Account, query: Mapping[str, str]) -> str:
    """Answer the platform's check of our address: what was sealed in ``echostr``, to the letter.

    Raises NotGenuine.
    """
    echo = hearing.unsealed(account, query, hearing.required(query, "echostr"), account.appid)
    try:
        return echo.decode()
    except UnicodeDecodeError:
        raise NotGenuine("the echo is no text") from None


def hear(
    account: Account,
    query: Mapping[str, str],
    body: bytes,
    *,
    now: datetime,
    skew_max_s: int = 300,
) -> Received:
    """What a callback says.

    ``kind`` is ``event.change_external_contact.add_external_contact`` for what changed, with the
    customer as the sender, or the customer group as the room; ``staff.`` and the usual kind for
    what a member of staff did or wrote to the app: she is no member of ours.

    Raises TooLarge above 64 KiB, and NotGenuine for whatever cannot be shown to be WeCom's, recent
    and for this corp. What is genuine but not understood is of the kind ``unreadable``.
    """
    hearing.check_size(body)
    hearing.check_recent(hearing.required(query, "timestamp"), now, skew_max_s)
    plain = hearing.opened(account, query, body, account.appid)
    try:
        return _received(wechat_xml.parse(plain), now)
    except wechat_xml.Unreadable as error:
        return hearing.unreadable(plain, str(error), now)


def _received(fields: Mapping[str, Any], now: datetime) -> Received:
    kind = hearing.name_in(fields, "MsgType").lower()
    author = hearing.name_in(fields, "FromUserName", or_empty=True)
    created = hearing.name_in(fields, "CreateTime", or_empty=True)
    message_id = hearing.name_in(fields, "MsgId", or_empty=True)
    sender, room = author, None
    if kind == "event":
        kind = _event_kind(fields)
    if author in THE_SYSTEM:
        sender = hearing.name_in(fields, "ExternalUserID", or_empty=True)
        room = hearing.name_in(fields, "ChatId", or_empty=True) or None
    else:
        kind = f"staff.{kind}"
    # CreateTime counts seconds, so two events may share it: their content tells them apart.
    fact = message_id or f"{created}:{fingerprint(fields)}"
    return Received(
        key=f"{kind}:{sender or room or ''}:{fact}",
        kind=kind,
        sender=sender,
        room=room,
        happened_at=hearing.moment(created, now),
        fields=fields,
    )


def _event_kind(fields: Mapping[str, Any]) -> str:
    event = hearing.name_in(fields, "Event")
    for name in NAMED.get(event.lower(), ()):
        hearing.name_in(fields, name)
    change = hearing.name_in(fields, "ChangeType", or_empty=True)
    return ".".join(part.lower() for part in ("event", event, change) if part)
