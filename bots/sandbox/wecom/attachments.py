"""What a message to contacts is made of: a text and up to nine attachments, the same for welcome
messages, group sends and moments."""

from collections.abc import Callable, Mapping
from typing import Any

from bots.sandbox.accounts import Account
from bots.sandbox.calls import Call
from bots.sandbox.refusals import Refused
from bots.sandbox.wecom import fields, limits, media

Check = Callable[[Call, Account, fields.Body], None]


def checked_message(
    call: Call, account: Account, body: fields.Body, text_max_bytes: int
) -> dict[str, Any]:
    """The text and attachments of a message, as they are kept. Raises Refused 40063 if there is
    neither, and as its parts do."""
    said = checked_text(body, text_max_bytes)
    attached = checked_attachments(call, account, body)
    if not said and not attached:
        raise Refused(40063, "some parameters are empty, text or attachments")
    content: dict[str, Any] = {"text": said} if said else {}
    return {**content, "attachments": attached} if attached else content


def checked_text(body: fields.Body, max_bytes: int) -> str:
    """Raises Refused 45002."""
    text = fields.object_(body, "text", needed=False)
    return fields.bytes_within(fields.text(text, "content", needed=False), max_bytes)


def checked_attachments(
    call: Call, account: Account, body: fields.Body, *kinds: str
) -> list[fields.Body]:
    """Raises Refused 40058 for too many, 40008 for one of an unknown kind, 40007 for its media."""
    given = fields.objects(body, "attachments", needed=False)
    if len(given) > limits.ATTACHMENTS_MAX:
        raise Refused(40058, "invalid Request Parameter, attachments has at most 9")
    for one in given:
        kind = fields.text(one, "msgtype")
        check_part(call, account, one, kind, kinds or tuple(CHECKS))
    return given


def check_part(
    call: Call, account: Account, holder: fields.Body, kind: str, kinds: tuple[str, ...]
) -> None:
    """One image, link, miniprogram, video or file in ``holder``. Raises Refused."""
    if kind not in kinds:
        raise Refused(40008, "invalid message type")
    CHECKS[kind](call, account, fields.object_(holder, kind))


def _image(call: Call, account: Account, part: fields.Body) -> None:
    if part.get("media_id") or not part.get("pic_url"):
        media.checked(call, account.key, part.get("media_id"), "image")


def _file(kind: str) -> Check:
    def check(call: Call, account: Account, part: fields.Body) -> None:
        media.checked(call, account.key, part.get("media_id"), kind)

    return check


def _link(call: Call, account: Account, part: fields.Body) -> None:
    fields.bytes_within(fields.text(part, "title"), limits.LINK_TITLE_MAX_BYTES, "title")
    fields.bytes_within(fields.text(part, "url"), limits.LINK_URL_MAX_BYTES, "url")
    described = fields.text(part, "desc", needed=False)
    fields.bytes_within(described, limits.LINK_DESC_MAX_BYTES, "desc")


def _mini_program(call: Call, account: Account, part: fields.Body) -> None:
    fields.bytes_within(fields.text(part, "title"), limits.MINI_TITLE_MAX_BYTES, "title")
    fields.text(part, "appid")
    fields.text(part, "page")
    media.checked(call, account.key, part.get("pic_media_id"), "image")


CHECKS: Mapping[str, Check] = {
    "image": _image,
    "link": _link,
    "miniprogram": _mini_program,
    "video": _file("video"),
    "file": _file("file"),
}
