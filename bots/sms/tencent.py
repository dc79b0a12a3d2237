"""Tencent Cloud SMS: ``SendSms`` of 2021-01-11.

The provider drops no second message: ``SessionContext`` only comes back with the answer. Sources:
"发送短信", "短信 API 3.0 发送错误码".
"""

from collections.abc import Mapping
from typing import Any

from bots import answers, wire
from bots.accounts import Account
from bots.cloud import codes, phones, templates, tencent
from bots.cloud.templates import BadContent, Bounds
from bots.error_tables import Meaning
from bots.messages import Answer, Outcome, Outgoing
from bots.wire import PlatformUnavailable

SEND = tencent.Api("sms", "2021-01-11", "SendSms")
STATISTICS = tencent.Api("sms", "2021-01-11", "SendStatusStatistics")
BOUNDS = Bounds(each=100, together=500)  # a text with its sign name has at most 500 characters
SESSION_MAX_BYTES = 511

TABLE = tencent.table(
    "sms",
    {
        "InternalError.SigVerificationFail": codes.BAD_CREDENTIALS,
        "InternalError.SigFieldMissing": codes.BAD_CREDENTIALS,
        "InternalError.RequestTimeException": codes.BAD_CLOCK,
        "InternalError.JsonParseFail": codes.BAD_PARAMETERS,
        "InternalError.RestApiInterfaceNotExist": codes.BAD_PARAMETERS,
        "InternalError.SendAndRecvFail": codes.UNCERTAIN,
        "InternalError.Timeout": codes.UNCERTAIN,
        "FailedOperation.ContainSensitiveWord": codes.BAD_CONTENT,
        "FailedOperation.FailResolvePacket": codes.BAD_PARAMETERS,
        "FailedOperation.JsonParseFail": codes.BAD_PARAMETERS,
        "FailedOperation.InsufficientBalanceInSmsPackage": codes.NO_MONEY,
        "FailedOperation.MarketingSendTimeConstraint": Meaning(
            Outcome.LATER, "not_at_this_hour", codes.HOUR_S
        ),
        "FailedOperation.PhoneNumberInBlacklist": codes.BLOCKED_NUMBER,
        "FailedOperation.PhoneNumberParseFail": codes.BAD_NUMBER,
        "FailedOperation.SignatureIncorrectOrUnapproved": codes.BAD_SIGN_NAME,
        "FailedOperation.TemplateIncorrectOrUnapproved": codes.BAD_TEMPLATE,
        "FailedOperation.TemplateParamSetNotMatchApprovedTemplate": codes.BAD_PARAMETERS,
        "FailedOperation.TemplateUnapprovedOrNotExist": codes.BAD_TEMPLATE,
        "InvalidParameterValue.ContentLengthLimit": codes.TOO_LONG,
        "InvalidParameterValue.IncorrectPhoneNumber": codes.BAD_NUMBER,
        "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter": codes.BAD_CONTENT,
        "InvalidParameterValue.SdkAppIdNotExist": codes.BAD_APP,
        "InvalidParameterValue.TemplateParameterFormatError": codes.BAD_PARAMETERS,
        "InvalidParameterValue.TemplateParameterLengthLimit": codes.TOO_LONG,
        "LimitExceeded.AppCountryOrRegionDailyLimit": codes.DAILY_QUOTA,
        "LimitExceeded.AppDailyLimit": codes.DAILY_QUOTA,
        "LimitExceeded.AppGlobalDailyLimit": codes.DAILY_QUOTA,
        "LimitExceeded.DailyLimit": codes.DAILY_QUOTA,
        "LimitExceeded.DeliveryFrequencyLimit": codes.TOO_FREQUENT_TO_HER,
        "LimitExceeded.PhoneNumberDailyLimit": codes.ENOUGH_TODAY,
        "LimitExceeded.PhoneNumberOneHourLimit": codes.ENOUGH_THIS_HOUR,
        "LimitExceeded.PhoneNumberSameContentDailyLimit": codes.ENOUGH_TODAY,
        "LimitExceeded.PhoneNumberThirtySecondLimit": Meaning(
            Outcome.LATER, "number_too_frequent", 30
        ),
        "UnauthorizedOperation.RequestIpNotInWhitelist": codes.NOT_ALLOWED_FROM_HERE,
        "UnauthorizedOperation.SdkAppIdIsDisabled": codes.BAD_APP,
        "UnauthorizedOperation.ServiceSuspendDueToArrears": codes.NO_MONEY,
        "UnauthorizedOperation.SmsSdkAppIdVerifyFail": codes.BAD_APP,
        "UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber": codes.BAD_NUMBER,
        "UnsupportedOperation.UnsupportedRegion": codes.BAD_NUMBER,
    },
)


class Client:
    """Sends through one SmsSdkAppId, the account's ``appid``. Make one per account and keep it."""

    def __init__(self, account: Account, http: wire.Connections | None = None) -> None:
        self._account = account
        self._http = http or wire.connections_to(account.api_base_url)

    def repeatable(self, way: str) -> bool:
        """Asked twice, it sends two: there is no key it would know a message by."""
        return False

    def send(self, outgoing: Outgoing) -> Answer:
        """One message to a phone number. Raises nothing."""
        try:
            body = self._body(outgoing)
        except (BadContent, phones.BadNumber) as error:
            return Answer(Outcome.REFUSED, reason=str(error))
        try:
            response = tencent.call(self._http, self._account, SEND, body)
        except tencent.Refused as refused:
            return TABLE.answer(refused.code)
        except PlatformUnavailable as failure:
            return answers.of_failure(failure)
        return _of_status(response.get("SendStatusSet"))

    def probe(self) -> Answer:
        """Whether the provider takes our signature: asks for the statistics of one hour, which
        tells nobody anything. Raises nothing."""
        body = {
            "BeginTime": "2026010100",
            "EndTime": "2026010101",
            "SmsSdkAppIdSet": [self._account.appid],
            "Limit": 0,
            "Offset": 0,
        }
        try:
            tencent.call(self._http, self._account, STATISTICS, body)
        except tencent.Refused as refused:
            return TABLE.answer(refused.code)
        except PlatformUnavailable as failure:
            return answers.of_failure(failure)
        return Answer(Outcome.ACCEPTED)

    def _body(self, outgoing: Outgoing) -> dict[str, Any]:
        if outgoing.kind != "sms":
            raise BadContent("kind_not_offered")
        settings = self._account.settings
        filled = templates.read(outgoing.content, settings.get("template_id", ""), BOUNDS)
        return {
            "PhoneNumberSet": [phones.full(outgoing.recipient)],
            "SmsSdkAppId": self._account.appid,
            "SignName": settings.get("sign_name", ""),
            "TemplateId": filled.template_id,
            "TemplateParamSet": list(filled.params),
            "SessionContext": outgoing.key[:SESSION_MAX_BYTES],
        }


def _of_status(statuses: Any) -> Answer:
    """What became of the one number that was named; anything else does not say what was done."""
    match statuses:
        case [Mapping() as status]:
            return TABLE.answer(str(status.get("Code", "")), str(status.get("SerialNo", "")))
    return Answer(Outcome.AMBIGUOUS, reason="broken answer")
