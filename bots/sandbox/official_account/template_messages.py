"""Template messages of an official account and its list of templates ("Template messages")."""

import json
import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bots.sandbox import limits, pushes, reports, sent
from bots.sandbox.accounts import OFFICIAL_ACCOUNT, Account
from bots.sandbox.calls import Call
from bots.sandbox.official_account import subscriptions
from bots.sandbox.official_account.mass_jobs import BEIJING
from bots.sandbox.refusals import Refused
from bots.sandbox.store import moment

API = "/cgi-bin/message/template/send"
LIST, ADD, DELETE, INDUSTRY, SET_INDUSTRY = (
    f"/cgi-bin/template/{name}"
    for name in (
        "get_all_private_template",
        "api_add_template",
        "del_private_template",
        "get_industry",
        "api_set_industry",
    )
)
TABLE = """
CREATE TABLE IF NOT EXISTS template_messages (
  msgid INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, openid TEXT NOT NULL,
  client_key TEXT, at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS template_messages_of ON template_messages (account, openid, client_key);
CREATE INDEX IF NOT EXISTS template_messages_at ON template_messages (account, at);
CREATE TABLE IF NOT EXISTS template_changes (
  account TEXT NOT NULL, template_id TEXT NOT NULL, added TEXT, PRIMARY KEY (account, template_id));
CREATE TABLE IF NOT EXISTS industries (
  account TEXT PRIMARY KEY, first TEXT NOT NULL, second TEXT NOT NULL);
"""
# What an account has whose settings name no ``templates``.
DEFAULTS = (
    {
        "template_id": "sandbox-birthday",
        "title": "会员生日提醒",
        "content": "会员:{{thing1.DATA}}\n有效期至:{{time2.DATA}}",
    },
    {
        "template_id": "sandbox-balance",
        "title": "积分余额提醒",
        "content": "积分:{{character_string1.DATA}}\n说明:{{thing2.DATA}}",
    },
)
MESSAGE_IDS_FROM = 3_000_000_000


def send(call: Call) -> dict[str, Any]:
    account, body = _account(call), call.body()
    openid = subscriptions.check_openid(call.sandbox.directory, account, body.get("touser"))
    template_id, data, client_key = body.get("template_id"), body.get("data"), _client_key(body)
    if not any(one["template_id"] == template_id for one in _templates(call.db, account)):
        raise Refused(40037, "invalid template_id")
    if not isinstance(data, dict) or not data:
        raise Refused(47001, "data format error, data missing")
    if not subscriptions.is_subscribed(call.db, call.sandbox.directory, account.key, openid):
        raise Refused(43004, "require subscribe")
    known = _known(call, account.key, openid, client_key)
    if known is not None:
        return _answer(known)
    _check_the_day(call, account.key)
    done = call.db.execute(
        "INSERT INTO template_messages (account, openid, client_key, at) VALUES (?, ?, ?, ?)",
        (account.key, openid, client_key, moment(call.now)),
    )
    _deliver(call, account, openid, body, int(done.lastrowid or 0))
    return _answer(int(done.lastrowid or 0))


def listed(call: Call) -> dict[str, Any]:
    templates = _templates(call.db, _account(call))
    more = {"primary_industry": "", "deputy_industry": "", "example": ""}
    return {"template_list": [{**more, **one} for one in templates]}


def add(call: Call) -> dict[str, Any]:
    account, body = _account(call), call.body()
    templates = _templates(call.db, account)
    if not body.get("template_id_short"):
        raise Refused(40037, "invalid template_id_short")
    if len(templates) >= limits.TEMPLATES_MAX:
        raise Refused(45026, "template num exceed limit")
    template_id = f"{body['template_id_short']}-{len(templates) + 1}-{account.key}"
    words = body.get("keyword_name_list") or ["内容"]
    content = "\n".join(
        f"{word}:{{{{thing{number}.DATA}}}}" for number, word in enumerate(words, start=1)
    )
    added = {"template_id": template_id, "title": body["template_id_short"], "content": content}
    _change(call.db, account.key, template_id, json.dumps(added, ensure_ascii=False))
    return {"errcode": 0, "errmsg": "ok", "template_id": template_id}


def delete(call: Call) -> dict[str, Any]:
    account, template_id = _account(call), str(call.body().get("template_id", ""))
    if not any(one["template_id"] == template_id for one in _templates(call.db, account)):
        raise Refused(40037, "invalid template_id")
    _change(call.db, account.key, template_id, None)
    return {"errcode": 0, "errmsg": "ok"}


