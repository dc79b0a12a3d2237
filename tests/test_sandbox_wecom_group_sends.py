"""Group sends wait for a member of staff, reach whom they can, and are counted by the month."""

from typing import Any

import pytest

from tests.wecom_world import AFANG, CHAT, LAOWANG, XIAOYU, Corp

DAY_S = 86_400
MARCH_1_S = 1_772_337_600


def template(corp: Corp, **more: Any) -> dict[str, Any]:
    return corp.contact("add_msg_template", **{"text": {"content": "周五直播"}, **more})


def results(corp: Corp, msgid: str, userid: str = "xiaowang") -> list[dict[str, Any]]:
    answer = corp.contact("get_groupmsg_send_result", msgid=msgid, userid=userid)
    return list(answer["send_list"])


def confirm(corp: Corp, msgid: str, userid: str = "xiaowang") -> dict[str, Any]:
    return corp.act("confirm_send", msgid=msgid, staff=userid)


def test_nothing_is_sent_until_staff_confirms(corp: Corp) -> None:
    corp.act("add", "小雨", staff="xiaowang")
    made = template(corp, external_userid=[XIAOYU, "wmNobody"])
    msgid = made["msgid"]
    assert (made["fail_list"], corp.sent()) == (["wmNobody"], [])
    assert results(corp, msgid)[0]["status"] == 0
    task = corp.contact("get_groupmsg_task", msgid=msgid)["task_list"]
    assert task == [{"userid": "xiaowang", "status": 0}]
    assert confirm(corp, msgid)["sent"] == 1
    assert [(one["content"], one["key"]) for one in corp.sent(XIAOYU)] == [("周五直播", msgid)]
    assert (results(corp, msgid)[0]["status"], results(corp, msgid)[0]["send_time"] > 0) == (
        1,
        True,
    )
    assert corp.contact("get_groupmsg_task", msgid=msgid)["task_list"][0]["status"] == 2
    assert "nothing waits" in corp.cannot("confirm_send", msgid=msgid, staff="xiaowang")


def test_who_was_talked_with_last_is_who_sends(corp: Corp) -> None:
    for userid in ("xiaowang", "lili"):
        corp.act("add", "小雨", staff=userid)
    corp.later(60)
    corp.act("text", "小雨", staff="xiaowang", text="在吗")
    msgid = template(corp, external_userid=[XIAOYU])["msgid"]
    tasks = corp.contact("get_groupmsg_task", msgid=msgid)["task_list"]
    assert [one["userid"] for one in tasks] == ["xiaowang"]


def test_who_has_deleted_him_is_not_reached(corp: Corp) -> None:
    corp.act("add", "小雨", staff="xiaowang")
    corp.act("delete_staff", "小雨", staff="xiaowang")
    msgid = template(corp, external_userid=[XIAOYU])["msgid"]
    assert confirm(corp, msgid)["not_sent"] == 1
    assert (results(corp, msgid)[0]["status"], corp.sent(XIAOYU)) == (2, [])


def test_a_contact_gets_as_many_as_the_month_has_days(corp: Corp) -> None:
    corp.act("add", "小雨", staff="xiaowang")
    for number in range(32):
        text = {"content": str(number)}
        msgid = template(corp, external_userid=[XIAOYU], text=text)["msgid"]
        confirm(corp, msgid)
    assert (len(corp.sent(XIAOYU)), results(corp, msgid)[0]["status"]) == (31, 3)
    corp.later(31 * DAY_S)
    corp.token = corp.asked_token()
    msgid = template(corp, external_userid=[XIAOYU])["msgid"]
    assert confirm(corp, msgid)["sent"] == 1


def test_a_group_is_reached_through_its_owner(corp: Corp) -> None:
    group = {"chat_type": "group", "chat_id_list": [CHAT, "wr-none"]}
    assert template(corp, **group)["errcode"] == 40063, "a sender is needed"
    assert template(corp, **group, sender="lili")["errcode"] == 41048, "it is not hers"
    made = template(corp, **group, sender="xiaowang")
    assert made["fail_list"] == ["wr-none"]
    confirm(corp, made["msgid"])
    assert [one["content"] for one in corp.sent(CHAT)] == ["周五直播"]
    assert results(corp, made["msgid"])[0]["chat_id"] == CHAT


