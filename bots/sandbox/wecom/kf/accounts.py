"""The corp's kf accounts and who serves them (pages 客服账号管理, 接待人员管理)."""

import re
import secrets
import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

from bots.sandbox.accounts import Account
from bots.sandbox.calls import Call
from bots.sandbox.refusals import Refused
from bots.sandbox.wecom import fields, limits, media, staff

TABLES = """
CREATE TABLE IF NOT EXISTS wecom_kf_accounts (
  number INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, open_kfid TEXT NOT NULL,
  name TEXT NOT NULL, deleted INTEGER NOT NULL DEFAULT 0, UNIQUE (account, open_kfid));
CREATE TABLE IF NOT EXISTS wecom_kf_servicers (
  account TEXT NOT NULL, open_kfid TEXT NOT NULL, userid TEXT NOT NULL,
  status INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (account, open_kfid, userid));
"""
SCENE = re.compile(r"[0-9A-Za-z_-]*")
SERVING, RESTING = 0, 1  # status in servicer/list
AVATAR = "https://wework.qpic.cn/kf/sandbox/0"


def begin(db: sqlite3.Connection, account: Account) -> None:
    """Those of the accounts file are there from the start, and all its staff serve them."""
    for one in account.settings.get("kf", ()):
        made = db.execute(
            "INSERT INTO wecom_kf_accounts (account, open_kfid, name) VALUES (?, ?, ?)"
            " ON CONFLICT DO NOTHING",
            (account.key, one["open_kfid"], one["name"]),
        )
        if made.rowcount:
            _put(db, account.key, one["open_kfid"], staff.userids(account))


def add(call: Call, account: Account) -> dict[str, Any]:
    """POST kf/account/add. Raises Refused 95006 for its name, 40007, 95005 beyond 5000."""
    body = call.body()
    name = _name(body)
    media.checked(call, account.key, body.get("media_id"), "image")
    begin(call.db, account)
    if len(everyone(call.db, account.key)) >= limits.KF_ACCOUNTS_MAX:
        raise Refused(95005, "too many kf accounts")
    open_kfid = f"wk{secrets.token_urlsafe(21)}"
    call.db.execute(
        "INSERT INTO wecom_kf_accounts (account, open_kfid, name) VALUES (?, ?, ?)",
        (account.key, open_kfid, name),
    )
    return {"open_kfid": open_kfid}


def remove(call: Call, account: Account) -> dict[str, Any]:
    open_kfid = checked(call, account)
    call.db.execute(
        "UPDATE wecom_kf_accounts SET deleted = 1 WHERE account = ? AND open_kfid = ?",
        (account.key, open_kfid),
    )
    return {}


def update(call: Call, account: Account) -> dict[str, Any]:
    """POST kf/account/update: name, avatar or both."""
    open_kfid, body = checked(call, account), call.body()
    if body.get("media_id"):
        media.checked(call, account.key, body["media_id"], "image")
    if body.get("name"):
        call.db.execute(
            "UPDATE wecom_kf_accounts SET name = ? WHERE account = ? AND open_kfid = ?",
            (_name(body), account.key, open_kfid),
        )
    return {}


def listed(call: Call, account: Account) -> dict[str, Any]:
    """POST kf/account/list {offset, limit}."""
    body = call.body() if call.raw else {}
    offset = fields.number(body, "offset", 0, limits.KF_ACCOUNTS_MAX)
    most = limits.KF_ACCOUNTS_PAGE_MAX
    limit = fields.number(body, "limit", 1, most, default=most)
    begin(call.db, account)
    rows = everyone(call.db, account.key)[offset : offset + limit]
    shown = {"avatar": AVATAR, "manage_privilege": True}
    named = [{"open_kfid": row["open_kfid"], "name": row["name"], **shown} for row in rows]
    return {"account_list": named}


