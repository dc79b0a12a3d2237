"""Looks from outside: our own callback address as WeChat would call it, and a platform's clock."""

import secrets
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import requests

from bots import wire
from bots.accounts import Account
from bots.wechat_crypto import signature

TIMEOUT_S = (3.0, 5.0)  # to connect, and between two pieces of the answer
ECHO_BYTES = 64


def echo(base_url: str, account: Account, now: datetime) -> str:
    """What came instead of the echo of a self-made GET verification; empty when all is well."""
    url = f"{base_url}/callback/{account.key}"
    timestamp, nonce, wanted = str(int(now.timestamp())), secrets.token_hex(8), secrets.token_hex(8)
    query = {
        "signature": signature(account.token, timestamp, nonce),
        "timestamp": timestamp,
        "nonce": nonce,
        "echostr": wanted,
    }
    with wire.session_to(url) as http:
        try:
            with http.get(
                url, params=query, timeout=TIMEOUT_S, stream=True, allow_redirects=False
            ) as answer:
                came = next(answer.iter_content(ECHO_BYTES), b"")
        except requests.RequestException as error:
            return type(error).__name__
    if answer.status_code != 200:
        return f"HTTP {answer.status_code}"
    return "" if came == wanted.encode() else "another answer than ours"


def date_of(url: str) -> datetime | None:
    """The moment a server says it is; None when it says nothing of it."""
    with wire.session_to(url) as http:
        try:
            answer = http.head(url, timeout=TIMEOUT_S, allow_redirects=False)
            date = parsedate_to_datetime(answer.headers.get("Date", ""))
        except (requests.RequestException, ValueError):
            return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
