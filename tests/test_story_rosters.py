"""A live code of WeCom leads to those of its staff who are on duty and have room today: from the
callback of a new contact to what WeCom's own list says."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.outreach.live_codes import live_code_terms, rosters
from app.domain.outreach.live_codes.rosters import NobodyLeft, RosterLead, RosterShift
from app.domain.people import live_codes, operators, staff, ways_in
from app.domain.people.live_codes import LiveCode
from app.domain.people.ways_in import WayIn
from app.outbox import OutboxMessage
from app.scheduler import Clock
from sop.times import rosters as duty
from sop.times.rosters import Shift
from tests.console_desk import EMAIL, PASSWORD, Desk, told_at
from tests.test_story_live_codes import NOTHING
from tests.wecom_house import CORP, CorpWorld, corp_world

__all__ = ["corp_world"]

BEIJING = ZoneInfo("Asia/Shanghai")
WEEKDAYS = [{"weekdays": [1, 2, 3, 4, 5, 6, 7], "from": "09:00", "to": "18:00"}]
NIGHTS = [{"weekdays": [1, 2, 3, 4, 5, 6, 7], "from": "18:00", "to": "09:00"}]
UPDATE = "/cgi-bin/externalcontact/update_contact_way"


def made(world: CorpWorld, scene: str = "store_01", *userids: str) -> WayIn:
    """The platform's code for a live code of ours, to both of the corp's staff."""
    userids = userids or ("xiaowang", "lili")
    way = {"type": 2, "scene": 2, "state": scene, "user": list(userids), "skip_verify": True}
    config_id = world.corp.contact("add_contact_way", **way)["config_id"]
    with world.siyu.database.writing() as session:
        channel = world.channel(session, CORP)
        code = live_codes.by_scene(session, channel.id, scene) or another(world, session, scene)
        for userid in userids:
            staff.meet(session, channel.id, userid, world.now)
        told: dict[str, Any] = {"userids": userids, "chat_ids": (), "skip_verify": True}
        made_at = {"config_id": config_id, "qr_url": "https://wework.qpic.cn/x", "now": world.now}
        ways_in.keep(session, code.id, **told, **made_at)
        kept = ways_in.of_code(session, code.id)
        assert kept is not None
        return kept


def another(world: CorpWorld, session: Any, scene: str) -> LiveCode:
    about: dict[str, Any] = {"name": scene, "tag_id": None, "welcome": "", "now": world.now}
    return live_codes.add(session, channel_id=world.channel(session, CORP).id, scene=scene, **about)


def roster(world: CorpWorld, way_in: WayIn, **lines: dict[str, Any]) -> None:
    nothing = {"hours": [], "contacts_max_a_day": None, "stands_in": False}
    with world.siyu.database.writing() as session:
        told = [{"userid": userid, **nothing, **line} for userid, line in lines.items()]
        rosters.keep(session, session.get_one(WayIn, way_in.id), told)


def leads_to(world: CorpWorld, way_in: WayIn) -> list[str]:
    """As WeCom has it."""
    known = world.corp.contact("get_contact_way", config_id=way_in.config_id)
    return list(known["contact_way"]["user"])


def tick(world: CorpWorld) -> None:
    """A scheduler that has just begun looks at the tables, and workers do what it has found."""
    clock = Clock(world.siyu)
    clock.tick()
    clock.give_back()
    world.work()


def comes(world: CorpWorld, name: str, way_in: WayIn) -> None:
    world.corp.act("add", name, config_id=way_in.config_id)
    world.work()


def o_clock(world: CorpWorld, clock: str, days: int = 0) -> None:
    """A Beijing time, ``days`` after today's."""
    today = datetime.now(BEIJING).date() + timedelta(days=days)
    world.now = datetime.fromisoformat(f"{today}T{clock}").replace(tzinfo=BEIJING)


def test_who_has_had_the_last_one_of_her_day_is_taken_out_and_is_back_in_the_morning(
    corp_world: CorpWorld,
):
    way_in = made(corp_world)
    roster(corp_world, way_in, xiaowang={"contacts_max_a_day": 1}, lili={})
    comes(corp_world, "小雨", way_in)
    assert leads_to(corp_world, way_in) == ["lili"]
    (lead,) = corp_world.rows(RosterLead)
    assert (lead.userids, lead.is_taken) == (["lili"], True)
    corp_world.now += timedelta(days=1)
    tick(corp_world)
    assert leads_to(corp_world, way_in) == ["xiaowang", "lili"]


