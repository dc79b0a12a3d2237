"""What every call to WeCom passes: whose token it is, from where it comes, how often; and how
WeCom says no. Pages 获取access_token, 访问频率限制 and 全局错误码 of its documentation."""

import hmac
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

from bots.sandbox import tokens
from bots.sandbox.accounts import WECOM, Account
from bots.sandbox.calls import Answer, Call, Handler, Picture
from bots.sandbox.refusals import Refused
from bots.sandbox.store import moment
from bots.sandbox.wecom import limits

FAMILY = "wecom"
TABLES = """
CREATE TABLE IF NOT EXISTS wecom_calls (
  account TEXT NOT NULL, path TEXT NOT NULL, minute TEXT NOT NULL, times INTEGER NOT NULL,
  PRIMARY KEY (account, path));
"""

CorpHandler = Callable[[Call, Account], Answer]


class RefusedWithHint(Refused):
    """A refusal in WeCom's words."""

    def __init__(self, refused: Refused, address: str) -> None:
        super().__init__(refused.errcode, refused.reason, **refused.more)
        self._address = address

    def said(self) -> str:
        hint = f"{secrets.randbelow(10**24):024d}"
        more = f"https://open.work.weixin.qq.com/devtool/query?e={self.errcode}"
        return f"{self.reason}, hint: [{hint}], from ip: {self._address}, more info at {more}"


def guarded(path: str, handler: CorpHandler) -> Handler:
    """The handler of an API that needs a corp's token: adds errcode 0 to what it says. Raises
    RefusedWithHint."""

    def answer(call: Call) -> Answer:
        account = _account(call)
        _check_address(account, call.address)
        _count(call, account, path)
        given = handler(call, account)
        if isinstance(given, Picture):
            return given
        return {"errcode": 0, "errmsg": "ok", **given}

    return hinted(answer)


def hinted(handler: Handler) -> Handler:
    """The same handler, refusing in WeCom's words."""

    def answer(call: Call) -> Answer:
        try:
            return handler(call)
        except Refused as refused:
            raise RefusedWithHint(refused, call.address) from refused

    return answer


def token(call: Call) -> dict[str, Any]:
    """GET gettoken: the same token while it is valid. Raises Refused 40013, 40001, 60020."""
    corpid = call.query.get("corpid", "")
    apps = [one for one in call.sandbox.directory.accounts if _is_app_of(one, corpid)]
    if not apps:
        raise Refused(40013, "invalid corpid")
    given = call.query.get("corpsecret", "").encode()
    known = (one for one in apps if hmac.compare_digest(one.secret.encode(), given))
    account = next(known, None)
    if account is None:
        raise Refused(40001, "invalid credential")
    _check_address(account, call.address)
    issued, lives_s = tokens.lasting(call.db, account.key, FAMILY, call.now)
    return {"errcode": 0, "errmsg": "ok", "access_token": issued, "expires_in": lives_s}


def server_addresses(call: Call, account: Account) -> dict[str, Any]:
    return {"ip_list": ["127.0.0.1"]}


def _is_app_of(account: Account, corpid: str) -> bool:
    return account.kind == WECOM and account.appid == corpid


def _account(call: Call) -> Account:
    """Raises Refused 41001, 40014, 42001."""
    try:
        account = call.account()
    except Refused as refused:
        if refused.errcode != 40001:
            raise
        raise Refused(40014, "invalid access_token") from refused
    if account.kind != WECOM:
        raise Refused(40014, "invalid access_token")
    return account


def _check_address(account: Account, address: str) -> None:
    """Raises Refused 60020 when the app trusts some addresses and this is none of them."""
    trusted = account.settings.get("trusted_ips")
    if trusted is not None and address not in trusted:
        raise Refused(60020, "not allow to access from your ip")


def _count(call: Call, account: Account, path: str) -> None:
    """Raises Refused 45009 beyond the calls of a minute."""
    row = call.db.execute(
        "INSERT INTO wecom_calls VALUES (?1, ?2, ?3, 1) ON CONFLICT (account, path) DO UPDATE"
        " SET times = CASE minute WHEN ?3 THEN times + 1 ELSE 1 END, minute = ?3 RETURNING times",
        (account.key, path, _minute(call.now)),
    ).fetchone()
    if row["times"] > limits.CALLS_A_MINUTE:
        raise Refused(45009, "api freq out of limit")


def _minute(now: datetime) -> str:
    return moment(now)[: len("2026-01-01T00:00")]
