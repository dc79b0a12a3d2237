"""WeCom smart bots (智能机器人): staff ask them in an internal chat, by name in a group.

Official documentation: "Receiving messages" and "Passive replies" of smart bots. The answer to a
message opens a stream; WeCom then asks for what has become of it, for six minutes at most, until we
say that it is finished. A message also brings an address to which one answer may be posted within
the hour.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from bots import answers, hearing, wechat_xml, wire
from bots.accounts import Account
from bots.error_tables import WECOM
from bots.messages import Answer, NotGenuine, Outcome, Outgoing, Received
from bots.wechat_crypto import Envelope
from bots.wire import PlatformUnavailable

STREAM, RESPONSE_URL = "stream", "response_url"
TEXT_MAX_BYTES = 20_480
NOBODY = None  # the platform writes no id into a bot's envelopes


@dataclass(frozen=True, slots=True)
class Asked:
    """A genuine call: something new (``received``), or a look at what has become of it. ``stream``
    names it both times; it is empty for what awaits no answer."""

    envelope: Envelope
    received: Received | None
    stream: str = ""

    def answer(self, text: str, now: datetime, *, is_finished: bool) -> bytes:
        """The sealed answer, the same words however often they are asked for."""
        stream = {"id": self.stream, "finish": is_finished, "content": text}
        plain = wire.encoded({"msgtype": STREAM, STREAM: stream})
        timestamp, nonce = str(int(now.timestamp())), self.stream[:32]
        encrypt, signed = self.envelope.seal(plain, timestamp=timestamp, nonce=nonce)
        sealed = {"encrypt": encrypt, "msgsignature": signed}
        return wire.encoded({**sealed, "timestamp": timestamp, "nonce": nonce})


def verify(account: Account, query: Mapping[str, str]) -> str:
    """Answer the platform's check of our address. Raises NotGenuine."""
    sealed = hearing.required(query, "echostr")
    return hearing.unsealed(account, query, sealed, NOBODY).decode("utf-8", "replace")


def hear(
    account: Account,
    query: Mapping[str, str],
    body: bytes,
    *,
    now: datetime,
    skew_max_s: int = 300,
) -> Asked:
    """What is asked. Kinds are ``bot.text`` and so on, the sender is the userid of the member of
    staff; ``Content`` is all that she wrote or said. Raises TooLarge, and NotGenuine for whatever
    cannot be shown to be WeCom's, recent and for this bot."""
    hearing.check_size(body)
    hearing.check_recent(hearing.required(query, "timestamp"), now, skew_max_s)
    plain = hearing.opened(account, query, body, NOBODY)
    envelope = hearing.envelope_of(account, query, body, NOBODY)
    try:
        fields = wechat_xml.parse(plain)
        if fields.get("aibotid", account.appid) != account.appid:
            raise NotGenuine("the message is for another bot")
        return _asked(envelope, fields, now)
    except wechat_xml.Unreadable as error:
        return Asked(envelope, hearing.unreadable(plain, str(error), now))


class Client:
    """Posts what nobody came to fetch. Make one per account and keep it."""

    def __init__(self, account: Account, http: wire.Connections | None = None) -> None:
        self._account = account
        self._http = http or wire.connections_to(account.api_base_url)

    def send(self, outgoing: Outgoing) -> Answer:
        """Answer at the address that came with the message, once and within the hour. Raises
        nothing."""
        url = outgoing.through
        if urlsplit(url).netloc != urlsplit(self._account.api_base_url).netloc:
            return Answer(Outcome.REFUSED, reason="response_url_elsewhere")
        if outgoing.kind != "text":
            return Answer(Outcome.REFUSED, reason="kind_not_offered")
        text = str(outgoing.content.get("text", ""))
        if len(text.encode()) > TEXT_MAX_BYTES:
            return Answer(Outcome.REFUSED, reason="text_too_long")
        body = {"msgtype": "markdown", "markdown": {"content": text}}
        try:
            reply = wire.call(self._http, "POST", url, body=body)
        except PlatformUnavailable as failure:
            return answers.of_failure(failure)
        return answers.of_reply(reply, "", WECOM)

    def repeatable(self, way: str) -> bool:
        return False


def _asked(envelope: Envelope, fields: Mapping[str, Any], now: datetime) -> Asked:
    kind = hearing.name_in(fields, "msgtype").lower()
    if kind == STREAM:
        stream = fields.get(STREAM)
        return Asked(envelope, None, str(stream.get("id", "")) if isinstance(stream, dict) else "")
    msgid = hearing.name_in(fields, "msgid")
    who = fields.get("from")
    userid = str(who.get("userid", "")) if isinstance(who, dict) else ""
    received = Received(
        key=f"bot:{msgid}",
        kind=f"bot.{kind}",
        sender=userid,
        happened_at=now,
        fields={**fields, "Content": _words(kind, fields)},
    )
    return Asked(envelope, received, "" if kind == "event" else msgid)


def _words(kind: str, fields: Mapping[str, Any]) -> str:
    content = fields.get(kind)
    if not isinstance(content, dict):
        return ""
    if kind == "mixed":
        items = content.get("msg_item")
        parts = (
            [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
        )
        return " ".join(filter(None, (_words("text", part) for part in parts)))
    return str(content.get("content", ""))
