"""How often an account has called which API today, and what became of a call that was refused.

Official documentation: "openApi management" (getApiQuota, clearQuota, getRidInfo). A day begins at
midnight in Beijing.
"""

from typing import Any

from bots.sandbox import call_records, limits
from bots.sandbox.call_records import BEIJING
from bots.sandbox.calls import Call
from bots.sandbox.refusals import Refused
from bots.sandbox.store import moment_from

TABLES = """
CREATE TABLE IF NOT EXISTS quota_clearings (
  account TEXT NOT NULL, month TEXT NOT NULL, times INTEGER NOT NULL, PRIMARY KEY (account, month));
"""


def quota(call: Call) -> dict[str, Any]:
    account, path = call.account(), str(call.body().get("cgi_path", ""))
    if not path.startswith("/cgi-bin/"):
        raise Refused(76021, "cgi_path not found, please check")
    daily = call_records.daily_limit(account.settings, path)
    used = min(call_records.today(call.db, account.key, path, call.now), daily)
    counted = {"daily_limit": daily, "used": used, "remain": daily - used}
    return {"errcode": 0, "errmsg": "ok", "quota": counted}


def clear(call: Call) -> dict[str, Any]:
    """Raises Refused 40013, and 48006 for the eleventh time in a month."""
    account = call.account()
    if call.body().get("appid") != account.appid:
        raise Refused(40013, "invalid appid")
    month = call.now.astimezone(BEIJING).strftime("%Y-%m")
    where = (account.key, month)
    row = call.db.execute(
        "SELECT times FROM quota_clearings WHERE account = ? AND month = ?", where
    ).fetchone()
    if row is not None and row["times"] >= limits.QUOTA_CLEARINGS_A_MONTH:
        raise Refused(48006, "forbid to clear quota because of reaching the limit")
    call.db.execute(
        "INSERT INTO quota_clearings VALUES (?, ?, 1) ON CONFLICT (account, month) DO UPDATE"
        " SET times = times + 1",
        where,
    )
    call_records.forget_counts(call.db, account.key)
    return {"errcode": 0, "errmsg": "ok"}


def refused_call(call: Call) -> dict[str, Any]:
    """Raises Refused 76001."""
    account = call.account()
    rid = str(call.body().get("rid", ""))
    row = call_records.refused(call.db, account.key, rid, call.now)
    if row is None:
        raise Refused(76001, "rid not found")
    request = {
        "invoke_time": int(moment_from(row["at"]).timestamp()),
        "cost_in_ms": 1,
        "request_url": row["path"],
        "request_body": row["body"],
        "response_body": row["answer"],
        "client_ip": row["address"],
    }
    return {"errcode": 0, "errmsg": "ok", "request": request}


ROUTES = (
    ("POST", "/cgi-bin/openapi/quota/get", quota),
    ("POST", "/cgi-bin/clear_quota", clear),
    ("POST", "/cgi-bin/openapi/rid/get", refused_call),
)
