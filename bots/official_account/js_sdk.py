"""The JS-SDK: what a page needs to call WeChat's own functions.

Official documentation: "JS-SDK", appendix 1. Tickets are few (and live two hours), so all processes
share one as they share access tokens.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from bots.accounts import Account
from bots.tokens import Token, TokenStore
from bots.wechat_api import WeChatApi, checked
from bots.wire import Unanswered


def ticket(api: WeChatApi, account: Account, tickets: TokenStore) -> str:
    """Raises PlatformRefused and PlatformUnavailable."""

    def fetch(*, force: bool) -> Token:
        told = checked(api.ask("GET", "/cgi-bin/ticket/getticket", params={"type": "jsapi"}))
        value, lives_s = told.get("ticket"), told.get("expires_in")
        if not isinstance(value, str) or not isinstance(lives_s, int):
            raise Unanswered("broken answer")
        return Token(value, lives_s)

    return tickets.token_of(replace(account, appid=f"{account.appid}:jsapi"), fetch)


def config(
    account: Account, jsapi_ticket: str, url: str, nonce: str, now: datetime
) -> Mapping[str, str | int]:
    """What the page gives to ``wx.config``, for itself alone: ``url`` up to the ``#``."""
    timestamp = int(now.timestamp())
    signature = signed(jsapi_ticket, nonce, timestamp, url)
    told: dict[str, str | int] = {"appId": account.appid, "timestamp": timestamp}
    return {**told, "nonceStr": nonce, "signature": signature}


def signed(jsapi_ticket: str, nonce: str, timestamp: int, url: str) -> str:
    """SHA-1 of the four in the order of their names, none of them escaped."""
    page, _, _ = url.partition("#")
    parts = {"jsapi_ticket": jsapi_ticket, "noncestr": nonce, "timestamp": timestamp, "url": page}
    text = "&".join(f"{name}={parts[name]}" for name in sorted(parts))
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
