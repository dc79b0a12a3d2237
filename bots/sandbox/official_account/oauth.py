"""Web pages that ask WeChat who opened them.

Official documentation: "Web page authorization". A code lives five minutes and works once; a
snapshot user (is_snapshotuser) is a stand-in that WeChat shows to pages opened in a preview.
"""

import hashlib
import secrets
import sqlite3
from datetime import datetime, timedelta
from typing import Any

from bots.sandbox.accounts import OFFICIAL_ACCOUNT, Account
from bots.sandbox.calls import Call, checked_account
from bots.sandbox.refusals import Refused
from bots.sandbox.store import moment

BASE, USERINFO = "snsapi_base", "snsapi_userinfo"
SCOPES = (BASE, USERINFO)
CODE_LIVES = timedelta(minutes=5)
TOKEN_LIVES, REFRESH_LIVES = timedelta(seconds=7200), timedelta(days=30)
TABLES = """
CREATE TABLE IF NOT EXISTS page_codes (
  code TEXT PRIMARY KEY, account TEXT NOT NULL, openid TEXT NOT NULL, scope TEXT NOT NULL,
  is_snapshot INTEGER NOT NULL, made_at TEXT NOT NULL, used_at TEXT);
CREATE TABLE IF NOT EXISTS page_tokens (
  token TEXT PRIMARY KEY, kind TEXT NOT NULL, account TEXT NOT NULL, openid TEXT NOT NULL,
  scope TEXT NOT NULL, expires_at TEXT NOT NULL);
"""


def new_code(
    db: sqlite3.Connection,
    account: Account,
    openid: str,
    scope: str,
    is_snapshot: bool,
    now: datetime,
) -> str:
    """What the redirection back to the page carries. To a snapshot user another openid belongs."""
    if is_snapshot:
        openid = "snap_" + hashlib.sha256(openid.encode()).hexdigest()[:23]
    code = secrets.token_hex(16)
    db.execute(
        "INSERT INTO page_codes VALUES (?, ?, ?, ?, ?, ?, NULL)",
        (code, account.key, openid, scope, is_snapshot, moment(now)),
    )
    return code


def token_of_code(call: Call) -> dict[str, Any]:
    """Raises Refused 40029, 40163, 42003."""
    given = call.query.get("appid", ""), call.query.get("secret", "")
    account = checked_account(call, *given, OFFICIAL_ACCOUNT)
    if call.query.get("grant_type") != "authorization_code":
        raise Refused(40002, "invalid grant_type")
    code = call.query.get("code", "")
    row = call.db.execute("SELECT * FROM page_codes WHERE code = ?", (code,)).fetchone()
    if row is None or row["account"] != account.key:
        raise Refused(40029, "invalid code")
    if row["used_at"] is not None:
        raise Refused(40163, "code been used")
    if row["made_at"] < moment(call.now - CODE_LIVES):
        raise Refused(42003, "oauth_code expired")
    call.db.execute("UPDATE page_codes SET used_at = ? WHERE code = ?", (moment(call.now), code))
    refresh = _issue(call, "refresh", account.key, row["openid"], row["scope"], REFRESH_LIVES)
    answer = _tokens(call, account, row["openid"], row["scope"], refresh)
    return answer | ({"is_snapshotuser": 1} if row["is_snapshot"] else {})


def refresh(call: Call) -> dict[str, Any]:
    """Raises Refused 40013, 40030, 42002."""
    appid = call.query.get("appid", "")
    account = call.sandbox.directory.account_of_appid(appid, OFFICIAL_ACCOUNT)
    if account is None:
        raise Refused(40013, "invalid appid")
    token = call.query.get("refresh_token", "")
    row = _found(call, "refresh", token)
    if row is None or row["account"] != account.key:
        raise Refused(40030, "invalid refresh_token")
    if row["expires_at"] < moment(call.now):
        raise Refused(42002, "refresh_token expired")
    return _tokens(call, account, row["openid"], row["scope"], token)


def who(call: Call) -> dict[str, Any]:
    """Only with a token of the scope snsapi_userinfo. Raises Refused 40001, 42001, 40003, 48001."""
    row = _authorized(call)
    if row["scope"] != USERINFO:
        raise Refused(48001, "api unauthorized")
    member = call.sandbox.directory.owner(row["account"], row["openid"])
    return {
        "openid": row["openid"],
        "nickname": member.nickname if member else "微信用户",
        "sex": 0,
        "province": "",
        "city": "",
        "country": "",
        "headimgurl": "",
        "privilege": [],
        **({"unionid": member.unionid} if member and member.unionid else {}),
    }


def check(call: Call) -> dict[str, Any]:
    _authorized(call)
    return {"errcode": 0, "errmsg": "ok"}


def _tokens(
    call: Call, account: Account, openid: str, scope: str, refresh_token: str
) -> dict[str, Any]:
    member = call.sandbox.directory.owner(account.key, openid)
    return {
        "access_token": _issue(call, "access", account.key, openid, scope, TOKEN_LIVES),
        "expires_in": int(TOKEN_LIVES.total_seconds()),
        "refresh_token": refresh_token,
        "openid": openid,
        "scope": scope,
        **({"unionid": member.unionid} if member and member.unionid else {}),
    }


def _issue(call: Call, kind: str, account: str, openid: str, scope: str, lives: timedelta) -> str:
    token = f"90_{secrets.token_urlsafe(66)}"
    call.db.execute(
        "INSERT INTO page_tokens VALUES (?, ?, ?, ?, ?, ?)",
        (token, kind, account, openid, scope, moment(call.now + lives)),
    )
    return token


def _authorized(call: Call) -> sqlite3.Row:
    row = _found(call, "access", call.query.get("access_token", ""))
    if row is None:
        raise Refused(40001, "invalid credential")
    if row["expires_at"] < moment(call.now):
        raise Refused(42001, "access_token expired")
    if call.query.get("openid") != row["openid"]:
        raise Refused(40003, "invalid openid")
    return row


def _found(call: Call, kind: str, token: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = call.db.execute(
        "SELECT * FROM page_tokens WHERE token = ? AND kind = ?", (token, kind)
    ).fetchone()
    return row


ROUTES = (
    ("GET", "/sns/oauth2/access_token", token_of_code),
    ("GET", "/sns/oauth2/refresh_token", refresh),
    ("GET", "/sns/userinfo", who),
    ("GET", "/sns/auth", check),
)
