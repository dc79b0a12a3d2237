"""Media: uploaded by an operator, told apart by their content, and said to members."""

import hashlib
from datetime import timedelta

import pytest
from urllib3.filepost import encode_multipart_formdata

from app.domain.outreach.materials import media
from app.outbox import OutboxMessage
from tests.console_desk import Desk
from tests.shop import OPENIDS
from tests.world import World

PICTURE = b"\xff\xd8\xff a picture"
DIGEST = hashlib.sha256(PICTURE).hexdigest()
FILM, SOUND = b"\0\0\0\x18ftypmp42 a film", b"#!AMR\n a sound"


def upload(desk: Desk, content: bytes, name: str = "会员日.jpg") -> str:
    form = {"csrf_token": desk.token("/media"), "file": (name, content)}
    body, content_type = encode_multipart_formdata(form)
    answer = desk.client.post("/console/media", data=body, content_type=content_type)
    assert answer.status_code == 303
    return desk.read("/media")


def test_an_uploaded_file_is_listed_and_can_be_seen(world: World, desk: Desk):
    assert "会员日.jpg" in upload(desk, PICTURE)
    seen = desk.get(f"/media/{DIGEST}")
    assert (seen.data, seen.mimetype) == (PICTURE, "image/jpeg")
    assert world.siyu.media_files.open(DIGEST).content == PICTURE


def test_the_same_content_again_is_the_same_file(world: World, desk: Desk):
    upload(desk, PICTURE)
    upload(desk, PICTURE, "又来.jpg")
    [file] = world.rows(media.Media)
    assert (file.name, file.digest) == ("会员日.jpg", DIGEST)


def test_what_a_file_is_says_its_content_and_not_its_name(world: World, desk: Desk):
    page = upload(desk, b"MZ a program", "会员日.jpg")
    assert "只支持图片" in page
    assert world.rows(media.Media) == []


@pytest.mark.parametrize(
    ("content", "kind", "mime"),
    [
        (b"\x89PNG\r\n\x1a\n", "image", "image/png"),
        (PICTURE, "image", "image/jpeg"),
        (b"GIF89a", "image", "image/gif"),
        (SOUND, "voice", "audio/amr"),
        (b"ID3\4", "voice", "audio/mpeg"),
        (FILM, "video", "video/mp4"),
    ],
)
def test_each_type_is_told_by_how_it_begins(session, content, kind, mime):
    from tests.wechat_callbacks import NOW

    found = media.by_digest(session, media.add(session, "x", content, NOW))
    assert found is not None
    assert (found.kind, found.mime) == (kind, mime)


def test_no_file_is_larger_than_the_platform_takes(world: World, desk: Desk):
    assert "最大 2 MB" in upload(desk, SOUND + b"x" * 2 * 1024 * 1024)
    assert world.rows(media.Media) == []


def test_a_form_as_large_as_a_file_is_taken_nowhere_else(world: World, desk: Desk):
    large = {"words": "x" * 2 * 1024 * 1024}
    assert desk.post("/rules/new", large).status_code == 413


@pytest.mark.parametrize("digest", ["0" * 64, "..%2Fsecret.key", "x"])
def test_there_is_no_other_file_behind_the_address(desk: Desk, digest: str):
    assert desk.get(f"/media/{digest}").status_code == 404


def test_a_plan_says_a_picture_and_a_video_that_the_platform_has_never_seen(
    world: World, desk: Desk
):
    upload(desk, PICTURE)
    upload(desk, FILM, "开箱.mp4")
    film = hashlib.sha256(FILM).hexdigest()
    with world.siyu.database.reading() as session:
        channel_id = world.channel(session).id
    form = {
        "name": "看图",
        "audience": "member",
        "trigger.kind": "joined",
        "channel_id": channel_id,
        **_step(0, "image", media=DIGEST),
        **_step(1, "video", media=film, thumb_media=DIGEST, title="开箱", description=""),
    }
    saved = desk.post("/plans/new", form, page="/plans/new")
    assert saved.status_code == 303, saved.text
    path = saved.location.removeprefix("/console")
    assert desk.post(f"{path}/state", {"button": "start"}, page=path).status_code == 303
    world.says("小雨", "你好")
    world.event("小雨", "subscribe")
    world.work()
    world.now += timedelta(minutes=2)
    world.work()
    states = [(row.kind, row.state) for row in world.rows(OutboxMessage, OutboxMessage.plan_id > 0)]
    assert states == [("image", "accepted"), ("video", "accepted")]
    kinds = [message["kind"] for message in world.sent(OPENIDS["小雨"])]
    assert kinds[-2:] == ["image", "video"]


def _step(number: int, kind: str, **content: str) -> dict[str, str]:
    said = {"message_kind": kind, **content}
    fields = {
        "name": kind,
        "when.kind": "after_minutes",
        "when.minutes": "1",
        **{f"message.{name}": value for name, value in said.items()},
    }
    return {f"steps[{number}].{name}": value for name, value in fields.items()}
