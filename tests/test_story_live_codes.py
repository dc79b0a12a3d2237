"""A live code is good for so long and for so many; whoever comes when it is not is taken by its
fallback; and it leads on into a plan and a group."""

import re
from datetime import datetime, timedelta
from threading import Barrier, Thread
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.outreach.journeys.enrolments import Enrolment
from app.domain.outreach.live_codes import live_code_terms
from app.domain.outreach.live_codes.live_code_terms import FULL, FULL_TODAY, HOURS, LiveCodeArrival
from app.domain.people import live_codes
from app.domain.people.live_codes import LiveCode
from app.domain.people.members import Member
from app.inbox import InboxEvent
from sop.times import opening_hours
from sop.times.when_fields import BadSchedule
from tests.console_desk import Desk
from tests.shop import NAMES, OA
from tests.world import World

NOTHING: dict[str, Any] = {
    "store": "",
    "staff_userid": "",
    "hours": [],
    "members_max": None,
    "members_max_a_day": None,
    "fallback_id": None,
    "plan_id": None,
    "group_id": None,
}
WEEKDAYS = [{"weekdays": [1, 2, 3, 4, 5], "from": "09:00", "to": "18:00"}]


def store(world: World) -> int:
    (code,) = world.rows(LiveCode)[:1]
    return int(code.id)


def another(world: World, scene: str = "store_002", welcome: str = "这里是二号店") -> int:
    with world.siyu.database.writing() as session:
        return live_codes.add(
            session,
            channel_id=world.channel(session, OA).id,
            scene=scene,
            name=scene,
            tag_id=None,
            welcome=welcome,
            now=world.now,
        ).id


def terms(world: World, code_id: int, **told: Any) -> None:
    with world.siyu.database.writing() as session:
        live_code_terms.change(session, code_id, **NOTHING | told)


def comes(world: World, name: str, scene: str = "store_001") -> None:
    world.event(name, "subscribe", EventKey=f"qrscene_{scene}")
    world.work()


def through(world: World) -> list[tuple[int | None, str | None]]:
    return [(one.through_id, one.closed_why) for one in world.rows(LiveCodeArrival)]


def test_outside_its_hours_the_fallback_welcomes_and_is_counted(world: World) -> None:
    first, second = store(world), another(world)
    terms(world, first, hours=WEEKDAYS, fallback_id=second)
    world.at(2, "10:00")  # a Monday
    comes(world, "小雨")
    world.at(2, "20:00")
    comes(world, "阿诚")
    assert through(world) == [(first, None), (second, HOURS)]
    assert world.tags("小雨") == ["门店·一号店"]
    assert world.tags("阿诚") == []
    assert any("一号店" in text for text in world.heard("小雨"))
    assert any("二号店" in text for text in world.heard("阿诚"))
    assert {one.live_code_id for one in world.rows(Member)} == {first}


def test_the_day_s_last_place_is_given_once_and_there_are_more_tomorrow(world: World) -> None:
    first = store(world)
    terms(world, first, members_max_a_day=1)
    comes(world, "小雨")
    comes(world, "阿诚")
    world.now += timedelta(seconds=1)
    comes(world, "小雨")  # she has been taken already
    world.now += timedelta(days=1)
    comes(world, "林夏")
    assert through(world) == [(first, None), (None, FULL_TODAY), (first, None), (first, None)]
    with world.siyu.database.reading() as session:
        assert live_code_terms.figures(session) == {first: (2, 2)}


def test_a_full_code_hands_on_along_the_chain(world: World) -> None:
    first, second, third = store(world), another(world), another(world, "store_003")
    terms(world, first, members_max=1, fallback_id=second)
    terms(world, second, members_max=1, fallback_id=third)
    for name in NAMES:
        comes(world, name)
    assert through(world) == [(first, None), (second, FULL), (third, FULL)]
    with world.siyu.database.reading() as session:
        assert live_code_terms.passed_on(session, first) == [(FULL, second, 1), (FULL, third, 1)]
        assert live_code_terms.scans(session, first) == 3


def test_codes_never_go_round_in_circles(world: World) -> None:
    first, second = store(world), another(world)
    terms(world, first, fallback_id=second)
    with pytest.raises(live_code_terms.CodesGoRound):
        terms(world, second, fallback_id=first)
    with pytest.raises(live_code_terms.CodesGoRound):
        terms(world, first, fallback_id=first)


