"""Stories of manners: what nobody asked for waits for the morning of her own zone, for room in her
caps, for the end of a talk; and one switch stops everything."""

import threading
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app import lanes, outbox, sender
from app.domain.outreach import halts, manners, touches
from app.domain.people import conversations, operators
from app.domain.people.members import Member
from app.outbox import OutboxMessage
from sop.manners import USUAL
from tests.shop import OA, OPENIDS
from tests.world import BEIJING, World

NEW_YORK = "America/New_York"
ONE_A_DAY = [{"category": "marketing", "period": "day", "most": 1}]
QUIET = USUAL["quiet"]


def _manners(world: World, **changed: Any) -> None:
    with world.siyu.database.writing() as session:
        manners.change(session, USUAL | {"caps": []} | changed, None, world.now)


def _meet(world: World, *names: str) -> None:
    for name in names:
        world.event(name, "subscribe")
        world.says(name, "帮助")
    world.work()


def _change(world: World, name: str, **values: Any) -> None:
    with world.siyu.database.writing() as session:
        her = session.get_one(Member, world.member(session, name).id)
        for field, value in values.items():
            setattr(her, field, value)


def _put(
    world: World,
    name: str,
    text: str,
    category: str = "marketing",
    pipe: str = lanes.BROADCASTS,
    lives: timedelta | None = timedelta(days=3),
    purpose: str = "broadcast",
) -> int:
    """One message as a broadcast, a plan or a bot would put it."""
    with world.siyu.database.writing() as session:
        channel, her = world.channel(session, OA), world.member(session, name)
        message_id = outbox.put(
            session,
            outbox.Address(channel.id, OPENIDS[name], her.id),
            key=f"{purpose}:{name}:{text}",
            purpose=purpose,
            kind="text",
            content={"text": text},
            cause=outbox.Cause("test", category=category),
            pipe=pipe,
            expires_at=world.now + lives if lives else None,
            now=world.now,
        )
        assert message_id is not None
        return message_id


def _row(world: World, message_id: int) -> OutboxMessage:
    (row,) = world.rows(OutboxMessage, OutboxMessage.id == message_id)
    assert isinstance(row, OutboxMessage)
    return row


def _books(world: World, name: str) -> dict[str, int]:
    with world.siyu.database.reading() as session:
        book = touches.of(session, world.member(session, name).id)
    return {category: sum(days.values()) for category, days in book.items() if days}


def test_at_night_marketing_waits_for_her_own_morning(world: World):
    """Half past eleven at night in Beijing is half past ten in the morning in New York."""
    _meet(world, "小雨", "阿诚")
    _manners(world)
    _change(world, "阿诚", zone=NEW_YORK)
    world.at(2, "23:30")
    asleep, awake = _put(world, "小雨", "晚安"), _put(world, "阿诚", "早安")
    service = _put(world, "小雨", "您的订单已发货", category="service")
    world.work()
    assert _row(world, awake).state == "accepted"
    assert _row(world, service).state == "accepted"
    waiting = _row(world, asleep)
    assert waiting.due_at == datetime(2026, 11, 3, 8, tzinfo=BEIJING)
    assert (waiting.state, waiting.reason) == ("planned", "quiet_hours")
    world.at(3, "12:00")  # noon in Beijing, eleven at night in New York
    late = _put(world, "阿诚", "晚安")
    world.work()
    assert _row(world, asleep).state == "accepted"
    assert _row(world, late).due_at == datetime(2026, 11, 3, 8, tzinfo=ZoneInfo(NEW_YORK))


def test_what_would_be_too_late_in_the_morning_or_is_to_be_dropped_is_not_sent(world: World):
    _meet(world, "小雨")
    _manners(world)
    world.at(2, "23:30")
    short = _put(world, "小雨", "限时一小时", lives=timedelta(hours=1))
    world.work()
    assert (_row(world, short).state, _row(world, short).reason) == ("suppressed", "quiet_hours")
    _manners(world, quiet=QUIET | {"then": "drop"})
    dropped = _put(world, "小雨", "晚上好")
    world.work()
    assert (_row(world, dropped).state, _row(world, dropped).reason) == (
        "suppressed",
        "quiet_hours",
    )


def test_a_reply_is_never_withheld(world: World):
    _meet(world, "小雨")
    caps = [{"category": "", "period": "day", "most": 1}]
    _manners(world, caps=caps, holdout_percent=50)
    _change(world, "小雨", attended_until=world.now + timedelta(days=1), attended_by="anna")
    world.at(2, "23:30")
    for _ in range(3):
        world.says("小雨", "帮助")
        world.work()
    assert sum("我可以帮您" in text for text in world.heard("小雨")) == 4


def test_one_cap_is_shared_by_a_plan_a_broadcast_and_a_bot(world: World):
    _meet(world, "小雨")
    _manners(world, caps=ONE_A_DAY)
    each = (
        _put(world, "小雨", "计划", purpose="plan"),
        _put(world, "小雨", "群发", purpose="broadcast"),
        _put(world, "小雨", "机器人", purpose="bot", pipe=lanes.REPLIES),
    )
    world.work()
    states = sorted(_row(world, it).state for it in each)
    assert states == ["accepted", "planned", "planned"]
    for row in world.rows(OutboxMessage, OutboxMessage.state == "planned"):
        assert row.reason == "cap:marketing/day"
        assert row.due_at == datetime(2026, 11, 3, tzinfo=BEIJING)
    for day, said in ((3, 2), (4, 3)):
        world.at(day, "09:00")
        world.work()
        states = [_row(world, it).state for it in each]
        assert states.count("accepted") == said
    assert _books(world, "小雨") == {"marketing": 3}


