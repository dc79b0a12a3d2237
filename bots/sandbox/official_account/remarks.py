"""What the account notes about a follower, and whom it does not want to hear.

Official documentation: "updateRemark", "getBlacklist", "batchBlackList", "batchUnBlackList".
"""

import sqlite3
from typing import Any

from bots.sandbox import limits
from bots.sandbox.calls import Call
from bots.sandbox.official_account import openids
from bots.sandbox.refusals import Refused

TABLES = """
CREATE TABLE IF NOT EXISTS remarks (
  account TEXT NOT NULL, openid TEXT NOT NULL, remark TEXT NOT NULL, PRIMARY KEY (account, openid));
CREATE TABLE IF NOT EXISTS blacklist (
  account TEXT NOT NULL, openid TEXT NOT NULL, PRIMARY KEY (account, openid));
"""


def update(call: Call) -> dict[str, Any]:
    account, body = call.account(), call.body()
    openid, remark = openids.own(call, account, body.get("openid")), body.get("remark")
    if not isinstance(remark, str) or len(remark) >= limits.REMARK_BELOW_CHARS:
        raise Refused(40035, "invalid remark, less than 30 characters")
    call.db.execute(
        "INSERT OR REPLACE INTO remarks VALUES (?, ?, ?)", (account.key, openid, remark)
    )
    return {"errcode": 0, "errmsg": "ok"}


def of_member(db: sqlite3.Connection, account: str, openid: str) -> str:
    row = db.execute(
        "SELECT remark FROM remarks WHERE account = ? AND openid = ?", (account, openid)
    ).fetchone()
    return str(row["remark"]) if row else ""


def blacklisted(call: Call) -> dict[str, Any]:
    account, body = call.account(), call.body()
    rows = call.db.execute(
        "SELECT openid FROM blacklist WHERE account = ? ORDER BY openid", (account.key,)
    )
    everyone = [str(row["openid"]) for row in rows]
    return {"total": len(everyone), **openids.page(everyone, str(body.get("begin_openid") or ""))}


def blacklist(call: Call) -> dict[str, Any]:
    return _change(call, "INSERT OR IGNORE INTO blacklist VALUES (?, ?)")


def unblacklist(call: Call) -> dict[str, Any]:
    return _change(call, "DELETE FROM blacklist WHERE account = ? AND openid = ?")


def _change(call: Call, statement: str) -> dict[str, Any]:
    account = call.account()
    given = call.body().get("openid_list")
    whom = openids.of_list(call, account, given, limits.BLACKLISTED_AT_ONCE_MAX)
    call.db.executemany(statement, [(account.key, openid) for openid in whom])
    return {"errcode": 0, "errmsg": "ok"}


ROUTES = (
    ("POST", "/cgi-bin/user/info/updateremark", update),
    ("POST", "/cgi-bin/tags/members/getblacklist", blacklisted),
    ("POST", "/cgi-bin/tags/members/batchblacklist", blacklist),
    ("POST", "/cgi-bin/tags/members/batchunblacklist", unblacklist),
)
