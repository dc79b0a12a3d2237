"""Stories of figures: an order changes what is known of her at once, a night the rest; tags and
plans go by it, and who is about to run out of shampoo is reminded."""

from typing import Any

from app import inbox, scheduler
from app.domain.insight import figure_tags, member_figures, products
from app.domain.insight.figure_changes import FigureChange
from app.domain.insight.member_figures import MemberFigures
from app.domain.insight.tags import MemberTag
from app.figuring import nightly
from app.figuring.nightly import House
from app.inbox import InboxEvent
from app.journeys import clock_triggers
from tests.running_plans import arrive, at_once, enrolled, running
from tests.world import World

SHAMPOO = "XF-500"
AGAIN = {"reentry": {"kind": "per_happening"}}


def buys(world: World, name: str, no: str, fen: int = 9_900, sku: str = SHAMPOO) -> None:
    line = {"sku": sku, "name": "洗发水 500 毫升", "quantity": 1, "amount_fen": fen}
    order = {"source": "youzan", "order_no": no, "paid_at": world.now.isoformat()}
    _happens(world, name, "order_paid", no, order | {"amount_fen": fen, "lines": [line]})


def is_paid_back(world: World, name: str, no: str, fen: int) -> None:
    refund = {"source": "youzan", "order_no": no, "refund_no": "R", "at": world.now.isoformat()}
    _happens(world, name, "order_refunded", f"{no}:R", refund | {"amount_fen": fen})


def _happens(world: World, name: str, kind: str, key: str, fields: dict[str, Any]) -> None:
    with world.siyu.database.writing() as session:
        member_id = world.member(session, name).id
        named = {"member_id": member_id}
        inbox.receive_own(
            session,
            key=f"{kind}:youzan:{key}",
            kind=kind,
            subject=f"member:{member_id}",
            fields=fields | named,
            member_id=member_id,
            now=world.now,
        )
    world.work()


def a_night_passes(world: World) -> None:
    house = House(world.siyu.database, world.siyu.programme, world.siyu.clock)
    nightly.run(house, lambda *_: None)
    clock = scheduler.Clock(world.siyu)
    clock.tick()
    clock.give_back()
    world.work()


def tick(world: World) -> int:
    with world.siyu.database.writing() as session:
        came = clock_triggers.run(session, world.siyu.programme, world.now)
    world.work()
    return came


def figures_of(world: World, name: str = "小雨") -> MemberFigures:
    with world.siyu.database.reading() as session:
        found = member_figures.of(session, world.member(session, name).id)
        assert found is not None
        return found


def map_to(world: World, figure: str, value: str, tag: str) -> None:
    with world.siyu.database.writing() as session:
        figure_tags.map_to(session, figure, value, tag, world.now)


def test_who_bought_shampoo_for_ninety_days_is_reminded_at_sixty(world: World) -> None:
    with world.siyu.database.writing() as session:
        products.set_interval(session, SHAMPOO, 90, 60, world.now)
    reminds = {"trigger": {"kind": "replenish", "sku": SHAMPOO}, **AGAIN}
    plan = running(world, at_once(says="洗发水快用完了吧？"), **reminds)
    other = running(world, at_once(says="梳子"), trigger={"kind": "replenish", "sku": "梳子"})
    arrive(world)
    arrive(world, "阿诚")
    buys(world, "小雨", "E1")
    buys(world, "阿诚", "E2")
    world.at(40)
    buys(world, "阿诚", "E3")  # has bought again since
    world.at(2 + 60, "11:59")
    assert tick(world) == 0
    world.says("小雨", "在吗")  # so that the platform lets us speak
    world.at(2 + 60, "12:00")
    assert [tick(world), tick(world)] == [1, 0]
    assert world.heard("小雨")[-1] == "洗发水快用完了吧？"
    assert "洗发水快用完了吧？" not in world.heard("阿诚")
    world.at(40 + 60, "12:00")
    assert tick(world) == 1
    assert [len(enrolled(world, it)) for it in (plan, other)] == [2, 0]


