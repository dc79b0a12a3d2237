"""Group robots (page 群机器人配置说明): who has the key of the webhook speaks, twenty times a
minute."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from bots.sandbox import sent
from bots.sandbox.accounts import GROUP_ROBOT, Account
from bots.sandbox.calls import Call
from bots.sandbox.refusals import Refused
from bots.sandbox.wecom import app_messages, fields, limits, media, rates

API = "/cgi-bin/webhook/send"
MINUTE = timedelta(minutes=1)
Check = Callable[[Call, Account, fields.Body], None]


def send(call: Call) -> dict[str, Any]:
    """POST webhook/send?key=. Raises Refused 93000, 45009 for the 21st in a minute, 40008, 45002,
    40009, 301019, 45008, 40007."""
    robot, body = _robot(call), call.body()
    kind = fields.text(body, "msgtype")
    if kind not in CHECKS:
        raise Refused(40008, "invalid message type")
    content = fields.object_(body, kind)
    CHECKS[kind](call, robot, content)
    rates.count(call.db, robot.key, "webhook", limits.ROBOT_A_MINUTE, MINUTE, call.now)
    plain = kind == "text" and set(content) == {"content"}
    kept = content["content"] if plain else _without_bytes(content)
    message = sent.Message(robot.key, API, kind, kept, None, call.client)
    sent.record(call.db, message, [robot.name], call.now)
    return {"errcode": 0, "errmsg": "ok"}


def upload(call: Call) -> dict[str, Any]:
    """POST webhook/upload_media?key=&type=file. Raises Refused 93000, 40004, 41005, 40006."""
    robot, kind = _robot(call), call.query.get("type", "")
    if kind not in ("file", "voice"):
        raise Refused(40004, "invalid media type")
    media_id = media.kept(call, robot.key, kind)
    made = {"created_at": str(int(call.now.timestamp()))}
    return {"errcode": 0, "errmsg": "ok", "type": kind, "media_id": media_id, **made}


def _robot(call: Call) -> Account:
    key = call.query.get("key", "").encode()
    for one in call.sandbox.directory.accounts:
        if one.kind == GROUP_ROBOT and key and hmac.compare_digest(one.secret.encode(), key):
            return one
    raise Refused(93000, "invalid webhook url")


def _without_bytes(content: fields.Body) -> dict[str, Any]:
    """The record need not hold pictures twice over."""
    return {name: content[name] for name in content if name != "base64"}


def _text(call: Call, robot: Account, content: fields.Body) -> None:
    fields.bytes_within(fields.text(content, "content"), limits.ROBOT_TEXT_MAX_BYTES)
    for name in ("mentioned_list", "mentioned_mobile_list"):
        fields.texts(content, name, needed=False)


def _markdown(call: Call, robot: Account, content: fields.Body) -> None:
    fields.bytes_within(fields.text(content, "content"), limits.ROBOT_MARKDOWN_MAX_BYTES)


def _image(call: Call, robot: Account, content: fields.Body) -> None:
    try:
        picture = base64.b64decode(fields.text(content, "base64"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise fields.invalid("base64") from error
    if len(picture) > limits.ROBOT_IMAGE_MAX_BYTES:
        raise Refused(40009, "invalid image size")
    digest = hashlib.md5(picture, usedforsecurity=False).hexdigest()
    if fields.text(content, "md5") != digest:
        raise Refused(301019, "file MD5 not match")


def _news(call: Call, robot: Account, content: fields.Body) -> None:
    app_messages.check_articles(content)
    for article in fields.objects(content, "articles"):
        fields.text(article, "url")


def _file(kind: str) -> Check:
    def check(call: Call, robot: Account, content: fields.Body) -> None:
        media.checked(call, robot.key, content.get("media_id"), kind)

    return check


def _template_card(call: Call, robot: Account, content: fields.Body) -> None:
    fields.text(content, "card_type")


CHECKS: Mapping[str, Check] = {
    "text": _text,
    "markdown": _markdown,
    "markdown_v2": _markdown,
    "image": _image,
    "news": _news,
    "file": _file("file"),
    "voice": _file("voice"),
    "template_card": _template_card,
}
