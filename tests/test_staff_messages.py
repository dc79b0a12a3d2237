"""Messages by staff: prepared once, confirmed by people, and every recipient accounted for."""

from datetime import timedelta
from typing import Any

from app.domain.outreach import manners, staff_messages
from app.domain.outreach.allowances import limit_table, limits
from app.domain.outreach.staff_messages import StaffMessage, StaffMessageRecipient, StaffTask
from app.domain.people.channels import Channel
from app.outbox import OutboxMessage
from app.segments import keeping
from sop.manners import USUAL
from tests.console_desk import Desk
from tests.scripted_corp import ANOTHER_CHAT, CHAT, LAOWANG, OK, PATH, XIAOYU, called, wecom
from tests.scripted_platform import ScriptedPlatform, status
from tests.world import World

__all__ = ["wecom"]  # a fixture
MADE = OK | {"msgid": "msgGCAAA1", "fail_list": []}


def prepare(
    world: World,
    desk: Desk,
    chat_type: str = "single",
    text: str = "新品到店",
    segment: str = "",
) -> Any:
    (channel,) = world.rows(Channel, Channel.key == "corp")
    form = {"channel": channel.id, "chat_type": chat_type, "text": text, "segment": segment}
    return desk.post("/staff-messages/new", form)


def reaches(world: World) -> dict[str, str]:
    return {row.external_id: row.reach for row in world.rows(StaffMessageRecipient)}


def test_contacts_are_prepared_for_once_and_accounted_for_one_by_one(
    world: World, desk: Desk, wecom: ScriptedPlatform
) -> None:
    wecom.answers[f"{PATH}/add_msg_template"] = [MADE | {"fail_list": [LAOWANG]}]
    confirmed = [{"userid": "xiaowang", "status": 2, "send_time": 1763640000}]
    waiting = [{"userid": "lili", "status": 0}]
    wecom.answers[f"{PATH}/get_groupmsg_task"] = [
        OK | {"task_list": confirmed, "next_cursor": "more"},
        OK | {"task_list": waiting, "next_cursor": ""},
    ]
    wecom.answers[f"{PATH}/get_groupmsg_send_result"] = [
        OK | {"send_list": [{"external_userid": XIAOYU, "status": 1, "send_time": 1763640000}]}
    ]
    assert prepare(world, desk).status_code == 303
    world.work()
    (asked,) = called(wecom, "add_msg_template")
    assert asked["chat_type"] == "single"
    assert sorted(asked["external_userid"]) == sorted([XIAOYU, LAOWANG])
    assert asked["text"] == {"content": "新品到店"}
    assert reaches(world) == {XIAOYU: "waiting", LAOWANG: "refused"}
    assert called(wecom, "get_groupmsg_task") == [], "nobody has had time to confirm"
    world.now += timedelta(minutes=10)
    world.work()
    assert reaches(world) == {XIAOYU: "sent", LAOWANG: "refused"}
    tasks = {task.userid: task.confirmed_at is not None for task in world.rows(StaffTask)}
    assert tasks == {"xiaowang": True, "lili": False}
    (message,) = world.rows(StaffMessage)
    page = desk.read(f"/staff-messages/{message.id}")
    assert "已确认" in page
    assert "新品到店" in page
    assert "新品到店" in desk.read("/staff-messages")


def test_contacts_can_be_chosen_by_a_segment(
    world: World, desk: Desk, wecom: ScriptedPlatform
) -> None:
    wecom.answers[f"{PATH}/add_msg_template"] = [MADE]
    oily = {"kind": "tag", "tag": "油性发质"}
    with world.siyu.database.writing() as session:
        for key, rule in (("oily", oily), ("others", {"not": oily})):
            told = {"name": key, "operator_id": None, "now": world.now}
            keeping.add(session, key=key, definition=rule, **told)
    assert "没有可以发给的对象" in prepare(world, desk, segment="oily").text
    assert prepare(world, desk, segment="others").status_code == 303
    world.work()
    (asked,) = called(wecom, "add_msg_template")
    assert sorted(asked["external_userid"]) == sorted([XIAOYU, LAOWANG])


def test_groups_are_confirmed_by_their_owners(
    world: World, desk: Desk, wecom: ScriptedPlatform
) -> None:
    wecom.answers[f"{PATH}/add_msg_template"] = [MADE, MADE | {"msgid": "msgGCAAA2"}]
    prepare(world, desk, "group")
    world.work()
    asked = {one["sender"]: one["chat_id_list"] for one in called(wecom, "add_msg_template")}
    assert asked == {"xiaowang": [CHAT], "lili": [ANOTHER_CHAT]}


def test_an_answer_that_was_lost_is_never_prepared_again(
    world: World, desk: Desk, wecom: ScriptedPlatform
) -> None:
    wecom.answers[f"{PATH}/add_msg_template"] = [status(502)]
    prepare(world, desk)
    world.work()
    world.now += timedelta(hours=3)
    world.work()
    assert len(called(wecom, "add_msg_template")) == 1
    (row,) = world.rows(OutboxMessage, OutboxMessage.way == "staff_message")
    assert row.state == "unknown"


