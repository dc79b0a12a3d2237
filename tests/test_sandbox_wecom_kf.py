"""微信客服: read by cursor, answered five times in two days, welcomed within twenty seconds."""

from typing import Any

import pytest

from tests.sandbox_world import Heard
from tests.wecom_world import KF, XIAOYU, Corp, told

DAY_S = 86_400


def sync(corp: Corp, **more: Any) -> dict[str, Any]:
    return corp.post("kf/sync_msg", open_kfid=KF, **more)


def send(corp: Corp, **more: Any) -> int:
    message = {"touser": XIAOYU, "open_kfid": KF, "msgtype": "text", "text": {"content": "你好"}}
    return corp.code("kf/send_msg", **{**message, **more})


def trans(corp: Corp, state: int, **more: Any) -> dict[str, Any]:
    one = {"open_kfid": KF, "external_userid": XIAOYU, "service_state": state}
    return corp.post("kf/service_state/trans", **one, **more)


def state(corp: Corp) -> int:
    answer = corp.post("kf/service_state/get", open_kfid=KF, external_userid=XIAOYU)
    return int(answer["service_state"])


def test_what_she_says_is_told_of_and_then_read(corp: Corp, heard_by_corp: Heard) -> None:
    corp.act("kf_text", "小雨", text="发货了吗", menu_id="101")
    event = told(heard_by_corp)
    assert (event["Event"], event["OpenKfId"]) == ("kf_msg_or_event", KF)
    page = sync(corp, token=event["Token"])
    (message,) = page["msg_list"]
    assert (message["origin"], message["external_userid"]) == (3, XIAOYU)
    assert message["text"] == {"content": "发货了吗", "menu_id": "101"}
    assert (page["has_more"], sync(corp, cursor=page["next_cursor"])["msg_list"]) == (0, [])


def test_a_cursor_goes_on_and_gives_the_same_again(corp: Corp) -> None:
    for word in ("一", "二", "三"):
        corp.act("kf_text", "小雨", text=word)
    first = sync(corp, limit=2)
    assert (len(first["msg_list"]), first["has_more"]) == (2, 1)
    second = sync(corp, limit=2, cursor=first["next_cursor"])
    assert [one["text"]["content"] for one in second["msg_list"]] == ["三"]
    assert sync(corp, limit=2, cursor=first["next_cursor"]) == second
    assert sync(corp, limit=2)["msg_list"] == first["msg_list"]
    empty = sync(corp, cursor=second["next_cursor"])
    assert (empty["next_cursor"], empty["has_more"]) == (second["next_cursor"], 0)


def test_three_days_are_kept(corp: Corp) -> None:
    corp.act("kf_text", "小雨", text="在吗")
    corp.later(3 * DAY_S)
    corp.token = corp.asked_token()
    assert sync(corp)["msg_list"] == []


def test_a_token_lives_ten_minutes_and_calls_without_one_are_few(corp: Corp) -> None:
    token = corp.act("kf_text", "小雨", text="在吗")["token"]
    corp.later(599)
    assert sync(corp, token=token)["errcode"] == 0
    corp.later(1)
    assert sync(corp, token=token)["errcode"] == 95007
    assert [sync(corp)["errcode"] for _ in range(7)] == [0] * 6 + [45009]


@pytest.mark.parametrize(("limit", "errcode"), [(1000, 0), (1001, 40058), (0, 40058)])
def test_a_page_has_a_thousand(corp: Corp, limit: int, errcode: int) -> None:
    assert sync(corp, limit=limit)["errcode"] == errcode


def test_five_messages_in_two_days_and_what_is_sent_is_not_read(corp: Corp) -> None:
    assert send(corp) == 84061, "she has never been here"
    corp.act("kf_text", "小雨", text="在吗")
    assert [send(corp) for _ in range(6)] == [0] * 5 + [95001]
    corp.act("kf_text", "小雨", text="还在吗")
    assert send(corp) == 0
    assert len(sync(corp)["msg_list"]) == 2
    assert len(corp.sent(XIAOYU)) == 6


@pytest.mark.parametrize(("waits_s", "errcode"), [(2 * DAY_S - 1, 0), (2 * DAY_S, 95002)])
def test_two_days_after_her_last_message_it_is_over(
    corp: Corp, waits_s: float, errcode: int
) -> None:
    corp.act("kf_text", "小雨", text="在吗")
    corp.later(waits_s)
    corp.token = corp.asked_token()
    assert send(corp) == errcode


def test_a_msgid_is_sent_once(corp: Corp) -> None:
    corp.act("kf_text", "小雨", text="在吗")
    assert [send(corp, msgid="m-1") for _ in range(7)] == [0] * 7
    assert [one["key"] for one in corp.sent(XIAOYU)] == ["m-1"]
    assert send(corp, msgid="x" * 33) == 40058
    assert send(corp, msgid="a b") == 40058


@pytest.mark.parametrize(
    ("wrong", "errcode"),
    [
        ({"text": {"content": "字" * 683}}, 45002),
        ({"text": {"content": ""}}, 40063),
        ({"msgtype": "smoke"}, 40008),
        ({"msgtype": "image", "image": {"media_id": "none"}}, 40007),
        ({"open_kfid": "wk-none"}, 95004),
        ({"open_kfid": "kf-none"}, 95000),
        ({"touser": "openid"}, 40096),
    ],
)
def test_what_cannot_be_sent_uses_nothing_up(
    corp: Corp, wrong: dict[str, Any], errcode: int
) -> None:
    corp.act("kf_text", "小雨", text="在吗")
    assert send(corp, **wrong) == errcode
    assert [send(corp) for _ in range(6)] == [0] * 5 + [95001]


