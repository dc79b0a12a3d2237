"""Customer groups: who is in them and how they came, what their owners change, and the versions by
which a lost callback is noticed."""

from typing import Any

import pytest

from tests.sandbox_world import Heard
from tests.wecom_world import CHAT, LAOWANG, XIAOYU, Corp, told

DAY_S = 86_400


def group(corp: Corp, chat_id: str = CHAT) -> dict[str, Any]:
    answer = corp.contact("groupchat/get", chat_id=chat_id, need_name=1)
    return dict(answer["group_chat"])


def member(corp: Corp, member_id: str) -> dict[str, Any]:
    return next(one for one in group(corp)["member_list"] if one["userid"] == member_id)


def join_way(corp: Corp, **more: Any) -> dict[str, Any]:
    way = {"scene": 2, "chat_id_list": [CHAT], "state": "poster_01", **more}
    return corp.contact("groupchat/add_join_way", **way)


def test_the_groups_of_the_file_are_listed_and_read(corp: Corp) -> None:
    listed = corp.contact("groupchat/list", limit=10)
    assert listed["group_chat_list"] == [{"chat_id": CHAT, "status": 0}]
    assert "next_cursor" not in listed
    shown = group(corp)
    assert (shown["name"], shown["owner"], shown["notice"]) == ("巧克力群", "xiaowang", "")
    people = [(one["userid"], one["type"], one["name"]) for one in shown["member_list"]]
    assert people == [("xiaowang", 1, "小王"), ("lili", 1, "丽丽"), (LAOWANG, 2, "老王")]
    assert corp.contact("groupchat/get", chat_id="wr-none")["errcode"] == 40050


def test_groups_are_listed_by_owner_and_by_page(corp: Corp) -> None:
    made = corp.act("create_group", staff="lili", name="新群")["chat_id"]
    first = corp.contact("groupchat/list", limit=1)
    second = corp.contact("groupchat/list", limit=1, cursor=first["next_cursor"])
    assert [one["chat_id"] for one in second["group_chat_list"]] == [made]
    lilis = corp.contact("groupchat/list", limit=10, owner_filter={"userid_list": ["lili"]})
    assert [one["chat_id"] for one in lilis["group_chat_list"]] == [made]


@pytest.mark.parametrize(
    ("wrong", "errcode"),
    [
        ({"limit": 0}, 40058),
        ({"limit": 1001}, 40058),
        ({"limit": None}, 40063),
        ({"status_filter": 4}, 40058),
        ({"owner_filter": {"userid_list": ["nobody"]}}, 60111),
        ({"owner_filter": {"userid_list": [str(n) for n in range(101)]}}, 40058),
        ({"cursor": "made up"}, 40058),
    ],
)
def test_a_list_has_its_limits(corp: Corp, wrong: dict[str, Any], errcode: int) -> None:
    assert corp.contact("groupchat/list", **{"limit": 10, **wrong})["errcode"] == errcode


def test_who_joins_through_a_code_brings_its_state(corp: Corp, heard_by_corp: Heard) -> None:
    before = group(corp)["member_version"]
    corp.act("join", "小雨", config_id=join_way(corp)["config_id"])
    event = told(heard_by_corp)
    assert (event["Event"], event["ChangeType"]) == ("change_external_chat", "update")
    assert (event["UpdateDetail"], event["JoinScene"]) == ("add_member", "3")
    assert (event["MemChangeCnt"], event["MemChangeList"]) == ("1", {"Item": XIAOYU})
    assert (event["LastMemVer"], event["CurMemVer"]) == (before, group(corp)["member_version"])
    joined = member(corp, XIAOYU)
    assert (joined["join_scene"], joined["state"], joined["unionid"]) == (3, "poster_01", "u-1")


def test_who_is_invited_comes_without(corp: Corp, heard_by_corp: Heard) -> None:
    corp.act("join", "小雨", room=CHAT)
    assert told(heard_by_corp)["JoinScene"] == "0"
    joined = member(corp, XIAOYU)
    assert (joined["join_scene"], joined["invitor"]) == (1, {"userid": "xiaowang"})
    assert "already" in corp.cannot("join", "小雨", room=CHAT)


@pytest.mark.parametrize(("do", "quit_scene"), [("leave", "0"), ("remove_member", "1")])
def test_who_leaves_is_told_apart_from_who_is_removed(
    corp: Corp, heard_by_corp: Heard, do: str, quit_scene: str
) -> None:
    corp.act(do, "老王", room=CHAT)
    event = told(heard_by_corp)
    assert (event["UpdateDetail"], event["QuitScene"]) == ("del_member", quit_scene)
    assert LAOWANG not in [one["userid"] for one in group(corp)["member_list"]]
    assert "is not in" in corp.cannot(do, "老王", room=CHAT)


def test_a_lost_change_shows_as_a_gap_between_versions(corp: Corp, heard_by_corp: Heard) -> None:
    corp.act("join", "小雨", room=CHAT)
    known = told(heard_by_corp)["CurMemVer"]
    fault = {"path": "callback:wecom", "fault": "lost", "times": 1}
    corp.client.post("/sandbox/faults", json=fault)
    corp.act("leave", "老王", room=CHAT)
    corp.act("leave", "小雨", room=CHAT)
    assert told(heard_by_corp)["LastMemVer"] != known


