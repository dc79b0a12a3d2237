"""Tencent Cloud at ``POST /``: SendSms of 2021-01-11 and SendTtsVoice of 2020-09-02."""

import json
import re
import secrets
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from bots.sandbox import sent
from bots.sandbox.accounts import Account
from bots.sandbox.calls import Call
from bots.sandbox.providers import numbers, signatures
from bots.sandbox.providers.numbers import DAY, HOUR, SECOND, Rates
from bots.sandbox.providers.signatures import Asked, NotSigned
from bots.sandbox.sent import Message

SMS, VOICE = "sms_tencent", "voice_tencent"
PHONE = re.compile(r"(?:\+|00)?(?:86)?(1[3-9][0-9]{9})")
NUMBERS_MAX = 200
TEXT_MAX = 500
CALL_TEXT_MAX = 350
SMS_RATES: Rates = (
    (30 * SECOND, 1, "LimitExceeded.PhoneNumberThirtySecondLimit"),
    (HOUR, 5, "LimitExceeded.PhoneNumberOneHourLimit"),
    (DAY, 10, "LimitExceeded.PhoneNumberDailyLimit"),
)
CALL_RATES: Rates = (
    (30 * SECOND, 1, "LimitExceeded.DeliveryFrequencyLimit"),
    (DAY, 10, "LimitExceeded.DeliveryFrequencyLimit"),
)


class Denied(Exception):
    """The call as a whole is turned down."""

    def __init__(self, code: str, said: str = "") -> None:
        super().__init__(said or code)
        self.code = code


def answer(call: Call, asked: Asked) -> dict[str, Any]:
    request_id = f"{secrets.token_hex(4)}-{secrets.token_hex(8)}"
    try:
        response = _done(call, asked)
    except (Denied, NotSigned) as denied:
        response = {"Error": {"Code": denied.code, "Message": str(denied)}}
    return {"Response": {**response, "RequestId": request_id}}


def _done(call: Call, asked: Asked) -> dict[str, Any]:
    name = (asked.headers.get("X-TC-Action", ""), asked.headers.get("X-TC-Version", ""))
    if name not in ACTIONS:
        raise Denied("InvalidAction", f"there is no {name[0]} of {name[1]}")
    kind, service, act = ACTIONS[name]
    claim = signatures.tencent_claim(asked, call.sandbox.clock.real())
    signers = [
        account
        for account in call.sandbox.directory.accounts
        if account.kind == kind and account.settings.get("secret_id") == claim.key_id
    ]
    if not signers or claim.service != service:
        raise Denied("AuthFailure.SecretIdNotFound", "the SecretId is not found")
    signatures.check_tencent(asked, claim, signers[0].secret)
    if not asked.headers.get("X-TC-Region"):
        raise Denied("MissingParameter", "X-TC-Region is missing")
    try:
        body = json.loads(asked.body)
    except ValueError:
        raise Denied("InvalidParameter", "the body is not JSON") from None
    if not isinstance(body, dict):
        raise Denied("InvalidParameter", "the body is no object")
    return act(call, signers, body)


def _send_sms(call: Call, signers: list[Account], body: Mapping[str, Any]) -> dict[str, Any]:
    account = _of_app(signers, body, "SmsSdkAppId")
    to = body.get("PhoneNumberSet")
    if not isinstance(to, list) or not 1 <= len(to) <= NUMBERS_MAX:
        raise Denied("InvalidParameterValue.IncorrectPhoneNumber", "PhoneNumberSet")
    session = str(body.get("SessionContext", ""))
    if len(session.encode()) >= 512:
        raise Denied("InvalidParameterValue", "SessionContext is too long")
    return {"SendStatusSet": [_status(call, account, str(phone), body, session) for phone in to]}


def _status(
    call: Call, account: Account, phone: str, body: Mapping[str, Any], session: str
) -> dict[str, Any]:
    serial = f"{secrets.randbelow(10**4)}:{secrets.randbelow(10**24):024d}"
    number, code = _number(phone), _content_refusal(account, body)
    if number is None:
        code = "InvalidParameterValue.IncorrectPhoneNumber"
    if code is None and number is not None:
        code = numbers.count(call.db, account.key, number, SMS_RATES, call.now)
    if code is None and number is not None:
        kept = {name: body[name] for name in ("SignName", "TemplateId", "TemplateParamSet")}
        message = Message(account.key, "SendSms", "sms", kept, session or None, call.client)
        sent.record(call.db, message, [number], call.now)
        call.after_commit.append(partial(_report_sms, call, account, number, serial))
    return {
        "SerialNo": serial if code is None else "",
        "PhoneNumber": f"+86{number}" if number else phone,
        "Fee": 1 if code is None else 0,
        "SessionContext": session,
        "Code": code or "Ok",
        "Message": "send success" if code is None else code,
        "IsoCode": "CN",
    }