def test_tags_of_a_group_are_or_and_groups_are_and(corp: Corp) -> None:
    ids = {}
    for group, names in {"阶段": ["新客", "复购"], "口味": ["巧克力"]}.items():
        tags = [{"name": name} for name in names]
        made = corp.contact("add_corp_tag", group_name=group, tag=tags)["tag_group"]["tag"]
        ids |= {tag["name"]: tag["id"] for tag in made}
    for nickname, who, wanted in (
        ("小雨", XIAOYU, ["新客", "巧克力"]),
        ("老王", LAOWANG, ["复购"]),
    ):
        corp.act("add", nickname, staff="xiaowang")
        marked = [ids[name] for name in wanted]
        corp.contact("mark_tag", userid="xiaowang", external_userid=who, add_tag=marked)

    def reached(*groups: list[str]) -> list[str]:
        listed = [{"tag_list": [ids[name] for name in group]} for group in groups]
        msgid = template(corp, tag_filter={"group_list": listed})["msgid"]
        return [one["external_userid"] for one in results(corp, msgid)]

    assert reached(["新客", "复购"]) == [XIAOYU, LAOWANG]
    assert reached(["新客", "复购"], ["巧克力"]) == [XIAOYU]


def test_the_fourth_reminder_in_a_day_is_refused(corp: Corp) -> None:
    msgid = template(corp, external_userid=[AFANG])["msgid"]
    remind = [corp.contact("remind_groupmsg_send", msgid=msgid)["errcode"] for _ in range(4)]
    assert remind == [0, 0, 0, 45009]
    corp.later(DAY_S)
    corp.token = corp.asked_token()
    assert corp.contact("remind_groupmsg_send", msgid=msgid)["errcode"] == 0


def test_what_was_cancelled_cannot_be_sent(corp: Corp) -> None:
    msgid = template(corp, external_userid=[AFANG])["msgid"]
    assert corp.contact("cancel_groupmsg_send", msgid=msgid)["errcode"] == 0
    assert "nothing waits" in corp.cannot("confirm_send", msgid=msgid, staff="lili")
    assert corp.contact("remind_groupmsg_send", msgid=msgid)["errcode"] == 40058
    assert corp.contact("cancel_groupmsg_send", msgid="msg-none")["errcode"] == 40058


def test_sends_are_listed_for_a_month_at_most(corp: Corp) -> None:
    msgid = template(corp, external_userid=[AFANG])["msgid"]
    asked = {"chat_type": "single", "start_time": MARCH_1_S, "end_time": MARCH_1_S + 31 * DAY_S}
    (one,) = corp.contact("get_groupmsg_list_v2", **asked)["group_msg_list"]
    assert (one["msgid"], one["text"], one["create_type"]) == (msgid, {"content": "周五直播"}, 0)
    assert corp.contact("get_groupmsg_list_v2", **asked, filter_type=1)["group_msg_list"] == []
    asked["end_time"] += 1
    assert corp.contact("get_groupmsg_list_v2", **asked)["errcode"] == 40058
    assert corp.contact("get_groupmsg_list_v2", **asked, limit=101)["errcode"] == 40058


@pytest.mark.parametrize(
    ("wrong", "errcode"),
    [
        ({"external_userid": [f"wm{n}" for n in range(10_001)]}, 40058),
        ({"external_userid": [AFANG], "text": {"content": "x" * 4001}}, 45002),
        ({"external_userid": [AFANG], "text": {"content": ""}}, 40063),
        ({"external_userid": ["wmNobody"]}, 41048),
        ({"external_userid": [AFANG], "sender": "nobody"}, 60111),
        ({"chat_type": "many"}, 40058),
        ({}, 40063),
    ],
)
def test_a_group_send_has_its_limits(corp: Corp, wrong: dict[str, Any], errcode: int) -> None:
    assert template(corp, **wrong)["errcode"] == errcode