def set_industry(call: Call) -> dict[str, Any]:
    account, body = _account(call), call.body()
    first, second = (str(body.get(f"industry_id{number}", "")) for number in (1, 2))
    if not first.isdecimal() or not second.isdecimal():
        raise Refused(40102, "invalid industry id")
    row = (account.key, first, second)
    call.db.execute("INSERT OR REPLACE INTO industries VALUES (?, ?, ?)", row)
    return {"errcode": 0, "errmsg": "ok"}


def industry(call: Call) -> dict[str, Any]:
    of_account = (_account(call).key,)
    row = call.db.execute("SELECT * FROM industries WHERE account = ?", of_account).fetchone()
    names = (row["first"], row["second"]) if row else ("", "")
    named = [{"first_class": f"行业 {name}", "second_class": ""} for name in names if name]
    return dict(zip(("primary_industry", "secondary_industry"), named, strict=False))


def _account(call: Call) -> Account:
    account = call.account()
    if account.kind != OFFICIAL_ACCOUNT:
        raise Refused(48001, "api unauthorized")
    return account


def _templates(db: sqlite3.Connection, account: Account) -> list[Mapping[str, Any]]:
    rows = db.execute("SELECT * FROM template_changes WHERE account = ?", (account.key,)).fetchall()
    changed = {row["template_id"] for row in rows}
    known = account.settings.get("templates", DEFAULTS)
    kept = [one for one in known if one["template_id"] not in changed]
    return kept + [json.loads(row["added"]) for row in rows if row["added"]]


def _change(db: sqlite3.Connection, account: str, template_id: str, added: str | None) -> None:
    row = (account, template_id, added)
    db.execute("INSERT OR REPLACE INTO template_changes VALUES (?, ?, ?)", row)


def _client_key(body: Mapping[str, Any]) -> str | None:
    given = body.get("client_msg_id")
    if given is None or given == "":
        return None
    if not isinstance(given, str) or len(given) > limits.TEMPLATE_KEY_MAX:
        raise Refused(47003, "argument invalid! client_msg_id")
    return given


def _known(call: Call, account: str, openid: str, client_key: str | None) -> int | None:
    """The message that this openid has had under this key a short while ago."""
    row = call.db.execute(
        "SELECT msgid FROM template_messages"
        " WHERE account = ? AND openid = ? AND client_key = ? AND at > ?",
        (account, openid, client_key, moment(call.now - limits.TEMPLATE_KEY_LIVES)),
    ).fetchone()
    return int(row["msgid"]) if row else None


def _check_the_day(call: Call, account: str) -> None:
    local = call.now.astimezone(BEIJING)
    begun_at: datetime = local.replace(hour=0, minute=0, second=0, microsecond=0)
    row = call.db.execute(
        "SELECT count(*) AS times FROM template_messages WHERE account = ? AND at >= ?",
        (account, moment(begun_at)),
    ).fetchone()
    if row["times"] >= limits.TEMPLATES_A_DAY:
        raise Refused(45009, "reach max api daily quota limit")


def _deliver(
    call: Call, account: Account, openid: str, body: Mapping[str, Any], number: int
) -> None:
    """Whoever has blocked the account's templates gets nothing, and the account is told so."""
    is_blocked = openid in account.settings.get("templates_blocked_by", ())
    if not is_blocked:
        names = ("template_id", "data", "url", "miniprogram")
        content = {name: body[name] for name in names if name in body}
        key = body.get("client_msg_id")
        message = sent.Message(account.key, API, "template", content, key, call.client)
        sent.record(call.db, message, [openid], call.now)
    status = "failed:user block" if is_blocked else "success"
    ended = {"MsgID": MESSAGE_IDS_FROM + number, "Status": status}
    now = call.sandbox.clock.real()
    reports.owe(call, account, pushes.event(account, openid, "TEMPLATESENDJOBFINISH", now, **ended))


def _answer(number: int) -> dict[str, Any]:
    return {"errcode": 0, "errmsg": "ok", "msgid": MESSAGE_IDS_FROM + number}


ROUTES = (
    ("POST", API, send),
    ("GET", LIST, listed),
    ("POST", ADD, add),
    ("POST", DELETE, delete),
    ("GET", INDUSTRY, industry),
    ("POST", SET_INDUSTRY, set_industry),
)