def test_staff_are_reminded_and_stopped_and_refusals_are_shown(
    world: World, desk: Desk, wecom: ScriptedPlatform
) -> None:
    wecom.answers[f"{PATH}/add_msg_template"] = [MADE]
    wecom.answers[f"{PATH}/remind_groupmsg_send"] = [OK, {"errcode": 45009, "errmsg": "often"}]
    wecom.answers[f"{PATH}/cancel_groupmsg_send"] = [OK]
    prepare(world, desk)
    (message,) = world.rows(StaffMessage)
    assert desk.post(f"/staff-messages/{message.id}/remind").status_code == 409, "nothing there yet"
    world.work()
    assert desk.post(f"/staff-messages/{message.id}/remind").status_code == 303
    world.work()
    assert called(wecom, "remind_groupmsg_send") == [{"msgid": "msgGCAAA1"}]
    assert desk.post(f"/staff-messages/{message.id}/cancel").status_code == 303
    world.work()
    assert called(wecom, "cancel_groupmsg_send") == [{"msgid": "msgGCAAA1"}]
    assert world.rows(StaffMessage)[0].cancelled_at is not None
    assert desk.post(f"/staff-messages/{message.id}/remind").status_code == 409
    assert desk.post(f"/staff-messages/{message.id}/shout").status_code == 404


def test_a_fourth_reminder_in_a_day_is_refused_before_the_platform_does(
    world: World, desk: Desk, wecom: ScriptedPlatform
) -> None:
    wecom.answers[f"{PATH}/add_msg_template"] = [MADE]
    wecom.answers[f"{PATH}/remind_groupmsg_send"] = [OK] * 4
    prepare(world, desk)
    world.work()
    (message,) = world.rows(StaffMessage)
    for _ in range(4):
        desk.post(f"/staff-messages/{message.id}/remind")
        world.work()
        world.now += timedelta(minutes=1)
    assert "24 小时内的次数已用完" in desk.read(f"/staff-messages/{message.id}")
    assert len(called(wecom, "remind_groupmsg_send")) == 3
    world.now += timedelta(hours=27)
    desk.post(f"/staff-messages/{message.id}/remind")
    world.work()
    assert len(called(wecom, "remind_groupmsg_send")) == 4


def test_reminders_wanted_at_once_are_no_more_than_allowed_and_none_comes_late(
    world: World, desk: Desk, wecom: ScriptedPlatform
) -> None:
    wecom.answers[f"{PATH}/add_msg_template"] = [MADE]
    wecom.answers[f"{PATH}/remind_groupmsg_send"] = [OK] * 3
    prepare(world, desk)
    world.work()
    (message,) = world.rows(StaffMessage)
    for _ in range(4):
        desk.post(f"/staff-messages/{message.id}/remind")
        world.now += timedelta(seconds=1)
    world.work()
    world.now += timedelta(hours=27)
    world.work()
    rows = world.rows(OutboxMessage, OutboxMessage.way == "staff_message_reminder")
    assert [row.reason for row in rows if row.state == "suppressed"] == ["too_late"]
    assert len(called(wecom, "remind_groupmsg_send")) == 3


def test_who_has_had_a_month_s_messages_is_left_out(
    world: World, desk: Desk, wecom: ScriptedPlatform
) -> None:
    with world.siyu.database.writing() as session:
        limits.change(session, limit_table.STAFF_MESSAGES_A_MONTH, 1)
    wecom.answers[f"{PATH}/add_msg_template"] = [MADE]
    assert prepare(world, desk).status_code == 303
    refused = prepare(world, desk)
    assert refused.status_code == 200
    assert "现在都不能再发" in refused.text
    world.work()
    assert len(called(wecom, "add_msg_template")) == 1


def test_more_than_one_message_takes_are_several_messages(
    world: World, desk: Desk, wecom: ScriptedPlatform
) -> None:
    with world.siyu.database.writing() as session:
        limits.change(session, limit_table.STAFF_MESSAGE_CONTACTS, 1)
    wecom.answers[f"{PATH}/add_msg_template"] = [MADE, MADE | {"msgid": "msgGCAAA2"}]
    prepare(world, desk)
    world.work()
    asked = [one["external_userid"] for one in called(wecom, "add_msg_template")]
    assert sorted(asked) == [[LAOWANG], [XIAOYU]]


def test_what_is_too_long_is_said_at_the_field(
    world: World, desk: Desk, wecom: ScriptedPlatform
) -> None:
    assert "最多 4000 字节" in prepare(world, desk, text="字" * 1334).text
    assert world.rows(StaffMessage) == []


def test_who_was_reached_stays_so(world: World, wecom: ScriptedPlatform) -> None:
    """Two members of staff may list the same contact: one has sent, the other has not."""
    (channel,) = world.rows(Channel, Channel.key == "corp")
    with world.siyu.database.writing() as session:
        message = staff_messages.prepare(
            session,
            channel.id,
            chat_type="single",
            sender="",
            content={"text": "早"},
            recipients=[XIAOYU],
            operator_id=None,
            now=world.now,
        )
        for how in (staff_messages.Reach.SENT, staff_messages.Reach.WAITING):
            staff_messages.reach(session, message.id, XIAOYU, how, world.now)
        assert staff_messages.reaches(session, message.id) == {"sent": 1}


def test_staff_are_not_asked_to_write_beyond_a_member_s_caps(
    world: World, desk: Desk, wecom: ScriptedPlatform
) -> None:
    day = {"category": "marketing", "period": "day", "most": 1}
    with world.siyu.database.writing() as session:
        manners.change(session, USUAL | {"caps": [day]}, None, world.now)
    wecom.answers[f"{PATH}/add_msg_template"] = [MADE]
    assert prepare(world, desk).status_code == 303
    assert prepare(world, desk).status_code == 200, "nobody is left to be written to today"
    world.work()
    assert len(called(wecom, "add_msg_template")) == 1
