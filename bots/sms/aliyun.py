"""Aliyun SMS (Dysmsapi): ``SendSms`` of 2017-05-25.

The provider drops no second message: ``OutId`` only comes back with the report. Sources: "SendSms -
发送短信", "API错误码", "短信发送频率限制".
"""

import json

from bots import answers, wire
from bots.accounts import Account
from bots.cloud import aliyun, codes, phones, templates
from bots.cloud.templates import BadContent, Bounds
from bots.error_tables import Meaning
from bots.messages import Answer, Outcome, Outgoing
from bots.wire import PlatformUnavailable

SEND = aliyun.Api("2017-05-25", "SendSms")
TEMPLATES = aliyun.Api("2017-05-25", "QuerySmsTemplateList")
BOUNDS = Bounds(each=35, together=500)

TABLE = aliyun.table(
    "sms",
    {
        "isv.SMS_SIGNATURE_SCENE_ILLEGAL": codes.BAD_SIGN_NAME,
        "isv.SMS_SIGNATURE_ILLEGAL": codes.BAD_SIGN_NAME,
        "isv.SMS_SIGN_ILLEGAL": codes.BAD_SIGN_NAME,
        "isv.SIGN_NAME_ILLEGAL": codes.BAD_SIGN_NAME,
        "isv.SIGN_STATE_ILLEGAL": codes.BAD_SIGN_NAME,
        "isv.SMS_TEMPLATE_ILLEGAL": codes.BAD_TEMPLATE,
        "isv.SMS_TEMPLATE_MISSING_PARAMETERS": codes.BAD_PARAMETERS,
        "isv.TEMPLATE_PARAMS_ILLEGAL": codes.BAD_PARAMETERS,
        "isv.SMS_CONTENT_ILLEGAL": codes.BAD_CONTENT,
        "isv.SMS_CONTENT_MISMATCH_TEMPLATE_TYPE": codes.BAD_CONTENT,
        "isv.DOMESTIC_NUMBER_NOT_SUPPORTED": codes.BAD_NUMBER,
        "isv.EXTEND_CODE_ERROR": codes.BAD_PARAMETERS,
        "isv.DAY_LIMIT_CONTROL": codes.DAILY_QUOTA,
        "isv.MONTH_LIMIT_CONTROL": Meaning(Outcome.PARKED, "monthly_quota"),
        "isv.BLACK_LIST": codes.BLOCKED_NUMBER,
    },
)


class Client:
    """Sends under one sign name with one AccessKey, the account's ``appid`` and ``secret``. Make
    one per account and keep it."""

    def __init__(self, account: Account, http: wire.Connections | None = None) -> None:
        self._account = account
        self._http = http or wire.connections_to(account.api_base_url)

    def repeatable(self, way: str) -> bool:
        """Asked twice, it sends two: there is no key it would know a message by."""
        return False

    def send(self, outgoing: Outgoing) -> Answer:
        """One message to a phone number. Raises nothing."""
        try:
            params = self._params(outgoing)
        except (BadContent, phones.BadNumber) as error:
            return Answer(Outcome.REFUSED, reason=str(error))
        return aliyun.say(self._http, self._account, SEND, params, TABLE, "BizId")

    def probe(self) -> Answer:
        """Whether the provider takes our signature: asks for a list of templates, which tells
        nobody anything. Raises nothing."""
        try:
            reply = aliyun.call(self._http, self._account, TEMPLATES, {"PageSize": "1"})
        except PlatformUnavailable as failure:
            return answers.of_failure(failure)
        return TABLE.answer(str(reply.get("Code", "")))

    def _params(self, outgoing: Outgoing) -> dict[str, str]:
        if outgoing.kind != "sms":
            raise BadContent("kind_not_offered")
        settings = self._account.settings
        filled = templates.read(outgoing.content, settings.get("template_id", ""), BOUNDS)
        params = {
            "PhoneNumbers": phones.national(phones.full(outgoing.recipient)),
            "SignName": settings.get("sign_name", ""),
            "TemplateCode": filled.template_id,
            "OutId": outgoing.key,
        }
        if filled.params:
            named = filled.by_name()
            params["TemplateParam"] = json.dumps(named, ensure_ascii=False, separators=(",", ":"))
        return params
