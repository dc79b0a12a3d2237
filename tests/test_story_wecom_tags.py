"""What staff mark a contact with on WeCom, she is tagged with here."""

from datetime import timedelta

from app.domain.insight.corp_tags import CorpTag
from app.domain.insight.tags import MemberTag
from tests.test_story_wecom_nights import night
from tests.wecom_house import CorpWorld, corp_world
from tests.wecom_world import XIAOYU

__all__ = ["corp_world"]


def made(world: CorpWorld, name: str) -> str:
    """The id of a new tag in the group 偏好."""
    answer = world.corp.contact("add_corp_tag", group_name="偏好", tag=[{"name": name}])
    return str(answer["tag_group"]["tag"][0]["id"])


def tags_changed(world: CorpWorld, change: str, tag_id: str) -> None:
    world.now += timedelta(seconds=1)
    about = {"Event": "change_external_tag", "ChangeType": change}
    at = {"CreateTime": str(int(world.now.timestamp())), "MsgType": "event"}
    world.hear({"FromUserName": "sys", **at, **about, "Id": tag_id, "TagType": "tag"})
    world.work()


def mark(world: CorpWorld, tag_id: str) -> None:
    who = {"userid": "xiaowang", "external_userid": XIAOYU}
    assert world.corp.contact("mark_tag", **who, add_tag=[tag_id])["errcode"] == 0


def test_a_mark_is_heard_of_when_her_details_change(corp_world: CorpWorld):
    corp_world.corp.act("add", "小雨", staff="xiaowang")
    tag_id = made(corp_world, "爱喝茶")
    tags_changed(corp_world, "create", tag_id)
    mark(corp_world, tag_id)
    corp_world.corp.act("edit", "小雨", staff="xiaowang", remark="!")
    corp_world.work()
    assert corp_world.tags_of(XIAOYU) == ["爱喝茶"]
    (held,) = corp_world.rows(MemberTag)
    assert (held.rule, held.evidence) == ("corp_tag", "偏好 · 爱喝茶")


def test_a_mark_nobody_told_of_is_found_at_night(corp_world: CorpWorld):
    corp_world.corp.act("add", "小雨", staff="xiaowang")
    corp_world.work()
    mark(corp_world, made(corp_world, "爱喝茶"))
    night(corp_world)
    assert corp_world.tags_of(XIAOYU) == ["爱喝茶"]
    night(corp_world, 2)
    assert len(corp_world.rows(MemberTag)) == 1


def test_a_deleted_tag_is_no_longer_given(corp_world: CorpWorld):
    corp_world.corp.act("add", "小雨", staff="xiaowang")
    tag_id = made(corp_world, "爱喝茶")
    tags_changed(corp_world, "create", tag_id)
    corp_world.corp.contact("del_corp_tag", tag_id=[tag_id])
    tags_changed(corp_world, "delete", tag_id)
    (gone,) = corp_world.rows(CorpTag)
    assert gone.deleted_at is not None


def test_a_renamed_tag_stands_for_ours_of_the_new_name(corp_world: CorpWorld):
    tag_id = made(corp_world, "爱喝茶")
    tags_changed(corp_world, "create", tag_id)
    corp_world.corp.contact("edit_corp_tag", id=tag_id, name="爱喝咖啡")
    tags_changed(corp_world, "update", tag_id)
    (renamed,) = corp_world.rows(CorpTag)
    assert renamed.name == "爱喝咖啡"
