"""Segments in stories: who has come to be in one is spoken to, who is not any more is not."""

from datetime import timedelta
from typing import Any

from app.domain.insight import segments
from app.domain.loyalty.orders import Order
from app.domain.outreach.journeys.plans import Plan
from app.explaining import plans as explaining
from app.inbox import receive_own
from app.journeys import clock_triggers
from app.journeys import running as journeys
from app.segments import keeping, snapshots
from tests import broadcast_desk
from tests.running_plans import after, arrive, at_once, enrolled, running, said_by
from tests.world import World

DAY = timedelta(days=1)
BUYERS: dict[str, Any] = {"kind": "ordered", "within_days": 30, "least_fen": 10_000}


def segment(world: World, key: str, definition: dict[str, Any]) -> None:
    with world.siyu.database.writing() as session:
        told = {"name": key, "operator_id": None, "now": world.now}
        keeping.add(session, key=key, definition=definition, **told)


def waiting(world: World, *steps: dict[str, Any], **rest: Any) -> Plan:
    """A plan that takes in whoever enters the segment of buyers."""
    rest = {"filter": {"segment": "buyers"}, "trigger": {"kind": "segment_entered"}} | rest
    return running(world, *(steps or [at_once(says="谢谢惠顾")]), **rest)


def pays(world: World, name: str, fen: int, order_no: str) -> None:
    """A shop tells of her order."""
    with world.siyu.database.writing() as session:
        receive_own(
            session,
            key=f"order:youzan:{order_no}",
            kind="order_paid",
            subject=f"order:{order_no}",
            fields={
                "source": "youzan",
                "order_no": order_no,
                "amount_fen": fen,
                "paid_at": world.now.isoformat(),
                "lines": [],
                "member_id": world.member(session, name).id,
            },
            now=world.now,
        )
    world.work()


def is_known_to_have_paid(world: World, name: str) -> None:
    """An order that no plan has heard of."""
    with world.siyu.database.writing() as session:
        whose = {"member_id": world.member(session, name).id, "source": "youzan"}
        paid = {"order_no": "1", "amount_fen": 10_000, "paid_at": world.now}
        session.add(Order(**whose, **paid, created_at=world.now))


def tick(world: World) -> int:
    with world.siyu.database.writing() as session:
        came = clock_triggers.run(session, world.siyu.programme, world.now)
    world.work()
    return came


def test_an_order_leads_into_a_segment_and_the_plan_that_waits_for_it_speaks(world: World) -> None:
    segment(world, "buyers", BUYERS)
    plan = waiting(world)
    arrive(world)
    pays(world, "小雨", 9_999, "small")
    assert enrolled(world, plan) == []
    pays(world, "小雨", 10_000, "large")
    assert world.heard("小雨")[-1] == "谢谢惠顾"
    (entered,) = enrolled(world, plan)
    assert entered.event_id is not None


def test_the_clock_alone_leads_in_and_out_and_in_again_once_each_time(world: World) -> None:
    segment(world, "buyers", {"not": BUYERS})
    plan = waiting(world, reentry={"kind": "per_happening"})
    arrive(world)
    tick(world)
    assert len(enrolled(world, plan)) == 1
    pays(world, "小雨", 10_000, "first")
    for days in (1, 1, 29, 1):
        world.now += days * DAY
        world.says("小雨", "在")  # her window stays open
        world.work()
        tick(world)
    entries = [one.subject.partition("/")[2] for one in enrolled(world, plan)]
    assert entries == ["segment:1", "segment:2"]


def test_a_plan_that_one_enters_once_takes_nobody_again(world: World) -> None:
    segment(world, "buyers", {"not": BUYERS})
    plan = waiting(world)
    arrive(world)
    tick(world)
    pays(world, "小雨", 10_000, "first")
    world.now += DAY
    tick(world)
    world.now += 31 * DAY
    tick(world)
    assert len(enrolled(world, plan)) == 1


def test_whoever_has_left_the_segment_meanwhile_is_not_told(world: World) -> None:
    segment(world, "buyers", {"not": BUYERS})
    plan = waiting(world, after(60, says="好久不见"))
    arrive(world)
    tick(world)
    pays(world, "小雨", 10_000, "first")
    world.now += timedelta(hours=1)
    world.work()
    assert said_by(world, plan) == [("suppressed", "not_in:segment:buyers")]


def test_she_is_looked_at_once_more_when_the_message_goes(world: World) -> None:
    segment(world, "buyers", {"not": BUYERS})
    arrive(world)
    plan = waiting(world, at_once(says="好久不见"))
    world.now += timedelta(minutes=1)
    with world.siyu.database.writing() as session:
        clock_triggers.run(session, world.siyu.programme, world.now)
        while journeys.run_due(session, world.siyu.programme, world.now):
            pass
    is_known_to_have_paid(world, "小雨")
    world.work()
    assert said_by(world, plan) == [("suppressed", "not_in:segment:buyers")]


def test_a_broadcast_is_for_a_segment_as_it_is_then_and_when_it_goes(world: World) -> None:
    segment(world, "buyers", BUYERS)
    for name in ("小雨", "阿诚"):
        arrive(world, name)
    pays(world, "小雨", 10_000, "hers")
    number = broadcast_desk.launched(world, filter={"segment": "buyers"})
    world.now += 31 * DAY
    world.says("小雨", "在")
    world.work()
    assert broadcast_desk.outcomes(world, number) == {"小雨": ("suppressed", "not_meant")}


def test_a_broadcast_is_for_a_snapshot_whatever_has_become_of_the_segment(world: World) -> None:
    segment(world, "buyers", BUYERS)
    for name in ("小雨", "阿诚"):
        arrive(world, name)
    pays(world, "小雨", 10_000, "hers")
    with world.siyu.database.writing() as session:
        source = segments.by_key(session, "buyers")
        assert source is not None
        taken = snapshots.take(session, source, "十一月", None, world.now)
    pays(world, "阿诚", 10_000, "his")
    number = broadcast_desk.launched(world, filter={"snapshot": taken.id})
    world.work()
    assert broadcast_desk.outcomes(world, number) == {"小雨": ("accepted", None)}


def test_a_rehearsal_and_the_question_why_know_who_is_in_it(world: World) -> None:
    segment(world, "buyers", BUYERS)
    plan = waiting(world)
    for name in ("小雨", "阿诚"):
        arrive(world, name)
    is_known_to_have_paid(world, "小雨")
    with world.siyu.database.reading() as session:
        found = {
            name: explaining.explain(
                session, plan, world.member(session, name), world.siyu.programme, world.now
            )
            for name in ("小雨", "阿诚")
        }
    assert found["小雨"].verdict == "will"
    assert (found["阿诚"].verdict, found["阿诚"].reason) == ("will_not", "not_in:segment:buyers")
