"""SMS and calls as the providers document them: known answers of their signatures, what is sent,
what their codes mean, what is refused before it is sent."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from bots import sms, voice
from bots.accounts import Account
from bots.cloud import aliyun, phones, templates, tencent
from bots.error_tables import UNCLASSIFIED
from bots.messages import Answer, Outcome, Outgoing
from tests import scripted_platform
from tests.scripted_platform import ScriptedPlatform

SETTINGS = {"secret_id": "AKIDapril", "sign_name": "四月", "template_id": "1110"}
CLIENTS = (sms.TencentClient, sms.AliyunClient, voice.TencentClient, voice.AliyunClient)
TABLES = (sms.tencent.TABLE, sms.aliyun.TABLE, voice.tencent.TABLE, voice.aliyun.TABLE)


@pytest.fixture
def platform() -> Iterator[ScriptedPlatform]:
    with ScriptedPlatform() as scripted:
        yield scripted


def account(platform: ScriptedPlatform) -> Account:
    return Account("sms", "1400006666", secret="s", api_base_url=platform.url, settings=SETTINGS)


def a_message(kind: str = "sms", recipient: str = "13800000001", **content: Any) -> Outgoing:
    return Outgoing("0" * 32, recipient, kind, content)


def send(client: Any, platform: ScriptedPlatform, message: Outgoing, answer: Any) -> Answer:
    platform.answers["/"] = [answer]
    answered: Answer = client(account(platform)).send(message)
    return answered


def kind_of(client: Any) -> str:
    return "call" if client.__module__.startswith("bots.voice") else "sms"


def status(code: str, serial: str = "5:1") -> dict[str, Any]:
    return {"Response": {"SendStatusSet": [{"SerialNo": serial, "Code": code}]}}


# The documentation's own example: "签名方法 v3", DescribeInstances, without and with X-TC-Action.
EXAMPLE = rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}'
HEADERS = {"Content-Type": "application/json; charset=utf-8", "Host": "cvm.tencentcloudapi.com"}


@pytest.mark.parametrize(
    ("secret", "headers", "signature"),
    [
        (
            "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE",
            HEADERS,
            "72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168",
        ),
        (
            "*" * 32,
            HEADERS | {"X-TC-Action": "DescribeInstances"},
            "10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f",
        ),
    ],
)
def test_tencent_signs_as_its_documentation_does(
    secret: str, headers: dict[str, str], signature: str
) -> None:
    header = tencent.authorization(("AKID", secret), "cvm", headers, EXAMPLE, 1551113065)
    assert header.startswith("TC3-HMAC-SHA256 Credential=AKID/2019-02-25/cvm/tc3_request, ")
    assert header.endswith(f"Signature={signature}")


def test_aliyun_signs_as_its_documentation_does() -> None:
    """ "V3版本请求体&签名机制", RunInstances."""
    image = "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"
    query = aliyun.canonical_query({"RegionId": "cn-shanghai", "ImageId": image})
    headers = {
        "host": "ecs.cn-shanghai.aliyuncs.com",
        "x-acs-action": "RunInstances",
        "x-acs-content-sha256": aliyun.NOTHING,
        "x-acs-date": "2023-10-26T10:22:32Z",
        "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
        "x-acs-version": "2014-05-26",
    }
    assert aliyun.authorization(("YourAccessKeyId", "YourAccessKeySecret"), query, headers) == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;"
        "x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,"
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


def test_a_query_is_encoded_as_rfc_3986_has_it() -> None:
    assert aliyun.canonical_query({"b": "~ *+/", "a": "四"}) == "a=%E5%9B%9B&b=~%20%2A%2B%2F"


def test_an_sms_of_tencent_is_sent_as_documented(platform: ScriptedPlatform) -> None:
    answer = send(sms.TencentClient, platform, a_message(params=["小雨"]), status("Ok"))
    assert answer == Answer(Outcome.ACCEPTED, platform_id="5:1")
    (call,) = platform.calls
    named = call.headers["x-tc-action"], call.headers["x-tc-version"]
    assert named == ("SendSms", "2021-01-11")
    assert call.headers["host"] in platform.url
    assert call.json == {
        "PhoneNumberSet": ["+8613800000001"],
        "SmsSdkAppId": "1400006666",
        "SignName": "四月",
        "TemplateId": "1110",
        "TemplateParamSet": ["小雨"],
        "SessionContext": "0" * 32,
    }


def test_an_sms_of_aliyun_is_sent_as_documented(platform: ScriptedPlatform) -> None:
    message = a_message(template_id="SMS_9", params=["name=小雨", "n=a=b"])
    answer = send(sms.AliyunClient, platform, message, {"Code": "OK", "BizId": "9^0"})
    assert answer == Answer(Outcome.ACCEPTED, platform_id="9^0")
    (call,) = platform.calls
    assert json.loads(call.query.pop("TemplateParam")) == {"name": "小雨", "n": "a=b"}
    assert call.query == {
        "PhoneNumbers": "13800000001",
        "SignName": "四月",
        "TemplateCode": "SMS_9",
        "OutId": "0" * 32,
    }


def test_a_call_is_made_as_documented(platform: ScriptedPlatform) -> None:
    message = a_message("call", params=["name=小雨"])
    accepted = {"Response": {"SendStatus": {"CallId": "c-1", "SessionContext": ""}}}
    assert send(voice.TencentClient, platform, message, accepted).platform_id == "c-1"
    assert platform.calls[0].json["CalledNumber"] == "+8613800000001"
    answer = send(voice.AliyunClient, platform, message, {"Code": "OK", "CallId": "c^2"})
    assert answer.platform_id == "c^2"
    assert len(platform.calls[1].query["OutId"]) <= 15


@pytest.mark.parametrize(
    ("code", "outcome", "retry_after_s"),
    [
        ("LimitExceeded.PhoneNumberThirtySecondLimit", Outcome.LATER, 30),
        ("LimitExceeded.PhoneNumberDailyLimit", Outcome.LATER, 43_200),
        ("LimitExceeded.SomethingNew", Outcome.LATER, 60),
        ("FailedOperation.InsufficientBalanceInSmsPackage", Outcome.MISCONFIGURED, 0),
        ("FailedOperation.PhoneNumberInBlacklist", Outcome.REFUSED, 0),
        ("InvalidParameterValue.IncorrectPhoneNumber", Outcome.REFUSED, 0),
        ("InternalError.Timeout", Outcome.AMBIGUOUS, 0),
        ("AuthFailure.SignatureFailure", Outcome.MISCONFIGURED, 0),
    ],
)
def test_tencents_codes_mean_what_they_say(
    platform: ScriptedPlatform, code: str, outcome: Outcome, retry_after_s: int
) -> None:
    for said in (status(code, ""), {"Response": {"Error": {"Code": code, "Message": "no"}}}):
        answer = send(sms.TencentClient, platform, a_message(params=[]), said)
        assert (answer.outcome, answer.retry_after_s) == (outcome, retry_after_s)
        assert answer.reason.endswith(f":{code}")


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("isv.BUSINESS_LIMIT_CONTROL", Outcome.LATER),
        ("isv.MOBILE_NUMBER_ILLEGAL", Outcome.REFUSED),
        ("isv.DAY_LIMIT_CONTROL", Outcome.PARKED),
        ("isv.OUT_OF_SERVICE", Outcome.MISCONFIGURED),
        ("isp.SYSTEM_ERROR", Outcome.AMBIGUOUS),
        ("Throttling.User", Outcome.LATER),
        ("SignatureDoesNotMatch", Outcome.MISCONFIGURED),
    ],
)
def test_aliyuns_codes_mean_what_they_say(
    platform: ScriptedPlatform, code: str, outcome: Outcome
) -> None:
    answer = send(sms.AliyunClient, platform, a_message(params=[]), {"Code": code})
    assert (answer.outcome, answer.reason.endswith(f":{code}")) == (outcome, True)


def test_what_the_gateway_of_aliyun_refuses_is_read_whatever_its_status(
    platform: ScriptedPlatform,
) -> None:
    refusal = b'{"Code":"Throttling.User","Message":"slow down"}'

    def refuses(handler: Any) -> None:
        handler.reply(refusal, status=400)

    answer = send(sms.AliyunClient, platform, a_message(params=[]), refuses)
    assert (answer.outcome, answer.reason) == (Outcome.LATER, "system_busy:Throttling.User")


def test_what_something_else_refuses_was_never_sent(platform: ScriptedPlatform) -> None:
    """A proxy in between says no, in HTML."""

    def refuses(handler: Any) -> None:
        handler.reply(b"<html>no</html>", status=403)

    answer = send(sms.AliyunClient, platform, a_message(params=[]), refuses)
    assert (answer.outcome, answer.reason) == (Outcome.MISCONFIGURED, "http_403")


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.platform)
def test_an_unknown_code_stays_in_sight(table: Any) -> None:
    answer = table.answer("isv.NEVER_SEEN")
    assert (answer.outcome, answer.reason) == (UNCLASSIFIED.outcome, "unclassified:isv.NEVER_SEEN")


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize(
    "behaviour",
    [scripted_platform.cut_off, scripted_platform.half_an_answer, scripted_platform.raw(b"[]")],
)
def test_what_may_have_been_sent_is_ambiguous_and_never_repeated(
    platform: ScriptedPlatform, client: Any, behaviour: Any
) -> None:
    message = a_message(kind_of(client), params=[])
    assert send(client, platform, message, behaviour).outcome is Outcome.AMBIGUOUS
    assert not client(account(platform)).repeatable("")
    assert len(platform.calls) == 1


@pytest.mark.parametrize("client", CLIENTS)
def test_who_cannot_be_reached_was_told_nothing(client: Any) -> None:
    nowhere = Account("sms", "1", secret="s", api_base_url="http://127.0.0.1:9", settings=SETTINGS)
    answer = client(nowhere).send(a_message(kind_of(client), params=[]))
    assert answer.outcome is Outcome.LATER


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("recipient", ["", "12345", "138000000012", "+86", "member:5", "电话"])
def test_what_is_no_number_is_never_called(
    platform: ScriptedPlatform, client: Any, recipient: str
) -> None:
    answer = send(client, platform, a_message(kind_of(client), recipient, params=[]), {})
    assert (answer.outcome, answer.reason) == (Outcome.REFUSED, "bad_number")
    assert platform.calls == []


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        (["长" * 101], "param_too_long"),
        (["长" * 100] * 6, "text_too_long"),
        (["https://example.com"], "url_in_param"),
        ("小雨", "bad_parameters"),
        ([5], "bad_parameters"),
    ],
)
def test_what_the_template_cannot_take_is_refused_before_it_is_sent(
    platform: ScriptedPlatform, params: Any, reason: str
) -> None:
    answer = send(sms.TencentClient, platform, a_message(params=params), {})
    assert (answer.outcome, answer.reason) == (Outcome.REFUSED, reason)
    assert platform.calls == []


def test_aliyuns_parameters_have_names() -> None:
    with pytest.raises(templates.BadContent, match="param_without_name"):
        templates.Filled("SMS_1", ("小雨",)).by_name()


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("13800000001", "13800000001"),
        ("8613800000001", "13800000001"),
        ("+8613800000001", "13800000001"),
        ("008613800000001", "13800000001"),
    ],
)
def test_a_number_is_found_again_however_it_is_written(written: str, kept: str) -> None:
    assert phones.national(written) == kept