def test_the_shift_changes_with_the_hour(corp_world: CorpWorld):
    way_in = made(corp_world)
    roster(
        corp_world, way_in, xiaowang={"hours": WEEKDAYS}, lili={"hours": NIGHTS, "stands_in": True}
    )
    for clock, who in (("10:00", "xiaowang"), ("20:00", "lili")):
        o_clock(corp_world, clock)
        tick(corp_world)
        assert leads_to(corp_world, way_in) == [who]


def test_who_only_stands_in_is_there_when_nobody_is_left(corp_world: CorpWorld):
    way_in = made(corp_world)
    roster(corp_world, way_in, xiaowang={"contacts_max_a_day": 1}, lili={"stands_in": True})
    tick(corp_world)
    assert leads_to(corp_world, way_in) == ["xiaowang"]
    comes(corp_world, "小雨", way_in)
    assert leads_to(corp_world, way_in) == ["lili"]
    comes(corp_world, "老王", way_in)
    assert leads_to(corp_world, way_in) == ["lili"]


def test_a_full_code_leads_to_the_staff_of_its_fallback(corp_world: CorpWorld):
    way_in, other = made(corp_world, "store_01", "xiaowang"), made(corp_world, "store_02", "lili")
    with corp_world.siyu.database.writing() as session:
        terms = {"members_max_a_day": 1, "fallback_id": other.live_code_id}
        live_code_terms.change(session, way_in.live_code_id, **NOTHING | terms)
    comes(corp_world, "小雨", way_in)
    assert leads_to(corp_world, way_in) == ["lili"]
    corp_world.now += timedelta(days=1)
    tick(corp_world)
    assert leads_to(corp_world, way_in) == ["xiaowang"]


def test_who_has_gone_is_no_more_led_to(corp_world: CorpWorld):
    way_in = made(corp_world)
    roster(corp_world, way_in, xiaowang={"hours": WEEKDAYS}, lili={})
    o_clock(corp_world, "10:00")
    tick(corp_world)  # the night is over in which the corp's staff are asked for
    with corp_world.siyu.database.writing() as session:
        staff.keep_to(session, corp_world.channel(session, CORP).id, ["xiaowang"], corp_world.now)
    tick(corp_world)
    assert leads_to(corp_world, way_in) == ["xiaowang"]
    o_clock(corp_world, "20:00")
    tick(corp_world)
    assert leads_to(corp_world, way_in) == ["xiaowang"], "a code has to lead to somebody"


def test_while_nothing_changes_nothing_is_asked_of_the_platform(corp_world: CorpWorld):
    way_in = made(corp_world)
    roster(corp_world, way_in, xiaowang={"contacts_max_a_day": 5}, lili={})
    for _ in range(3):
        tick(corp_world)
        corp_world.now += timedelta(minutes=1)
    assert corp_world.calls(UPDATE) == 0


def test_what_the_platform_has_not_taken_is_asked_again(corp_world: CorpWorld):
    way_in = made(corp_world)
    roster(corp_world, way_in, xiaowang={"contacts_max_a_day": 1}, lili={})
    corp_world.fault(UPDATE, "errcode", errcode=40058, times=1)
    comes(corp_world, "小雨", way_in)
    assert leads_to(corp_world, way_in) == ["xiaowang", "lili"]
    corp_world.now += rosters.ASKED_AGAIN_AFTER
    tick(corp_world)
    assert leads_to(corp_world, way_in) == ["lili"]
    assert [
        one.state for one in corp_world.rows(OutboxMessage, OutboxMessage.way == "way_in_led")
    ] == [
        "failed",
        "accepted",
    ]


def test_a_request_that_was_taken_after_a_later_one_is_followed_by_the_later_one_again(
    corp_world: CorpWorld,
):
    way_in = made(corp_world)
    with corp_world.siyu.database.writing() as session:
        held = session.get_one(WayIn, way_in.id)
        first = rosters.ask(session, held, ["lili"], corp_world.now)
        second = rosters.ask(session, held, ["xiaowang"], corp_world.now)
        assert first is not None
        assert second is not None
        assert rosters.accept(session, held, second, corp_world.now)
        assert not rosters.accept(session, held, first, corp_world.now)
        assert rosters.ask(session, held, ["xiaowang"], corp_world.now) == second + 1


def test_a_roster_that_may_leave_nobody_is_refused(corp_world: CorpWorld):
    way_in = made(corp_world)
    with pytest.raises(NobodyLeft):
        roster(corp_world, way_in, xiaowang={"hours": WEEKDAYS}, lili={"contacts_max_a_day": 3})


