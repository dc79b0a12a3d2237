"""Files of ours in what an official account says: uploaded once, renewed when the platform has
forgotten them, and never more than two messages for one."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from bots import mini_program
from bots.media import KEPT_S, MediaFile, MediaGone, MediaStore
from bots.messages import Outcome, Outgoing
from bots.official_account import Account, Client
from bots.tokens import TokenStore
from tests.scripted_platform import ScriptedPlatform, never

STABLE_TOKEN = "/cgi-bin/stable_token"
SEND = "/cgi-bin/message/custom/send"
UPLOAD = "/cgi-bin/media/upload"
OK = {"errcode": 0, "errmsg": "ok"}
PICTURE = MediaFile("会员日.png", "image/png", b"\x89PNG picture")
FILES = {"d1": PICTURE, "d2": MediaFile("cover.jpg", "image/jpeg", b"\xff\xd8\xff cover")}
POSTER = Outgoing(key="k", recipient="oMember-1", kind="image", content={"media": "d1"})


def open_file(digest: str) -> MediaFile:
    if digest not in FILES:
        raise MediaGone(digest)
    return FILES[digest]


def uploaded(media_id: str, kind: str = "image") -> dict[str, object]:
    name = "thumb_media_id" if kind == "thumb" else "media_id"
    return {"type": kind, name: media_id, "created_at": 1780000000}


def refused(code: int) -> dict[str, object]:
    return {"errcode": code, "errmsg": f"no, rid: {code}"}


@pytest.fixture
def platform() -> Iterator[ScriptedPlatform]:
    with ScriptedPlatform() as platform:
        platform.answers[STABLE_TOKEN] = [
            {"access_token": "token-1", "expires_in": 7200},
            {"access_token": "token-2", "expires_in": 7200},
        ]
        platform.answers[SEND] = [OK]
        platform.answers[UPLOAD] = [uploaded("m1"), uploaded("m2"), uploaded("m3")]
        yield platform


@pytest.fixture
def account(platform) -> Account:
    return Account(key="shop", appid="wx1", secret="app-secret", api_base_url=platform.url)


@pytest.fixture
def made(redis_client) -> Callable[[Account], Client]:
    """Makes clients as other processes do: they share nothing but Redis."""
    return lambda account: Client(
        account, TokenStore(redis_client), media=MediaStore(redis_client, open_file)
    )


@pytest.fixture
def client(account, made) -> Client:
    return made(account)


def said(platform) -> list[str]:
    return [call.json["image"]["media_id"] for call in platform.calls_to(SEND)]


def test_a_file_is_uploaded_once_for_many_messages_and_processes(made, account, platform):
    assert made(account).send(POSTER).outcome is Outcome.ACCEPTED
    assert made(account).send(POSTER).outcome is Outcome.ACCEPTED
    assert said(platform) == ["m1", "m1"]
    [upload] = platform.calls_to(UPLOAD)
    assert upload.query == {"access_token": "token-1", "type": "image"}
    assert upload.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert PICTURE.content in upload.body
    assert b'name="media"' in upload.body
    assert "会员日.png".encode() in upload.body


def test_two_accounts_have_two_ids_for_the_same_file(made, account, platform):
    made(account).send(POSTER)
    made(replace(account, key="other", appid="wx2")).send(POSTER)
    assert said(platform) == ["m1", "m2"]


def test_an_id_is_kept_a_little_shorter_than_the_platform_keeps_the_file(
    client, platform, redis_client
):
    client.send(POSTER)
    [key] = redis_client.keys("siyu:media:*:d1")
    assert 3 * 24 * 3600 - 3600 - 60 < redis_client.ttl(key) <= KEPT_S < 3 * 24 * 3600


def test_a_forgotten_id_is_renewed_once_and_the_message_said_once_more(client, platform):
    platform.answers[SEND] = [refused(40007), OK]
    assert client.send(POSTER).outcome is Outcome.ACCEPTED
    assert said(platform) == ["m1", "m2"]
    client.send(POSTER)
    assert said(platform)[-1] == "m2"


def test_an_id_refused_for_ever_costs_two_messages_and_two_uploads(client, platform):
    platform.answers[SEND] = [refused(40007)]
    answer = client.send(POSTER)
    assert (answer.outcome, answer.reason) == (Outcome.REFUSED, "media_expired")
    assert (len(platform.calls_to(SEND)), len(platform.calls_to(UPLOAD))) == (2, 2)


def test_a_stale_token_and_a_forgotten_id_together_cost_two_messages_and_wait(client, platform):
    platform.answers[SEND] = [refused(40001), refused(40007), OK]
    answer = client.send(POSTER)
    assert (answer.outcome, answer.code) == (Outcome.LATER, 40007)
    assert len(platform.calls_to(SEND)) == 2
    assert client.send(POSTER).outcome is Outcome.ACCEPTED
    assert said(platform) == ["m1", "m1", "m2"]


def test_an_id_of_the_platforms_own_is_used_as_it_is(client, platform):
    platform.answers[SEND] = [refused(40007)]
    answer = client.send(replace(POSTER, content={"media_id": "theirs"}))
    assert (answer.outcome, answer.reason) == (Outcome.REFUSED, "media_expired")
    assert said(platform) == ["theirs"]
    assert platform.calls_to(UPLOAD) == []


def test_a_cover_is_a_thumb_in_a_video_and_a_picture_on_a_miniprogram_card(client, platform):
    video = {"media": "d1", "thumb_media": "d2", "title": "t", "description": "d"}
    platform.answers[UPLOAD] = [
        uploaded("v1", "video"),
        uploaded("t1", "thumb"),
        uploaded("p1"),
    ]
    client.send(replace(POSTER, kind="video", content=video))
    card = {"title": "t", "appid": "wx2", "page_path": "p", "thumb_media": "d2"}
    client.send(replace(POSTER, kind="miniprogram", content=card))
    kinds = [call.query["type"] for call in platform.calls_to(UPLOAD)]
    assert kinds == ["video", "thumb", "image"]
    first, second = [call.json for call in platform.calls_to(SEND)]
    assert first["video"] == {
        "media_id": "v1",
        "thumb_media_id": "t1",
        "title": "t",
        "description": "d",
    }
    assert second["miniprogrampage"]["thumb_media_id"] == "p1"


@pytest.mark.parametrize(
    ("upload", "outcome", "reason"),
    [
        (refused(40009), Outcome.REFUSED, "bad_media"),
        (refused(45009), Outcome.LATER, "daily_quota"),
        (refused(48001), Outcome.MISCONFIGURED, "no_right"),
        ({"type": "image"}, Outcome.LATER, "not uploaded: broken answer"),
    ],
)
def test_what_cannot_be_uploaded_is_not_sent(client, platform, upload, outcome, reason):
    platform.answers[UPLOAD] = [upload]
    answer = client.send(POSTER)
    assert (answer.outcome, answer.reason) == (outcome, reason)
    assert platform.calls_to(SEND) == []


def test_a_lost_upload_is_no_lost_message(client, platform, monkeypatch):
    monkeypatch.setattr("bots.wire.READ_TIMEOUT_S", 0.1)
    platform.answers[UPLOAD] = [never]
    assert client.send(POSTER).outcome is Outcome.LATER


def test_a_file_that_is_no_more_is_refused(client, platform):
    answer = client.send(replace(POSTER, content={"media": "gone"}))
    assert (answer.outcome, answer.reason) == (Outcome.REFUSED, "media_missing")
    assert platform.calls == []


def test_without_redis_every_message_uploads_its_file(account, platform):
    gone = Redis(port=1, retry=Retry(NoBackoff(), 0))
    client = Client(account, TokenStore(gone), media=MediaStore(gone, open_file))
    client.send(POSTER)
    client.send(POSTER)
    assert said(platform) == ["m1", "m2"]


def test_a_mini_program_uploads_and_renews_its_files_alike(account, redis_client, platform):
    store = MediaStore(redis_client, open_file)
    mini = mini_program.Client(replace(account, key="mini"), TokenStore(redis_client), media=store)
    platform.answers[SEND] = [refused(40007), OK, OK]
    assert mini.send(POSTER).outcome is Outcome.ACCEPTED
    assert said(platform) == ["m1", "m2"]
    page = {"title": "会员", "appid": "wx1", "page_path": "/index", "thumb_media": "d2"}
    assert mini.send(replace(POSTER, kind="miniprogram", content=page)).outcome is Outcome.ACCEPTED
    card = platform.calls_to(SEND)[-1].json["miniprogrampage"]
    assert card == {"title": "会员", "pagepath": "/index", "thumb_media_id": "m3"}


def test_a_mini_program_does_not_say_a_file_that_is_gone(account, redis_client, platform):
    mini = mini_program.Client(account, TokenStore(redis_client))
    assert mini.send(POSTER).reason == "media_missing"
    assert platform.calls_to(SEND) == []
