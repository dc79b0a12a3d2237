"""Messages to many openids at once, to a tag or to everybody, and what can be done about them
afterwards ("Mass messages")."""

import sqlite3
from collections.abc import Mapping
from typing import Any

from bots.sandbox import limits, sent
from bots.sandbox.accounts import OFFICIAL_ACCOUNT, Account
from bots.sandbox.calls import Call
from bots.sandbox.official_account import custom_messages, mass_jobs, subscriptions, tags
from bots.sandbox.refusals import Refused
from bots.sandbox.store import moment

API, TO_ALL, PREVIEW, DELETE, GET, SPEED, SET_SPEED = (
    f"/cgi-bin/message/mass/{name}"
    for name in ("send", "sendall", "preview", "delete", "get", "speed/get", "speed/set")
)
NEEDS = {"image": 40007, "voice": 40007, "mpnews": 40007, "mpvideo": 40007, "wxcard": 40035}
SPEEDS = (80, 60, 45, 30, 10)  # in ten thousand a minute
TABLE = """
CREATE TABLE IF NOT EXISTS mass_deleted (msg_id INTEGER PRIMARY KEY, at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS mass_speeds (account TEXT PRIMARY KEY, speed INTEGER NOT NULL);
"""


def send(call: Call) -> dict[str, Any]:
    account, body = _account(call), call.body()
    openids = _openids(body)
    return mass_jobs.accept(call, account, API, openids, *_content(body))


def send_to_all(call: Call) -> dict[str, Any]:
    account, body = _account(call), call.body()
    chosen = _chosen(call.db, call, account, body.get("filter"))
    return mass_jobs.accept(call, account, TO_ALL, chosen, *_content(body))


def preview(call: Call) -> dict[str, Any]:
    """To one openid, and counted for nobody's month."""
    account, body = _account(call), call.body()
    openid = _looking(call, account, body)
    kind, content = _content(body)
    if not subscriptions.is_subscribed(call.db, call.sandbox.directory, account.key, openid):
        raise Refused(43004, "require subscribe")
    message = sent.Message(account.key, PREVIEW, kind, content, None, call.client)
    sent.record(call.db, message, [openid], call.now)
    return {"errcode": 0, "errmsg": "preview success", "msg_id": 0}


def delete(call: Call) -> dict[str, Any]:
    job = _job(call)
    row = (job["msg_id"], moment(call.now))
    call.db.execute("INSERT OR IGNORE INTO mass_deleted VALUES (?, ?)", row)
    return {"errcode": 0, "errmsg": "ok"}


def get(call: Call) -> dict[str, Any]:
    job = _job(call)
    of_job = (job["msg_id"],)
    if call.db.execute("SELECT 1 FROM mass_deleted WHERE msg_id = ?", of_job).fetchone():
        status = "DELETE"
    elif job["reported_at"] is None:
        status = "SENDING"
    else:
        status = "SEND_SUCCESS" if job["sent"] else "SEND_FAIL"
    return {"msg_id": job["msg_id"], "msg_status": status}


def speed(call: Call) -> dict[str, Any]:
    of_account = (_account(call).key,)
    row = call.db.execute("SELECT speed FROM mass_speeds WHERE account = ?", of_account).fetchone()
    number = int(row["speed"]) if row else 0
    return {"speed": number, "realspeed": SPEEDS[number]}


def set_speed(call: Call) -> dict[str, Any]:
    account, wanted = _account(call), call.body().get("speed")
    if not isinstance(wanted, int) or isinstance(wanted, bool):
        raise Refused(45083, "invalid speed")
    if not 0 <= wanted < len(SPEEDS):
        raise Refused(45084, "speed out of range")
    row = (account.key, wanted)
    call.db.execute("INSERT OR REPLACE INTO mass_speeds VALUES (?, ?)", row)
    return {"errcode": 0, "errmsg": "ok"}


def _account(call: Call) -> Account:
    account = call.account()
    if account.kind != OFFICIAL_ACCOUNT:
        raise Refused(48001, "api unauthorized")
    return account


def _job(call: Call) -> sqlite3.Row:
    account, msg_id = _account(call), str(call.body().get("msg_id", ""))
    row: sqlite3.Row | None = call.db.execute(
        "SELECT * FROM mass_jobs WHERE account = ? AND msg_id = ?", (account.key, msg_id)
    ).fetchone()
    if row is None:
        raise Refused(40059, "invalid msg id")
    return row


def _chosen(db: sqlite3.Connection, call: Call, account: Account, chosen: Any) -> list[str]:
    """The openids that a filter means. Raises Refused 45159 for a tag that is not there."""
    if not isinstance(chosen, Mapping):
        raise Refused(47001, "data format error, filter missing")
    followers = subscriptions.subscribed_openids(db, call.sandbox.directory, account.key)
    if chosen.get("is_to_all") is True:
        return followers
    tag_id = str(chosen.get("tag_id", chosen.get("group_id", "")))  # groups became tags in 2016
    tagged = _tagged(account).get(tag_id)
    if tagged is None:
        tagged = tags.openids_with(db, account, tag_id)
    if tagged is None:
        raise Refused(45159, "invalid tag id")
    return [one for one in followers if one in tagged]


def _tagged(account: Account) -> dict[str, list[str]]:
    """Who has which tag from the beginning, as the accounts file says."""
    listed = account.settings.get("tags", ())
    return {str(tag["id"]): list(tag.get("openids", ())) for tag in listed}


def _openids(body: Mapping[str, Any]) -> list[str]:
    """Each once, in their order. Raises Refused 40130 under two, 40032 over ten thousand."""
    given = body.get("touser")
    if not isinstance(given, list):
        raise Refused(40032, "invalid openid list, touser has to be a list")
    openids = list(dict.fromkeys(one for one in given if isinstance(one, str)))
    if len(openids) < limits.OPENIDS_MIN:
        raise Refused(40130, "invalid openid list size, at least two openid")
    if len(given) > limits.OPENIDS_MAX:
        raise Refused(40032, "invalid openid list size, at most 10000")
    return openids


def _looking(call: Call, account: Account, body: Mapping[str, Any]) -> str:
    """Whom a preview is for: an openid, or before it the name she has. Raises Refused 40132."""
    name = body.get("towxname")
    if not name:
        return subscriptions.check_openid(call.sandbox.directory, account, body.get("touser"))
    member = call.sandbox.directory.find_member(account.key, str(name))
    if member is None or account.key not in member.ids:
        raise Refused(40132, "invalid username")
    return member.ids[account.key]


def _content(body: Mapping[str, Any]) -> tuple[str, Any]:
    kind = body.get("msgtype")
    content = body.get(kind) if isinstance(kind, str) and kind in ("text", *NEEDS) else None
    if not isinstance(content, dict):
        raise Refused(40008, "invalid message type")
    if kind == "text":
        return "text", custom_messages.checked_text(content)
    name = "card_id" if kind == "wxcard" else "media_id"
    if not content.get(name):
        raise Refused(NEEDS[str(kind)], f"invalid {name}")
    return str(kind), content


ROUTES = (
    ("POST", API, send),
    ("POST", TO_ALL, send_to_all),
    ("POST", PREVIEW, preview),
    ("POST", DELETE, delete),
    ("POST", GET, get),
    ("POST", SPEED, speed),
    ("POST", SET_SPEED, set_speed),
)
