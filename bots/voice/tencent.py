"""Tencent Cloud voice messages: ``SendTtsVoice`` of 2020-09-02.

The provider drops no second call: ``SessionContext`` only comes back with the answer. Sources:
"指定模板发送语音通知", "语音消息错误码".
"""

from collections.abc import Mapping
from typing import Any

from bots import answers, wire
from bots.accounts import Account
from bots.cloud import codes, phones, templates, tencent
from bots.cloud.templates import BadContent, Bounds
from bots.messages import Answer, Outcome, Outgoing
from bots.wire import PlatformUnavailable

CALL = tencent.Api("vms", "2020-09-02", "SendTtsVoice")
BOUNDS = Bounds(each=350, together=350)  # the whole text, of which these are a part
PLAY_TIMES = 2

TABLE = tencent.table(
    "vms",
    {
        "FailedOperation.AppDisabled": codes.BAD_APP,
        "FailedOperation.ContainSensitiveWord": codes.BAD_CONTENT,
        "FailedOperation.InsufficientBalanceInVoicePackage": codes.NO_MONEY,
        "FailedOperation.TemplateIncorrectOrUnapproved": codes.BAD_TEMPLATE,
        "FailedOperation.TemplateParamsMismatch": codes.BAD_PARAMETERS,
        "InvalidParameterValue.CalledNumberVerifyFail": codes.BAD_NUMBER,
        "InvalidParameterValue.ContentLengthLimit": codes.TOO_LONG,
        "InvalidParameterValue.SdkAppidNotExist": codes.BAD_APP,
        "LimitExceeded.DeliveryFrequencyLimit": codes.TOO_FREQUENT_TO_HER,
        "UnauthorizedOperation.SdkAppIdIsDisabled": codes.BAD_APP,
        "UnauthorizedOperation.ServiceSuspendDueToArrears": codes.NO_MONEY,
        "UnauthorizedOperation.VoiceSdkAppidVerifyFail": codes.BAD_APP,
    },
)


class Client:
    """Calls through one VoiceSdkAppid, the account's ``appid``. Make one per account and keep
    it."""

    def __init__(self, account: Account, http: wire.Connections | None = None) -> None:
        self._account = account
        self._http = http or wire.connections_to(account.api_base_url)

    def repeatable(self, way: str) -> bool:
        """Asked twice, it calls twice."""
        return False

    def send(self, outgoing: Outgoing) -> Answer:
        """One call to a phone number. Raises nothing."""
        try:
            body = self._body(outgoing)
        except (BadContent, phones.BadNumber) as error:
            return Answer(Outcome.REFUSED, reason=str(error))
        answer = self._ask(body)
        if answer.outcome is Outcome.ACCEPTED and not answer.platform_id:
            return Answer(Outcome.AMBIGUOUS, reason="broken answer")
        return answer

    def probe(self) -> Answer:
        """Whether the provider takes our signature: a call to nobody, which it refuses. Raises
        nothing."""
        return self._ask({})

    def _ask(self, body: Mapping[str, Any]) -> Answer:
        try:
            response = tencent.call(self._http, self._account, CALL, body)
        except tencent.Refused as refused:
            return TABLE.answer(refused.code)
        except PlatformUnavailable as failure:
            return answers.of_failure(failure)
        status = response.get("SendStatus")
        call_id = status.get("CallId", "") if isinstance(status, Mapping) else ""
        return Answer(Outcome.ACCEPTED, platform_id=str(call_id))

    def _body(self, outgoing: Outgoing) -> dict[str, Any]:
        if outgoing.kind != "call":
            raise BadContent("kind_not_offered")
        usual = self._account.settings.get("template_id", "")
        filled = templates.read(outgoing.content, usual, BOUNDS)
        return {
            "TemplateId": filled.template_id,
            "TemplateParamSet": list(filled.params),
            "CalledNumber": phones.full(outgoing.recipient),
            "VoiceSdkAppid": self._account.appid,
            "PlayTimes": PLAY_TIMES,
            "SessionContext": outgoing.key,
        }