SHIFTS = st.builds(
    Shift,
    userid=st.uuids().map(str),
    contacts_max_a_day=st.none() | st.integers(0, 3),
    stands_in=st.booleans(),
)


@given(st.lists(SHIFTS, min_size=1, max_size=6), st.integers(0, 4))
def test_nobody_is_led_to_over_her_cap_unless_she_stands_in(shifts, taken):
    of_each = {one.userid: taken for one in shifts}
    there = duty.on_duty(shifts, of_each, datetime(2026, 11, 22, 12, tzinfo=BEIJING))
    by_id = {one.userid: one for one in shifts}
    for userid in there:
        most = by_id[userid].contacts_max_a_day
        assert by_id[userid].stands_in or most is None or taken < most
    assert there or all(one.is_limited and not one.stands_in for one in shifts)


@pytest.fixture
def desk(corp_world: CorpWorld) -> Desk:
    with corp_world.siyu.database.writing() as session:
        operators.add(session, EMAIL, "四月", PASSWORD, corp_world.now)
    found = Desk(corp_world.client.application)
    found.log_in()
    return found


LINES = {
    "shifts-0-userid": "xiaowang",
    "shifts-0-hours": "1-7 09:00-18:00",
    "shifts-0-contacts_max_a_day": "5",
    "shifts-1-userid": "lili",
    "shifts-1-stands_in": "y",
}


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        *(("hours", typed, "看不懂") for typed in ("早上", "8 09:00-18:00", "1-5", "9" * 5000)),
        *(("hours", f"1-5 {typed}", "") for typed in ("25:00-26:00", "09:00-09:00", "09:60-18:00")),
        *(("contacts_max_a_day", typed, "") for typed in ("abc", "0", "-1", "9" * 30, "1.5", "²")),
    ],
)
def test_what_is_no_roster_is_told_at_its_field_and_what_was_typed_stays(
    corp_world: CorpWorld, desk: Desk, field: str, typed: str, said: str
) -> None:
    page = f"/live-codes/{made(corp_world).live_code_id}/roster"
    name = f"shifts-0-{field}"
    answer = desk.post(page, LINES | {name: typed}, page=page)
    assert answer.status_code == 200
    (told,) = told_at(answer.text, name)
    assert said in told
    assert typed in answer.text
    with corp_world.siyu.database.reading() as session:
        assert session.query(RosterShift).all() == []


@pytest.mark.parametrize(
    "forged",
    [
        {"shifts-1-userid": "xiaowang"},
        {"shifts-1-userid": "nobody"},
        {"shifts-9999-userid": "lili", "shifts-9999-hours": "1-7 09:00-18:00"},
        {"shifts-x-userid": "lili"},
        dict.fromkeys(LINES, ""),
    ],
)
def test_lines_that_are_forged_break_nothing(
    corp_world: CorpWorld, desk: Desk, forged: dict[str, str]
) -> None:
    page = f"/live-codes/{made(corp_world).live_code_id}/roster"
    assert desk.post(page, LINES | forged, page=page).status_code in (200, 303)
    assert desk.get(page).status_code == 200


def test_an_operator_writes_the_roster_and_sees_who_is_there(corp_world: CorpWorld):
    with corp_world.siyu.database.writing() as session:
        operators.add(session, EMAIL, "四月", PASSWORD, corp_world.now)
    way_in = made(corp_world)
    desk = Desk(corp_world.client.application)
    desk.log_in()
    page = f"/live-codes/{way_in.live_code_id}/roster"
    assert page in desk.read(f"/live-codes/{way_in.live_code_id}/way-in").replace("/console", "")
    form = {
        "shifts-0-userid": "xiaowang",
        "shifts-0-hours": "1-7 09:00-18:00",
        "shifts-0-contacts_max_a_day": "1",
        "shifts-1-userid": "lili",
        "shifts-1-contacts_max_a_day": "2",
    }
    assert "有的时候会没有人" in desk.post(page, form, page=page).text
    assert desk.post(page, form | {"shifts-1-stands_in": "y"}, page=page).status_code == 303
    o_clock(corp_world, "10:00")
    tick(corp_world)
    shown = desk.read(page)
    assert "1,2,3,4,5,6,7 09:00-18:00" in shown
    assert shown.count("bg-green-lt") == 2
    assert "看不懂这一行" in desk.post(page, form | {"shifts-0-hours": "早上"}, page=page).text
