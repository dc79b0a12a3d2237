"""The numbers platforms set us: kept in one table, changed on one page, obeyed when sending."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import lanes, worker
from app.domain.insight import keywords
from app.domain.outreach.allowances import limit_table, limits, windows
from app.domain.outreach.journeys import enrolments
from app.domain.people import members
from app.domain.people.channels import Kind
from app.domain.people.groups import Group
from app.domain.people.operators import AuditEntry
from app.outbox import OutboxMessage
from sop import wording
from tests.console_desk import Desk
from tests.shop import OPENIDS
from tests.test_console_settings import wrong_in
from tests.world import World

AT_ONCE = {"kind": "after", "minutes": 0}
FAMILY = "👨\u200d👩\u200d👧"


def set_limit(world: World, key: str, number: int) -> None:
    with world.siyu.database.writing() as session:
        limits.change(session, key, number)


def later(world: World, **amount: float) -> None:
    world.now += timedelta(**amount)


# the table


def test_what_nobody_changed_is_what_the_platform_says(world: World) -> None:
    assert world.rows(limits.ChangedLimit) == []
    with world.siyu.database.writing() as session:
        assert limits.value(session, limit_table.CHAT_MESSAGES) == 5
        limits.change(session, limit_table.CHAT_MESSAGES, 20)
        assert limits.value(session, limit_table.CHAT_MESSAGES) == 20
        limits.change(session, limit_table.CHAT_MESSAGES, 7)
        assert limits.value(session, limit_table.CHAT_MESSAGES) == 7
    (row,) = world.rows(limits.ChangedLimit)
    assert (row.key, row.value) == ("chat_messages", 7)
    set_limit(world, limit_table.CHAT_MESSAGES, 5)
    assert world.rows(limits.ChangedLimit) == [], "as the platform says it anyway"


def test_every_limit_stays_within_reason(world: World) -> None:
    for limit in limit_table.LIMITS:
        assert limit.least <= limit.value <= limit.most, limit.key
        for wrong in (limit.least - 1, limit.most + 1, None):
            with world.siyu.database.writing() as session, pytest.raises(limits.OutOfRange):
                limits.change(session, limit.key, wrong)
    assert world.rows(limits.ChangedLimit) == []


# the page


def test_an_operator_changes_a_number_and_takes_it_back_on_record(world: World, desk: Desk) -> None:
    assert "已修改" not in desk.read("/limits")
    answer = desk.post("/limits/chat_messages", {"value": "20"}, page="/limits")
    assert answer.status_code == 303
    assert "已修改，平台为 5" in desk.read("/limits")
    desk.post("/language", {"language": "en", "next": "/console/limits"})
    assert "Changed; the platform says 5" in desk.read("/limits")
    desk.post("/language", {"language": "zh", "next": "/console/limits"})
    assert desk.post("/limits/chat_messages/reset", page="/limits").status_code == 303
    assert "已修改" not in desk.read("/limits")
    entries = [(one.action, one.subject, one.details) for one in world.rows(AuditEntry)]
    assert entries == [
        ("limit.change", "limit:chat_messages", {"from": 5, "to": 20}),
        ("limit.reset", "limit:chat_messages", {"from": 20, "to": 5}),
    ]


@pytest.mark.parametrize("wrong", ["", "-1", "1001", "5.5", "many", "５", "9" * 5000, "<b>"])
def test_what_is_no_such_number_is_refused_at_its_field(
    world: World, desk: Desk, wrong: str
) -> None:
    answer = desk.post("/limits/chat_messages", {"value": wrong}, page="/limits")
    assert answer.status_code == 200
    assert wrong_in(answer.text) == "要是 0 到 1000 的整数。"
    assert "<b>" not in answer.text
    assert world.rows(limits.ChangedLimit) == world.rows(AuditEntry) == []


def test_there_is_no_limit_of_another_name(world: World, desk: Desk) -> None:
    assert desk.post("/limits/speed", {"value": "1"}, page="/limits").status_code == 404
    assert desk.post("/limits/speed/reset", page="/limits").status_code == 404


# windows


def test_a_changed_window_holds_for_the_next_message(world: World) -> None:
    set_limit(world, limit_table.CHAT_MESSAGES, 1)
    world.says("小雨", "签到")
    world.work()
    assert len(world.heard("小雨")) == 1
    (identity,) = world.rows(members.Identity, members.Identity.external_id == OPENIDS["小雨"])
    assert identity.chat_left == 0
    assert identity.chat_until == world.now + timedelta(hours=48, seconds=-15)


def test_what_was_not_taken_never_fills_the_long_window(world: World) -> None:
    world.says("小雨", "签到")
    world.event("小雨", "CLICK", EventKey="none")
    world.work()  # one reply, in the minute of the click
    where = members.Identity.external_id == OPENIDS["小雨"]

    def left() -> tuple[int, int]:
        (identity,) = world.rows(members.Identity, where)
        return identity.action_left, identity.chat_left

    before, taken_at = left(), world.now
    (identity,) = world.rows(members.Identity, where)
    with world.siyu.database.writing() as session:
        assert windows.take(session, identity.id, taken_at)
    later(world, minutes=2)
    with world.siyu.database.writing() as session:
        windows.give_back(session, identity.id, Kind.OFFICIAL_ACCOUNT, taken_at)
    assert left() == before
    with world.siyu.database.writing() as session:
        assert windows.take(session, identity.id, world.now)
        windows.give_back(session, identity.id, Kind.OFFICIAL_ACCOUNT, world.now)
    assert left() == before


# the length of a text


@given(st.text(), st.integers(min_value=3, max_value=80))
def test_a_cut_text_fits_and_begins_as_the_whole_did(text: str, bytes_max: int) -> None:
    cut = wording.cut(text, bytes_max)
    assert len(cut.encode()) <= bytes_max
    assert cut == text or (cut.endswith("…") and text.startswith(cut[:-1]))
    assert wording.cut(cut, bytes_max) == cut


@pytest.mark.parametrize("ahead", range(5))
def test_an_emoji_at_the_boundary_stays_whole_or_goes(ahead: int) -> None:
    text = "a" * ahead + "😀" * 600
    cut = wording.cut(text, 2048)
    assert 2048 - 4 < len(cut.encode()) <= 2048
    assert cut == "a" * ahead + "😀" * (len(cut) - ahead - 1) + "…"


@pytest.mark.parametrize("emoji", [FAMILY, "👍🏽", "❤\ufe0f", "e\u0301"])
@pytest.mark.parametrize("bytes_max", range(3, 40))
def test_what_is_read_as_one_character_is_not_cut_in_two(emoji: str, bytes_max: int) -> None:
    kept = wording.cut("x" + emoji * 20, bytes_max).removesuffix("…").removeprefix("x")
    assert kept.replace(emoji, "") == ""


def test_a_reply_that_is_too_long_is_cut_and_sent(world: World) -> None:
    with world.siyu.database.writing() as session:
        keywords.write(session, name="长", words=["长文"], reply="😀" * 700, now=world.now)
    world.says("小雨", "长文")
    world.says_in_group("小雨", "长文")
    world.work()
    (heard,) = world.heard("小雨")
    assert heard == "😀" * 511 + "…"
    (in_group,) = world.heard_in_group()
    assert in_group.startswith("@小雨 😀")
    assert len(in_group.encode()) <= 2048


def test_an_operators_text_that_grew_too_long_is_not_sent(world: World) -> None:
    for name, nickname in (("小雨", "小雨"), ("阿诚", "很长很长的昵称啊")):
        world.event(name, "subscribe")
        world.work()
        with world.siyu.database.writing() as session:
            world.member(session, name).nickname = nickname
    # as it is written it has 2042 bytes, with the longer name 2049
    longer = world.plan((AT_ONCE, "{nickname|亲}" + "字" * 675), trigger="manual")
    for name in ("小雨", "阿诚"):
        world.says(name, "你好")
        with world.siyu.database.writing() as session:
            member, zone = world.member(session, name), world.siyu.programme.zone
            enrolments.enrol(session, longer, zone, member_id=member.id, now=world.now)
    world.work()
    rows = world.rows(OutboxMessage, OutboxMessage.plan_id == longer.id)
    assert [(row.state, row.reason) for row in rows] == [
        ("accepted", None),
        ("suppressed", "text_too_long"),
    ]


# rooms


def signs_in_often(world: World, times: int) -> None:
    for _ in range(times):
        world.says_in_group("小雨", "积分")


def test_a_room_is_told_so_much_a_minute_and_the_rest_later_in_order(world: World) -> None:
    set_limit(world, limit_table.ROOM_MESSAGES_A_MINUTE, 3)
    signs_in_often(world, 5)
    world.work()
    assert len(world.heard_in_group()) == 3
    rows: list[Any] = list(world.rows(OutboxMessage))
    assert [row.state for row in rows] == ["accepted"] * 3 + ["planned"] * 2
    assert {row.attempts for row in rows[3:]} == {0}
    later(world, seconds=60)
    world.work()
    assert len(world.heard_in_group()) == 3, "the last of them may have come late"
    later(world, seconds=16)
    world.work()
    rows = list(world.rows(OutboxMessage))
    assert [row.state for row in rows] == ["accepted"] * 5
    assert rows[3].attempted_at <= rows[4].attempted_at


def test_replies_and_plans_share_the_minute_of_a_room(world: World) -> None:
    set_limit(world, limit_table.ROOM_MESSAGES_A_MINUTE, 2)
    plan = world.plan(
        (AT_ONCE, "早安"),
        channel="demo-groups",
        audience="group",
        trigger="manual",
        filter={"tier_labels": ["gold"]},
    )
    enrol_group(world, plan)
    signs_in_often(world, 3)
    world.work()
    assert len(world.heard_in_group()) == 2
    later(world, seconds=76)
    world.work()
    assert len(world.heard_in_group()) == 4


def test_all_senders_together_keep_to_the_minute_of_a_room(world: World) -> None:
    set_limit(world, limit_table.ROOM_MESSAGES_A_MINUTE, 3)
    signs_in_often(world, 6)
    for number in range(6):
        plan = world.plan(
            (AT_ONCE, f"早安 {number}"),
            channel="demo-groups",
            audience="group",
            trigger="manual",
            filter={"tier_labels": ["gold"]},
        )
        enrol_group(world, plan)
    to_do = (lanes.REPLIES, lanes.BROADCASTS)
    while waiting := [one for one in world.waiting() if one[0] not in to_do]:
        for pipe, number in waiting:
            worker.work(world.siyu, pipe, number)
    sending = [
        threading.Thread(target=worker.work, args=(world.siyu, pipe, number))
        for pipe, number in world.waiting()
    ]
    assert len(sending) == 2, "a lane of replies and one of broadcasts"
    for thread in sending:
        thread.start()
    for thread in sending:
        thread.join()
    assert len(world.heard_in_group()) == 3


def enrol_group(world: World, plan: Any) -> None:
    (group,) = world.rows(Group)
    with world.siyu.database.writing() as session:
        zone = world.siyu.programme.zone
        enrolments.enrol(session, plan, zone, group_id=group.id, now=world.now)


def test_a_full_room_of_the_platform_is_waited_for(world: World) -> None:
    world.fault("/gateway/messages", "errcode", errcode=45009, times=1)
    signs_in_often(world, 1)
    world.work()
    (row,) = world.rows(OutboxMessage)
    assert (row.state, row.reason) == ("planned", "too_frequent")
    later(world, seconds=60)
    world.work()
    assert len(world.heard_in_group()) == 1
    assert world.rows(OutboxMessage)[0].state == "accepted"
