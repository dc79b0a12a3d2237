"""Mini-program login and phone number (platform.md §3): codes that live five minutes and work
once. On a real phone the mini-program gets them; here POST /sandbox/codes hands them out."""

import base64
import hashlib
import hmac
import secrets
import sqlite3
from datetime import datetime
from typing import Any

from bots.sandbox.accounts import MINI_PROGRAM, Account
from bots.sandbox.calls import Call, checked_account
from bots.sandbox.mini_program import limits
from bots.sandbox.official_account import subscriptions
from bots.sandbox.refusals import Refused
from bots.sandbox.store import moment

LOGIN, PHONE = "login", "phone"
KINDS = (LOGIN, PHONE)
SESSION_KEY_BYTES = 16


def new_code(db: sqlite3.Connection, account: str, kind: str, openid: str, now: datetime) -> str:
    code = secrets.token_urlsafe(24)
    db.execute(
        "INSERT INTO login_codes VALUES (?, ?, ?, ?, ?, NULL)",
        (code, account, kind, openid, moment(now)),
    )
    return code


def session_of_code(call: Call) -> dict[str, Any]:
    """/sns/jscode2session: its success has no errcode at all, as on the platform."""
    given = call.query.get("appid", ""), call.query.get("secret", "")
    account = checked_account(call, *given, MINI_PROGRAM)
    openid = _use(call, account, LOGIN, call.query.get("js_code", ""))
    _count_login(call, account, openid)
    member = call.sandbox.directory.owner(account.key, openid)
    if member is not None and member.risky:
        raise Refused(40226, "code blocked")
    session = {"openid": openid, "session_key": _new_session_key(call, account, openid)}
    return session | ({"unionid": member.unionid} if member and member.unionid else {})


def phone_of_code(call: Call) -> dict[str, Any]:
    """/wxa/business/getuserphonenumber, for Chinese numbers."""
    account = call.account()
    openid = _use(call, account, PHONE, str(call.body().get("code", "")))
    member = call.sandbox.directory.owner(account.key, openid)
    if member is None or not member.phone:
        raise Refused(40029, "invalid code, no phone number behind it")
    phone = {
        "phoneNumber": f"+86{member.phone}",
        "purePhoneNumber": member.phone,
        "countryCode": "86",
        "watermark": {"timestamp": int(call.now.timestamp()), "appid": account.appid},
    }
    return {"errcode": 0, "errmsg": "ok", "phone_info": phone}


def check_session(call: Call) -> dict[str, Any]:
    """/wxa/checksession: whether this signature is made with her present session_key."""
    account = call.account()
    _signed_for(call, account)
    return {"errcode": 0, "errmsg": "ok"}


def reset_session_key(call: Call) -> dict[str, Any]:
    """/wxa/resetusersessionkey: the old key is good no more."""
    account = call.account()
    openid = _signed_for(call, account)
    key = _new_session_key(call, account, openid)
    return {"errcode": 0, "errmsg": "ok", "openid": openid, "session_key": key}


def session_key_of(db: sqlite3.Connection, account: str, openid: str) -> str:
    """Empty for who has not logged in."""
    found = db.execute(
        "SELECT session_key FROM mini_sessions WHERE account = ? AND openid = ?", (account, openid)
    ).fetchone()
    return str(found["session_key"]) if found else ""


def _signed_for(call: Call, account: Account) -> str:
    """Raises Refused 40003, 40097 or 87009."""
    openid = subscriptions.check_openid(
        call.sandbox.directory, account, call.query.get("openid", "")
    )
    if call.query.get("sig_method") != "hmac_sha256":
        raise Refused(40097, "invalid args, sig_method")
    key = session_key_of(call.db, account.key, openid)
    wanted = hmac.new(key.encode(), b"", hashlib.sha256).hexdigest()
    given = call.query.get("signature", "")
    if not key or not hmac.compare_digest(wanted.encode(), given.encode()):
        raise Refused(87009, "invalid signature")
    return openid


def _new_session_key(call: Call, account: Account, openid: str) -> str:
    key = base64.b64encode(secrets.token_bytes(SESSION_KEY_BYTES)).decode()
    call.db.execute(
        "INSERT INTO mini_sessions VALUES (?, ?, ?) ON CONFLICT (account, openid) DO UPDATE"
        " SET session_key = excluded.session_key",
        (account.key, openid, key),
    )
    return key


def _count_login(call: Call, account: Account, openid: str) -> None:
    """Raises Refused 45011 for the 101st login of a member within a minute."""
    since = moment(call.now - limits.LOGIN_PERIOD)
    (times,) = call.db.execute(
        "SELECT count(*) FROM mini_logins WHERE account = ? AND openid = ? AND at > ?",
        (account.key, openid, since),
    ).fetchone()
    if times >= limits.LOGINS:
        raise Refused(45011, "api minute-quota reach limit")
    call.db.execute("DELETE FROM mini_logins WHERE at <= ?", (since,))
    call.db.execute(
        "INSERT INTO mini_logins VALUES (?, ?, ?)", (account.key, openid, moment(call.now))
    )


def _use(call: Call, account: Account, kind: str, code: str) -> str:
    """The openid behind a code, which is used up by this. Raises Refused 40029 or 40163."""
    row = call.db.execute("SELECT * FROM login_codes WHERE code = ?", (code,)).fetchone()
    if row is None or (row["account"], row["kind"]) != (account.key, kind):
        raise Refused(40029, "invalid code")
    if row["used_at"] is not None:
        raise Refused(40163, "code been used")
    if row["made_at"] < moment(call.now - limits.CODE_LIVES):
        raise Refused(40029, "invalid code, it has expired")
    call.db.execute("UPDATE login_codes SET used_at = ? WHERE code = ?", (moment(call.now), code))
    return str(row["openid"])