def test_two_who_come_at_once_are_not_both_the_last(world: World) -> None:
    first = store(world)
    terms(world, first, members_max=1)
    for name in NAMES:
        world.says(name, "你好")
    world.work()
    started = Barrier(len(NAMES))

    def arrive(name: str, event_id: int) -> None:
        started.wait()
        with world.siyu.database.writing() as session:
            code = session.get_one(LiveCode, first)
            member_id = world.member(session, name).id
            zone = world.siyu.programme.zone
            live_code_terms.arrive(session, code, member_id, event_id, zone, world.now)

    events = [one.id for one in world.rows(InboxEvent)][: len(NAMES)]
    threads = [Thread(target=arrive, args=pair) for pair in zip(NAMES, events, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(through(world), key=str) == [(first, None), (None, FULL), (None, FULL)]


def test_a_code_leads_into_its_plan_once(world: World) -> None:
    step = {"kind": "after_minutes", "minutes": 30}, "您好"
    plan = world.plan(step, trigger="manual", channel=OA)
    terms(world, store(world), plan_id=plan.id)
    comes(world, "小雨")
    world.event("小雨", "SCAN", EventKey="store_001")
    world.work()
    (enrolment,) = world.rows(Enrolment)
    assert enrolment.plan_id == plan.id


def test_delivered_twice_it_is_one_arrival(world: World) -> None:
    at = world.now
    for _ in range(2):
        world.event("小雨", "subscribe", at, EventKey="qrscene_store_001")
    world.work()
    assert len(through(world)) == 1


def test_an_operator_sets_terms_reads_figures_and_prints_a_poster(world: World, desk: Desk) -> None:
    first, second = store(world), another(world)
    form = {"name": "一号店", "tag": "门店·一号店", "welcome": "欢迎", "store": "静安店"}
    form |= {"hours": "1-5 09:00-18:00\n6,7 10:00-16:00", "members_max_a_day": "200"}
    form |= {"staff_userid": "wang", "fallback": str(second)}
    path = f"/live-codes/{first}"
    assert desk.post(path, form, page=path).status_code == 303
    page = desk.read(path)
    assert "1,2,3,4,5 09:00-18:00" in page
    assert re.search(rf'selected value="{second}"', page)
    for hours, said in (("周一 9点", "看不懂"), ("1-5 09:00-09:00", "不能相同")):
        assert said in desk.post(path, form | {"hours": hours}, page=path).text
    other = f"/live-codes/{second}"
    wrong = {"name": "二号店", "fallback": str(first)}
    assert "绕圈" in desk.post(other, wrong, page=other).text
    world.at(2, "10:00")
    comes(world, "小雨")
    assert "静安店" in desk.read("/live-codes")
    assert "一号店" not in desk.read("/live-codes?store=别家")
    assert "带来的会员" in desk.read(f"/live-codes/{first}/figures")
    assert desk.get(f"/live-codes/{second}/poster").status_code == 404  # no code was made yet
    with world.siyu.database.writing() as session:
        session.get_one(LiveCode, first).url = "http://weixin.qq.com/q/april"
    assert "静安店" in desk.read(f"/live-codes/{first}/poster")
    assert desk.get(f"/live-codes/{first}/large.png").data.startswith(b"\x89PNG")


def test_codes_for_all_employees_are_made_at_once_or_not_at_all(world: World, desk: Desk) -> None:
    with world.siyu.database.reading() as session:
        channel_id = world.channel(session, OA).id
    form = {"channel": str(channel_id), "tag": "员工码", "welcome": ""}
    before = len(world.rows(LiveCode))
    for lines, said in (
        ("staff_wang, 小王, 静安店, wang\nstore_001", "第 2 行的场景值已经有了"),
        (", 没有场景值", "第 1 行看不懂"),
        ("a b", "第 1 行的场景值不对"),
    ):
        page = desk.post("/live-codes/batch", form | {"lines": lines}, page="/live-codes/batch")
        assert said in page.text
        assert len(world.rows(LiveCode)) == before
    lines = "staff_wang, 小王, 静安店, wang\n\nstaff_li，小李，静安店，li"
    answer = desk.post("/live-codes/batch", form | {"lines": lines}, page="/live-codes/batch")
    assert answer.status_code == 303
    made = world.rows(LiveCode)[before:]
    assert [code.name for code in made] == ["小王", "小李"]
    assert all(code.url for code in made)  # the platform has made them
    assert "按员工" in desk.read("/live-codes")


MONDAY = datetime(2026, 11, 2, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    ("clock", "day", "is_open"),
    [
        ("09:00", 0, True),
        ("08:59", 0, False),
        ("17:59", 0, True),
        ("18:00", 0, False),
        ("10:00", 5, False),
    ],
)
def test_hours_begin_with_their_first_minute_and_end_before_their_last(
    clock: str, day: int, is_open: bool
) -> None:
    hour, minute = map(int, clock.split(":"))
    local = MONDAY + timedelta(days=day, hours=hour, minutes=minute)
    assert opening_hours.is_open(opening_hours.parse(WEEKDAYS), local) is is_open


@given(st.integers(0, 7 * 24 * 60 - 1))
def test_hours_over_midnight_belong_to_the_day_on_which_they_begin(minute: int) -> None:
    hours = opening_hours.parse([{"weekdays": [5], "from": "22:00", "to": "02:00"}])
    begins, ends = (4 * 24 + 22) * 60, (5 * 24 + 2) * 60
    local = MONDAY + timedelta(minutes=minute)
    assert opening_hours.is_open(hours, local) is (begins <= minute < ends)


@pytest.mark.parametrize(
    "hours",
    [
        {},
        [{"weekdays": [], "from": "09:00", "to": "18:00"}],
        [{"weekdays": [8], "from": "09:00", "to": "18:00"}],
        [{"weekdays": [1], "from": "09:00", "to": "09:00"}],
        [{"weekdays": [1], "from": "9:00", "to": "18:00"}],
        [{"from": "09:00", "to": "18:00"}],
        [{"weekdays": [1], "from": "09:00", "to": "10:00"}] * 15,
    ],
)
def test_hours_that_cannot_be_read_are_refused(hours: object) -> None:
    with pytest.raises(BadSchedule):
        opening_hours.parse(hours)