def _content_refusal(account: Account, body: Mapping[str, Any]) -> str | None:
    if body.get("SignName") not in account.settings.get("sign_names", ()):
        return "FailedOperation.SignatureIncorrectOrUnapproved"
    holes = account.settings.get("templates", {}).get(str(body.get("TemplateId", "")))
    params = body.get("TemplateParamSet") or []
    if holes is None:
        return "FailedOperation.TemplateIncorrectOrUnapproved"
    if not all(isinstance(param, str) for param in params) or len(params) != holes:
        return "FailedOperation.TemplateParamSetNotMatchApprovedTemplate"
    if sum(map(len, params)) > TEXT_MAX:
        return "InvalidParameterValue.ContentLengthLimit"
    if any("http://" in param or "https://" in param for param in params):
        return "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter"
    return None


def _report_sms(call: Call, account: Account, number: str, serial: str) -> None:
    reached = numbers.is_reachable(account, number)
    report = {
        "user_receive_time": numbers.written(call.sandbox.clock.real()),
        "nationcode": "86",
        "mobile": number,
        "report_status": "SUCCESS" if reached else "FAIL",
        "errmsg": "DELIVRD" if reached else "MK:0005",
        "description": "用户短信送达成功" if reached else "空号",
        "sid": serial,
    }
    numbers.push(call.sandbox, account, [report], "result")


def _send_tts(call: Call, signers: list[Account], body: Mapping[str, Any]) -> dict[str, Any]:
    account = _of_app(signers, body, "VoiceSdkAppid")
    number = _number(str(body.get("CalledNumber", "")))
    if number is None or not str(body["CalledNumber"]).startswith("+"):
        raise Denied("InvalidParameterValue.CalledNumberVerifyFail", "CalledNumber")
    holes = account.settings.get("templates", {}).get(str(body.get("TemplateId", "")))
    params = body.get("TemplateParamSet") or []
    if holes is None:
        raise Denied("FailedOperation.TemplateIncorrectOrUnapproved")
    if len(params) != holes:
        raise Denied("FailedOperation.TemplateParamsMismatch")
    if sum(len(str(param)) for param in params) > CALL_TEXT_MAX:
        raise Denied("InvalidParameterValue.ContentLengthLimit")
    code = numbers.count(call.db, account.key, number, CALL_RATES, call.now)
    if code is not None:
        raise Denied(code)
    call_id, session = secrets.token_hex(16), str(body.get("SessionContext", ""))
    kept = {"TemplateId": str(body["TemplateId"]), "TemplateParamSet": params}
    message = Message(account.key, "SendTtsVoice", "call", kept, session or None, call.client)
    sent.record(call.db, message, [number], call.now)
    call.after_commit.append(partial(_report_call, call, account, number, call_id))
    return {"SendStatus": {"CallId": call_id, "SessionContext": session}}


def _report_call(call: Call, account: Account, number: str, call_id: str) -> None:
    now, answered = (
        numbers.seconds(call.sandbox.clock.real()),
        numbers.is_reachable(account, number),
    )
    report = {
        "result": "0" if answered else "1",
        "accept_time": now if answered else "0",
        "call_from": "",
        "callid": call_id,
        "end_calltime": now,
        "fee": "1" if answered else "0",
        "mobile": number,
        "nationcode": "86",
        "start_calltime": now,
    }
    numbers.push(call.sandbox, account, {"voiceprompt_callback": report}, "result")


def _statistics(call: Call, signers: list[Account], body: Mapping[str, Any]) -> dict[str, Any]:
    known = {account.appid for account in signers}
    if not set(body.get("SmsSdkAppIdSet", ())) <= known:
        raise Denied("UnauthorizedOperation.SmsSdkAppIdVerifyFail")
    none = {"FeeCount": 0, "RequestCount": 0, "RequestSuccessCount": 0}
    return {"SendStatusStatistics": none}


def _of_app(signers: list[Account], body: Mapping[str, Any], name: str) -> Account:
    for account in signers:
        if account.appid == str(body.get(name, "")):
            return account
    if name not in body:
        raise Denied("MissingParameter", name)
    verify = "SmsSdkAppIdVerifyFail" if name == "SmsSdkAppId" else "VoiceSdkAppidVerifyFail"
    raise Denied(f"UnauthorizedOperation.{verify}", name)


def _number(phone: str) -> str | None:
    found = PHONE.fullmatch(phone)
    return found[1] if found else None


Act = Callable[[Call, list[Account], Mapping[str, Any]], dict[str, Any]]
ACTIONS: Mapping[tuple[str, str], tuple[str, str, Act]] = {
    ("SendSms", "2021-01-11"): (SMS, "sms", _send_sms),
    ("SendStatusStatistics", "2021-01-11"): (SMS, "sms", _statistics),
    ("SendTtsVoice", "2020-09-02"): (VOICE, "vms", _send_tts),
}
