"""The mini-program's two codes: who has come, and her phone number."""

from collections.abc import Iterator

import pytest

from bots.mini_program import Account, Client, CodeRefused, PlatformUnavailable, Session
from bots.tokens import TokenStore
from tests.scripted_platform import ScriptedPlatform, cut_off, raw, status

SESSION = "/sns/jscode2session"
PHONE = "/wxa/business/getuserphonenumber"


def phone_info(number: str = "13812345678", country: str = "86", appid: str = "wx-mini") -> dict:
    return {
        "errcode": 0,
        "phone_info": {
            "phoneNumber": f"+{country}{number}",
            "purePhoneNumber": number,
            "countryCode": country,
            "watermark": {"timestamp": 1_700_000_000, "appid": appid},
        },
    }


@pytest.fixture
def platform() -> Iterator[ScriptedPlatform]:
    with ScriptedPlatform() as platform:
        platform.answers["/cgi-bin/stable_token"] = [{"access_token": "t", "expires_in": 7200}]
        yield platform


@pytest.fixture
def client(platform, redis_client) -> Client:
    account = Account(key="mini", appid="wx-mini", secret="app-secret", api_base_url=platform.url)
    return Client(account, TokenStore(redis_client))


def test_a_login_code_tells_who_has_come(client, platform):
    platform.answers[SESSION] = [
        {"openid": "o1", "session_key": "key", "unionid": "u1"},
        {"openid": "o1", "session_key": "key"},
    ]
    assert client.session_of("code-1") == Session("o1", "key", "u1")
    assert client.session_of("code-2").unionid is None
    assert platform.calls[0].query == {
        "appid": "wx-mini",
        "secret": "app-secret",
        "js_code": "code-1",
        "grant_type": "authorization_code",
    }


@pytest.mark.parametrize(
    ("code", "reason"),
    [(40029, "code_invalid"), (40163, "code_used"), (40226, "risky_account")],
)
def test_a_refused_code_says_why(client, platform, code, reason):
    platform.answers[SESSION] = [{"errcode": code, "errmsg": "app-secret"}]
    with pytest.raises(CodeRefused) as refusal:
        client.session_of("code-1")
    assert (refusal.value.code, refusal.value.reason) == (code, reason)
    assert "app-secret" not in str(refusal.value)


@pytest.mark.parametrize(
    "answer",
    [
        {"errcode": -1},
        {"errcode": 45011},
        {"errcode": 40125},
        {"openid": "o1"},
        {"openid": 1, "session_key": "key"},
        raw(b'{"errcode": "zero", "openid": "o1", "session_key": "key"}'),
        cut_off,
        status(503),
    ],
)
def test_a_platform_in_trouble_is_not_the_member_s_fault(client, platform, answer):
    platform.answers[SESSION] = [answer]
    with pytest.raises(PlatformUnavailable) as trouble:
        client.session_of("code-1")
    assert "app-secret" not in str(trouble.value)


@pytest.mark.parametrize(
    ("number", "country", "expected"),
    [("13812345678", "86", "13812345678"), ("61234567", "852", "+85261234567")],
)
def test_a_phone_code_gives_the_number(client, platform, number, country, expected):
    platform.answers[PHONE] = [phone_info(number, country)]
    assert client.phone_of("code-1") == expected
    assert platform.calls_to(PHONE)[0].json == {"code": "code-1"}


def test_another_mini_program_s_code_is_refused(client, platform):
    platform.answers[PHONE] = [phone_info(appid="wx-another")]
    with pytest.raises(CodeRefused):
        client.phone_of("code-1")


@pytest.mark.parametrize("answer", [{"errcode": 0}, {"errcode": 0, "phone_info": []}])
def test_an_answer_without_a_number_is_no_answer(client, platform, answer):
    platform.answers[PHONE] = [answer]
    with pytest.raises(PlatformUnavailable):
        client.phone_of("code-1")


def test_a_session_key_does_not_show():
    assert "secret-key" not in repr(Session("o1", "secret-key"))
