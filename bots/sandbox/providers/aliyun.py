"""Aliyun at ``POST /``: SendSms of Dysmsapi and SingleCallByTts of Dyvmsapi, both 2017-05-25."""

import json
import re
import secrets
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from bots.sandbox import sent
from bots.sandbox.accounts import Account
from bots.sandbox.calls import Call
from bots.sandbox.providers import numbers, signatures
from bots.sandbox.providers.numbers import DAY, HOUR, MINUTE, Rates
from bots.sandbox.providers.signatures import Asked, NotSigned
from bots.sandbox.sent import Message

SMS, VOICE = "sms_aliyun", "voice_aliyun"
VERSION = "2017-05-25"
PHONE = re.compile(r"(?:\+86|0086|86)?(1[3-9][0-9]{9})")
PARAM_MAX, CALL_PARAMS_MAX, OUT_ID_MAX = 35, 249, 15
LIMIT = "isv.BUSINESS_LIMIT_CONTROL"
SMS_RATES: Rates = ((MINUTE, 1, LIMIT), (HOUR, 5, LIMIT), (DAY, 10, LIMIT))
CALL_RATES: Rates = ((MINUTE, 1, LIMIT), (HOUR, 5, LIMIT), (DAY, 20, LIMIT))
STATUSES = {"InvalidAccessKeyId.NotFound": 404}  # other refusals of the gateway are 400


