"""The sandbox plays both clouds: it believes only right signatures and has their rules."""

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.datastructures import Headers

from bots import sandbox
from bots.sandbox.providers import signatures
from bots.sandbox.providers.signatures import Asked, NotSigned
from tests.direct_world import PHONE, SECRET, SECRET_ID, TOKEN, provider_accounts
from tests.sandbox_world import Clock, Heard, listening

EXAMPLE = rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}'
SMS = {"SmsSdkAppId": "1400006666", "SignName": "四月", "TemplateId": "1110"}
SMS |= {"TemplateParamSet": ["小雨"], "PhoneNumberSet": [f"+86{PHONE}"]}


@pytest.fixture
def heard() -> Iterator[Heard]:
    with listening(Heard((200, b'{"result":0,"errmsg":"OK"}', 0.0))) as server:
        yield server


@pytest.fixture
def client(tmp_path: Path, heard: Heard) -> Any:
    accounts = provider_accounts(f"{heard.url}/", unreachable=["13800000002"])
    app = sandbox.create_app(accounts, tmp_path / "s.db", clock=Clock())
    return app.test_client()


def signed(client: Any, body: Any, action: str = "SendSms", version: str = "2021-01-11") -> Any:
    """As ``curl`` and ``openssl`` would do it: by the documentation, with nobody's client."""
    content = json.dumps(body).encode()
    now = int(client.application.extensions["sandbox"].clock.real().timestamp())
    date = time.strftime("%Y-%m-%d", time.gmtime(now))
    service = "sms" if action != "SendTtsVoice" else "vms"
    digest = hashlib.sha256(content).hexdigest()
    signed_headers = "content-type:application/json\nhost:localhost\n"
    canonical = f"POST\n/\n\n{signed_headers}\ncontent-type;host\n{digest}"
    scope = f"{date}/{service}/tc3_request"
    text = f"TC3-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = b"TC3" + SECRET.encode()
    for part in (date, service, "tc3_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    headers = {
        "Host": "localhost",
        "Content-Type": "application/json",
        "X-TC-Action": action,
        "X-TC-Version": version,
        "X-TC-Region": "ap-guangzhou",
        "X-TC-Timestamp": str(now),
        "Authorization": f"TC3-HMAC-SHA256 Credential={SECRET_ID}/{scope}, "
        f"SignedHeaders=content-type;host, Signature={signature}",
    }
    return client.post("/", data=content, headers=headers).json["Response"]


def codes(response: Any) -> list[str]:
    return [status["Code"] for status in response["SendStatusSet"]]


def test_the_documentations_own_signatures_are_believed() -> None:
    asked = Asked(
        Headers(
            {
                "content-type": "application/json; charset=utf-8",
                "host": "cvm.tencentcloudapi.com",
                "X-TC-Timestamp": "1551113065",
            }
        ),
        "",
        EXAMPLE,
    )
    signature = "72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"
    names = ("content-type", "host")
    claim = signatures.Claim("AKID", signature, names, "cvm", "2019-02-25")
    signatures.check_tencent(asked, claim, "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE")
    with pytest.raises(NotSigned):
        signatures.check_tencent(asked, claim, "another")


def test_an_sms_is_recorded_and_reported(client: Any, heard: Heard) -> None:
    assert codes(signed(client, SMS)) == ["Ok"]
    (sent,) = client.get("/sandbox/sent", query_string={"recipient": PHONE}).json
    assert (sent["api"], sent["content"]["TemplateParamSet"]) == ("SendSms", ["小雨"])
    heard.wait_for(1)
    (report,) = json.loads(heard.calls[0]["body"])
    assert (report["mobile"], report["report_status"]) == (PHONE, "SUCCESS")
    assert heard.calls[0]["query"] == {"token": TOKEN}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"SignName": "别家"}, "FailedOperation.SignatureIncorrectOrUnapproved"),
        ({"TemplateId": "9"}, "FailedOperation.TemplateIncorrectOrUnapproved"),
        (
            {"TemplateParamSet": []},
            "FailedOperation.TemplateParamSetNotMatchApprovedTemplate",
        ),
        ({"PhoneNumberSet": ["+8612"]}, "InvalidParameterValue.IncorrectPhoneNumber"),
        (
            {"TemplateParamSet": ["http://a"]},
            "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter",
        ),
    ],
)
def test_each_rule_has_its_code(client: Any, change: Any, code: str) -> None:
    assert codes(signed(client, SMS | change)) == [code]
    assert client.get("/sandbox/sent").json == []


def test_a_second_sms_within_30_seconds_is_too_many(client: Any) -> None:
    assert codes(signed(client, SMS)) == ["Ok"]
    assert codes(signed(client, SMS)) == ["LimitExceeded.PhoneNumberThirtySecondLimit"]


def test_who_signs_wrongly_gets_nowhere(client: Any) -> None:
    answer = client.post("/", json=SMS, headers={"X-TC-Action": "SendSms"})
    assert answer.json["Response"]["Error"]["Code"] == "InvalidAction"
    headers = {"X-TC-Action": "SendSms", "X-TC-Version": "2021-01-11"}
    answer = client.post("/", json=SMS, headers=headers).json["Response"]
    assert answer["Error"]["Code"] == "AuthFailure.InvalidAuthorization"
    answer = client.post("/", headers={"x-acs-action": "SendSms", "x-acs-version": "2017-05-25"})
    assert (answer.status_code, answer.json["Code"]) == (400, "IncompleteSignature")
    assert client.post("/", json={}).json["errcode"] == 47001


def test_a_call_is_reported_as_answered(client: Any, heard: Heard) -> None:
    body = {"VoiceSdkAppid": "1400007777", "TemplateId": "2220", "TemplateParamSet": ["小雨"]}
    body |= {"CalledNumber": f"+86{PHONE}"}
    answer = signed(client, body, "SendTtsVoice", "2020-09-02")
    heard.wait_for(1)
    report = json.loads(heard.calls[0]["body"])["voiceprompt_callback"]
    assert (report["callid"], report["result"]) == (answer["SendStatus"]["CallId"], "0")
