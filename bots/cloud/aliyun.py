"""Aliyun OpenAPI, style RPC: one signed call.

Signed with ACS3-HMAC-SHA256 (documentation: "V3版本请求体&签名机制"); the host that is called
is the one that is signed. An answer has ``Code``, ``OK`` when it was done; the gateway in front of
the product says what is wrong with a status of 4xx.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

from bots import answers, wire
from bots.accounts import Account
from bots.cloud import codes
from bots.cloud.codes import CodeTable
from bots.error_tables import Meaning
from bots.messages import Answer, Outcome
from bots.wire import PlatformUnavailable

ALGORITHM = "ACS3-HMAC-SHA256"
NOTHING = hashlib.sha256(b"").hexdigest()  # the digest of an empty body
REFUSES_WITH = frozenset({400, 401, 403, 404, 429})

# The gateway's codes, the same for every product; each product's table adds its own.
COMMON: Mapping[str, Meaning] = {
    "OK": codes.ACCEPTED,
    "SignatureDoesNotMatch": codes.BAD_CREDENTIALS,
    "IncompleteSignature": codes.BAD_CREDENTIALS,
    "InvalidAccessKeyId": codes.BAD_CREDENTIALS,
    "InvalidTimeStamp.Expired": codes.BAD_CLOCK,
    "InvalidTimeStamp.Format": codes.BAD_CLOCK,
    "isp.RAM_PERMISSION_DENY": codes.NO_RIGHT,
    "isv.RAM_PERMISSION_DENY": codes.NO_RIGHT,
    "isv.OUT_OF_SERVICE": codes.NO_MONEY,
    "isv.AMOUNT_NOT_ENOUGH": codes.NO_MONEY,
    "isv.PRODUCT_UN_SUBSCRIPT": codes.NO_RIGHT,
    "isv.PRODUCT_UNSUBSCRIBE": codes.NO_RIGHT,
    "isv.ACCOUNT_NOT_EXISTS": codes.BAD_CREDENTIALS,
    "isv.ACCOUNT_ABNORMAL": codes.NO_RIGHT,
    "isv.DENY_IP_RANGE": codes.NOT_ALLOWED_FROM_HERE,
    "isv.MOBILE_NUMBER_ILLEGAL": codes.BAD_NUMBER,
    "isv.MOBILE_COUNT_OVER_LIMIT": codes.BAD_PARAMETERS,
    "isv.BUSINESS_LIMIT_CONTROL": codes.ENOUGH_THIS_HOUR,
    "isv.INVALID_PARAMETERS": codes.BAD_PARAMETERS,
    "isv.INVALID_JSON_PARAM": codes.BAD_PARAMETERS,
    "isv.TEMPLATE_MISSING_PARAMETERS": codes.BAD_PARAMETERS,
    "isv.PARAM_LENGTH_LIMIT": codes.TOO_LONG,
    "isv.PARAM_NOT_SUPPORT_URL": codes.BAD_CONTENT,
    "isv.BLACK_KEY_CONTROL_LIMIT": codes.BAD_CONTENT,
    "isp.SYSTEM_ERROR": codes.UNCERTAIN,
}
FAMILIES: Mapping[str, Meaning] = {
    "InvalidAccessKeyId": codes.BAD_CREDENTIALS,
    "SignatureNonceUsed": codes.UNCERTAIN,
    "Throttling": codes.BUSY,
    "ServiceUnavailable": codes.UNCERTAIN,
    "InternalError": codes.UNCERTAIN,
    "Forbidden": codes.NO_RIGHT,
    "NoPermission": codes.NO_RIGHT,
    "MissingParameter": codes.BAD_PARAMETERS,
    "InvalidParameter": codes.BAD_PARAMETERS,
}


@dataclass(frozen=True, slots=True)
class Api:
    """One call of one product: ``SendSms`` in the version of 2017-05-25."""

    version: str
    action: str


def call(
    http: wire.Connections, account: Account, api: Api, params: Mapping[str, str]
) -> Mapping[str, Any]:
    """The answer, whatever its ``Code``. Raises PlatformUnavailable as ``wire.call`` does. The
    AccessKeyId is the account's ``appid``."""
    query = canonical_query(params)
    headers = {
        "host": urlsplit(account.api_base_url).netloc,
        "x-acs-action": api.action,
        "x-acs-content-sha256": NOTHING,
        "x-acs-date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": secrets.token_hex(16),
        "x-acs-version": api.version,
    }
    headers["Authorization"] = authorization((account.appid, account.secret), query, headers)
    url = f"{account.api_base_url.rstrip('/')}/?{query}"
    return wire.call(http, "POST", url, headers=headers, refuses_with=REFUSES_WITH)


def say(
    http: wire.Connections,
    account: Account,
    api: Api,
    params: Mapping[str, str],
    table: CodeTable,
    id_field: str,
) -> Answer:
    """The answer to something said once; ``id_field`` names the provider's id of it. Raises
    nothing."""
    try:
        reply = call(http, account, api, params)
    except PlatformUnavailable as failure:
        return answers.of_failure(failure)
    if "Code" not in reply:
        return Answer(Outcome.AMBIGUOUS, reason="broken answer")
    return table.answer(str(reply["Code"]), str(reply.get(id_field, "")))


def authorization(credential: tuple[str, str], query: str, signed: Mapping[str, str]) -> str:
    """The header's value for a POST without a body to the path ``/``; ``credential`` is
    (AccessKeyId, AccessKeySecret), ``query`` as ``canonical_query`` writes it, ``signed`` are the
    headers that are signed, named in lower case."""
    key_id, key_secret = credential
    names = ";".join(sorted(signed))
    lines = "".join(f"{name}:{signed[name].strip()}\n" for name in sorted(signed))
    canonical = f"POST\n/\n{query}\n{lines}\n{names}\n{NOTHING}"
    to_sign = f"{ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(key_secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    return f"{ALGORITHM} Credential={key_id},SignedHeaders={names},Signature={signature}"


def canonical_query(params: Mapping[str, str]) -> str:
    """By name, percent-encoded as RFC 3986 has it: a space is ``%20``, ``~`` stays."""
    return "&".join(f"{_encoded(name)}={_encoded(params[name])}" for name in sorted(params))


def table(product: str, own: Mapping[str, Meaning]) -> CodeTable:
    """The codes of one product, with those that all have."""
    return CodeTable(f"aliyun {product}", {**COMMON, **own}, FAMILIES)


def _encoded(text: str) -> str:
    return quote(text, safe="~")
