"""The events a corp is told of (pages 事件格式, 回调通知 of the documentation)."""

from datetime import datetime
from typing import Any

from bots.sandbox.accounts import Account

Push = dict[str, Any]


def event(account: Account, name: str, now: datetime, **more: Any) -> Push:
    """``now`` is the real time, which CreateTime is."""
    return {
        "ToUserName": account.appid,
        "FromUserName": "sys",
        "CreateTime": int(now.timestamp()),
        "MsgType": "event",
        "Event": name,
        **more,
    }


def contact_change(
    account: Account, kind: str, userid: str, external_userid: str, now: datetime, **more: Any
) -> Push:
    """change_external_contact. What is empty in ``more`` is not told."""
    told = {name: value for name, value in more.items() if value}
    people = {"ChangeType": kind, "UserID": userid, "ExternalUserID": external_userid}
    return event(account, "change_external_contact", now, **people, **told)


def group_change(account: Account, kind: str, chat_id: str, now: datetime, **more: Any) -> Push:
    """change_external_chat: create, dismiss, or update with its details."""
    what = {"ChatId": chat_id, "ChangeType": kind}
    return event(account, "change_external_chat", now, **what, **more)


def tag_change(account: Account, kind: str, tag_id: str, tag_type: str, now: datetime) -> Push:
    what = {"Id": tag_id, "TagType": tag_type, "ChangeType": kind}
    return event(account, "change_external_tag", now, **what)


def kf_news(account: Account, token: str, open_kfid: str, now: datetime) -> Push:
    return event(account, "kf_msg_or_event", now, Token=token, OpenKfId=open_kfid)
