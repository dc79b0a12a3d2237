"""Speaking through an official account, to a platform on a real socket that misbehaves."""

import json
import logging
import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest

from bots import wire
from bots.messages import Outcome, Outgoing
from bots.official_account import Account, Client
from bots.tokens import TokenStore
from bots.wechat_api import PlatformRefused
from bots.wire import PlatformUnavailable
from tests.scripted_platform import (
    ScriptedPlatform,
    a_byte_at_a_time,
    cut_off,
    half_an_answer,
    never,
    raw,
    status,
)

STABLE_TOKEN = "/cgi-bin/stable_token"
SEND = "/cgi-bin/message/custom/send"
TYPING = "/cgi-bin/message/custom/typing"
OK = {"errcode": 0, "errmsg": "ok"}
HELLO = Outgoing(key="k", recipient="oMember-1", kind="text", content={"text": "你好 😀"})


def token(value: str) -> dict[str, object]:
    return {"access_token": value, "expires_in": 7200}


def error(code: int) -> dict[str, object]:
    return {"errcode": code, "errmsg": f"refused, token-1, rid: 6a-{code}"}


@pytest.fixture
def platform() -> Iterator[ScriptedPlatform]:
    with ScriptedPlatform() as platform:
        platform.answers[STABLE_TOKEN] = [token("token-1"), token("token-2")]
        platform.answers[SEND] = [OK]
        yield platform


@pytest.fixture
def account(platform) -> Account:
    return Account(key="shop", appid="wx1", secret="app-secret", api_base_url=platform.url)


@pytest.fixture
def client(account, redis_client) -> Client:
    return Client(account, TokenStore(redis_client))


@pytest.mark.parametrize(
    ("kind", "content", "said"),
    [
        ("text", {"text": "你好 😀"}, {"msgtype": "text", "text": {"content": "你好 😀"}}),
        ("image", {"media_id": "m"}, {"msgtype": "image", "image": {"media_id": "m"}}),
        (
            "link",
            {"title": "t", "description": "d", "url": "http://u", "picture_url": "http://p"},
            {
                "msgtype": "news",
                "news": {
                    "articles": [
                        {"title": "t", "description": "d", "url": "http://u", "picurl": "http://p"}
                    ]
                },
            },
        ),
        (
            "miniprogram",
            {"title": "t", "appid": "wx2", "page_path": "p", "thumb_media_id": "m"},
            {
                "msgtype": "miniprogrampage",
                "miniprogrampage": {
                    "title": "t",
                    "appid": "wx2",
                    "pagepath": "p",
                    "thumb_media_id": "m",
                },
            },
        ),
        ("voice", {"media_id": "m"}, {"msgtype": "voice", "voice": {"media_id": "m"}}),
        (
            "video",
            {"media_id": "m", "thumb_media_id": "c", "title": "t", "description": "d"},
            {
                "msgtype": "video",
                "video": {
                    "media_id": "m",
                    "thumb_media_id": "c",
                    "title": "t",
                    "description": "d",
                },
            },
        ),
        (
            "music",
            {"title": "t", "description": "d", "url": "http://m", "thumb_media_id": "c"},
            {
                "msgtype": "music",
                "music": {
                    "title": "t",
                    "description": "d",
                    "musicurl": "http://m",
                    "hqmusicurl": "http://m",
                    "thumb_media_id": "c",
                },
            },
        ),
        ("articles", {"media_id": "m"}, {"msgtype": "mpnews", "mpnews": {"media_id": "m"}}),
        (
            "published_article",
            {"article_id": "a"},
            {"msgtype": "mpnewsarticle", "mpnewsarticle": {"article_id": "a"}},
        ),
        (
            "choices",
            {"head": "满意吗", "choices": [{"id": "101", "text": "满意"}], "tail": "谢谢"},
            {
                "msgtype": "msgmenu",
                "msgmenu": {
                    "head_content": "满意吗",
                    "list": [{"id": "101", "content": "满意"}],
                    "tail_content": "谢谢",
                },
            },
        ),
        ("card", {"card_id": "p"}, {"msgtype": "wxcard", "wxcard": {"card_id": "p"}}),
    ],
)
def test_each_kind_is_said_as_the_platform_wants_it(client, platform, kind, content, said):
    assert client.send(replace(HELLO, kind=kind, content=content)).outcome is Outcome.ACCEPTED
    [call] = platform.calls_to(SEND)
    assert call.json == {"touser": "oMember-1", **said}
    assert call.query == {"access_token": "token-1"}


