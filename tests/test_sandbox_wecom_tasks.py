"""Moments, transfers, tags changed in the console, and conversions of ids."""

from typing import Any

import pytest

from tests.sandbox_world import Heard
from tests.wecom_world import AFANG, XIAOYU, Corp, told

DAY_S = 86_400
MARCH_1_S = 1_772_337_600


def moment_id(corp: Corp, **more: Any) -> str:
    job = corp.contact("add_moment_task", text={"content": "上新"}, **more)["jobid"]
    result = corp.get("externalcontact/get_moment_task_result", jobid=job)
    return str(result["result"]["moment_id"])


def test_a_moment_waits_for_staff_too(corp: Corp) -> None:
    visible = {"sender_list": {"user_list": ["lili", "nobody"]}}
    one = moment_id(corp, visible_range=visible)
    tasks = corp.contact("get_moment_task", moment_id=one)["task_list"]
    assert (tasks, corp.sent()) == ([{"userid": "lili", "publish_status": 0}], [])
    about = {"moment_id": one, "userid": "lili"}
    assert corp.contact("get_moment_send_result", **about)["customer_list"] == []
    corp.act("confirm_moment", moment_id=one, staff="lili")
    reached = corp.contact("get_moment_send_result", **about)["customer_list"]
    assert reached == [{"external_userid": AFANG}]
    assert [entry["recipient"] for entry in corp.sent()] == ["lili"]
    assert corp.contact("get_moment_task", moment_id=one)["task_list"][0]["publish_status"] == 1
    span = {"start_time": MARCH_1_S, "end_time": MARCH_1_S + DAY_S}
    (listed,) = corp.contact("get_moment_list", **span)["moment_list"]
    assert (listed["moment_id"], listed["text"]) == (one, {"content": "上新"})
    assert corp.contact("get_moment_comments", **about)["comment_list"] == []


def test_a_cancelled_moment_is_not_published(corp: Corp) -> None:
    one = moment_id(corp)
    corp.contact("cancel_moment_task", moment_id=one)
    assert "nothing waits" in corp.cannot("confirm_moment", moment_id=one, staff="lili")


def test_moments_have_their_limits(corp: Corp) -> None:
    add = "add_moment_task"
    assert corp.contact(add, text={"content": "字" * 2001})["errcode"] == 45002
    link = {"msgtype": "link", "link": {"title": "t", "url": "u"}}
    assert corp.contact(add, attachments=[link, link])["errcode"] == 40058
    codes = [corp.contact(add, text={"content": "字" * 2000})["errcode"] for _ in range(11)]
    assert codes == [0] * 10 + [45009]
    job = corp.contact(add, text={"content": "x"}).get("jobid", "none")
    assert corp.get("externalcontact/get_moment_task_result", jobid=job)["errcode"] == 40058


def transfer(corp: Corp, *people: str) -> list[int]:
    asked = {"handover_userid": "lili", "takeover_userid": "xiaowang"}
    answer = corp.contact("transfer_customer", **asked, external_userid=list(people))
    return [one["errcode"] for one in answer["customer"]]


def outcome(corp: Corp) -> list[int]:
    asked = {"handover_userid": "lili", "takeover_userid": "xiaowang"}
    return [one["status"] for one in corp.contact("transfer_result", **asked)["customer"]]


def test_a_contact_is_handed_over_after_a_day(corp: Corp, heard_by_corp: Heard) -> None:
    assert transfer(corp, AFANG, XIAOYU, "openid") == [0, 84061, 40096]
    assert transfer(corp, AFANG) == [40129]
    corp.later(DAY_S - 1)
    corp.token = corp.asked_token()
    assert outcome(corp) == [2]
    corp.later(1)
    assert outcome(corp) == [1]
    heard_by_corp.wait_for(2)
    gone = told(heard_by_corp)
    assert (gone["UserID"], gone["Source"]) == ("lili", "DELETE_BY_TRANSFER")
    assert corp.get("externalcontact/list", userid="xiaowang")["external_userid"] == [AFANG]


@pytest.mark.parametrize(
    ("do", "reason", "status"),
    [
        ("refuse_transfer", "customer_refused", 3),
        ("transfer_limit", "customer_limit_exceed", 4),
    ],
)
def test_a_transfer_can_fail(
    corp: Corp, heard_by_corp: Heard, do: str, reason: str, status: int
) -> None:
    transfer(corp, AFANG)
    corp.act(do, "阿芳")
    event = told(heard_by_corp)
    assert (event["ChangeType"], event["FailReason"]) == ("transfer_fail", reason)
    assert outcome(corp) == [status]
    assert corp.get("externalcontact/list", userid="lili")["external_userid"] == [AFANG]


def test_a_transfer_can_be_hastened(corp: Corp) -> None:
    transfer(corp, AFANG)
    corp.act("accept_transfer", "阿芳")
    assert outcome(corp) == [1]


def test_tags_changed_in_the_console_are_told(corp: Corp, heard_by_corp: Heard) -> None:
    made = corp.act("create_tag", group="阶段", name="新客")["id"]
    assert [told(heard_by_corp, n)["TagType"] for n in (0, 1)] == ["tag_group", "tag"]
    corp.act("rename_tag", id=made, name="首购")
    assert (told(heard_by_corp)["ChangeType"], told(heard_by_corp)["Id"]) == ("update", made)
    assert corp.contact("get_corp_tag_list")["tag_group"][0]["tag"][0]["name"] == "首购"
    corp.act("shuffle_tags")
    assert told(heard_by_corp)["ChangeType"] == "shuffle"
    corp.act("delete_tag", id=made)
    assert told(heard_by_corp)["ChangeType"] == "delete"
    assert corp.contact("get_corp_tag_list")["tag_group"] == []


def test_ids_are_converted(corp: Corp) -> None:
    union = {"unionid": "u-1", "openid": "o-1", "subject_type": 0}
    pending = corp.post("idconvert/unionid_to_external_userid", **union)["pending_id"]
    assert corp.contact("unionid_to_external_userid", **union)["errcode"] == 84061
    batch = corp.post("idconvert/batch/external_userid_to_pending_id", external_userid=[XIAOYU])
    assert batch["result"] == [{"external_userid": XIAOYU, "pending_id": pending}]
    corp.act("add", "小雨", staff="lili")
    found = corp.post("idconvert/unionid_to_external_userid", **union)
    assert found["external_userid"] == XIAOYU
    assert corp.contact("unionid_to_external_userid", **union)["external_userid"] == XIAOYU
    assert corp.contact("convert_to_openid", external_userid=XIAOYU)["openid"].startswith("o")
    assert corp.contact("convert_to_openid", external_userid="wmNobody")["errcode"] == 84061
