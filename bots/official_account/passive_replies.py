"""What an official account says in the answer to a callback: one message a push, and the only way
to speak for accounts without the customer-service right.

Official documentation: "Passive reply" of the official-account platform.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bots import hearing, wechat_replies
from bots.accounts import Account
from bots.media import MediaGone
from bots.messages import Received
from bots.official_account.customer_service import TEXT_MAX_BYTES
from bots.wechat_api import PlatformRefused
from bots.wechat_media import Media
from bots.wechat_replies import Sealed
from bots.wire import PlatformUnavailable

Content = Mapping[str, Any]


class CannotReply(Exception):
    """This cannot be said in a passive reply; the text is the reason."""


@dataclass(frozen=True, slots=True)
class Reply:
    """``content`` as in ``Outgoing``, with the platform's media ids; ``said_at`` goes into it, so
    that the same reply has the same words whenever it is asked for."""

    kind: str
    content: Content
    said_at: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """The callback that is answered."""

    account: Account
    query: Mapping[str, str]
    body: bytes
    received: Received


def prepared(media: Media, kind: str, content: Content) -> Content:
    """The content with the platform's media ids, certain to be a reply. Raises CannotReply."""
    try:
        placed = media.placed(kind, content)
    except MediaGone:
        raise CannotReply("media_missing") from None
    except PlatformRefused as refusal:
        raise CannotReply(refusal.reason) from None
    except PlatformUnavailable as failure:
        raise CannotReply(str(failure)) from None
    _said(kind, placed)
    return placed


def sealed(asked: Asked, reply: Reply, now: datetime) -> Sealed:
    """The answer, in the form of the callback and under the key that opened it."""
    is_safe = asked.query.get("encrypt_type") == "aes"
    account, query, body = asked.account, asked.query, asked.body
    envelope = hearing.envelope_of(account, query, body, account.appid) if is_safe else None
    fields = {
        "ToUserName": asked.received.sender,
        "FromUserName": asked.received.fields.get("ToUserName") or account.original_id,
        "CreateTime": int(reply.said_at.timestamp()),
        **_said(reply.kind, reply.content),
    }
    as_json = body.lstrip().startswith(b"{")
    return wechat_replies.sealed(envelope, fields, as_json=as_json, now=now)


def _said(kind: str, content: Content) -> dict[str, Any]:
    if kind not in RENDERERS:
        raise CannotReply("kind_not_offered")
    if len(str(content.get("text", "")).encode()) > TEXT_MAX_BYTES:
        raise CannotReply("text_too_long")
    try:
        return RENDERERS[kind](content)
    except KeyError as missing:
        raise CannotReply(f"no_{missing.args[0]}") from None


def _text(content: Content) -> dict[str, Any]:
    return {"MsgType": "text", "Content": content["text"]}


def _image(content: Content) -> dict[str, Any]:
    return {"MsgType": "image", "Image": {"MediaId": content["media_id"]}}


def _voice(content: Content) -> dict[str, Any]:
    return {"MsgType": "voice", "Voice": {"MediaId": content["media_id"]}}


def _video(content: Content) -> dict[str, Any]:
    return {"MsgType": "video", "Video": {"MediaId": content["media_id"], **_titled(content)}}


def _music(content: Content) -> dict[str, Any]:
    music = {
        **_titled(content),
        "MusicUrl": content["url"],
        "HQMusicUrl": content.get("hq_url") or content["url"],
        "ThumbMediaId": content["thumb_media_id"],
    }
    return {"MsgType": "music", "Music": music}


def _link(content: Content) -> dict[str, Any]:
    article = {
        "Title": content["title"],
        "Description": content.get("description", ""),
        "PicUrl": content.get("picture_url", ""),
        "Url": content["url"],
    }
    return {"MsgType": "news", "ArticleCount": 1, "Articles": {"item": [article]}}


def _transfer(content: Content) -> dict[str, Any]:
    """Hands the conversation over to the customer-service staff, or to one of them."""
    whom = {"TransInfo": {"KfAccount": content["kf_account"]}} if content.get("kf_account") else {}
    return {"MsgType": "transfer_customer_service", **whom}


def _titled(content: Content) -> dict[str, Any]:
    return {"Title": content.get("title", ""), "Description": content.get("description", "")}


RENDERERS: Mapping[str, Callable[[Content], dict[str, Any]]] = {
    "text": _text,
    "image": _image,
    "voice": _voice,
    "video": _video,
    "music": _music,
    "link": _link,
    "transfer": _transfer,
}
