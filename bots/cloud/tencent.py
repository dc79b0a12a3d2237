"""Tencent Cloud API 3.0: one signed call.

Signed with TC3-HMAC-SHA256 (documentation: "签名方法 v3"); the host that is called is the one that
is signed, so that a proxy or the sandbox can stand in for the real one. Every answer is HTTP 200
with ``Response`` in it, and ``Response.Error`` when nothing was done.
"""

import hashlib
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from bots import wire
from bots.accounts import Account
from bots.cloud import codes
from bots.cloud.codes import CodeTable
from bots.error_tables import Meaning
from bots.messages import Outcome

ALGORITHM = "TC3-HMAC-SHA256"
CONTENT_TYPE = "application/json; charset=utf-8"
REGION = "ap-guangzhou"

# "公共错误码", the same for every product; each product's table adds its own.
COMMON: Mapping[str, Meaning] = {
    "Ok": codes.ACCEPTED,
    "AuthFailure.SignatureExpire": codes.BAD_CLOCK,
    "AuthFailure.UnauthorizedOperation": codes.NO_RIGHT,
    "IpInBlacklist": codes.NOT_ALLOWED_FROM_HERE,
    "IpNotInWhitelist": codes.NOT_ALLOWED_FROM_HERE,
    "RequestLimitExceeded": Meaning(Outcome.LATER, "too_frequent", 5),
    "ServiceUnavailable": codes.BUSY,
}
FAMILIES: Mapping[str, Meaning] = {
    "AuthFailure": codes.BAD_CREDENTIALS,
    "InternalError": codes.UNCERTAIN,
    "InvalidParameter": codes.BAD_PARAMETERS,
    "InvalidParameterValue": codes.BAD_PARAMETERS,
    "MissingParameter": codes.BAD_PARAMETERS,
    "LimitExceeded": codes.TOO_FREQUENT,
    "RequestLimitExceeded": Meaning(Outcome.LATER, "too_frequent", 5),
    "UnauthorizedOperation": codes.NO_RIGHT,
    "InvalidAction": codes.BAD_PARAMETERS,
    "UnsupportedOperation": codes.BAD_PARAMETERS,
    "UnsupportedRegion": codes.BAD_PARAMETERS,
}


@dataclass(frozen=True, slots=True)
class Api:
    """One call of one product: ``SendSms`` of ``sms`` in its version of 2021-01-11."""

    service: str
    version: str
    action: str


class Refused(Exception):
    """The platform did nothing, and says why in ``code``."""

    def __init__(self, code: str, said: str = "") -> None:
        super().__init__(f"{code}: {said}")
        self.code = code


def call(
    http: wire.Connections, account: Account, api: Api, body: Mapping[str, Any]
) -> Mapping[str, Any]:
    """What is in ``Response``. Raises Refused, and PlatformUnavailable as ``wire.call`` does."""
    content, now = wire.encoded(body), int(time.time())
    headers = {
        "Content-Type": CONTENT_TYPE,
        "Host": urlsplit(account.api_base_url).netloc,
        "X-TC-Action": api.action,
        "X-TC-Version": api.version,
        "X-TC-Region": account.settings.get("region") or REGION,
        "X-TC-Timestamp": str(now),
    }
    signed = {name: headers[name] for name in ("Content-Type", "Host")}
    headers["Authorization"] = authorization(
        (account.settings.get("secret_id", ""), account.secret), api.service, signed, content, now
    )
    url = account.api_base_url.rstrip("/") + "/"
    reply = wire.call(http, "POST", url, body=content, headers=headers)
    response = reply.get("Response")
    if not isinstance(response, Mapping):
        raise wire.Unanswered("not an answer")
    error = response.get("Error")
    if isinstance(error, Mapping):
        raise Refused(str(error.get("Code", "")), str(error.get("Message", "")))
    return response


def authorization(
    credential: tuple[str, str], service: str, signed: Mapping[str, str], body: bytes, now_s: int
) -> str:
    """The header's value for a POST of ``body`` to the path ``/`` under ``credential`` (SecretId,
    SecretKey); ``signed`` are the headers that are signed."""
    secret_id, secret_key = credential
    lowered = {name.lower(): value.strip().lower() for name, value in signed.items()}
    names = ";".join(sorted(lowered))
    lines = "".join(f"{name}:{lowered[name]}\n" for name in sorted(lowered))
    canonical = f"POST\n/\n\n{lines}\n{names}\n{_digest(body)}"
    day = datetime.fromtimestamp(now_s, UTC).date().isoformat()
    scope = f"{day}/{service}/tc3_request"
    to_sign = f"{ALGORITHM}\n{now_s}\n{scope}\n{_digest(canonical.encode())}"
    key = f"TC3{secret_key}".encode()
    for part in (day, service, "tc3_request"):
        key = _mac(key, part)
    signature = _mac(key, to_sign).hex()
    return f"{ALGORITHM} Credential={secret_id}/{scope}, SignedHeaders={names}, " + (
        f"Signature={signature}"
    )


def table(product: str, own: Mapping[str, Meaning]) -> CodeTable:
    """The codes of one product, with those that all have."""
    return CodeTable(f"tencent {product}", {**COMMON, **own}, FAMILIES)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _mac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