@pytest.mark.parametrize(
    ("do", "given", "detail"),
    [
        ("group_name", {"name": "抹茶群"}, "change_name"),
        ("group_notice", {"notice": "周五直播"}, "change_notice"),
        ("group_owner", {"staff": "lili"}, "change_owner"),
    ],
)
def test_an_owner_changes_her_group(
    corp: Corp, heard_by_corp: Heard, do: str, given: dict[str, str], detail: str
) -> None:
    corp.act(do, room=CHAT, **given)
    assert told(heard_by_corp)["UpdateDetail"] == detail
    assert next(iter(given.values())) in group(corp).values()


def test_a_mini_program_in_a_group_learns_which(corp: Corp) -> None:
    found = corp.contact("opengid_to_chatid", opengid=CHAT.replace("wr", "og", 1))
    assert found["chat_id"] == CHAT
    assert corp.contact("opengid_to_chatid", opengid="og-none")["errcode"] == 40050


def test_a_dismissed_group_is_gone(corp: Corp, heard_by_corp: Heard) -> None:
    corp.act("dismiss_group", room=CHAT)
    assert told(heard_by_corp)["ChangeType"] == "dismiss"
    assert corp.contact("groupchat/get", chat_id=CHAT)["errcode"] == 40050
    assert corp.contact("groupchat/list", limit=10)["group_chat_list"] == []
    assert "no longer" in corp.cannot("join", "小雨", room=CHAT)


def test_join_ways_are_read_changed_and_deleted(corp: Corp) -> None:
    config_id = join_way(corp)["config_id"]
    changed = {"config_id": config_id, "scene": 2, "chat_id_list": [CHAT], "remark": "海报"}
    assert corp.contact("groupchat/update_join_way", **changed)["errcode"] == 0
    way = corp.contact("groupchat/get_join_way", config_id=config_id)["join_way"]
    assert (way["remark"], way["state"], way["chat_id_list"]) == ("海报", "", [CHAT])
    assert way["qr_code"].startswith("https://")
    assert corp.contact("groupchat/del_join_way", config_id=config_id)["errcode"] == 0
    assert corp.contact("groupchat/get_join_way", config_id=config_id)["errcode"] == 40058
    assert "no such join way" in corp.cannot("join", "小雨", config_id=config_id)


@pytest.mark.parametrize(
    ("wrong", "errcode"),
    [
        ({"chat_id_list": []}, 40063),
        ({"chat_id_list": ["wr-none"]}, 40050),
        ({"chat_id_list": [f"wr{n}" for n in range(6)]}, 40058),
        ({"state": "s" * 31}, 40058),
        ({"remark": "字" * 31}, 40058),
        ({"scene": 3}, 40058),
    ],
)
def test_a_join_way_has_its_limits(corp: Corp, wrong: dict[str, Any], errcode: int) -> None:
    assert join_way(corp, **wrong)["errcode"] == errcode


def test_a_groups_template_welcomes_who_joins(corp: Corp) -> None:
    text = {"content": "欢迎 %NICKNAME%，周五直播"}
    made = corp.contact("group_welcome_template/add", text=text, notify=0)
    corp.act("join", "小雨", room=CHAT)
    assert corp.sent(CHAT) == [], "no template is chosen yet"
    corp.act("choose_welcome", room=CHAT, template_id=made["template_id"])
    corp.act("leave", "小雨", room=CHAT)
    corp.act("join", "小雨", room=CHAT)
    assert [one["content"] for one in corp.sent(CHAT)] == ["欢迎 小雨，周五直播"]


def test_group_templates_have_their_limits(corp: Corp) -> None:
    add = "group_welcome_template/add"
    assert corp.contact(add, text={"content": "x" * 3001})["errcode"] == 45002
    assert corp.contact(add, notify=1)["errcode"] == 40063
    assert corp.contact(add, text={"content": "x"}, agentid=7)["errcode"] == 40056
    for number in range(100):
        assert corp.contact(add, text={"content": str(number)})["errcode"] == 0
    assert corp.contact(add, text={"content": "one more"})["errcode"] == 40058


def test_group_templates_are_edited_read_and_deleted(corp: Corp) -> None:
    api = "group_welcome_template/"
    template_id = corp.contact(api + "add", text={"content": "欢迎"})["template_id"]
    corp.contact(api + "edit", template_id=template_id, text={"content": "你好"})
    assert corp.contact(api + "get", template_id=template_id)["text"] == {"content": "你好"}
    assert corp.contact(api + "del", template_id=template_id)["errcode"] == 0
    assert corp.contact(api + "get", template_id=template_id)["errcode"] == 40037


def test_statistics_are_counted(corp: Corp) -> None:
    corp.act("join", "小雨", room=CHAT)
    corp.act("text", "小雨", room=CHAT, text="你好")
    today_s = 1_772_337_600
    by_owner = corp.contact("groupchat/statistic", day_begin_time=today_s)
    data = by_owner["items"][0]["data"]
    assert (by_owner["total"], by_owner["items"][0]["owner"]) == (1, "xiaowang")
    assert (data["chat_total"], data["new_chat_cnt"], data["chat_has_msg"]) == (1, 1, 1)
    assert (data["member_total"], data["member_has_msg"], data["msg_total"]) == (4, 1, 1)
    span = {"day_begin_time": today_s, "day_end_time": today_s + DAY_S}
    by_day = corp.contact("groupchat/statistic_group_by_day", **span)["items"]
    assert [one["data"]["msg_total"] for one in by_day] == [1, 0]


@pytest.mark.parametrize(("days", "errcode"), [(29, 0), (30, 40058)])
def test_statistics_span_thirty_days(corp: Corp, days: int, errcode: int) -> None:
    span = {"day_begin_time": 1_772_337_600, "day_end_time": 1_772_337_600 + days * DAY_S}
    assert corp.contact("groupchat/statistic", **span)["errcode"] == errcode
