"""Customer-service messages of a mini-program, as the platform wants them written.

Official documentation: "sendCustomMessage". There are four kinds; a picture is named by the id it
got when it was uploaded, and a card leads to a page of this very mini-program.
"""

from collections.abc import Callable, Mapping
from typing import Any

from bots.messages import Answer, Outcome

API = "/cgi-bin/message/custom/send"
TEXT_MAX_BYTES = 2048

_Content = Mapping[str, Any]


def written(kind: str, content: _Content) -> dict[str, Any] | Answer:
    """The part of a request that says what is said, or why it cannot be said here."""
    if kind not in _WRITERS:
        return _refused("kind_not_offered")
    if kind == "text" and len(str(content.get("text", "")).encode()) > TEXT_MAX_BYTES:
        return _refused("text_too_long")
    try:
        return _WRITERS[kind](content)
    except KeyError as missing:
        return _refused(f"no_{missing.args[0]}")


def _text(content: _Content) -> dict[str, Any]:
    return {"msgtype": "text", "text": {"content": content["text"]}}


def _image(content: _Content) -> dict[str, Any]:
    return {"msgtype": "image", "image": {"media_id": content["media_id"]}}


def _link(content: _Content) -> dict[str, Any]:
    link = {
        "title": content["title"],
        "description": content.get("description", ""),
        "url": content["url"],
        "thumb_url": content.get("picture_url", ""),
    }
    return {"msgtype": "link", "link": link}


def _page(content: _Content) -> dict[str, Any]:
    page = {
        "title": content["title"],
        "pagepath": content["page_path"],
        "thumb_media_id": content["thumb_media_id"],
    }
    return {"msgtype": "miniprogrampage", "miniprogrampage": page}


def _refused(reason: str) -> Answer:
    return Answer(Outcome.REFUSED, reason=reason)


_WRITERS: Mapping[str, Callable[[_Content], dict[str, Any]]] = {
    "text": _text,
    "image": _image,
    "link": _link,
    "miniprogram": _page,
}