def add_contact_way(call: Call, account: Account) -> dict[str, Any]:
    """POST kf/add_contact_way {open_kfid, scene} → url. Raises Refused 40058 for the scene."""
    open_kfid = checked(call, account)
    most = limits.KF_SCENE_MAX_CHARS
    scene = fields.text(call.body(), "scene", needed=False, most_chars=most)
    if not SCENE.fullmatch(scene):
        raise fields.invalid("scene")
    query = f"?enc_scene={scene}" if scene else ""
    return {"url": f"https://work.weixin.qq.com/kf/{open_kfid}{query}"}


def add_servicers(call: Call, account: Account) -> dict[str, Any]:
    return _each(call, account, _put)


def remove_servicers(call: Call, account: Account) -> dict[str, Any]:
    return _each(call, account, _take)


def servicers(call: Call, account: Account) -> dict[str, Any]:
    """GET kf/servicer/list?open_kfid=."""
    open_kfid = known(call, account, call.query.get("open_kfid", ""))
    rows = call.db.execute(
        "SELECT userid, status FROM wecom_kf_servicers WHERE account = ? AND open_kfid = ?",
        (account.key, open_kfid),
    )
    return {"servicer_list": [dict(row) for row in rows]}


def serves(db: sqlite3.Connection, account: str, open_kfid: str, userid: str) -> bool:
    found = db.execute(
        "SELECT 1 FROM wecom_kf_servicers WHERE account = ? AND open_kfid = ? AND userid = ?",
        (account, open_kfid, userid),
    )
    return found.fetchone() is not None


def set_status(
    db: sqlite3.Connection, account: str, open_kfid: str, userid: str, status: int
) -> None:
    db.execute(
        "UPDATE wecom_kf_servicers SET status = ? WHERE account = ? AND open_kfid = ?"
        " AND userid = ?",
        (status, account, open_kfid, userid),
    )


def everyone(db: sqlite3.Connection, account: str) -> list[sqlite3.Row]:
    return db.execute(
        "SELECT * FROM wecom_kf_accounts WHERE account = ? AND NOT deleted ORDER BY number",
        (account,),
    ).fetchall()


def checked(call: Call, account: Account) -> str:
    """The open_kfid of a body. Raises Refused 40063, 95000, 95004."""
    return known(call, account, fields.text(call.body(), "open_kfid"))


def known(call: Call, account: Account, open_kfid: str) -> str:
    """Raises Refused 95000 for what cannot be one, 95004 for one there is not."""
    begin(call.db, account)
    if not open_kfid.startswith("wk"):
        raise Refused(95000, "invalid open_kfid")
    if open_kfid not in [row["open_kfid"] for row in everyone(call.db, account.key)]:
        raise Refused(95004, "open_kfid not exist")
    return open_kfid


def _name(body: fields.Body) -> str:
    name = fields.text(body, "name")
    if len(name) > limits.KF_NAME_MAX_CHARS:
        raise Refused(95006, "invalid kf account name")
    return name


def _each(
    call: Call, account: Account, do: Callable[[sqlite3.Connection, str, str, Sequence[str]], None]
) -> dict[str, Any]:
    """One outcome per userid: those we do not know are 60111, the others are done."""
    open_kfid = checked(call, account)
    userids = fields.texts(call.body(), "userid_list", limits.KF_SERVICERS_MAX)
    ours = [userid for userid in userids if userid in staff.userids(account)]
    do(call.db, account.key, open_kfid, ours)
    fine, unknown = {"errcode": 0, "errmsg": "success"}, {"errcode": 60111, "errmsg": "invalid"}
    results = [{"userid": one, **(fine if one in ours else unknown)} for one in userids]
    return {"result_list": results}


def _put(db: sqlite3.Connection, account: str, open_kfid: str, userids: Sequence[str]) -> None:
    db.executemany(
        "INSERT INTO wecom_kf_servicers (account, open_kfid, userid) VALUES (?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        [(account, open_kfid, userid) for userid in userids],
    )


def _take(db: sqlite3.Connection, account: str, open_kfid: str, userids: Sequence[str]) -> None:
    db.executemany(
        "DELETE FROM wecom_kf_servicers WHERE account = ? AND open_kfid = ? AND userid = ?",
        [(account, open_kfid, userid) for userid in userids],
    )
