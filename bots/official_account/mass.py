"""Mass messages of an official account: one message to many openids, to a tag, or to everybody.

Official documentation: "Mass messages" (sendall, send, preview, delete, get, speed). The platform
only accepts a job here; what became of it comes as the event MASSSENDJOBFINISH. Repeating a job
under its key (``clientmsgid``) is safe for 24 hours: the platform answers 45065 with the job it
already has, which counts as accepted.
"""

from collections.abc import Callable, Mapping
from typing import Any

from bots.messages import Answer, Outcome, Outgoing
from bots.wechat_api import WeChatApi, checked

TO_MANY, TO_TAG, PREVIEW = "mass", "mass_tag", "mass_preview"  # the ways
EVERYBODY, TAG_PREFIX = "all", "tag:"  # recipients of TO_TAG: "all", "tag:2"
RECIPIENTS_MIN, RECIPIENTS_MAX = 2, 10_000
KEY_MAX_BYTES = 64
TEXT_MAX_BYTES = 2048
SPEEDS = range(5)  # 0 is the fastest, 800,000 a minute; 4 the slowest, 100,000

_Content = Mapping[str, Any]


def send(api: WeChatApi, outgoing: Outgoing) -> Answer:
    """Hands over a job; ``platform_id`` names it. Raises nothing."""
    said = _written(outgoing.kind, outgoing.content)
    if isinstance(said, Answer):
        return said
    if not 0 < len(outgoing.key.encode()) <= KEY_MAX_BYTES:
        return _refused("mass_needs_a_key_up_to_64_bytes")
    return _HAND_OVER[outgoing.way](api, outgoing, said)


def delete(api: WeChatApi, msg_id: str) -> None:
    """Takes a job's message back from whoever has it. Only articles can be taken back everywhere;
    the platform says so by its code. Raises PlatformRefused and PlatformUnavailable, as all
    below."""
    checked(api.ask("POST", "/cgi-bin/message/mass/delete", body={"msg_id": int(msg_id)}))


def status_of(api: WeChatApi, msg_id: str) -> str:
    """SENDING, SEND_SUCCESS, SEND_FAIL or DELETE."""
    told = checked(api.ask("POST", "/cgi-bin/message/mass/get", body={"msg_id": msg_id}))
    return str(told.get("msg_status", ""))


def speed(api: WeChatApi) -> int:
    told = checked(api.ask("POST", "/cgi-bin/message/mass/speed/get", body={}))
    return int(told.get("speed", 0))


def set_speed(api: WeChatApi, wanted: int) -> None:
    """Raises ValueError for what is none of ``SPEEDS``."""
    if wanted not in SPEEDS:
        raise ValueError("a speed is from 0 (fastest) to 4")
    checked(api.ask("POST", "/cgi-bin/message/mass/speed/set", body={"speed": wanted}))


def _to_many(api: WeChatApi, outgoing: Outgoing, said: dict[str, Any]) -> Answer:
    openids = list(outgoing.recipients)
    if not RECIPIENTS_MIN <= len(openids) <= RECIPIENTS_MAX:
        return _refused("mass_takes_2_to_10000_recipients")
    body = {"touser": openids, **said, "clientmsgid": outgoing.key}
    return api.tell("/cgi-bin/message/mass/send", body, id_field="msg_id")


def _to_tag(api: WeChatApi, outgoing: Outgoing, said: dict[str, Any]) -> Answer:
    chosen = _filter(outgoing.recipient)
    if chosen is None:
        return _refused("mass_needs_a_tag_or_all")
    body = {"filter": chosen, **said, "send_ignore_reprint": 0, "clientmsgid": outgoing.key}
    return api.tell("/cgi-bin/message/mass/sendall", body, id_field="msg_id")


def _preview(api: WeChatApi, outgoing: Outgoing, said: dict[str, Any]) -> Answer:
    """To one follower, a hundred times a day at most. There is no key for these."""
    body = {"touser": outgoing.recipient, **said}
    return api.tell("/cgi-bin/message/mass/preview", body, id_field="msg_id")


def _filter(recipient: str) -> dict[str, Any] | None:
    if recipient == EVERYBODY:
        return {"is_to_all": True}
    number = recipient.removeprefix(TAG_PREFIX)
    if recipient == number or not number.isdecimal():
        return None
    return {"is_to_all": False, "tag_id": int(number)}


def _written(kind: str, content: _Content) -> dict[str, Any] | Answer:
    """The part of a request that says what is said, or why it cannot be said here."""
    if kind not in _WRITERS:
        return _refused("kind_not_offered")
    if kind == "text" and len(str(content.get("text", "")).encode()) > TEXT_MAX_BYTES:
        return _refused("text_too_long")
    try:
        return {"msgtype": kind, kind: _WRITERS[kind](content)}
    except KeyError as missing:
        return _refused(f"no_{missing.args[0]}")


def _refused(reason: str) -> Answer:
    return Answer(Outcome.REFUSED, reason=reason)


def _media(content: _Content) -> dict[str, Any]:
    return {"media_id": content["media_id"]}


_WRITERS: Mapping[str, Callable[[_Content], dict[str, Any]]] = {
    "text": lambda content: {"content": content["text"]},
    "image": _media,
    "voice": _media,
    "mpnews": _media,
}
KINDS = frozenset(_WRITERS)
_HAND_OVER: Mapping[str, Callable[[WeChatApi, Outgoing, dict[str, Any]], Answer]] = {
    TO_MANY: _to_many,
    TO_TAG: _to_tag,
    PREVIEW: _preview,
}
