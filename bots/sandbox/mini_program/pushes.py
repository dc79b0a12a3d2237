"""The messages and events that a mini-program's conversation makes the platform push
(platform.md §3)."""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from bots.sandbox.accounts import Account
from bots.sandbox.pushes import Act, new_message_id

Push = dict[str, Any]


def of_act(account: Account, openid: str, act: Act, now: datetime) -> Push:
    """Raises KeyError if ``act.do`` is not in ACTS."""
    common = {
        "ToUserName": account.original_id,
        "FromUserName": openid,
        "CreateTime": int(now.timestamp()),
    }
    return common | ACTS[act.do](account, act, now)


def _text(account: Account, act: Act, now: datetime) -> Push:
    return {"MsgType": "text", "Content": act.text, "MsgId": new_message_id(now)}


def _image(account: Account, act: Act, now: datetime) -> Push:
    picture = {"PicUrl": act.text or "http://mmbiz.qpic.cn/sandbox/0", "MediaId": _media_id()}
    return {"MsgType": "image", **picture, "MsgId": new_message_id(now)}


def _page(account: Account, act: Act, now: datetime) -> Push:
    page = {
        "Title": act.text or account.name,
        "AppId": account.appid,
        "PagePath": act.key or "pages/index/index",
        "ThumbUrl": "http://mmbiz.qpic.cn/sandbox/0",
        "ThumbMediaId": _media_id(),
    }
    return {"MsgType": "miniprogrampage", **page, "MsgId": new_message_id(now)}


def _enter(account: Account, act: Act, now: datetime) -> Push:
    return {"MsgType": "event", "Event": "user_enter_tempsession", "SessionFrom": act.scene}


def _media_id() -> str:
    return secrets.token_urlsafe(48)


ACTS: Mapping[str, Callable[[Account, Act, datetime], Push]] = {
    "text": _text,
    "image": _image,
    "miniprogrampage": _page,
    "enter": _enter,
}
