"""Stories of broadcasts held to manners: shared caps, who opted out, and the switch in their
middle."""

from typing import Any

from app.domain.outreach import halts, manners
from app.domain.people import operators
from sop.manners import USUAL
from tests import broadcast_desk as desk
from tests.shop import NAMES
from tests.world import World

SAID = "周五上新"


def _manners(world: World, **changed: Any) -> None:
    with world.siyu.database.writing() as session:
        manners.change(session, USUAL | {"caps": []} | changed, None, world.now)


def _chat(world: World) -> None:
    for name in NAMES:
        world.event(name, "subscribe", EventKey="")
        world.says(name, "你好")
    world.work()


def test_a_plan_s_step_leaves_no_room_for_a_broadcast_of_that_day(world: World):
    _manners(world, caps=[{"category": "marketing", "period": "day", "most": 1}])
    world.plan(({"kind": "after", "minutes": 0}, "欢迎看看新品"))
    _chat(world)
    assert all("欢迎看看新品" in world.heard(name) for name in NAMES)
    number = desk.launched(world, SAID)
    world.work()
    assert all(SAID not in world.heard(name) for name in NAMES)
    world.at(3, "09:00")
    world.work()
    assert desk.states(world, number) == {"accepted": 3}


def test_who_opted_out_is_meant_by_a_broadcast_of_services_only(world: World):
    _manners(world)
    _chat(world)
    world.says("小雨", "退订")
    world.work()
    services = desk.launched(world, "门店搬家了", category="service")
    marketing = desk.launched(world, SAID)
    world.work()
    assert desk.states(world, services) == {"accepted": 3}
    assert desk.states(world, marketing) == {"accepted": 2}
    assert SAID not in world.heard("小雨")


def test_the_switch_stops_a_broadcast_in_its_middle_and_lets_it_go_on(world: World):
    _manners(world)
    _chat(world)
    number = desk.launched(world, SAID)
    desk.feed(world, number)
    with world.siyu.database.writing() as session:
        by = operators.add(session, "april@shop.example", "四月", "correct horse", world.now)
        halts.begin(session, "发错了", by.id, world.now)
    world.work()
    assert desk.states(world, number) == {"planned": 3}
    with world.siyu.database.writing() as session:
        halts.end(session, by.id, world.now)
    world.work()
    assert desk.states(world, number) == {"accepted": 3}
