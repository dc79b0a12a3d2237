"""Attachments of what WeCom sends in the name of staff: welcomes, group sends and moments alike.

Official documentation: "Sending a welcome message to a new customer".
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

ATTACHMENTS_MAX = 9

_Content = Mapping[str, Any]


class BadAttachment(ValueError):
    """An attachment of a kind there is not, or one too many."""


def rendered(attachments: Sequence[_Content]) -> list[dict[str, Any]]:
    """In the platform's words. Each has a ``kind`` and, by kind: image, video, file {media_id};
    link {title, url, description, picture_url}; miniprogram {title, appid, page_path,
    picture_media_id}. Raises BadAttachment, and KeyError for what one lacks."""
    if len(attachments) > ATTACHMENTS_MAX:
        raise BadAttachment("too_many_attachments")
    return [_rendered(attachment) for attachment in attachments]


def _rendered(attachment: _Content) -> dict[str, Any]:
    kind = str(attachment["kind"])
    if kind not in _RENDERERS:
        raise BadAttachment("kind_not_offered")
    return {"msgtype": kind, kind: _RENDERERS[kind](attachment)}


def _media(content: _Content) -> dict[str, Any]:
    return {"media_id": content["media_id"]}


def _link(content: _Content) -> dict[str, Any]:
    optional = {"desc": content.get("description"), "picurl": content.get("picture_url")}
    told = {name: value for name, value in optional.items() if value}
    return {"title": content["title"], "url": content["url"], **told}


def _miniprogram(content: _Content) -> dict[str, Any]:
    return {
        "title": content["title"],
        "pic_media_id": content["picture_media_id"],
        "appid": content["appid"],
        "page": content["page_path"],
    }


_RENDERERS: Mapping[str, Callable[[_Content], dict[str, Any]]] = {
    "image": _media,
    "video": _media,
    "file": _media,
    "link": _link,
    "miniprogram": _miniprogram,
}