def test_a_message_can_come_from_one_of_the_customer_service_staff(client, platform):
    client.send(replace(HELLO, through="test1@kftest"))
    [call] = platform.calls_to(SEND)
    assert call.json["customservice"] == {"kf_account": "test1@kftest"}


@pytest.mark.parametrize(("on", "command"), [(True, "Typing"), (False, "CancelTyping")])
def test_she_can_be_shown_that_we_are_writing(client, platform, on, command):
    platform.answers[TYPING] = [OK]
    shown = client.send(replace(HELLO, kind="typing", content={"on": on}))
    assert shown.outcome is Outcome.ACCEPTED
    [call] = platform.calls_to(TYPING)
    assert call.json == {"touser": "oMember-1", "command": command}


def test_chinese_is_sent_as_it_is(client, platform):
    client.send(HELLO)
    assert "你好 😀".encode() in platform.calls_to(SEND)[0].body


@pytest.mark.parametrize(
    ("outgoing", "reason"),
    [
        (replace(HELLO, content={"text": "中" * 683}), "text_too_long"),
        (replace(HELLO, kind="hologram"), "kind_not_offered"),
        (replace(HELLO, kind="link", content={"title": "t"}), "no_url"),
        (replace(HELLO, to_group=True), "no_groups_here"),
    ],
)
def test_what_cannot_be_said_here_is_never_sent(client, platform, outgoing, reason):
    answer = client.send(outgoing)
    assert (answer.outcome, answer.reason) == (Outcome.REFUSED, reason)
    assert platform.calls == []


def test_a_text_of_2048_bytes_is_sent(client):
    answer = client.send(replace(HELLO, content={"text": "中" * 682 + "ab"}))
    assert answer.outcome is Outcome.ACCEPTED


def test_the_token_is_fetched_once_for_many_messages(client, platform):
    for _ in range(3):
        client.send(HELLO)
    assert len(platform.calls_to(STABLE_TOKEN)) == 1


@pytest.mark.parametrize("code", [40001, 40014, 42001])
def test_a_stale_token_is_renewed_and_the_message_sent_once_more(client, platform, code):
    platform.answers[SEND] = [error(code), OK]
    assert client.send(HELLO).outcome is Outcome.ACCEPTED
    assert [call.query["access_token"] for call in platform.calls_to(SEND)] == [
        "token-1",
        "token-2",
    ]


def test_a_token_refused_for_ever_costs_two_sends_and_one_refresh(client, platform):
    platform.answers[STABLE_TOKEN] = [token("token-1"), token("token-1"), token("token-2")]
    platform.answers[SEND] = [error(40001)]
    answer = client.send(HELLO)
    assert (answer.outcome, answer.reason) == (Outcome.LATER, "token_refused")
    assert len(platform.calls_to(SEND)) == 2
    forced = [call.json["force_refresh"] for call in platform.calls_to(STABLE_TOKEN)]
    assert forced == [False, False, True]

    assert client.send(HELLO).outcome is Outcome.LATER
    assert len(platform.calls_to(SEND)) == 3
    assert len(platform.calls_to(STABLE_TOKEN)) == 3


@pytest.mark.parametrize(
    "misbehaviour",
    [
        never,
        cut_off,
        half_an_answer,
        a_byte_at_a_time,
        status(500),
        status(502),
        status(302),
        raw(b""),
        raw(b"<html>"),
        raw(b"[]"),
        raw(b"{}"),
        raw(b'{"errcode": "zero"}'),
        raw(b"[" * 100_000),
    ],
)
def test_an_answer_that_does_not_say_what_was_done_is_ambiguous(
    client, platform, misbehaviour, monkeypatch
):
    monkeypatch.setattr(wire, "READ_TIMEOUT_S", 0.2)
    monkeypatch.setattr(wire, "ANSWER_TIMEOUT_S", 0.3)
    platform.answers[SEND] = [misbehaviour]
    assert client.send(HELLO).outcome is Outcome.AMBIGUOUS
    assert len(platform.calls_to(SEND)) == 1


