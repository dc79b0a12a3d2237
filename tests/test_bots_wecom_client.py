"""Speaking to WeCom: one token an app, every answer classified, every way its own words."""

from collections.abc import Iterator

import pytest

from bots.accounts import Account
from bots.messages import Answer, Outcome, Outgoing
from bots.tokens import TokenStore
from bots.wecom import Client
from tests import scripted_platform
from tests.scripted_platform import ScriptedPlatform

TOKEN, WELCOME = "/cgi-bin/gettoken", "/cgi-bin/externalcontact/send_welcome_msg"
CONTACT = "/cgi-bin/externalcontact/get"
HELLO = Outgoing("k", "wmApril0", "text", {"text": "您好"}, way="welcome", through="CODE")
WHO = Outgoing("k", "wmApril0", "contact", {}, way="contact")


@pytest.fixture
def platform() -> Iterator[ScriptedPlatform]:
    with ScriptedPlatform() as platform:
        platform.answers[TOKEN] = [{"errcode": 0, "access_token": "t1", "expires_in": 7200}]
        platform.answers[WELCOME] = [{"errcode": 0, "errmsg": "ok"}]
        yield platform


@pytest.fixture
def client(platform, redis_client) -> Client:
    return client_of(platform, redis_client)


def client_of(platform, redis_client, agent_id="1000002", secret="s") -> Client:
    account = Account(
        key="corp",
        appid="ww1",
        secret=secret,
        api_base_url=platform.url,
        settings={"agent_id": agent_id},
    )
    return Client(account, TokenStore(redis_client))


def test_a_welcome_goes_out_under_its_code(platform, client):
    assert client.send(HELLO).outcome is Outcome.ACCEPTED
    (call,) = platform.calls_to(WELCOME)
    assert call.query == {"access_token": "t1"}
    assert call.json == {
        "welcome_code": "CODE",
        "text": {"content": "您好"},
        "attachments": [],
    }


def test_a_welcome_may_carry_attachments_only(platform, client):
    link = {"kind": "link", "title": "新人礼", "url": "https://example.com/new"}
    card = {"kind": "miniprogram", "title": "会员", "appid": "wx1", "page_path": "/index"}
    attached = [link, card | {"picture_media_id": "M"}, {"kind": "image", "media_id": "I"}]
    said = Outgoing("k", "wm", "text", {"attachments": attached}, way="welcome", through="C")
    assert client.send(said).outcome is Outcome.ACCEPTED
    (call,) = platform.calls_to(WELCOME)
    assert call.json["attachments"] == [
        {"msgtype": "link", "link": {"title": "新人礼", "url": "https://example.com/new"}},
        {
            "msgtype": "miniprogram",
            "miniprogram": {
                "title": "会员",
                "pic_media_id": "M",
                "appid": "wx1",
                "page": "/index",
            },
        },
        {"msgtype": "image", "image": {"media_id": "I"}},
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"text": "好" * 1334}, "text_too_long"),
        ({"text": ""}, "nothing_to_say"),
        ({"attachments": [{"kind": "image", "media_id": "M"}] * 10}, "too_many_attachments"),
        ({"attachments": [{"kind": "dance"}]}, "kind_not_offered"),
        ({"attachments": [{"kind": "image"}]}, "no_media_id"),
    ],
)
def test_what_cannot_be_a_welcome_is_refused_before_it_is_sent(platform, client, content, reason):
    said = Outgoing("k", "wm", "text", content, way="welcome", through="C")
    assert client.send(said) == Answer(Outcome.REFUSED, reason=reason)
    assert platform.calls == []


def test_a_way_nobody_knows_is_refused(client):
    answer = client.send(Outgoing("k", "wm", "text", {"text": "x"}, way="smoke_signal"))
    assert answer == Answer(Outcome.REFUSED, reason="way_not_offered")


