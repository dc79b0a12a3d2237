"""Aliyun voice (Dyvmsapi): ``SingleCallByTts`` of 2017-05-25.

The provider drops no second call: ``OutId`` only comes back with the report. Sources:
"SingleCallByTts", "API错误码".
"""

import json
from collections.abc import Mapping

from bots import wire
from bots.accounts import Account
from bots.cloud import aliyun, codes, phones, templates
from bots.cloud.templates import BadContent, Bounds
from bots.error_tables import Meaning
from bots.messages import Answer, Outcome, Outgoing

CALL = aliyun.Api("2017-05-25", "SingleCallByTts")
BOUNDS = Bounds(each=249, together=249)  # all values together are less than 250 characters
PLAY_TIMES = 2
OUT_ID_MAX_BYTES = 15

TABLE = aliyun.table(
    "voice",
    {
        "isv.TTS_TEMPLATE_ILLEGAL": codes.BAD_TEMPLATE,
        "isv.TEMPLATE_ILLEGAL": codes.BAD_TEMPLATE,
        "isv.TEMPLATE_PARAMS_ILLEGAL": codes.BAD_PARAMETERS,
        "isv.DISPLAY_NUMBER_ILLEGAL": codes.NO_RIGHT,
        "isv.BILLID_NOT_EXIST": codes.NO_RIGHT,
        "isv.COMPLAINT_REJECT": codes.BLOCKED_NUMBER,
        "isv.VOICE_ROBOT_NOT_PERIOD": Meaning(Outcome.LATER, "not_at_this_hour", codes.HOUR_S),
        "isv.VOICE_CALL_PERIOD_ERROR": Meaning(Outcome.LATER, "not_at_this_hour", codes.HOUR_S),
        "isv.VOICE_CALL_FAIL": Meaning(Outcome.REFUSED, "call_failed"),
    },
)


class Client:
    """Calls with one AccessKey, the account's ``appid`` and ``secret``. Make one per account and
    keep it."""

    def __init__(self, account: Account, http: wire.Connections | None = None) -> None:
        self._account = account
        self._http = http or wire.connections_to(account.api_base_url)

    def repeatable(self, way: str) -> bool:
        """Asked twice, it calls twice."""
        return False

    def send(self, outgoing: Outgoing) -> Answer:
        """One call to a phone number. Raises nothing."""
        try:
            params = self._params(outgoing)
        except (BadContent, phones.BadNumber) as error:
            return Answer(Outcome.REFUSED, reason=str(error))
        return self._ask(params)

    def probe(self) -> Answer:
        """Whether the provider takes our signature: a call to nobody, which it refuses. Raises
        nothing."""
        return self._ask({})

    def _ask(self, params: Mapping[str, str]) -> Answer:
        return aliyun.say(self._http, self._account, CALL, params, TABLE, "CallId")

    def _params(self, outgoing: Outgoing) -> dict[str, str]:
        if outgoing.kind != "call":
            raise BadContent("kind_not_offered")
        settings = self._account.settings
        filled = templates.read(outgoing.content, settings.get("template_id", ""), BOUNDS)
        params = {
            "CalledNumber": phones.national(phones.full(outgoing.recipient)),
            "TtsCode": filled.template_id,
            "PlayTimes": str(PLAY_TIMES),
            "OutId": outgoing.key[:OUT_ID_MAX_BYTES],
        }
        if settings.get("called_show_number"):
            params["CalledShowNumber"] = settings["called_show_number"]
        if filled.params:
            named = filled.by_name()
            params["TtsParam"] = json.dumps(named, ensure_ascii=False, separators=(",", ":"))
        return params