@pytest.mark.parametrize("misbehaviour", [never, cut_off, status(500), raw(b"<html>"), raw(b"{}")])
def test_without_a_token_nothing_was_sent(client, platform, misbehaviour, monkeypatch):
    monkeypatch.setattr(wire, "READ_TIMEOUT_S", 0.2)
    platform.answers[STABLE_TOKEN] = [misbehaviour]
    assert client.send(HELLO).outcome is Outcome.LATER
    assert platform.calls_to(SEND) == []


@pytest.mark.parametrize("code", [40001, 40013, 40125, 40164, 99999])
def test_a_refused_token_calls_for_an_operator(client, platform, code):
    platform.answers[STABLE_TOKEN] = [error(code)]
    answer = client.send(HELLO)
    assert (answer.outcome, answer.code) == (Outcome.MISCONFIGURED, code)


def test_a_busy_token_endpoint_is_asked_later(client, platform):
    platform.answers[STABLE_TOKEN] = [error(-1)]
    assert client.send(HELLO).outcome is Outcome.LATER


def test_a_platform_that_is_not_there_got_nothing(account, redis_client):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        client = Client(replace(account, api_base_url=url), TokenStore(redis_client))
        assert client.send(HELLO).outcome is Outcome.LATER


@pytest.mark.parametrize(("code", "outcome"), [(429, Outcome.LATER), (404, Outcome.MISCONFIGURED)])
def test_being_turned_away_is_not_ambiguous(client, platform, code, outcome):
    platform.answers[SEND] = [status(code)]
    assert client.send(HELLO).outcome is outcome


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (-1, Outcome.LATER),
        (45009, Outcome.PARKED),
        (45011, Outcome.LATER),
        (45015, Outcome.REFUSED),
        (45047, Outcome.REFUSED),
        (43004, Outcome.REFUSED),
        (48001, Outcome.MISCONFIGURED),
        (41123, Outcome.REFUSED),
    ],
)
def test_error_codes_become_outcomes(client, platform, code, outcome):
    platform.answers[SEND] = [error(code)]
    answer = client.send(HELLO)
    assert (answer.outcome, answer.code) == (outcome, code)


def test_secrets_stay_out_of_answers_and_logs(client, platform, caplog, monkeypatch):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(wire, "READ_TIMEOUT_S", 0.2)
    platform.answers[SEND] = [error(40001), never, cut_off, error(48001), status(404)]
    answers = [client.send(HELLO) for _ in range(4)]
    for secret in ("token-1", "token-2", "app-secret"):
        assert secret not in repr(answers) + caplog.text


def test_a_profile_is_what_the_platform_tells(client, platform):
    profile = {"subscribe": 1, "openid": "o1", "unionid": "u1", "remark": "老\x01客"}
    platform.answers["/cgi-bin/user/info"] = [
        raw(json.dumps(profile, ensure_ascii=False).replace("\\u0001", "\x01").encode()),
        error(40003),
        status(500),
    ]
    assert client.member_profile("o1") == profile
    with pytest.raises(PlatformRefused) as refusal:
        client.member_profile("o2")
    assert (refusal.value.code, refusal.value.reason) == (40003, "bad_recipient")
    with pytest.raises(PlatformUnavailable):
        client.member_profile("o3")


def test_qr_codes_are_temporary_or_permanent(client, platform):
    path = "/cgi-bin/qrcode/create"
    platform.answers[path] = [{"ticket": "T", "url": "http://u"}]
    assert client.create_qr("shelf_01", 604_800)["ticket"] == "T"
    client.create_qr("shelf_01", None)
    scene = {"scene": {"scene_str": "shelf_01"}}
    assert [call.json for call in platform.calls_to(path)] == [
        {"action_name": "QR_STR_SCENE", "action_info": scene, "expire_seconds": 604_800},
        {"action_name": "QR_LIMIT_STR_SCENE", "action_info": scene},
    ]


@pytest.mark.parametrize(
    ("scene", "expire_s"), [("", 60), ("s" * 65, 60), ("s", 0), ("s", 2_592_001)]
)
def test_a_qr_code_the_platform_would_not_make_is_not_asked_for(client, scene, expire_s):
    with pytest.raises(ValueError, match="scene|lasts"):
        client.create_qr(scene, expire_s)


def test_a_proxy_in_the_environment_is_not_asked_for_this_machine(client, platform, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert client.send(HELLO).outcome is Outcome.ACCEPTED