def test_what_finds_no_room_in_its_life_is_not_sent_and_names_the_cap(world: World):
    _meet(world, "小雨")
    week = [{"category": "marketing", "period": "week", "most": 1}]
    _manners(world, caps=week)
    _put(world, "小雨", "第一条")
    world.work()
    second = _put(world, "小雨", "第二条")
    world.work()
    assert (_row(world, second).state, _row(world, second).reason) == (
        "suppressed",
        "cap:marketing/week",
    )


@pytest.mark.parametrize(
    ("errcode", "kept"), [(45009, 0), (45015, 0), (0, 1)], ids=["later", "refused", "taken"]
)
def test_what_the_platform_has_not_taken_is_given_back(world: World, errcode: int, kept: int):
    _meet(world, "小雨")
    _manners(world, caps=ONE_A_DAY)
    if errcode:
        world.fault("/cgi-bin/message/custom/send", "errcode", errcode=errcode, times=1)
    _put(world, "小雨", "一条")
    world.work()
    assert _books(world, "小雨").get("marketing", 0) == kept


def test_twenty_lanes_that_race_for_the_last_one_send_exactly_the_cap(world: World):
    _meet(world, "小雨")
    _manners(world, caps=[{"category": "marketing", "period": "day", "most": 3}])
    ids = [_put(world, "小雨", f"第 {number} 条") for number in range(20)]
    with world.siyu.database.writing() as session:
        for number, message_id in enumerate(ids):
            session.get_one(OutboxMessage, message_id).lane = number
        lanes_of_pipe = session.query(lanes.Lane).filter_by(pipe=lanes.BROADCASTS).count()
    assert lanes_of_pipe >= len(ids)

    def send(number: int) -> None:
        sender.send_lane(world.siyu, lanes.BROADCASTS, number)

    racing = [threading.Thread(target=send, args=(number,)) for number in range(len(ids))]
    for thread in racing:
        thread.start()
    for thread in racing:
        thread.join()
    states = [_row(world, message_id).state for message_id in ids]
    assert sorted(states) == ["accepted"] * 3 + ["planned"] * 17
    assert _books(world, "小雨") == {"marketing": 3}


def test_while_an_agent_talks_with_her_marketing_waits_and_service_goes(world: World):
    _meet(world, "小雨")
    _manners(world)
    world.event("小雨", "kf_create_session", KfAccount="anna@april")
    world.work()
    marketing, service = _put(world, "小雨", "新品"), _put(world, "小雨", "发货", "service")
    world.work()
    assert _row(world, service).state == "accepted"
    assert (_row(world, marketing).state, _row(world, marketing).reason) == (
        "planned",
        "agent_talking",
    )
    assert _row(world, marketing).due_at == world.now + conversations.SESSION_MAX


def test_who_opted_out_is_served_and_told_nothing_else(world: World):
    _meet(world, "小雨")
    world.says("小雨", "退订")
    world.work()
    _manners(world)
    rows = {it: _put(world, "小雨", it, category=it) for it in ("marketing", "loyalty", "service")}
    world.work()
    states = {it: (_row(world, rows[it]).state, _row(world, rows[it]).reason) for it in rows}
    assert states == {
        "marketing": ("suppressed", "opted_out"),
        "loyalty": ("suppressed", "opted_out"),
        "service": ("accepted", None),
    }


def test_a_plan_of_services_goes_on_for_who_opted_out(world: World):
    _manners(world)
    for category in ("service", "marketing"):
        when = {"kind": "after", "minutes": 5}
        world.plan((when, f"{category} 的一步"), category=category)
    _meet(world, "小雨")
    world.says("小雨", "退订")
    world.work()
    world.now += timedelta(minutes=6)
    world.work()
    assert "service 的一步" in world.heard("小雨")
    assert "marketing 的一步" not in world.heard("小雨")


def test_the_held_out_hear_nothing_they_did_not_ask_for(world: World):
    _meet(world, "小雨", "阿诚", "林夏")
    _manners(world, holdout_percent=50)
    with world.siyu.database.reading() as session:
        known = manners.in_force(session)
        out = {it for it in OPENIDS if manners.is_held_out(known, world.member(session, it).id)}
    rows = {name: _put(world, name, "新品") for name in OPENIDS}
    world.work()
    reasons = {name: _row(world, rows[name]).reason for name in OPENIDS}
    assert reasons == {name: "held_out" if name in out else None for name in OPENIDS}


def _halt(world: World) -> int:
    with world.siyu.database.writing() as session:
        by = operators.add(session, "april@shop.example", "四月", "correct horse", world.now)
        assert halts.begin(session, "发错了", by.id, world.now)
        return by.id


def test_one_switch_stops_everything_in_the_middle_of_a_broadcast(world: World):
    _meet(world, *OPENIDS)
    _manners(world)
    heard = {name: len(world.heard(name)) for name in OPENIDS}
    _put(world, "小雨", "第一条")
    world.work()
    operator_id = _halt(world)
    rest = [_put(world, name, "其余") for name in OPENIDS]
    world.says("小雨", "签到")
    world.work()
    assert {name: len(world.heard(name)) for name in OPENIDS} == heard | {"小雨": heard["小雨"] + 1}
    assert [_row(world, it).state for it in rest] == ["planned"] * 3
    assert world.balance("小雨").points == 15, "what she did still counts"
    with world.siyu.database.writing() as session:
        assert halts.end(session, operator_id, world.now)
    world.work()
    assert [_row(world, it).state for it in rest] == ["accepted"] * 3
    assert any("签到成功" in text for text in world.heard("小雨"))
