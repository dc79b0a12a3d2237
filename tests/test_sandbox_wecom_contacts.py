"""Becoming a contact, being read and remarked on, being tagged, and parting."""

from typing import Any

import pytest

from tests.sandbox_world import Heard
from tests.wecom_world import AFANG, LAOWANG, XIAOYU, Corp, told


def get(corp: Corp, external_userid: str) -> dict[str, Any]:
    return corp.get("externalcontact/get", external_userid=external_userid)


def listed(corp: Corp, userid: str) -> Any:
    answer = corp.get("externalcontact/list", userid=userid)
    return answer.get("external_userid", answer["errcode"])


def made_way(corp: Corp, **more: Any) -> dict[str, Any]:
    way = {"type": 1, "scene": 2, "user": ["lili"], "state": "store_02", **more}
    return corp.contact("add_contact_way", **way)


def test_a_contact_is_described_with_who_follows_her(corp: Corp) -> None:
    corp.act("add", "小雨", staff="xiaowang", state="store_01")
    answer = get(corp, XIAOYU)
    person, followed = answer["external_contact"], answer["follow_user"][0]
    assert (person["name"], person["type"], person["unionid"]) == ("小雨", 1, "u-1")
    assert (followed["userid"], followed["state"], followed["add_way"]) == (
        "xiaowang",
        "store_01",
        1,
    )
    assert (followed["tags"], followed["remark_mobiles"]) == ([], [])
    assert answer["next_cursor"] == ""


def test_the_file_may_know_contacts_from_the_start(corp: Corp) -> None:
    assert listed(corp, "lili") == [AFANG]
    corp.act("delete_contact", "阿芳", staff="lili")
    assert listed(corp, "lili") == 84061


@pytest.mark.parametrize(
    ("query", "errcode"),
    [("openid", 40096), ("wmNobody", 84061), ("wm" + "x" * 63, 40096)],
)
def test_only_contacts_are_known(corp: Corp, query: str, errcode: int) -> None:
    assert get(corp, query)["errcode"] == errcode


def test_only_staff_with_the_right_have_contacts(corp: Corp) -> None:
    assert (listed(corp, "nobody"), listed(corp, "caiwu")) == (60111, 84074)
    assert "may not" in corp.cannot("add", "小雨", staff="caiwu")


def test_a_batch_goes_by_cursor(corp: Corp) -> None:
    for nickname in ("小雨", "老王"):
        corp.act("add", nickname, staff="xiaowang")
    asked = {"userid_list": ["xiaowang", "lili"], "limit": 2}
    first = corp.contact("batch/get_by_user", **asked)
    second = corp.contact("batch/get_by_user", **asked, cursor=first["next_cursor"])
    both = [*first["external_contact_list"], *second["external_contact_list"]]
    ids = [one["external_contact"]["external_userid"] for one in both]
    assert (sorted(ids), second["next_cursor"]) == (sorted([AFANG, XIAOYU, LAOWANG]), "")
    assert both[0]["follow_info"]["tag_id"] == []


@pytest.mark.parametrize(
    "wrong", [{"userid_list": []}, {"userid_list": ["xiaowang"] * 101}, {"limit": 101}]
)
def test_a_batch_has_its_limits(corp: Corp, wrong: dict[str, Any]) -> None:
    assert corp.contact("batch/get_by_user", **{"userid_list": ["xiaowang"], **wrong})["errcode"]


def test_remarks_are_kept_and_nobody_is_told(corp: Corp, heard_by_corp: Heard) -> None:
    corp.act("add", "小雨", staff="xiaowang")
    one = {"userid": "xiaowang", "external_userid": XIAOYU}
    mobiles = ["13800000001"]
    assert corp.contact("remark", **one, remark="雨", remark_mobiles=mobiles)["errcode"] == 0
    followed = get(corp, XIAOYU)["follow_user"][0]
    assert (followed["remark"], followed["remark_mobiles"]) == ("雨", mobiles)
    assert corp.contact("remark", **one)["errcode"] == 40063
    assert corp.contact("remark", **one, remark="字" * 21)["errcode"] == 40058
    assert len(heard_by_corp.calls) == 1, "changes by the API give no callback"


def test_who_deletes_staff_stays_in_his_list_and_who_is_deleted_does_not(
    corp: Corp, heard_by_corp: Heard
) -> None:
    corp.act("add", "小雨", staff="xiaowang")
    corp.act("delete_staff", "小雨", staff="xiaowang")
    assert told(heard_by_corp)["ChangeType"] == "del_follow_user"
    assert listed(corp, "xiaowang") == [XIAOYU]
    assert "has not got" in corp.cannot("delete_staff", "小雨", staff="xiaowang")
    corp.act("delete_contact", "小雨", staff="xiaowang")
    assert told(heard_by_corp)["ChangeType"] == "del_external_contact"
    assert listed(corp, "xiaowang") == 84061


