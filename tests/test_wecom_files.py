"""Pictures of the library in what WeCom says: uploaded once, renewed when WeCom has forgotten them,
and chosen by operators for messages by staff, moments and welcomes."""

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from redis import Redis

from app.domain.outreach.group_welcomes import GroupWelcome
from app.domain.outreach.materials import materials, spoken_materials
from app.domain.outreach.materials import media as media_table
from app.domain.outreach.materials.spoken_materials import LIVE_CODE
from app.domain.people import live_codes
from app.domain.people.channels import Channel
from app.outbox import OutboxMessage
from bots.accounts import Account
from bots.media import MediaFile, MediaGone, MediaStore
from bots.messages import Outcome, Outgoing
from bots.tokens import TokenStore
from bots.wecom import Client
from tests.console_desk import Desk
from tests.scripted_corp import OK, PATH, called, wecom
from tests.scripted_platform import ScriptedPlatform
from tests.wecom_house import CORP, CorpWorld, corp_world
from tests.wecom_world import XIAOYU
from tests.world import World

__all__ = ["corp_world", "wecom"]  # fixtures
UPLOAD, UPLOAD_ATTACHED = "/cgi-bin/media/upload", "/cgi-bin/media/upload_attachment"
WELCOME, MOMENT = f"{PATH}/send_welcome_msg", f"{PATH}/add_moment_task"
PICTURE = b"\xff\xd8\xff a picture"
DIGEST = hashlib.sha256(PICTURE).hexdigest()
IMAGE = {"kind": "image", "media": DIGEST}
CARD = {"kind": "miniprogram", "title": "会员", "appid": "wx1", "page_path": "/p"}


def uploaded(media_id: str) -> dict[str, Any]:
    return OK | {"type": "image", "media_id": media_id, "created_at": "1780000000"}


def welcome(*attachments: dict[str, Any]) -> Outgoing:
    said = {"text": "您好", "attachments": list(attachments)}
    return Outgoing("k", "wm1", "text", said, way="welcome", through="CODE")


@pytest.fixture
def platform() -> Iterator[ScriptedPlatform]:
    with ScriptedPlatform() as platform:
        platform.answers["/cgi-bin/gettoken"] = [OK | {"access_token": "t", "expires_in": 7200}]
        platform.answers[UPLOAD] = [uploaded("m1"), uploaded("m2")]
        platform.answers[WELCOME] = [OK]
        yield platform


@pytest.fixture
def client(platform: ScriptedPlatform, redis_client: Redis) -> Client:
    def open_file(digest: str) -> MediaFile:
        if digest != DIGEST:
            raise MediaGone(digest)
        return MediaFile("会员日.jpg", "image/jpeg", PICTURE)

    account = Account(key="corp", appid="ww1", secret="s", api_base_url=platform.url)
    return Client(account, TokenStore(redis_client), media=MediaStore(redis_client, open_file))


def test_a_picture_is_uploaded_once_and_said_by_its_media_id(platform, client):
    card = {**CARD, "picture_media": DIGEST}
    for _ in range(2):
        assert client.send(welcome(IMAGE, card)).outcome is Outcome.ACCEPTED
    (upload,) = platform.calls_to(UPLOAD)
    assert upload.query["type"] == "image"
    said = platform.calls_to(WELCOME)[-1].json["attachments"]
    assert said[0] == {"msgtype": "image", "image": {"media_id": "m1"}}
    assert said[1]["miniprogram"]["pic_media_id"] == "m1"


def test_an_id_that_wecom_has_forgotten_is_renewed_once(platform, client):
    platform.answers[WELCOME] = [{"errcode": 40007, "errmsg": "invalid media_id"}, OK]
    assert client.send(welcome(IMAGE)).outcome is Outcome.ACCEPTED
    ids = [call.json["attachments"][0]["image"]["media_id"] for call in platform.calls_to(WELCOME)]
    assert ids == ["m1", "m2"]


def test_a_moment_s_picture_is_uploaded_as_an_attachment_of_moments(platform, client):
    platform.answers[UPLOAD_ATTACHED] = [uploaded("a1")]
    platform.answers[MOMENT] = [OK | {"jobid": "job1"}]
    moment = Outgoing("k", "", "moment", {"text": "", "attachments": [IMAGE]}, way="moment")
    assert client.send(moment).outcome is Outcome.ACCEPTED
    (upload,) = platform.calls_to(UPLOAD_ATTACHED)
    assert (upload.query["media_type"], upload.query["attachment_type"]) == ("image", "1")
    assert platform.calls_to(UPLOAD) == []


