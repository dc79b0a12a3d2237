"""A mirrored tag is the same here and on WeCom, whether we give it or staff do."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from app.domain.insight import tags
from app.domain.insight.mirrored_tags import MirroredHolding, MirroredTag
from app.domain.insight.tags import MemberTag
from app.domain.people import operators
from app.outbox import OutboxMessage
from tests.console_desk import EMAIL, PASSWORD, Desk, translations
from tests.test_story_wecom_nights import night
from tests.wecom_house import CORP, CorpWorld, corp_world
from tests.wecom_world import XIAOYU

__all__ = ["corp_world", "translations"]
OILY, STORE = "油性发质", "门店·一号店"


@pytest.fixture
def world(corp_world: CorpWorld) -> CorpWorld:
    """小雨 is 小王's contact."""
    corp_world.corp.act("add", "小雨", staff="xiaowang")
    corp_world.work()
    return corp_world


@pytest.fixture
def desk(world: CorpWorld, translations: None) -> Desk:
    with world.siyu.database.writing() as session:
        operators.add(session, EMAIL, "四月", PASSWORD, world.now)
    desk = Desk(world.client.application)
    assert desk.log_in().status_code == 303
    return desk


def mirror(world: CorpWorld, desk: Desk, name: str = OILY) -> MirroredTag:
    """An operator has the tag mirrored, and all of it is done."""
    with world.siyu.database.writing() as session:
        tag = tags.named(session, name, "attribute", world.now)
        form = {"channel": world.channel(session, CORP).id, "tag": tag.id}
    assert desk.post("/mirrored-tags", form, page="/mirrored-tags").status_code == 303
    world.work()
    (found,) = world.rows(MirroredTag)
    return found


def by_hand(world: CorpWorld, desk: Desk, *, given: bool) -> None:
    """An operator gives her the tag, or takes it."""
    world.now += timedelta(seconds=1)
    page = f"/members/{world.corp_member(XIAOYU).id}"
    if given:
        desk.post(f"{page}/tags", {"name": OILY, "dimension": "attribute"}, page=page)
    else:
        with world.siyu.database.reading() as session:
            tag = session.scalars(sa.select(tags.Tag).where(tags.Tag.name == OILY)).one()
        desk.post(f"{page}/tags/{tag.id}/remove", page=page)
    world.work()


def marks(world: CorpWorld) -> dict[str, list[str]]:
    """By member of staff: the names of the tags with which 小雨 is marked."""
    told = world.corp.get("externalcontact/get", external_userid=XIAOYU)
    return {
        one["userid"]: [f"{tag['group_name']}·{tag['tag_name']}" for tag in one["tags"]]
        for one in told["follow_user"]
    }


def staff_mark(world: CorpWorld, userid: str = "xiaowang", **change: list[str]) -> None:
    """A member of staff marks her on the phone; WeCom says that her details changed."""
    who = {"userid": userid, "external_userid": XIAOYU}
    assert world.corp.contact("mark_tag", **who, **change)["errcode"] == 0
    edited(world, userid)


def edited(world: CorpWorld, userid: str = "xiaowang") -> None:
    """A second after whatever came before: in one second WeCom's callbacks are alike."""
    world.now += timedelta(seconds=1)
    at = str(int(world.now.timestamp()))
    world.told("edit_external_contact", UserID=userid, CreateTime=at)
    world.work()


def errands(world: CorpWorld) -> list[str]:
    return [one.way for one in world.rows(OutboxMessage) if one.way.startswith("platform_")]


def their_tags(world: CorpWorld) -> list[dict[str, Any]]:
    groups = world.corp.contact("get_corp_tag_list")["tag_group"]
    return [{**tag, "group": group["group_name"]} for group in groups for tag in group["tag"]]


def test_a_tag_given_and_taken_by_hand_is_a_mark_of_her_staff(world: CorpWorld, desk: Desk):
    by_hand(world, desk, given=True)
    mirrored = mirror(world, desk)
    (made,) = their_tags(world)
    assert (made["id"], made["name"], made["group"]) == (mirrored.platform_tag_id, OILY, "Siyu")
    assert marks(world) == {"xiaowang": [f"Siyu·{OILY}"]}
    assert "一致" in desk.read("/mirrored-tags")
    by_hand(world, desk, given=False)
    assert marks(world) == {"xiaowang": []}
    assert world.rows(MirroredHolding) == []