class Denied(Exception):
    """The product turns the call down, with HTTP 200."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def answer(call: Call, asked: Asked) -> dict[str, Any]:
    request_id = secrets.token_hex(16).upper()
    try:
        return {"RequestId": request_id, **_done(call, asked)}
    except NotSigned as unsigned:
        call.status = STATUSES.get(unsigned.code, 400)
        return {"RequestId": request_id, "Code": unsigned.code, "Message": str(unsigned)}
    except Denied as denied:
        return {"RequestId": request_id, "Code": denied.code, "Message": denied.code}


def _done(call: Call, asked: Asked) -> dict[str, Any]:
    action = asked.headers.get("x-acs-action", "")
    if action not in ACTIONS or asked.headers.get("x-acs-version") != VERSION:
        raise NotSigned("InvalidAction.NotFound", f"there is no {action}")
    kind, act = ACTIONS[action]
    claim = signatures.aliyun_claim(asked, call.sandbox.clock.real())
    account = call.sandbox.directory.account_of_appid(claim.key_id, kind)
    if account is None:
        raise NotSigned("InvalidAccessKeyId.NotFound", "the AccessKeyId is not found")
    signatures.check_aliyun(asked, claim, account.secret)
    return act(call, account, dict(parse_qsl(asked.query, keep_blank_values=True)))


def _send_sms(call: Call, account: Account, given: Mapping[str, str]) -> dict[str, Any]:
    number = _number(given.get("PhoneNumbers", ""))
    if given.get("SignName") not in account.settings.get("sign_names", ()):
        raise Denied("isv.SMS_SIGNATURE_ILLEGAL")
    params = _params(account, given, "TemplateCode", "TemplateParam", "isv.SMS_TEMPLATE_ILLEGAL")
    if any(len(value) > PARAM_MAX for value in params.values()):
        raise Denied("isv.PARAM_LENGTH_LIMIT")
    _count(call, account, number, SMS_RATES)
    biz_id = f"{secrets.randbelow(10**18):018d}^0"
    kept = {
        "SignName": given["SignName"],
        "TemplateCode": given["TemplateCode"],
        "TemplateParam": params,
    }
    _keep(call, account, number, "sms", kept, given)
    call.after_commit.append(partial(_report_sms, call, account, number, biz_id, given))
    return {"Code": "OK", "Message": "OK", "BizId": biz_id}


def _report_sms(
    call: Call, account: Account, number: str, biz_id: str, given: Mapping[str, str]
) -> None:
    at, reached = numbers.written(call.sandbox.clock.real()), numbers.is_reachable(account, number)
    report = {
        "phone_number": number,
        "send_time": at,
        "report_time": at,
        "success": reached,
        "err_code": "DELIVERED" if reached else "UNDELIV",
        "err_msg": "用户接收成功" if reached else "空号",
        "sms_size": "1",
        "biz_id": biz_id,
        "out_id": given.get("OutId", ""),
    }
    numbers.push(call.sandbox, account, [report], "code")


def _single_call(call: Call, account: Account, given: Mapping[str, str]) -> dict[str, Any]:
    number = _number(given.get("CalledNumber", ""))
    if len(given.get("OutId", "").encode()) > OUT_ID_MAX:
        raise Denied("isv.INVALID_PARAMETERS")
    params = _params(account, given, "TtsCode", "TtsParam", "isv.TTS_TEMPLATE_ILLEGAL")
    if sum(map(len, params.values())) > CALL_PARAMS_MAX:
        raise Denied("isv.PARAM_LENGTH_LIMIT")
    _count(call, account, number, CALL_RATES)
    call_id = f"{secrets.randbelow(10**12):012d}^{secrets.randbelow(10**12):012d}"
    kept = {"TtsCode": given["TtsCode"], "TtsParam": params}
    _keep(call, account, number, "call", kept, given)
    call.after_commit.append(partial(_report_call, call, account, number, call_id, given))
    return {"Code": "OK", "Message": "OK", "CallId": call_id}


def _report_call(
    call: Call, account: Account, number: str, call_id: str, given: Mapping[str, str]
) -> None:
    at, answered = numbers.written(call.sandbox.clock.real()), numbers.is_reachable(account, number)
    report = {
        "call_id": call_id,
        "start_time": at if answered else "",
        "end_time": at if answered else "",
        "duration": "12" if answered else "0",
        "status_code": "200000" if answered else "200010",
        "status_msg": "用户接听" if answered else "关机",
        "hangup_direction": "机器",
        "out_id": given.get("OutId", ""),
        "caller": given.get("CalledShowNumber", ""),
        "callee": number,
        "originate_time": at,
        "voice_type": "voice",
    }
    numbers.push(call.sandbox, account, [report], "code")


def _templates(call: Call, account: Account, given: Mapping[str, str]) -> dict[str, Any]:
    known = account.settings.get("templates", {})
    listed = [{"TemplateCode": code, "AuditStatus": "AUDIT_STATE_PASS"} for code in known]
    return {"Code": "OK", "Message": "OK", "SmsTemplateList": listed, "TotalCount": len(listed)}


def _params(
    account: Account, given: Mapping[str, str], code_name: str, params_name: str, unknown: str
) -> dict[str, str]:
    """The values by name, which must be those of the template's holes."""
    holes = account.settings.get("templates", {}).get(given.get(code_name, ""))
    if holes is None:
        raise Denied(unknown)
    try:
        params = json.loads(given.get(params_name) or "{}")
    except ValueError:
        raise Denied("isv.INVALID_JSON_PARAM") from None
    if not isinstance(params, dict) or not set(holes) <= params.keys():
        raise Denied("isv.TEMPLATE_MISSING_PARAMETERS")
    values = {str(name): str(value) for name, value in params.items()}
    if any("http://" in value or "https://" in value for value in values.values()):
        raise Denied("isv.PARAM_NOT_SUPPORT_URL")
    return values


def _number(phone: str) -> str:
    found = PHONE.fullmatch(phone)
    if found is None:
        raise Denied("isv.MOBILE_NUMBER_ILLEGAL")
    return found[1]


def _count(call: Call, account: Account, number: str, rates: Rates) -> None:
    code = numbers.count(call.db, account.key, number, rates, call.now)
    if code is not None:
        raise Denied(code)


def _keep(
    call: Call, account: Account, number: str, kind: str, kept: Any, given: Mapping[str, str]
) -> None:
    api = "SendSms" if kind == "sms" else "SingleCallByTts"
    message = Message(account.key, api, kind, kept, given.get("OutId") or None, call.client)
    sent.record(call.db, message, [number], call.now)


Act = Callable[[Call, Account, Mapping[str, str]], dict[str, Any]]
ACTIONS: Mapping[str, tuple[str, Act]] = {
    "SendSms": (SMS, _send_sms),
    "QuerySmsTemplateList": (SMS, _templates),
    "SingleCallByTts": (VOICE, _single_call),
}
