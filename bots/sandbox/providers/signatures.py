"""Who calls, by the signature of the call. Written from the providers' documentation, not from
anybody's client: "签名方法 v3" (Tencent Cloud) and "V3版本请求体&签名机制" (Aliyun)."""

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from werkzeug.datastructures import Headers

SKEW_MAX = timedelta(minutes=5)
_TENCENT = re.compile(
    r"TC3-HMAC-SHA256 Credential=(?P<id>[^/]+)/(?P<date>[0-9-]{10})/(?P<service>[a-z]+)"
    r"/tc3_request, ?SignedHeaders=(?P<names>[a-z0-9;-]+), ?Signature=(?P<signature>[0-9a-f]{64})"
)
_ALIYUN = re.compile(
    r"ACS3-HMAC-SHA256 Credential=(?P<id>[^,]+),\s?SignedHeaders=(?P<names>[a-z0-9;-]+),"
    r"\s?Signature=(?P<signature>[0-9a-f]{64})"
)
_ALIYUN_MUST_SIGN = {"host", "x-acs-action", "x-acs-version", "x-acs-date"}


class NotSigned(Exception):
    """The call is not signed as it must be; ``code`` is what the provider answers."""

    def __init__(self, code: str, said: str) -> None:
        super().__init__(said)
        self.code = code


@dataclass(frozen=True, slots=True)
class Asked:
    """One call as it came over the wire: ``query`` is the raw text after the question mark."""

    headers: Headers
    query: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Claim:
    """Who says to have signed, and how; ``service`` only where the signature names one."""

    key_id: str
    signature: str
    names: tuple[str, ...]
    service: str = ""
    date: str = ""


def tencent_claim(asked: Asked, now: datetime) -> Claim:
    """Raises NotSigned."""
    found = _TENCENT.fullmatch(asked.headers.get("Authorization", ""))
    if found is None:
        raise NotSigned("AuthFailure.InvalidAuthorization", "Authorization is not as it should be")
    names = tuple(found["names"].split(";"))
    if not {"content-type", "host"} <= set(names):
        raise NotSigned("AuthFailure.SignatureFailure", "content-type and host must be signed")
    stamp = asked.headers.get("X-TC-Timestamp", "")
    if not re.fullmatch(r"[0-9]{1,11}", stamp):
        raise NotSigned("MissingParameter", "X-TC-Timestamp is missing")
    at = datetime.fromtimestamp(int(stamp), UTC)
    if abs(at - now) > SKEW_MAX or at.date().isoformat() != found["date"]:
        raise NotSigned("AuthFailure.SignatureExpire", "the timestamp is too far off")
    return Claim(found["id"], found["signature"], names, found["service"], found["date"])


def check_tencent(asked: Asked, claim: Claim, secret: str) -> None:
    """Raises NotSigned."""
    headers = "".join(
        f"{name}:{asked.headers.get(name, '').strip().lower()}\n" for name in claim.names
    )
    request = "\n".join(
        ["POST", "/", "", headers, ";".join(claim.names), hashlib.sha256(asked.body).hexdigest()]
    )
    scope = f"{claim.date}/{claim.service}/tc3_request"
    stamp = asked.headers["X-TC-Timestamp"]
    digest = hashlib.sha256(request.encode()).hexdigest()
    text = "\n".join(["TC3-HMAC-SHA256", stamp, scope, digest])
    key = ("TC3" + secret).encode()
    for part in (claim.date, claim.service, "tc3_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    expected = hmac.digest(key, text.encode(), "sha256").hex()
    if not hmac.compare_digest(expected, claim.signature):
        raise NotSigned("AuthFailure.SignatureFailure", "the signature does not match")


def aliyun_claim(asked: Asked, now: datetime) -> Claim:
    """Raises NotSigned."""
    found = _ALIYUN.fullmatch(asked.headers.get("Authorization", ""))
    if found is None:
        raise NotSigned("IncompleteSignature", "Authorization is not as it should be")
    names = tuple(found["names"].split(";"))
    if not set(names) >= _ALIYUN_MUST_SIGN:
        raise NotSigned("IncompleteSignature", "host and x-acs-… must be signed")
    try:
        written = asked.headers.get("x-acs-date", "")
        at = datetime.strptime(written, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise NotSigned("InvalidTimeStamp.Format", "x-acs-date cannot be read") from None
    if abs(at - now) > 3 * SKEW_MAX:
        raise NotSigned("InvalidTimeStamp.Expired", "x-acs-date is too far off")
    return Claim(found["id"], found["signature"], names)


def check_aliyun(asked: Asked, claim: Claim, secret: str) -> None:
    """Raises NotSigned."""
    digest = hashlib.sha256(asked.body).hexdigest()
    if asked.headers.get("x-acs-content-sha256") != digest:
        raise NotSigned("IncompleteSignature", "x-acs-content-sha256 is not that of the body")
    headers = "".join(f"{name}:{asked.headers.get(name, '').strip()}\n" for name in claim.names)
    query = "&".join(sorted(asked.query.split("&"), key=lambda pair: pair.partition("=")[0]))
    request = "\n".join(["POST", "/", query, headers, ";".join(claim.names), digest])
    text = "ACS3-HMAC-SHA256\n" + hashlib.sha256(request.encode()).hexdigest()
    expected = hmac.digest(secret.encode(), text.encode(), "sha256").hex()
    if not hmac.compare_digest(expected, claim.signature):
        raise NotSigned("SignatureDoesNotMatch", "the signature does not match")
