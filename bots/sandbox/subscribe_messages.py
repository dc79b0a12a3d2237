"""Subscribe messages of official accounts (bizsend) and mini-programs (subscribe/send): one message
for each time a member has agreed to its template ("Subscribe messages")."""

import re
import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bots.sandbox import pushes, reports, sent, subscribe_values
from bots.sandbox.accounts import MINI_PROGRAM, OFFICIAL_ACCOUNT, Account
from bots.sandbox.calls import Call
from bots.sandbox.official_account import subscriptions
from bots.sandbox.refusals import Refused

BIZSEND, SEND = "/cgi-bin/message/subscribe/bizsend", "/cgi-bin/message/subscribe/send"
ONCE, TEMPLATES = "/cgi-bin/message/template/subscribe", "/wxaapi/newtmpl/gettemplate"
TITLE_MAX_CHARS, CONTENT_MAX_CHARS, SCENE_MAX = 15, 200, 10_000
STATES, LANGUAGES = ("developer", "trial", "formal"), ("zh_CN", "en_US", "zh_HK", "zh_TW")
PAGE = re.compile(r"[A-Za-z0-9_][\w/.-]*(\?[^\s]*)?")
ACCEPT, REJECT = "subscribe_accept", "subscribe_reject"
ACTS = (ACCEPT, REJECT)
TABLE = """
CREATE TABLE IF NOT EXISTS agreements (
  account TEXT NOT NULL, openid TEXT NOT NULL, template_id TEXT NOT NULL, times INTEGER NOT NULL,
  PRIMARY KEY (account, openid, template_id));
CREATE TABLE IF NOT EXISTS subscribe_messages (
  id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, openid TEXT NOT NULL);
"""
# What an account has whose settings name no ``subscribe_templates``.
DEFAULTS = (
    {
        "template_id": "sandbox-points",
        "title": "积分变动提醒",
        "content": "变动原因:{{thing1.DATA}}\n变动数量:{{number2.DATA}}\n时间:{{date3.DATA}}",
    },
    {
        "template_id": "sandbox-order",
        "title": "订单发货通知",
        "content": "商品:{{thing1.DATA}}\n单号:{{character_string2.DATA}}\n金额:{{amount3.DATA}}",
    },
)
MESSAGE_IDS_FROM = 1_700_000_000_000_000_000


def bizsend(call: Call) -> dict[str, Any]:
    account = _account(call, OFFICIAL_ACCOUNT)
    return _take(call, account, BIZSEND)


def send(call: Call) -> dict[str, Any]:
    account, body = _account(call, MINI_PROGRAM), call.body()
    if body.get("miniprogram_state", "formal") not in STATES:
        raise Refused(47001, "data format error, miniprogram_state")
    if body.get("lang", "zh_CN") not in LANGUAGES:
        raise Refused(47001, "data format error, lang")
    page = body.get("page")
    if page is not None and not (isinstance(page, str) and PAGE.fullmatch(page)):
        raise Refused(41030, "invalid page")
    return _take(call, account, SEND)


def send_once(call: Call) -> dict[str, Any]:
    """The older kind ("One-time subscription"): of one piece of text, for one consent. Raises
    Refused 40003, 40035, 40037, 43101, 45002 and 47001."""
    account, body = _account(call, OFFICIAL_ACCOUNT), call.body()
    openid = subscriptions.check_openid(call.sandbox.directory, account, body.get("touser"))
    template_id = str(body.get("template_id", ""))
    if _template(account, template_id) is None:
        raise Refused(40037, "invalid template_id")
    _check_scene(body.get("scene"))
    if not 0 < len(str(body.get("title", ""))) <= TITLE_MAX_CHARS:
        raise Refused(45002, "title size out of limit")
    _check_words(body.get("data"))
    _use_agreement(call.db, account.key, openid, template_id)
    content = {name: body[name] for name in ("template_id", "title", "data", "url") if name in body}
    message = sent.Message(account.key, ONCE, "subscribe", content, None, call.client)
    sent.record(call.db, message, [openid], call.now)
    return {"errcode": 0, "errmsg": "ok"}


def templates(call: Call) -> dict[str, Any]:
    account = _account(call, OFFICIAL_ACCOUNT, MINI_PROGRAM)
    listed = [
        {"priTmplId": one["template_id"], "title": one["title"], "content": one["content"]}
        | {"example": one.get("example", ""), "type": 2}
        for one in _templates(account)
    ]
    return {"errcode": 0, "errmsg": "ok", "data": listed}


