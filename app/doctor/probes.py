"""Looks from outside: our own callback address as WeChat would call it, and a platform's clock."""

import secrets
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import requests

from app.domain.people.channels import Kind
from bots import wire
from bots.accounts import Account
from bots.wechat_crypto import Envelope, signature

TIMEOUT_S = (3.0, 5.0)  # to connect, and between two pieces of the answer
ECHO_BYTES = 64
SEALED = {Kind.WECOM, Kind.SMART_BOT}


def echo(base_url: str, account: Account, kind: str, now: datetime) -> str:
    """What came instead of the echo of a self-made GET verification; empty when all is well."""
    url = f"{base_url}/callback/{account.key}"
    timestamp, nonce, wanted = str(int(now.timestamp())), secrets.token_hex(8), secrets.token_hex(8)
    query = {"timestamp": timestamp, "nonce": nonce}
    query |= (_sealed if kind in SEALED else _plain)(account, wanted, timestamp, nonce)
    with _session_to(url) as http:
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


def _plain(account: Account, wanted: str, timestamp: str, nonce: str) -> dict[str, str]:
    claimed = signature(account.token, timestamp, nonce)
    return {"signature": claimed, "echostr": wanted}


def _sealed(account: Account, wanted: str, timestamp: str, nonce: str) -> dict[str, str]:
    """WeCom's echo comes sealed, and has to come back opened."""
    receive_id = account.appid if account.settings.get("agent_id") else ""  # a bot has none
    envelope = Envelope(account.token, account.encoding_aes_key, receive_id)
    encrypt, claimed = envelope.seal(wanted.encode(), timestamp=timestamp, nonce=nonce)
    return {"msg_signature": claimed, "echostr": encrypt}


def date_of(url: str) -> datetime | None:
    """The moment a server says it is; None when it says nothing of it."""
    with _session_to(url) as http:
        try:
            answer = http.head(url, timeout=TIMEOUT_S, allow_redirects=False)
            date = parsedate_to_datetime(answer.headers.get("Date", ""))
        except (requests.RequestException, ValueError):
            return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _session_to(url: str) -> requests.Session:
    """As everything speaks to it: a proxy leads out of the machine, so not to what runs on it."""
    http = requests.Session()
    http.trust_env = urlsplit(url).hostname not in wire.THIS_MACHINE
    return http
