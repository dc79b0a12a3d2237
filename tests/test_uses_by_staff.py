"""A material that staff are asked to say (to many, in their moments, as the welcome of a group)
says so, cannot be deleted, and tells what is still said from what is over."""

from datetime import timedelta

import pytest

from app.domain.outreach import where_used
from app.domain.outreach.group_welcomes import GroupWelcome
from app.domain.outreach.materials import content_uses, materials
from app.domain.outreach.materials.content_uses import MATERIAL, MEDIA, ContentUse
from app.domain.outreach.materials.materials import StillUsed
from app.domain.outreach.moments import Moment
from app.domain.outreach.staff_messages import StaffMessage
from app.domain.people.channels import Channel
from tests.console_desk import Desk
from tests.scripted_corp import wecom
from tests.scripted_platform import ScriptedPlatform
from tests.test_wecom_files import DIGEST, picture
from tests.world import World

__all__ = ["wecom"]
STAFF, MOMENT, WELCOME = "staff_message", "moment", "group_welcome"
DOORS = {
    STAFF: ("/staff-messages/new", {"text": "新品到店", "chat_type": "single"}),
    MOMENT: ("/moments/new", {"text": "新品到店"}),
    WELCOME: ("/group-welcomes/new", {"text": "欢迎"}),
}
LINK = {"link_title": "上新", "link_url": "https://april.example/new"}


def prepared(world: World, desk: Desk, holder: str, number: int) -> None:
    (channel,) = world.rows(Channel, Channel.key == "corp")
    page, form = DOORS[holder]
    chosen = form | {"channel": str(channel.id), "material": f"{number}@1"}
    assert desk.post(page, chosen).status_code == 303


def uses(world: World, kind: str, key: str) -> list[tuple[str, int | None, bool]]:
    with world.siyu.database.reading() as session:
        found = where_used.of(session, kind, key)
        return [(one.use.holder_kind, one.use.version, one.is_current) for one in found]


def ends(world: World, holder: str) -> None:
    """What was prepared is over before it was ever said to everybody."""
    with world.siyu.database.writing() as session:
        if holder == STAFF:
            session.get_one(StaffMessage, 1).given_up_at = world.now
        elif holder == MOMENT:
            session.get_one(Moment, 1).cancelled_at = world.now
        else:
            session.get_one(GroupWelcome, 1).deleted_at = world.now


@pytest.mark.parametrize("holder", DOORS)
def test_what_staff_are_asked_to_say_keeps_its_material(
    world: World, desk: Desk, wecom: ScriptedPlatform, holder: str
) -> None:
    number = picture(world)
    prepared(world, desk, holder, number)
    assert uses(world, MATERIAL, str(number)) == [(holder, 1, True)]
    assert (holder, None, True) in uses(world, MEDIA, DIGEST)
    place = {STAFF: "企业群发", MOMENT: "客户朋友圈", WELCOME: "入群欢迎语"}[holder]
    shown = desk.read(f"/materials/{number}")
    assert f"{place} · #1" in shown
    assert "删除后不能恢复" not in shown
    desk.post(f"/materials/{number}/delete")
    assert "只能归档" in desk.read(f"/materials/{number}")
    ends(world, holder)
    assert uses(world, MATERIAL, str(number)) == [(holder, 1, False)]
    with world.siyu.database.writing() as session, pytest.raises(StillUsed):
        materials.delete(session, number)  # what was said to whom stays explained


def test_a_welcome_uses_what_its_newest_version_holds(
    world: World, desk: Desk, wecom: ScriptedPlatform
) -> None:
    number = picture(world)
    prepared(world, desk, WELCOME, number)
    page = "/group-welcomes/1"
    assert desk.post(page, {"text": "欢迎您", "material": "held"}).status_code == 303
    assert uses(world, MATERIAL, str(number)) == [(WELCOME, 1, True), (WELCOME, 1, False)]
    assert desk.post(page, {"text": "欢迎您", "material": "", **LINK}).status_code == 303
    assert uses(world, MATERIAL, str(number)) == [(WELCOME, 1, False)] * 2


def test_a_changed_material_shows_who_still_says_the_version_before(
    world: World, desk: Desk, wecom: ScriptedPlatform
) -> None:
    number = picture(world)
    prepared(world, desk, MOMENT, number)
    with world.siyu.database.writing() as session:
        told = {"kind": "link", "content": {"title": "上新", "url": LINK["link_url"]}}
        now = world.now + timedelta(minutes=1)
        materials.write(session, material_id=number, name="海报", message=told, now=now)
    assert uses(world, MATERIAL, str(number)) == [(MOMENT, 1, True)]
    assert world.rows(Moment)[0].content["attachments"][0]["media"] == DIGEST


def test_what_uses_nothing_notes_nothing(world: World, desk: Desk, wecom: ScriptedPlatform) -> None:
    (channel,) = world.rows(Channel, Channel.key == "corp")
    before = len(world.rows(ContentUse))
    for page, form in DOORS.values():
        said = form | {"channel": str(channel.id), **LINK}
        assert desk.post(page, said).status_code == 303
    assert len(world.rows(ContentUse)) == before
    with world.siyu.database.reading() as session:
        assert content_uses.counts(session, MATERIAL) == {}
