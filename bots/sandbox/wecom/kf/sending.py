"""What the app says for a kf account (pages 发送消息, 发送欢迎语等事件响应消息)."""

import re
import secrets
import sqlite3
from collections.abc import Callable, Mapping
from typing import Any

from bots.sandbox import sent
from bots.sandbox.accounts import Account
from bots.sandbox.calls import Call
from bots.sandbox.refusals import Refused
from bots.sandbox.store import moment
from bots.sandbox.wecom import fields, limits, media
from bots.sandbox.wecom.kf import codes, sessions, syncing

API = "/cgi-bin/kf/send_msg"
ON_EVENT_API = "/cgi-bin/kf/send_msg_on_event"
MSGID = re.compile("[0-9A-Za-z_-]{1,32}")
REFUSES_MESSAGES = 10  # fail_type of msg_send_fail
TABLES = """
CREATE TABLE IF NOT EXISTS wecom_kf_sent (
  account TEXT NOT NULL, msgid TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (account, msgid));
"""
Check = Callable[[Call, Account, fields.Body], None]


def send(call: Call, account: Account) -> dict[str, Any]:
    """POST kf/send_msg: the same msgid is sent once. Raises Refused 95001, 95002, 95018, and as
    its content does."""
    body = call.body()
    session = sessions.asked(call, account, body.get("touser"))
    msgid, kind, content = _msgid(body), *_content(call, account, body, tuple(CHECKS))
    if _was_sent(call, account.key, msgid):
        return {"msgid": msgid}
    sessions.spend(call.db, session, call.now)
    _record(call, account, API, session["external_userid"], kind, content, msgid)
    if session["rejects"]:
        _failed(call, session, msgid)
    return {"msgid": msgid}


def send_on_event(call: Call, account: Account) -> dict[str, Any]:
    """POST kf/send_msg_on_event: with the code of an event, once. Raises Refused 40058."""
    body = call.body()
    msgid, kind, content = _msgid(body), *_content(call, account, body, ("text", "msgmenu"))
    code = codes.usable(call.db, account.key, fields.text(body, "code"), call.now)
    codes.use(call.db, code["code"], call.now)
    key = (account.key, code["open_kfid"], code["external_userid"])
    sessions.welcomed(call.db, key, call.now)
    _record(call, account, ON_EVENT_API, code["external_userid"], kind, content, msgid)
    return {"msgid": msgid}


def _msgid(body: fields.Body) -> str:
    given = fields.text(body, "msgid", needed=False)
    if given and not MSGID.fullmatch(given):
        raise fields.invalid("msgid")
    return given or secrets.token_hex(16)


def _was_sent(call: Call, account: str, msgid: str) -> bool:
    found = call.db.execute(
        "SELECT 1 FROM wecom_kf_sent WHERE account = ? AND msgid = ?", (account, msgid)
    )
    return found.fetchone() is not None


def _record(
    call: Call, account: Account, api: str, who: str, kind: str, content: Any, msgid: str
) -> None:
    call.db.execute(
        "INSERT INTO wecom_kf_sent VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        (account.key, msgid, moment(call.now)),
    )
    message = sent.Message(account.key, api, kind, content, msgid, call.client)
    sent.record(call.db, message, [who], call.now)


def _failed(call: Call, session: sqlite3.Row, msgid: str) -> None:
    """Accepted, and then it does not reach her: an event of the next sync says so."""
    event = {
        "event_type": "msg_send_fail",
        "open_kfid": session["open_kfid"],
        "external_userid": session["external_userid"],
        "fail_msgid": msgid,
        "fail_type": REFUSES_MESSAGES,
    }
    content = {"msgtype": "event", "event": event}
    account, open_kfid = session["account"], session["open_kfid"]
    syncing.keep(call.db, account, open_kfid, syncing.SYSTEM, content, call.now)


def _content(
    call: Call, account: Account, body: fields.Body, kinds: tuple[str, ...]
) -> tuple[str, Any]:
    """(kind, content as it is kept). Raises Refused 40008, 40007, 45002, 40063, 40058, 95008."""
    kind = fields.text(body, "msgtype")
    if kind not in kinds:
        raise Refused(40008, "invalid message type")
    content = fields.object_(body, kind)
    CHECKS[kind](call, account, content)
    return kind, content["content"] if kind == "text" else content


def _text(call: Call, account: Account, content: fields.Body) -> None:
    fields.bytes_within(fields.text(content, "content"), limits.KF_TEXT_MAX_BYTES)


def _file(kind: str) -> Check:
    def check(call: Call, account: Account, content: fields.Body) -> None:
        media.checked(call, account.key, content.get("media_id"), kind)

    return check


def _link(call: Call, account: Account, content: fields.Body) -> None:
    for name in ("title", "url"):
        fields.text(content, name)
    media.checked(call, account.key, content.get("thumb_media_id"), "image")


def _mini_program(call: Call, account: Account, content: fields.Body) -> None:
    for name in ("appid", "pagepath"):
        fields.text(content, name)
    media.checked(call, account.key, content.get("thumb_media_id"), "image")


def _menu(call: Call, account: Account, content: fields.Body) -> None:
    for name in ("head_content", "tail_content"):
        said = fields.text(content, name, needed=False)
        fields.bytes_within(said, limits.KF_MENU_TEXT_MAX_BYTES, name)
    choices = fields.objects(content, "list", needed=False)
    if len(choices) > limits.KF_MENU_CHOICES_MAX:
        raise Refused(95008, "too many menu items")
    for choice in choices:
        kind = fields.text(choice, "type")
        if kind not in MENU_CHOICES:
            raise Refused(95009, "invalid menu item type")
        of_kind = fields.object_(choice, kind)
        for name in MENU_CHOICES[kind]:
            fields.text(of_kind, name)


def _location(call: Call, account: Account, content: fields.Body) -> None:
    for name in ("latitude", "longitude"):
        if not isinstance(content.get(name), int | float):
            raise fields.invalid(name)


def _acquisition_link(call: Call, account: Account, content: fields.Body) -> None:
    fields.text(content, "link_url")


MENU_CHOICES: Mapping[str, tuple[str, ...]] = {
    "click": ("content",),
    "view": ("url", "content"),
    "miniprogram": ("appid", "pagepath", "content"),
    "text": ("content",),
}
CHECKS: Mapping[str, Check] = {
    "text": _text,
    "image": _file("image"),
    "voice": _file("voice"),
    "video": _file("video"),
    "file": _file("file"),
    "link": _link,
    "miniprogram": _mini_program,
    "msgmenu": _menu,
    "location": _location,
    "ca_link": _acquisition_link,
}
