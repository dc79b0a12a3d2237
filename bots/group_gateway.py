"""Group gateways: whatever carries group chats in and out, behind one signed JSON contract.

A gateway posts messages to our callback address and takes ours at ``/gateway/messages``. Both ways
``X-Gateway-Signature`` is the hex HMAC-SHA256, under the shared secret, of the timestamp, the nonce
and the raw body, one line each. The gateway sends once per ``idempotency_key``.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bots import answers, hearing, wechat_xml, wire
from bots.accounts import Account, BadCredentials
from bots.messages import Answer, NotGenuine, Outcome, Outgoing, Received, fingerprint
from bots.wire import PlatformUnavailable

__all__ = ["Account", "BadCredentials", "Client", "hear", "signature"]

_EVENTS = frozenset({"join", "leave"})
# Here 45009 means a room's minute, as for group robots, and not an account's day.
_ROOM_FULL = Answer(Outcome.LATER, 45009, "too_frequent", retry_after_s=60)


def signature(secret: str, timestamp: str, nonce: str, body: bytes) -> str:
    """Raises BadCredentials without a secret: anybody could sign then."""
    if not secret:
        raise BadCredentials("the gateway has no secret")
    signed = f"{timestamp}\n{nonce}\n".encode("utf-8", "surrogatepass") + body
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def hear(
    account: Account,
    headers: Mapping[str, str],
    body: bytes,
    *,
    now: datetime,
    skew_max_s: int = 300,
) -> Received:
    """What a gateway says. The text is in ``Content``, the names in ``RoomName`` and
    ``SenderName``, the gateway's own fields beside them; ``is_self`` is ``true`` for what we said.

    Raises TooLarge above 64 KiB and NotGenuine for a wrong signature or account or a timestamp more
    than ``skew_max_s`` from ``now``. What is genuine but not understood is ``unreadable``.
    """
    hearing.check_size(body)
    _check_signature(account, headers, now, skew_max_s, body)
    try:
        fields = wechat_xml.parse(body)
        if fields.get("account_id") != account.appid:
            raise NotGenuine("the message is for another account")
        return _received(fields, now)
    except wechat_xml.Unreadable as error:
        return hearing.unreadable(body, str(error), now)


class Client:
    """Speaks through one gateway. Make one per account and keep it: it holds the connections."""

    def __init__(self, account: Account, http: wire.Connections | None = None) -> None:
        self._account = account
        self._http = http or wire.connections_to(account.api_base_url)

    def send(self, outgoing: Outgoing) -> Answer:
        """Send one message, to a group or to a person. An ambiguous answer may be tried again with
        the same ``outgoing.key``: the gateway sends it once. Raises nothing."""
        return self._post(
            {
                "room_id" if outgoing.to_group else "sender_id": outgoing.recipient,
                "kind": outgoing.kind,
                "content": dict(outgoing.content),
                "idempotency_key": outgoing.key,
            }
        )

    def repeatable(self, way: str) -> bool:
        """A gateway sends once per key, however often it is asked."""
        return True

    def probe(self) -> Answer:
        """See whether the gateway answers and knows our signature: a message to nobody, which it
        refuses. Raises nothing."""
        return self._post({})

    def _post(self, fields: Mapping[str, Any]) -> Answer:
        if not self._account.secret:
            return Answer(Outcome.MISCONFIGURED, reason="no_secret")
        body = wire.encoded({"account_id": self._account.appid, **fields})
        url = self._account.api_base_url.rstrip("/") + "/gateway/messages"
        try:
            reply = wire.call(self._http, "POST", url, body=body, headers=self._signed(body))
        except PlatformUnavailable as failure:
            return answers.of_failure(failure)
        answer = answers.of_reply(reply, id_field="msg_id")
        return _ROOM_FULL if answer.code == _ROOM_FULL.code else answer

    def _signed(self, body: bytes) -> dict[str, str]:
        timestamp, nonce = str(int(time.time())), secrets.token_hex(8)
        return {
            "X-Gateway-Timestamp": timestamp,
            "X-Gateway-Nonce": nonce,
            "X-Gateway-Signature": signature(self._account.secret, timestamp, nonce, body),
        }


def _check_signature(
    account: Account, headers: Mapping[str, str], now: datetime, skew_max_s: int, body: bytes
) -> None:
    lowered = {name.lower(): value for name, value in headers.items()}
    timestamp = hearing.required(lowered, "x-gateway-timestamp")
    nonce = hearing.required(lowered, "x-gateway-nonce")
    claimed = hearing.required(lowered, "x-gateway-signature")
    expected = signature(account.secret, timestamp, nonce, body)
    if not hmac.compare_digest(expected.encode(), claimed.encode("utf-8", "surrogatepass")):
        raise NotGenuine("the signature does not match")
    hearing.check_recent(timestamp, now, skew_max_s)


def _received(fields: Mapping[str, Any], now: datetime) -> Received:
    kind = hearing.name_in(fields, "type").lower()
    sender = hearing.name_in(fields, "sender_id")
    room = hearing.name_in(fields, "room_id", or_empty=True)
    message_id = hearing.name_in(fields, "msg_id", or_empty=True) or fingerprint(fields)
    named = {
        "Content": fields.get("text", ""),
        "RoomName": fields.get("room_name", ""),
        "SenderName": fields.get("sender_name", ""),
    }
    return Received(
        key=f"message:{room or '-'}:{message_id}",
        kind=f"event.{kind}" if kind in _EVENTS else kind,
        sender=sender,
        room=room or None,
        happened_at=hearing.moment(hearing.name_in(fields, "ts", or_empty=True), now),
        fields={**fields, **named},
    )