def test_what_was_paid_back_is_not_going_to_be_used_up(world: World) -> None:
    with world.siyu.database.writing() as session:
        products.set_interval(session, SHAMPOO, 90, None, world.now)
    running(world, at_once(says="补货"), trigger={"kind": "replenish", "sku": ""})
    arrive(world)
    buys(world, "小雨", "E1")
    is_paid_back(world, "小雨", "E1", 9_900)
    world.at(2 + 60, "12:00")
    assert tick(world) == 0


def test_an_order_changes_her_figures_in_the_same_transaction_and_a_refund_too(
    world: World,
) -> None:
    arrive(world)
    buys(world, "小雨", "E1", 9_900)
    hers = figures_of(world)
    assert (hers.orders, hers.spent_fen, hers.stage, hers.f_band) == (1, 9_900, "new", 1)
    buys(world, "小雨", "E2", 40_000)
    is_paid_back(world, "小雨", "E2", 10_000)
    hers = figures_of(world)
    assert (hers.orders, hers.spent_fen, hers.m_band) == (2, 39_900, 3)
    is_paid_back(world, "小雨", "E1", 9_900)
    assert figures_of(world).orders == 1


def test_the_first_order_gives_the_mapped_tag_with_its_cause(world: World) -> None:
    map_to(world, "stage", "new", "新客")
    map_to(world, "stage", "churning", "流失预警")
    welcome = {"trigger": {"kind": "stage_changed", "stage": "new"}}
    plan = running(world, at_once(says="欢迎新客"), **welcome)
    arrive(world)
    buys(world, "小雨", "E1")
    assert world.tags("小雨") == ["新客"]
    (given,) = world.rows(MemberTag)
    (paid,) = world.rows(InboxEvent, InboxEvent.kind == "order_paid")
    assert (given.rule, given.rule_version, given.evidence) == ("figures:stage", 1, "new")
    assert given.event_id == paid.id
    assert len(enrolled(world, plan)) == 1
    assert world.heard("小雨")[-1] == "欢迎新客"


def test_a_night_that_finds_her_churning_changes_her_tag_and_starts_the_plan(world: World) -> None:
    map_to(world, "stage", "new", "新客")
    map_to(world, "stage", "churning", "流失预警")
    comes_back = {"trigger": {"kind": "stage_changed", "stage": "churning"}, **AGAIN}
    plan = running(world, at_once(says="好久不见"), **comes_back)
    by_tag = running(world, at_once(says="想你"), trigger={"kind": "tagged", "tag": "流失预警"})
    arrive(world)
    buys(world, "小雨", "E1")
    world.at(2 + 100)  # of a usual rhythm of thirty days
    a_night_passes(world)
    a_night_passes(world)
    assert figures_of(world).stage == "churning"
    assert world.tags("小雨") == ["流失预警"]
    assert [len(enrolled(world, it)) for it in (plan, by_tag)] == [1, 1]
    changes = world.rows(FigureChange, FigureChange.figure == "stage")
    assert [(it.was, it.became) for it in changes] == [(None, "new"), ("new", "churning")]
    assert [it.event_id is None for it in changes] == [False, True]
    assert all(it.told_at for it in changes)


def test_the_first_night_of_a_house_tells_nobody_that_anything_has_changed(world: World) -> None:
    running(world, at_once(says="好久不见"), trigger={"kind": "stage_changed"})
    arrive(world)
    a_night_passes(world)
    assert figures_of(world).stage == "new"
    assert world.rows(FigureChange) == []


def test_plans_may_ask_later_whether_a_stage_was_reached(world: World) -> None:
    happened = {"happened": {"kind": "stage_changed", "stage": "new"}, "within_days": 9}
    branch = {"if": happened, "then": [at_once(says="新客")], "else": [at_once(says="老客")]}
    plan = {"name": "分支", "when": {"kind": "after", "minutes": 0}, "branch": branch}
    running(world, plan, trigger={"kind": "signed_in"})
    arrive(world)
    buys(world, "小雨", "E1")
    world.says("小雨", "签到")
    world.work()
    assert "新客" in world.heard("小雨")