def test_a_live_code_leads_to_its_staff_with_its_state(corp: Corp, heard_by_corp: Heard) -> None:
    way = made_way(corp)
    assert way["qr_code"].startswith("https://")
    corp.act("add", "小雨", config_id=way["config_id"])
    event = told(heard_by_corp)
    assert (event["UserID"], event["State"]) == ("lili", "store_02")
    corp.act("add_half", "老王", state="store_02")
    event = told(heard_by_corp)
    assert (event["UserID"], event["ChangeType"]) == ("lili", "add_half_external_contact")


def test_live_codes_are_read_changed_listed_and_deleted(corp: Corp) -> None:
    config_id = made_way(corp)["config_id"]
    changed = {"config_id": config_id, "remark": "二店", "user": ["xiaowang"]}
    assert corp.contact("update_contact_way", **changed)["errcode"] == 0
    way = corp.contact("get_contact_way", config_id=config_id)["contact_way"]
    assert (way["remark"], way["user"], way["state"]) == ("二店", ["xiaowang"], "store_02")
    ways = corp.contact("list_contact_way")["contact_way"]
    assert ways == [{"config_id": config_id}]
    assert corp.contact("del_contact_way", config_id=config_id)["errcode"] == 0
    assert corp.contact("get_contact_way", config_id=config_id)["errcode"] == 40058
    assert "no such live code" in corp.cannot("add", "小雨", config_id=config_id)


@pytest.mark.parametrize(
    ("wrong", "errcode"),
    [
        ({"user": ["lili", "xiaowang"]}, 40058),
        ({"user": []}, 40058),
        ({"user": ["nobody"]}, 60111),
        ({"user": ["caiwu"]}, 84074),
        ({"type": 3}, 40058),
        ({"scene": None}, 40063),
        ({"remark": "字" * 31}, 40058),
        ({"state": "s" * 31}, 40058),
        ({"is_temp": True, "expires_in": 14 * 86_400 + 1}, 40058),
        ({"type": 2, "user": [f"u{n}" for n in range(101)]}, 40058),
    ],
)
def test_a_live_code_has_its_limits(corp: Corp, wrong: dict[str, Any], errcode: int) -> None:
    assert made_way(corp, **wrong)["errcode"] == errcode
    assert made_way(corp, remark="字" * 30, state="s" * 30)["errcode"] == 0


def test_a_temporary_chat_is_closed_with_contacts_only(corp: Corp) -> None:
    corp.act("add", "小雨", staff="xiaowang")
    one = {"userid": "xiaowang", "external_userid": XIAOYU}
    assert corp.contact("close_temp_chat", **one)["errcode"] == 0
    assert corp.contact("close_temp_chat", **{**one, "userid": "lili"})["errcode"] == 84061


def test_a_temporary_code_ends(corp: Corp) -> None:
    config_id = made_way(corp, is_temp=True, expires_in=60)["config_id"]
    assert corp.contact("list_contact_way")["contact_way"] == []
    corp.later(60)
    assert "no longer" in corp.cannot("add", "小雨", config_id=config_id)


def test_corp_tags_are_made_changed_marked_and_deleted(corp: Corp) -> None:
    tags = [{"name": "新客"}, {"name": "复购"}]
    group = corp.contact("add_corp_tag", group_name="阶段", tag=tags)["tag_group"]
    first, second = (tag["id"] for tag in group["tag"])
    corp.act("add", "小雨", staff="xiaowang")
    one = {"userid": "xiaowang", "external_userid": XIAOYU}
    assert corp.contact("mark_tag", **one, add_tag=[first, second])["errcode"] == 0
    assert corp.contact("mark_tag", **one, remove_tag=[second])["errcode"] == 0
    shown = get(corp, XIAOYU)["follow_user"][0]["tags"]
    assert shown == [{"tag_id": first, "tag_name": "新客", "group_name": "阶段", "type": 1}]
    assert corp.contact("edit_corp_tag", id=first, name="首购")["errcode"] == 0
    listed = corp.contact("get_corp_tag_list", tag_id=[first])["tag_group"]
    assert [tag["name"] for tag in listed[0]["tag"]] == ["首购"]
    assert corp.contact("del_corp_tag", group_id=[group["group_id"]])["errcode"] == 0
    assert corp.contact("get_corp_tag_list")["tag_group"] == []
    assert get(corp, XIAOYU)["follow_user"][0]["tags"] == []


def test_tags_have_their_limits(corp: Corp) -> None:
    add = {"group_name": "阶段", "tag": [{"name": "新客"}]}
    assert corp.contact("add_corp_tag", **add)["errcode"] == 0
    assert corp.contact("add_corp_tag", **add)["errcode"] == 40071
    long = {"group_name": "阶段", "tag": [{"name": "字" * 31}]}
    assert corp.contact("add_corp_tag", **long)["errcode"] == 40058
    corp.act("add", "小雨", staff="xiaowang")
    one = {"userid": "xiaowang", "external_userid": XIAOYU}
    assert corp.contact("mark_tag", **one)["errcode"] == 40063
    assert corp.contact("mark_tag", **one, add_tag=["et-none"])["errcode"] == 40068
    assert corp.contact("mark_tag", **{**one, "userid": "lili"}, add_tag=["x"])["errcode"] == 84061
