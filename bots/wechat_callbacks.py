"""Hearing an official account or a mini-program: a callback comes in, what was said comes out.

Official documentation: "Start developing" and "Message push" of the official-account platform,
"Receive messages and events" of the mini-program's, which are the same but for the events.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bots import hearing, wechat_xml
from bots.accounts import Account
from bots.messages import NotGenuine, Received, fingerprint
from bots.wechat_crypto import check_signature

# Official documentation, "Changes of a member's authorization": a service of the platform sends
# these, and OpenID says about whom.
_ABOUT_HER_DATA = frozenset(
    {"user_info_modified", "user_authorization_revoke", "user_authorization_cancellation"}
)


def verify(account: Account, query: Mapping[str, str]) -> str:
    """Answer the platform's check of our address: the ``echostr`` to give back as plain text.

    Raises NotGenuine. The signature covers neither body nor echostr, so never render it as HTML.
    """
    _check_url_signature(account, query)
    return hearing.required(query, "echostr")


def hear(
    account: Account,
    query: Mapping[str, str],
    body: bytes,
    *,
    now: datetime,
    skew_max_s: int = 300,
    plaintext_allowed: bool = False,
) -> Received:
    """What a callback says.

    Raises TooLarge above 64 KiB, and NotGenuine for whatever cannot be shown to be WeChat's and
    recent: a wrong signature, a timestamp more than ``skew_max_s`` from ``now``, a corrupt
    envelope, another appid, a DOCTYPE. What is genuine but not understood comes back as the kind
    ``unreadable``: refused, WeChat would repeat it and tell the member that we are out of order.

    While a token or an EncodingAESKey is being changed, the previous one is as good: what neither
    the current nor the previous ones open is refused as ever.

    Plaintext mode signs only the address, never the body: one leaked address lets anybody forge
    any message, so it is refused unless ``plaintext_allowed``.
    """
    hearing.check_size(body)
    hearing.check_recent(hearing.required(query, "timestamp"), now, skew_max_s)
    match query.get("encrypt_type", "raw"):
        case "aes":
            plain = hearing.opened(account, query, body, account.appid)
        case "raw" if plaintext_allowed:
            _check_url_signature(account, query)
            plain = body
        case _:
            raise NotGenuine("not encrypted")
    try:
        return _received(wechat_xml.parse(plain), now)
    except wechat_xml.Unreadable as error:
        return hearing.unreadable(plain, str(error), now)


def _received(fields: Mapping[str, Any], now: datetime) -> Received:
    kind = hearing.name_in(fields, "MsgType").lower()
    sender = hearing.name_in(fields, "FromUserName")
    created = hearing.name_in(fields, "CreateTime", or_empty=True)
    message_id = hearing.name_in(fields, "MsgId", or_empty=True)
    if kind == "event":
        # CreateTime counts seconds, so two events may share it: their content tells them apart.
        event = hearing.name_in(fields, "Event").lower()
        if event in _ABOUT_HER_DATA:
            sender = hearing.name_in(fields, "OpenID")
        kind, key = f"event.{event}", f"event:{event}:{sender}:{created}:{fingerprint(fields)}"
    else:
        key = f"message:{sender}:{message_id or f'{created}:{fingerprint(fields)}'}"
    return Received(
        key=key, kind=kind, sender=sender, happened_at=hearing.moment(created, now), fields=fields
    )


def _check_url_signature(account: Account, query: Mapping[str, str]) -> None:
    timestamp, nonce = hearing.required(query, "timestamp"), hearing.required(query, "nonce")
    claimed = hearing.required(query, "signature")
    hearing.first_genuine(
        account.tokens, lambda token: check_signature(claimed, token, timestamp, nonce)
    )
