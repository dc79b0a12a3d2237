"""Group robots: what they say has the platform's shape, and what it refuses has a reason."""

import base64
import hashlib
from collections.abc import Iterator
from typing import Any

import pytest

from bots.accounts import Account
from bots.messages import Outcome, Outgoing
from bots.wecom.group_robot import Client
from tests.scripted_platform import ScriptedPlatform, cut_off

WEBHOOK = "/cgi-bin/webhook/send"


@pytest.fixture
def platform() -> Iterator[ScriptedPlatform]:
    with ScriptedPlatform() as scripted:
        scripted.answers[WEBHOOK] = [{"errcode": 0, "errmsg": "ok"}]
        yield scripted


@pytest.fixture
def client(platform: ScriptedPlatform) -> Client:
    return Client(Account("robot", "r", secret="the-key", api_base_url=platform.url))


def saying(kind: str, **content: Any) -> Outgoing:
    return Outgoing("k", "robot", kind, content, to_group=True)


ARTICLE = {"title": "t", "description": "", "url": "https://a.example", "picurl": ""}


@pytest.mark.parametrize(
    ("outgoing", "said"),
    [
        (
            saying("text", text="好", mentioned=["@all"]),
            {"text": {"content": "好", "mentioned_list": ["@all"]}},
        ),
        (saying("markdown", text="**好**"), {"markdown": {"content": "**好**"}}),
        (
            saying("link", title="t", url="https://a.example"),
            {"news": {"articles": [ARTICLE]}},
        ),
        (saying("file", media_id="M"), {"file": {"media_id": "M"}}),
        (
            saying("image", picture=base64.b64encode(b"PNG").decode()),
            {
                "image": {
                    "base64": base64.b64encode(b"PNG").decode(),
                    "md5": hashlib.md5(b"PNG").hexdigest(),
                }
            },
        ),
    ],
)
def test_what_it_says_has_the_platforms_shape(
    client: Client, platform: ScriptedPlatform, outgoing: Outgoing, said: dict[str, Any]
):
    assert client.send(outgoing).outcome is Outcome.ACCEPTED
    (call,) = platform.calls
    assert call.query == {"key": "the-key"}
    (kind,) = said
    assert call.json == {"msgtype": kind} | said


@pytest.mark.parametrize(
    ("outgoing", "reason"),
    [
        (saying("text", text="好" * 683), "text_too_long"),
        (saying("markdown", text="好" * 1366), "text_too_long"),
        (saying("news", articles=[ARTICLE] * 9), "too_many_articles"),
        (saying("image", picture=base64.b64encode(b"x" * 2_097_153)), "picture_too_large"),
        (saying("poem", text="好"), "kind_not_offered"),
        (saying("link", title="t"), "no_url"),
    ],
)
def test_what_cannot_be_said_is_refused_unsent(
    client: Client, platform: ScriptedPlatform, outgoing: Outgoing, reason: str
):
    answer = client.send(outgoing)
    assert (answer.outcome, answer.reason) == (Outcome.REFUSED, reason)
    assert platform.calls == []


def test_a_wrong_key_is_an_operators_affair(client: Client, platform: ScriptedPlatform):
    platform.answers[WEBHOOK] = [{"errcode": 93000, "errmsg": "invalid webhook url"}]
    answer = client.send(saying("text", text="好"))
    assert (answer.outcome, answer.reason) == (Outcome.MISCONFIGURED, "bad_webhook")


def test_a_full_minute_is_waited_for(client: Client, platform: ScriptedPlatform):
    platform.answers[WEBHOOK] = [{"errcode": 45009, "errmsg": "api freq out of limit"}]
    answer = client.send(saying("text", text="好"))
    assert (answer.outcome, answer.retry_after_s) == (Outcome.PARKED, 60)


def test_a_lost_answer_is_not_asked_for_again(client: Client, platform: ScriptedPlatform):
    platform.answers[WEBHOOK] = [cut_off]
    assert client.send(saying("text", text="好")).outcome is Outcome.AMBIGUOUS
    assert not client.repeatable("")