def test_menus_and_files_can_be_sent(corp: Corp) -> None:
    corp.act("kf_text", "小雨", text="在吗")
    choice = {"type": "click", "click": {"id": "101", "content": "满意"}}
    assert send(corp, msgtype="msgmenu", msgmenu={"head_content": "?", "list": [choice]}) == 0
    assert send(corp, msgtype="msgmenu", msgmenu={"list": [choice] * 11}) == 95008
    assert send(corp, msgtype="msgmenu", msgmenu={"list": [{"type": "x"}]}) == 95009
    assert send(corp, msgtype="image", image={"media_id": corp.upload()}) == 0


@pytest.mark.parametrize(("waits_s", "errcode"), [(19, 0), (20, 40058)])
def test_a_welcome_on_entering_lives_twenty_seconds_and_works_once(
    corp: Corp, waits_s: float, errcode: int
) -> None:
    code = corp.act("kf_enter", "小雨", scene="poster")["welcome_code"]
    corp.later(waits_s)
    welcome = {"code": code, "msgtype": "text", "text": {"content": "欢迎"}}
    assert corp.code("kf/send_msg_on_event", **welcome) == errcode
    assert corp.code("kf/send_msg_on_event", **welcome) == 40058


def test_who_was_welcomed_or_has_written_gets_no_code(corp: Corp) -> None:
    entered = corp.act("kf_enter", "小雨", scene="poster", scene_param="a=1")
    corp.post(
        "kf/send_msg_on_event",
        code=entered["welcome_code"],
        msgtype="text",
        text={"content": "欢迎"},
    )
    assert "welcome_code" not in corp.act("kf_enter", "小雨")
    event = sync(corp)["msg_list"][0]["event"]
    assert (event["event_type"], event["scene"]) == ("enter_session", "poster")
    asked = {"external_userid_list": [XIAOYU, "wmNobody"], "need_enter_session_context": 1}
    answer = corp.post("kf/customer/batchget", **asked)
    assert answer["invalid_external_userid"] == ["wmNobody"]
    assert answer["customer_list"][0]["nickname"] == "小雨"


def test_a_session_goes_to_a_human_and_ends(corp: Corp) -> None:
    corp.act("kf_text", "小雨", text="人工")
    assert (state(corp), trans(corp, 1)["errcode"], send(corp)) == (0, 0, 0)
    assert "msg_code" in trans(corp, 2)
    assert send(corp) == 95018, "somebody else speaks now"
    assert trans(corp, 3, servicer_userid="nobody")["errcode"] == 95014
    assert trans(corp, 3, servicer_userid="lili")["errcode"] == 0
    assert trans(corp, 1)["errcode"] == 95016
    corp.act("kf_staff_text", "小雨", staff="lili", text="我来")
    assert sync(corp)["msg_list"][-1]["origin"] == 5
    ended = trans(corp, 4)
    bye = {"code": ended["msg_code"], "msgtype": "text", "text": {"content": "再见"}}
    assert corp.code("kf/send_msg_on_event", **bye) == 0
    assert trans(corp, 1)["errcode"] == 95013
    corp.act("kf_text", "小雨", text="又来了")
    assert (state(corp), send(corp)) == (0, 0)


def test_what_servicers_do_is_read_as_events(corp: Corp) -> None:
    corp.act("kf_text", "小雨", text="人工")
    trans(corp, 2)
    corp.act("kf_take", "小雨", staff="lili")
    assert (state(corp), "msg_code" in corp.act("kf_end", "小雨", staff="lili")) == (3, True)
    corp.act("kf_servicer_status", staff="lili")
    events = [one["event"] for one in sync(corp)["msg_list"] if one["msgtype"] == "event"]
    assert [one.get("change_type") for one in events] == [1, 3, None]
    assert events[-1]["status"] == 2


def test_who_refuses_messages_does_not_get_them(corp: Corp) -> None:
    corp.act("kf_text", "小雨", text="别发了")
    corp.act("kf_reject", "小雨")
    assert send(corp, msgid="m-1") == 0
    event = sync(corp)["msg_list"][-1]["event"]
    assert (event["event_type"], event["fail_msgid"], event["fail_type"]) == (
        "msg_send_fail",
        "m-1",
        10,
    )


def test_kf_accounts_and_their_servicers_are_kept(corp: Corp) -> None:
    made = corp.post("kf/account/add", name="五月客服", media_id=corp.upload())
    kfid = made["open_kfid"]
    assert corp.code("kf/account/add", name="字" * 17, media_id=corp.upload()) == 95006
    assert corp.code("kf/account/update", open_kfid=kfid, name="六月客服") == 0
    names = [one["name"] for one in corp.post("kf/account/list")["account_list"]]
    assert names == ["四月客服", "六月客服"]
    added = corp.post("kf/servicer/add", open_kfid=kfid, userid_list=["lili", "nobody"])
    assert [one["errcode"] for one in added["result_list"]] == [0, 60111]
    listed = corp.get("kf/servicer/list", open_kfid=kfid)["servicer_list"]
    assert listed == [{"userid": "lili", "status": 0}]
    corp.post("kf/servicer/del", open_kfid=kfid, userid_list=["lili"])
    assert corp.get("kf/servicer/list", open_kfid=kfid)["servicer_list"] == []
    assert "?enc_scene=s1" in corp.post("kf/add_contact_way", open_kfid=kfid, scene="s1")["url"]
    assert corp.code("kf/add_contact_way", open_kfid=kfid, scene="a b") == 40058
    assert corp.code("kf/account/del", open_kfid=kfid) == 0
    assert corp.code("kf/account/del", open_kfid=kfid) == 95004