@pytest.mark.parametrize(
    ("code", "outcome", "reason"),
    [
        (41051, Outcome.REFUSED, "already_welcomed"),
        (41050, Outcome.REFUSED, "too_late"),
        (41096, Outcome.LATER, "another_app_welcomes"),
        (45009, Outcome.PARKED, "too_frequent"),
        (84061, Outcome.REFUSED, "recipient_unreachable"),
        (60020, Outcome.MISCONFIGURED, "address_not_allowed"),
        (99999, Outcome.REFUSED, "unclassified"),
    ],
)
def test_codes_mean_what_wecom_means_by_them(platform, client, code, outcome, reason):
    platform.answers[WELCOME] = [{"errcode": code, "errmsg": "hint: [1]"}]
    answer = client.send(HELLO)
    assert (answer.outcome, answer.reason) == (outcome, reason)


def test_a_lost_answer_to_a_welcome_is_ambiguous_and_never_repeated(platform, client):
    platform.answers[WELCOME] = [scripted_platform.cut_off]
    assert client.send(HELLO).outcome is Outcome.AMBIGUOUS
    assert not client.repeatable("welcome")
    assert client.repeatable("contact")


@pytest.mark.parametrize("code", [40001, 40014, 42001])
def test_a_stale_token_costs_two_calls_and_one_refresh(platform, client, code):
    platform.answers[TOKEN].append({"errcode": 0, "access_token": "t2", "expires_in": 7200})
    platform.answers[WELCOME] = [{"errcode": code}, {"errcode": 0}]
    assert client.send(HELLO).outcome is Outcome.ACCEPTED
    tokens = [call.query["access_token"] for call in platform.calls_to(WELCOME)]
    assert tokens == ["t1", "t2"]


def test_a_token_that_is_always_refused_is_renewed_once_in_half_a_minute(platform, client):
    platform.answers[WELCOME] = [{"errcode": 40014}]
    for _ in range(3):
        answer = client.send(HELLO)
        assert (answer.outcome, answer.reason) == (Outcome.LATER, "token_refused")
    assert len(platform.calls_to(WELCOME)) == 4  # two at the first, one at each other


def test_a_wrong_secret_is_for_an_operator(platform, client):
    platform.answers[TOKEN] = [{"errcode": 40001, "errmsg": "invalid credential"}]
    answer = client.send(HELLO)
    assert (answer.outcome, answer.reason) == (Outcome.MISCONFIGURED, "no_token:bad_secret")


def test_apps_of_one_corp_have_a_token_each(platform, redis_client):
    platform.answers[TOKEN].append({"errcode": 0, "access_token": "t2", "expires_in": 7200})
    for agent_id, secret in (("1", "one"), ("2", "two")):
        client_of(platform, redis_client, agent_id, secret).send(HELLO)
    secrets = [call.query["corpsecret"] for call in platform.calls_to(TOKEN)]
    assert secrets == ["one", "two"]


def test_a_contact_is_read_to_the_last_page(platform, client):
    who = {"external_userid": "wmApril0", "name": "小雨", "type": 1, "unionid": "u-1"}
    first = {"userid": "xiaowang", "remark": "雨", "createtime": 1, "add_way": 1, "state": "s"}
    platform.answers[CONTACT] = [
        {"errcode": 0, "external_contact": who, "follow_user": [first], "next_cursor": "C"},
        {"errcode": 0, "follow_user": [{"userid": "xiaoli", "tags": [{"tag_id": "et1"}]}]},
    ]
    told = client.send(WHO).told
    assert (told["UnionId"], told["Name"]) == ("u-1", "小雨")
    assert [(one["UserID"], one["State"], one["TagIds"]) for one in told["Staff"]] == [
        ("xiaowang", "s", []),
        ("xiaoli", "", ["et1"]),
    ]
    assert [call.query.get("cursor") for call in platform.calls_to(CONTACT)] == [None, "C"]


def test_whoever_is_nobody_s_contact_is_gone(platform, client):
    platform.answers[CONTACT] = [{"errcode": 84061}]
    assert client.send(WHO).told == {"ExternalUserID": "wmApril0", "IsGone": "true"}


def test_a_quota_of_questions_parks_no_messages(platform, client):
    platform.answers[CONTACT] = [{"errcode": 45009}]
    assert client.send(WHO).outcome is Outcome.LATER