def test_a_tag_that_a_rule_gives_is_a_mark_of_who_has_had_her_longest(world: CorpWorld, desk: Desk):
    mirror(world, desk, STORE)
    world.corp.act("add", "小雨", staff="lili", state="store_01")
    world.work()
    assert STORE in world.tags_of(XIAOYU)
    assert marks(world) == {"xiaowang": [f"Siyu·{STORE}"], "lili": []}
    assert errands(world) == ["platform_tag_named", "platform_tag"]


def test_what_staff_mark_and_unmark_is_given_and_taken_here(world: CorpWorld, desk: Desk):
    mirrored = mirror(world, desk)
    tag_id = str(mirrored.platform_tag_id)
    staff_mark(world, add_tag=[tag_id])
    assert OILY in world.tags_of(XIAOYU)
    (given,) = world.rows(MemberTag, MemberTag.tag_id == mirrored.tag_id)
    assert (given.rule, given.evidence) == ("platform_tag", f"四月企微 → {OILY}")
    staff_mark(world, remove_tag=[tag_id])
    assert OILY not in world.tags_of(XIAOYU)
    assert errands(world) == ["platform_tag_named"]


def test_what_staff_change_unheard_is_found_at_night(world: CorpWorld, desk: Desk):
    mirrored = mirror(world, desk)
    who = {"userid": "xiaowang", "external_userid": XIAOYU}
    world.corp.contact("mark_tag", **who, add_tag=[mirrored.platform_tag_id])
    night(world)
    assert OILY in world.tags_of(XIAOYU)
    world.corp.contact("mark_tag", **who, remove_tag=[mirrored.platform_tag_id])
    night(world, 2)
    assert OILY not in world.tags_of(XIAOYU)
    assert errands(world) == ["platform_tag_named"]


def test_the_mark_of_any_of_her_staff_counts_and_all_are_taken(world: CorpWorld, desk: Desk):
    mirrored = mirror(world, desk)
    world.corp.act("add", "小雨", staff="lili")
    world.work()
    by_hand(world, desk, given=True)
    staff_mark(world, "lili", add_tag=[str(mirrored.platform_tag_id)])
    staff_mark(world, "xiaowang", remove_tag=[str(mirrored.platform_tag_id)])
    assert OILY in world.tags_of(XIAOYU)
    by_hand(world, desk, given=False)
    assert marks(world) == {"xiaowang": [], "lili": []}
    assert OILY not in world.tags_of(XIAOYU)


def test_who_loses_the_staff_that_marked_her_keeps_the_tag(world: CorpWorld, desk: Desk):
    mirror(world, desk)
    world.corp.act("add", "小雨", staff="lili")
    world.work()
    by_hand(world, desk, given=True)
    world.corp.act("delete_contact", "小雨", staff="xiaowang")
    world.work()
    assert OILY in world.tags_of(XIAOYU)
    assert marks(world) == {"lili": [f"Siyu·{OILY}"]}


def test_a_tag_that_the_corp_has_already_is_adopted(world: CorpWorld, desk: Desk):
    answer = world.corp.contact("add_corp_tag", group_name="发质", tag=[{"name": OILY}])
    (tag,) = answer["tag_group"]["tag"]
    assert mirror(world, desk).platform_tag_id == tag["id"]
    assert len(their_tags(world)) == 1


def test_a_tag_deleted_there_takes_nothing_here_and_is_made_again(world: CorpWorld, desk: Desk):
    mirrored = mirror(world, desk)
    by_hand(world, desk, given=True)
    world.corp.act("delete_tag", id=mirrored.platform_tag_id)
    world.work()
    edited(world)
    night(world)
    assert OILY in world.tags_of(XIAOYU)
    by_hand(world, desk, given=False)
    by_hand(world, desk, given=True)
    (made,) = their_tags(world)
    assert made["id"] != mirrored.platform_tag_id
    assert [one.platform_tag_id for one in world.rows(MirroredTag)] == [made["id"]]
    assert marks(world) == {"xiaowang": [f"Siyu·{OILY}"]}
    night(world, 2)
    assert OILY in world.tags_of(XIAOYU)
