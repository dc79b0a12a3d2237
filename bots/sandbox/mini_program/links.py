"""Ways into a mini-program: URL links, schemes and codes (platform.md §3)."""

import io
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import segno

from bots.sandbox.accounts import MINI_PROGRAM, Account
from bots.sandbox.calls import Call, Picture
from bots.sandbox.mini_program import limits
from bots.sandbox.refusals import Refused

VERSIONS = ("release", "trial", "develop")
AT_A_MOMENT, AFTER_DAYS = 0, 1


def url_link(call: Call) -> dict[str, Any]:
    """/wxa/generate_urllink"""
    account, body = _account(call), call.body()
    _check_page(body, "path")
    _check_expiry(body, call.now)
    _keep(call, account, "urllink", body)
    made = {"errcode": 0, "errmsg": "ok"}
    return made | {"url_link": f"https://wxaurl.cn/{secrets.token_urlsafe(8)}"}


def scheme(call: Call) -> dict[str, Any]:
    """/wxa/generatescheme"""
    account, body = _account(call), call.body()
    jump = body.get("jump_wxa", {})
    if not isinstance(jump, dict):
        raise Refused(47001, "data format error, jump_wxa is no object")
    _check_page(jump, "path")
    if body.get("is_expire", True) is not False:
        _check_expiry(body, call.now)
    _keep(call, account, "scheme", body)
    made = {"errcode": 0, "errmsg": "ok"}
    return made | {"openlink": f"weixin://dl/business/?t={secrets.token_urlsafe(8)}"}


def code(call: Call) -> Picture:
    """/wxa/getwxacodeunlimit: a picture, or the reason why there is none. A phone that scans it
    opens the page with the scene; here it is a QR code that says both."""
    account, body = _account(call), call.body()
    scene, page = body.get("scene"), str(body.get("page", ""))
    if not isinstance(scene, str) or not limits.SCENE.fullmatch(scene):
        raise Refused(40129, "invalid scene")
    if page.startswith("/"):
        raise Refused(41030, "invalid page")
    width = body.get("width", 430)
    if not isinstance(width, int) or not 280 <= width <= 1280:
        raise Refused(40097, "invalid args, width")
    _check_version(body)
    _keep(call, account, "code", body)
    drawn = io.BytesIO()
    opened = f"https://mp.weixin.qq.com/a/{account.appid}?page={page}&scene={scene}"
    segno.make(opened, error="m").save(drawn, kind="png", scale=8, border=2)
    return Picture(drawn.getvalue(), "image/png")


def _account(call: Call) -> Account:
    account = call.account()
    if account.kind != MINI_PROGRAM:
        raise Refused(48001, "api unauthorized")
    return account


def _check_page(body: Mapping[str, Any], path: str) -> None:
    query, page = body.get("query", ""), body.get(path, "")
    if not isinstance(page, str) or page.startswith("/"):
        raise Refused(40165, "invalid weapp pagepath")
    if not isinstance(query, str) or len(query) > limits.QUERY_MAX_CHARS:
        raise Refused(85402, "invalid query")
    _check_version(body)


def _check_version(body: Mapping[str, Any]) -> None:
    if body.get("env_version", "release") not in VERSIONS:
        raise Refused(85401, "invalid env_version")


def _check_expiry(body: Mapping[str, Any], now: datetime) -> None:
    """At most thirty days ahead, given as a moment or as a number of days."""
    if body.get("expire_type", AT_A_MOMENT) == AFTER_DAYS:
        days = body.get("expire_interval")
        if not isinstance(days, int) or not 1 <= days <= limits.LINK_DAYS_MAX:
            raise Refused(85401, "expire_interval is 1 to 30 days")
        return
    seconds = body.get("expire_time")
    if not isinstance(seconds, int):
        raise Refused(40212, "expire_time is missing")
    ends_at = datetime.fromtimestamp(seconds, UTC)
    if not now < ends_at <= now + timedelta(days=limits.LINK_DAYS_MAX, minutes=1):
        raise Refused(85401, "expire_time is at most 30 days ahead")


def _keep(call: Call, account: Account, kind: str, body: Mapping[str, Any]) -> None:
    """Counts what was made: there are so many a day."""
    day = call.now.astimezone(limits.BEIJING).date().isoformat()
    call.db.execute(
        "INSERT INTO mini_links VALUES (?, ?, ?, 1) ON CONFLICT (account, kind, day) DO UPDATE"
        " SET times = times + 1",
        (account.key, kind, day),
    )
    made = call.db.execute(
        "SELECT times FROM mini_links WHERE account = ? AND kind = ? AND day = ?",
        (account.key, kind, day),
    ).fetchone()
    if made["times"] > limits.LINKS_A_DAY:
        raise Refused(45009, "reach max api daily quota limit")
