"""The conversation inside a mini-program: what a member does there lets the account answer her for
so long, so often (platform.md §3)."""

import sqlite3
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from bots.sandbox import sent
from bots.sandbox.calls import Call
from bots.sandbox.mini_program import limits
from bots.sandbox.official_account import custom_messages, subscriptions, windows
from bots.sandbox.official_account.custom_messages import Check
from bots.sandbox.refusals import Refused

CHAT = (limits.CHAT_WINDOW, limits.CHAT_MESSAGES)
OPENED_BY = {
    **dict.fromkeys(("text", "image", "miniprogrampage"), CHAT),
    "enter": (limits.ENTER_WINDOW, limits.ENTER_MESSAGES),
}


def open_by(db: sqlite3.Connection, account: str, openid: str, do: str, now: datetime) -> None:
    windows.open_for(db, account, openid, *OPENED_BY[do], now)


def send(call: Call) -> dict[str, Any]:
    """/cgi-bin/message/custom/send with a mini-program's token."""
    account, body = call.account(), call.body()
    openid = subscriptions.check_openid(call.sandbox.directory, account, body.get("touser"))
    kind, content = custom_messages.checked_content(body, CHECKS)
    if call.sandbox.directory.owner(account.key, openid) is not None:
        windows.use(call.db, account.key, openid, call.now)
    message = sent.Message(account.key, custom_messages.API, kind, content, None, call.client)
    sent.record(call.db, message, [openid], call.now)
    return {"errcode": 0, "errmsg": "ok"}


def _image(content: Mapping[str, Any]) -> Any:
    if not isinstance(content.get("media_id"), str) or not content["media_id"]:
        raise Refused(40007, "invalid media_id")
    return content


def _with(*names: str) -> Callable[[Mapping[str, Any]], Any]:
    def checked(content: Mapping[str, Any]) -> Any:
        missing = [name for name in names if not isinstance(content.get(name), str)]
        if missing:
            raise Refused(47001, f"data format error, {', '.join(missing)} missing")
        return content

    return checked


CHECKS: Mapping[str, Check] = {
    "text": custom_messages.checked_text,
    "image": _image,
    "link": _with("title", "description", "url", "thumb_url"),
    "miniprogrampage": _with("title", "pagepath", "thumb_media_id"),
}
