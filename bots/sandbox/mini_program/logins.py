"""Mini-program login and phone number (platform.md §3): codes that live five minutes and work
once. On a real phone the mini-program gets them; here POST /sandbox/codes hands them out."""

import base64
import secrets
import sqlite3
from datetime import datetime, timedelta
from typing import Any

from bots.sandbox.accounts import MINI_PROGRAM, Account
from bots.sandbox.calls import Call, checked_account
from bots.sandbox.refusals import Refused
from bots.sandbox.store import moment

CODE_LIVES = timedelta(minutes=5)
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
    session_key = base64.b64encode(secrets.token_bytes(SESSION_KEY_BYTES)).decode()
    session = {"openid": openid, "session_key": session_key}
    member = call.sandbox.directory.owner(account.key, openid)
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


def _use(call: Call, account: Account, kind: str, code: str) -> str:
    """The openid behind a code, which is used up by this. Raises Refused 40029 or 40163."""
    row = call.db.execute("SELECT * FROM login_codes WHERE code = ?", (code,)).fetchone()
    if row is None or (row["account"], row["kind"]) != (account.key, kind):
        raise Refused(40029, "invalid code")
    if row["used_at"] is not None:
        raise Refused(40163, "code been used")
    if row["made_at"] < moment(call.now - CODE_LIVES):
        raise Refused(40029, "invalid code, it has expired")
    call.db.execute("UPDATE login_codes SET used_at = ? WHERE code = ?", (moment(call.now), code))
    return str(row["openid"])