def decide(
    db: sqlite3.Connection, account: Account, openid: str, template_id: str, agrees: bool
) -> None:
    """She taps in the dialogue of a template. Raises KeyError for one that is not ours."""
    if _template(account, template_id) is None:
        raise KeyError(template_id)
    db.execute(
        "INSERT INTO agreements VALUES (:account, :openid, :template, :agrees)"
        " ON CONFLICT (account, openid, template_id) DO UPDATE"
        " SET times = CASE WHEN :agrees THEN times + 1 ELSE 0 END",
        {"account": account.key, "openid": openid, "template": template_id, "agrees": agrees},
    )


def popup(
    account: Account, openid: str, template_id: str, agrees: bool, now: datetime
) -> pushes.Push:
    """The event of her tap."""
    tapped = {
        "TemplateId": template_id,
        "SubscribeStatusString": "accept" if agrees else "reject",
        "PopupScene": "0",
    }
    return pushes.event(
        account, openid, "subscribe_msg_popup_event", now, SubscribeMsgPopupEvent={"List": tapped}
    )


def _take(call: Call, account: Account, api: str) -> dict[str, Any]:
    body = call.body()
    openid = subscriptions.check_openid(call.sandbox.directory, account, body.get("touser"))
    template_id = str(body.get("template_id", ""))
    template = _template(account, template_id)
    if template is None:
        raise Refused(40037, "invalid template_id")
    subscribe_values.check(template["content"], body.get("data"))
    _use_agreement(call.db, account.key, openid, template_id)
    msg_id = _number(call.db, account.key, openid)
    content = {name: body[name] for name in ("template_id", "data", "page") if name in body}
    message = sent.Message(account.key, api, "subscribe", content, None, call.client)
    sent.record(call.db, message, [openid], call.now)
    told = {
        "TemplateId": template_id,
        "MsgID": str(msg_id),
        "ErrorCode": "0",
        "ErrorStatus": "success",
    }
    now = call.sandbox.clock.real()
    event = "subscribe_msg_sent_event"
    push = pushes.event(account, openid, event, now, SubscribeMsgSentEvent={"List": told})
    reports.owe(call, account, push)
    return {"errcode": 0, "errmsg": "ok", "msgid": msg_id}


def _check_scene(scene: object) -> None:
    if not str(scene).isascii() or not str(scene).isdigit() or int(str(scene)) > SCENE_MAX:
        raise Refused(40035, "invalid parameter, scene")


def _check_words(data: object) -> None:
    words = data.get("content") if isinstance(data, dict) else None
    if not isinstance(words, dict) or not isinstance(words.get("value"), str):
        raise Refused(47001, "data format error, data")
    if len(words["value"]) > CONTENT_MAX_CHARS:
        raise Refused(45002, "content size out of limit")


def _account(call: Call, *kinds: str) -> Account:
    account = call.account()
    if account.kind not in kinds:
        raise Refused(48001, "api unauthorized")
    return account


def _templates(account: Account) -> list[Mapping[str, Any]]:
    return list(account.settings.get("subscribe_templates", DEFAULTS))


def _template(account: Account, template_id: str) -> Mapping[str, Any] | None:
    found = (one for one in _templates(account) if one["template_id"] == template_id)
    return next(found, None)


def _use_agreement(db: sqlite3.Connection, account: str, openid: str, template_id: str) -> None:
    used = db.execute(
        "UPDATE agreements SET times = times - 1"
        " WHERE account = ? AND openid = ? AND template_id = ? AND times > 0",
        (account, openid, template_id),
    )
    if used.rowcount == 0:
        raise Refused(43101, "user refuse to accept the msg")


def _number(db: sqlite3.Connection, account: str, openid: str) -> int:
    done = db.execute(
        "INSERT INTO subscribe_messages (account, openid) VALUES (?, ?)", (account, openid)
    )
    return MESSAGE_IDS_FROM + int(done.lastrowid or 0)


ROUTES = (
    ("POST", BIZSEND, bizsend),
    ("POST", SEND, send),
    ("POST", ONCE, send_once),
    ("GET", TEMPLATES, templates),
)
