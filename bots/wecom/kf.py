"""微信客服 (WeChat customer service): speaking, and the accounts with which members talk there.

Official documentation: "Send messages", "Send messages in response to events" and "Customer service
accounts" of WeChat customer service. ``through`` is the kf account (``wk…``), or the code of the
event that lets us speak once.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from bots.messages import Answer, Outgoing
from bots.wecom import kf_messages, ways
from bots.wecom.api import WeComApi
from bots.wecom.ways import Way

KF, KF_EVENT, KF_MESSAGES, KF_CUSTOMER = "kf", "kf_event", "kf_messages", "kf_customer"
TEXT_MAX_BYTES = 2048
ACCOUNTS_MAX = 100  # of one page; a corp has few

_NAME = re.compile(r"[0-9A-Za-z_-]{1,32}")
_Content = Mapping[str, Any]
_Renderers = Mapping[str, Callable[[_Content], dict[str, Any]]]


def send(api: WeComApi, outgoing: Outgoing) -> Answer:
    """Say something in a conversation she has begun. The platform drops a second message with the
    same key."""
    where = {"touser": outgoing.recipient, "open_kfid": outgoing.through}
    return ways.say(api, "kf/send_msg", where | _said(outgoing, _RENDERERS))


def send_on_event(api: WeComApi, outgoing: Outgoing) -> Answer:
    """Answer an event that came with a code, once: for a welcome within 20 seconds."""
    where = {"code": outgoing.through}
    return ways.say(api, "kf/send_msg_on_event", where | _said(outgoing, _ON_EVENT))


def messages(api: WeComApi, outgoing: Outgoing) -> Answer:
    """What members have written since the cursor; ``content`` is {open_kfid, cursor, token}."""
    asked = outgoing.content
    return kf_messages.pull(api, asked["open_kfid"], asked["cursor"], asked["token"])


def customer(api: WeComApi, outgoing: Outgoing) -> Answer:
    """Who the recipient is: her UnionId, where the corp is bound to an Open Platform account, and
    her SenderName."""
    reply = ways.ask(api, "kf/customer/batchget", {"external_userid_list": [outgoing.recipient]})
    found = reply.get("customer_list") or [{}]
    names = {"UnionId": found[0].get("unionid"), "SenderName": found[0].get("nickname")}
    return ways.told({name: str(value) for name, value in names.items() if value})


WAYS: Mapping[str, Way] = {
    KF: Way(send, is_repeatable=True),
    KF_EVENT: Way(send_on_event),  # its code works once: a second try would be refused
    KF_MESSAGES: Way(messages, is_repeatable=True),
    KF_CUSTOMER: Way(customer, is_repeatable=True),
}


def accounts(api: WeComApi) -> dict[str, str]:
    """The corp's kf accounts: their names by id. Raises ways.Refused."""
    names: dict[str, str] = {}
    while True:
        reply = ways.ask(api, "kf/account/list", {"offset": len(names), "limit": ACCOUNTS_MAX})
        found = {str(one["open_kfid"]): str(one["name"]) for one in reply.get("account_list") or []}
        names |= found
        if len(found) < ACCOUNTS_MAX:
            return names


def link(api: WeComApi, open_kfid: str, scene: str = "") -> str:
    """The address that opens a conversation; who comes by it enters with this ``scene`` (up to 32
    letters, digits, - and _). Raises ValueError for another scene, ways.Refused."""
    if scene and not _NAME.fullmatch(scene):
        raise ValueError("a scene has up to 32 letters, digits, - and _")
    reply = ways.ask(api, "kf/add_contact_way", {"open_kfid": open_kfid, "scene": scene})
    return str(reply["url"])


def _said(outgoing: Outgoing, renderers: _Renderers) -> dict[str, Any]:
    """Raises ways.Refused, and KeyError for what the content lacks."""
    if not _NAME.fullmatch(outgoing.key):
        raise ways.Refused(ways.refused("key_too_long"))
    if outgoing.kind not in renderers:
        raise ways.Refused(ways.refused("kind_not_offered"))
    text = str(outgoing.content.get("text", ""))
    if outgoing.kind == "text" and len(text.encode()) > TEXT_MAX_BYTES:
        raise ways.Refused(ways.refused("text_too_long"))
    said = renderers[outgoing.kind](outgoing.content)
    return {"msgid": outgoing.key, "msgtype": outgoing.kind, outgoing.kind: said}


def _text(content: _Content) -> dict[str, Any]:
    return {"content": content["text"]}


def _media(content: _Content) -> dict[str, Any]:
    return {"media_id": content["media_id"]}


def _link(content: _Content) -> dict[str, Any]:
    return {
        "title": content["title"],
        "desc": content.get("description", ""),
        "url": content["url"],
        "thumb_media_id": content["thumb_media_id"],
    }


def _miniprogram(content: _Content) -> dict[str, Any]:
    return {
        "appid": content["appid"],
        "title": content["title"],
        "thumb_media_id": content["thumb_media_id"],
        "pagepath": content["page_path"],
    }


def _menu(content: _Content) -> dict[str, Any]:
    """``options`` is a list of {id, text}, or {url, text} for one that opens a page."""
    return {
        "head_content": content.get("text", ""),
        "list": [_option(option) for option in content["options"]],
        "tail_content": content.get("tail", ""),
    }


def _option(option: _Content) -> dict[str, Any]:
    if "url" in option:
        return {"type": "view", "view": {"url": option["url"], "content": option["text"]}}
    return {"type": "click", "click": {"id": option["id"], "content": option["text"]}}


def _location(content: _Content) -> dict[str, Any]:
    optional = {name: content[name] for name in ("name", "address") if name in content}
    return {"latitude": content["latitude"], "longitude": content["longitude"], **optional}


_ON_EVENT: _Renderers = {"text": _text, "msgmenu": _menu}
_RENDERERS: _Renderers = {
    **_ON_EVENT,
    "image": _media,
    "voice": _media,
    "video": _media,
    "file": _media,
    "link": _link,
    "miniprogram": _miniprogram,
    "location": _location,
}