def test_a_file_that_is_gone_or_refused_is_said_to_be(platform, client):
    gone = client.send(welcome({"kind": "image", "media": "0" * 64}))
    assert (gone.outcome, gone.reason) == (Outcome.REFUSED, "media_missing")
    platform.answers[UPLOAD] = [{"errcode": 40006, "errmsg": "invalid media size"}]
    assert client.send(welcome(IMAGE)).outcome is Outcome.REFUSED
    platform.answers[UPLOAD] = [{"odd": True}]
    assert client.send(welcome(IMAGE)).outcome is Outcome.LATER, "nothing was said"
    assert platform.calls_to(WELCOME) == []


def picture(world: World | CorpWorld, name: str = "海报", **more: Any) -> int:
    with world.siyu.database.writing() as session:
        digest = media_table.add(session, "会员日.jpg", PICTURE, world.now)
        world.siyu.media_files.keep(digest, PICTURE)
        message = {"kind": "image", "content": {"media": digest}, **more}
        return materials.write(session, name=name, message=message, now=world.now).id


def test_a_live_code_welcomes_with_a_picture(corp_world: CorpWorld):
    number = picture(corp_world)
    with corp_world.siyu.database.writing() as session:
        code = live_codes.by_scene(session, corp_world.channel(session, CORP).id, "store_01")
        assert code is not None
        spoken_materials.choose(session, LIVE_CODE, code.id, {"material": str(number)})
    corp_world.corp.act("add", "小雨", staff="xiaowang", state="store_01")
    corp_world.work()
    (row,) = corp_world.rows(OutboxMessage, OutboxMessage.way == "welcome")
    assert (row.state, row.reason) == ("accepted", None)
    assert "一号店的小王为您服务" in str(corp_world.sent(XIAOYU))
    assert corp_world.calls(UPLOAD) == 1


def test_operators_attach_a_picture_to_what_staff_say(
    world: World, desk: Desk, wecom: ScriptedPlatform
):
    number = picture(world)
    (channel,) = world.rows(Channel, Channel.key == "corp")
    wecom.answers[UPLOAD] = [uploaded("m1")]
    wecom.answers[UPLOAD_ATTACHED] = [uploaded("a1")]
    wecom.answers[f"{PATH}/add_msg_template"] = [OK | {"msgid": "msg1", "fail_list": []}]
    wecom.answers[MOMENT] = [OK | {"jobid": "job1"}]
    chosen = {"channel": channel.id, "text": "新品到店", "material": f"{number}@1"}
    made = desk.post("/staff-messages/new", {**chosen, "chat_type": "single"})
    assert made.status_code == 303
    assert desk.post("/moments/new", chosen).status_code == 303
    world.work()
    (message,) = called(wecom, "add_msg_template")
    assert message["attachments"] == [{"msgtype": "image", "image": {"media_id": "m1"}}]
    (moment,) = called(wecom, "add_moment_task")
    assert moment["attachments"] == [{"msgtype": "image", "image": {"media_id": "a1"}}]
    link = {"link_title": "上新", "link_url": "https://april.example/new"}
    assert "朋友圈只能有一个链接或视频" in desk.post("/moments/new", {**chosen, **link}).text


def test_a_group_welcome_keeps_its_picture_when_its_words_change(
    world: World, desk: Desk, wecom: ScriptedPlatform
):
    number = picture(world)
    (channel,) = world.rows(Channel, Channel.key == "corp")
    made = f"{PATH}/group_welcome_template"
    wecom.answers[UPLOAD] = [uploaded("m1")]
    wecom.answers[f"{made}/add"] = [OK | {"template_id": "tpl1"}]
    wecom.answers[f"{made}/edit"] = [OK]
    form = {"channel": channel.id, "text": "欢迎", "material": f"{number}@1"}
    link = {"link_title": "上新", "link_url": "https://april.example/new"}
    assert "只能附一样" in desk.post("/group-welcomes/new", {**form, **link}).text
    assert desk.post("/group-welcomes/new", form).status_code == 303
    world.work()
    (kept,) = world.rows(GroupWelcome)
    page = f"/group-welcomes/{kept.id}"
    assert "保持现在附上的" in desk.read(page)
    assert desk.post(page, {"text": "欢迎您", "material": "held"}).status_code == 303
    world.work()
    (edited,) = called(wecom, "group_welcome_template/edit")
    assert edited["image"] == {"media_id": "m1"}


def test_a_material_with_words_of_the_member_s_own_is_not_offered_for_everybody(
    world: World, desk: Desk
):
    picture(world)
    with world.siyu.database.writing() as session:
        card = {"title": "{nickname}的礼券", "url": "https://april.example/gift"}
        message = {"kind": "link", "content": card}
        materials.write(session, name="专属", message=message, now=world.now)
    shown = desk.read("/staff-messages/new")
    assert "海报 v1" in shown
    assert "专属" not in shown
