"""微信客服 (WeChat customer service): reading. A callback only says that there is something; what
it is has to be pulled, page by page, from a cursor.

Official documentation: "Receive messages and events" of WeChat customer service.
"""

from collections.abc import Mapping
from typing import Any

from bots import wechat_xml
from bots.messages import Answer, canonical, fingerprint
from bots.wecom import ways
from bots.wecom.api import WeComApi

PAGE = 100  # of 1,000 at most: a page has to fit into the 1 MiB that an answer may have
BAD_TOKEN = 95007  # the callback's token lives for ten minutes

HERS, SYSTEM, SERVICERS = 3, 4, 5  # the origin of a message: whose it is
_FAILURES = {
    1: "kf_account_deleted",
    2: "kf_closed",
    4: "window_closed",
    5: "session_closed",
    6: "window_used_up",
    8: "corp_not_verified",
    10: "recipient_refuses",
    11: "nobody_logged_in",
    12: "kind_not_allowed",
    13: "held_back_for_safety",
}


def pull(api: WeComApi, open_kfid: str, cursor: str, token: str) -> Answer:
    """What was said since ``cursor``. ``told`` has OpenKfId, Cursor, NextCursor, HasMore (true or
    false), the Token if it is still good, and Messages: each with key, kind, sender, at (seconds)
    and fields, as ``Received`` has them. Raises ways.Refused.

    Without a token of a callback the platform answers only a few times a minute, so it is left out
    only when there is none any more.
    """
    asked = {"open_kfid": open_kfid, "cursor": cursor, "limit": PAGE, "voice_format": 0}
    try:
        reply = ways.ask(api, "kf/sync_msg", asked | ({"token": token} if token else {}))
    except ways.Refused as refusal:
        if not token or refusal.answer.code != BAD_TOKEN:
            raise
        token, reply = "", ways.ask(api, "kf/sync_msg", asked)
    page = reply.get("msg_list")
    said = [_said(message) for message in page] if isinstance(page, list) else []
    told = {
        "OpenKfId": open_kfid,
        "Cursor": cursor,
        "NextCursor": str(reply.get("next_cursor") or cursor),
        "HasMore": "true" if reply.get("has_more") else "false",
        "Token": token,
        "Messages": said,
    }
    return ways.told(told)


def _said(message: Any) -> dict[str, Any]:
    if not isinstance(message, Mapping) or not message.get("msgid"):
        return _unreadable(message)
    kind, content = _kind_and_content(message)
    sender = str(content.get("external_userid") or message.get("external_userid") or "")
    at = str(message.get("send_time", ""))
    fields = {
        "MsgType": str(message.get("msgtype", "")),
        "MsgId": str(message["msgid"]),
        "FromUserName": sender,
        "OpenKfId": str(message.get("open_kfid") or content.get("open_kfid") or ""),
        "Origin": str(message.get("origin", "")),
        "ServicerUserId": str(message.get("servicer_userid", "")),
        **_named(content),
    }
    key = f"message:{sender}:{message['msgid']}"
    return {"key": key, "kind": kind, "sender": sender, "at": at, "fields": fields}


def _kind_and_content(message: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    kind = str(message.get("msgtype", "")).lower() or "unknown"
    found = message.get(kind)
    content = found if isinstance(found, Mapping) else {}
    origin = message.get("origin")
    if origin == SYSTEM and kind == "event":
        return f"event.kf.{str(content.get('event_type', '')).lower()}", content
    if origin == SERVICERS:
        return f"servicer.{kind}", content
    return kind if origin == HERS else f"kf.{kind}", content


def _named(content: Mapping[str, Any]) -> dict[str, Any]:
    """The fields in the names that callbacks have; a text's is ``Content`` in both."""
    fields = {
        "".join(part.capitalize() for part in name.split("_")): canonical(value)
        for name, value in content.items()
        if name not in ("external_userid", "open_kfid")
    }
    if "Scene" in fields:
        fields["EventKey"] = fields["Scene"]  # as the scene of an official account's code
    if "FailType" in fields:
        number = int(fields["FailType"]) if fields["FailType"].isdecimal() else 0
        fields["FailReason"] = _FAILURES.get(number, "not_delivered")
    return fields


def _unreadable(message: Any) -> dict[str, Any]:
    raw = {"Raw": wechat_xml.legible(str(message)), "Reason": "a message without a msgid"}
    key = f"unreadable:{fingerprint(raw)}"
    return {"key": key, "kind": "unreadable", "sender": "", "at": "", "fields": raw}
