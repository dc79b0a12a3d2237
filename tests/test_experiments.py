"""Experiments of a plan, from assigning four hundred members to the winner."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from app import experiments, journeys
from app.broadcasting import launching
from app.broadcasting.rows import HELD_OUT as HELD_OUT_HERE
from app.domain.loyalty.orders import Order
from app.domain.outreach import audience, broadcasts
from app.domain.outreach.broadcasts import Broadcast
from app.domain.outreach.journeys import enrolments, plans, winner_rules
from app.domain.outreach.journeys.enrolments import Enrolment
from app.domain.outreach.journeys.plans import Plan, State
from app.domain.people.members import Identity, Member
from app.domain.people.operators import AuditEntry, Operator
from app.outbox import OutboxMessage
from sop import splits
from tests import broadcast_desk
from tests.console_desk import Desk
from tests.world import World

MEMBERS = 400
AT_ONCE = {"kind": "after", "minutes": 0}


def variant(name: str, share: int) -> dict[str, Any]:
    message = {"kind": "text", "content": {"text": f"{name}：来看看"}}
    return {"name": name, "share": share, "message": message}


@pytest.fixture
def members(world: World) -> list[int]:
    """Four hundred followers."""
    with world.siyu.database.writing() as session:
        where = world.channel(session).id
        people = [Member(nickname=f"会员{n}", created_at=world.now) for n in range(MEMBERS)]
        session.add_all(people)
        session.flush()
        session.add_all(
            Identity(
                member_id=one.id,
                channel_id=where,
                external_id=f"oExperiment{one.id}",
                created_at=world.now,
                followed_at=world.now,
            )
            for one in people
        )
        return [one.id for one in people]


@pytest.fixture
def plan(world: World, members: list[int]) -> Plan:
    """A running plan with two variants and a holdout, into which all of them have come."""
    step = {"name": "上新", "when": AT_ONCE, "variants": [variant("A", 50), variant("B", 50)]}
    definition = {
        "audience": "member",
        "trigger": {"kind": "manual"},
        "steps": [step],
        "holdout_percent": 20,
    }
    with world.siyu.database.writing() as session:
        where = world.channel(session).id
        drafted = plans.draft(
            session, name="上新", channel_id=where, definition=definition, now=world.now
        )
        plans.move_to(session, drafted, State.RUNNING, world.now)
        chosen = audience.of(session, drafted)
        enrolments.enrol_all(session, drafted, chosen, world.siyu.programme.zone, world.now)
    while pass_what_is_due(world):
        pass
    return drafted


def pass_what_is_due(world: World) -> int:
    with world.siyu.database.writing() as session:
        return journeys.run_due(session, world.siyu.programme, world.now)


def arms(world: World, plan: Plan) -> dict[str, list[int]]:
    """Who is in which variant, or held out, by the ids of the members."""
    found: dict[str, list[int]] = {}
    for one in world.rows(OutboxMessage, OutboxMessage.plan_id == plan.id):
        found.setdefault(one.variant, []).append(one.member_id)
    held = world.rows(Enrolment, Enrolment.plan_id == plan.id, Enrolment.held_out_at.is_not(None))
    return found | {"held_out": [one.member_id for one in held]}


def order(world: World, member_ids: list[int], after: timedelta = timedelta(days=1)) -> None:
    with world.siyu.database.writing() as session:
        session.add_all(
            Order(
                source="shop",
                order_no=f"{number}-{after}",
                member_id=number,
                amount_fen=100,
                paid_at=world.now + after,
                created_at=world.now,
            )
            for number in member_ids
        )


def compared(world: World, plan: Plan) -> Iterator[experiments.Compared]:
    with world.siyu.database.reading() as session:
        shown = session.get_one(Plan, plan.id)
        yield from experiments.of_plan(session, shown, experiments.measure(experiments.USUAL))


def test_everybody_is_in_one_arm_and_stays_there(world: World, plan: Plan, members: list[int]):
    found = arms(world, plan)
    assert sorted(sum(found.values(), [])) == sorted(members)
    assert {*found} == {"A", "B", "held_out"}
    for name, number in (("A", 0), ("B", 1)):
        assert all(
            splits.arm(f"plan:{plan.id}", f"member:{one}", [50, 50]) == number
            for one in found[name]
        )
    assert 50 < len(found["held_out"]) < 110


def test_orders_in_time_count_for_the_arm_and_lifts_are_over_the_first(world: World, plan: Plan):
    found = arms(world, plan)
    order(world, found["A"][:20])
    order(world, found["B"][:60])
    order(world, found["held_out"][:10])
    order(world, found["A"][30:50], timedelta(days=8))  # too late
    order(world, found["B"][60:70], -timedelta(days=1))  # before
    step, holdout = compared(world, plan)
    assert [(one.name, one.members, one.converted) for one in step.arms] == [
        ("A", len(found["A"]), 20),
        ("B", len(found["B"]), 60),
    ]
    assert step.lifts["B"].is_certain
    assert (step.winner, step.is_mismatched) == ("B", False)
    treated = len(found["A"]) + len(found["B"])
    assert [(one.name, one.members, one.converted) for one in holdout.arms] == [
        ("held_out", len(found["held_out"]), 10),
        ("treated", treated, 80),
    ]


def test_a_winner_by_rule_becomes_the_plan_s_next_version_once_it_is_certain(
    world: World, plan: Plan
):
    operator_id = an_operator(world)
    with world.siyu.database.writing() as session:
        winner_rules.make(session, plan.id, 1, 0, dict(experiments.USUAL), operator_id, world.now)
    assert decide(world) == 0
    found = arms(world, plan)
    order(world, found["A"][:20])
    order(world, found["B"][:60])
    assert decide(world) == 0  # looked within the hour
    world.now += timedelta(hours=2)
    assert decide(world) == 1
    world.now += timedelta(hours=2)
    assert decide(world) == 0
    with world.siyu.database.reading() as session:
        decided = session.get_one(Plan, plan.id)
        (step,) = plans.definition_of(session, plan.id, decided.version).steps
        assert (decided.version, step.variants) == (2, ())
        assert step.message is not None
        assert step.message.content["text"] == "B：来看看"
        actions = session.scalars(sa.select(AuditEntry.action)).all()
        assert "plan.winner" in actions


def test_the_page_shows_arms_and_an_operator_chooses(world: World, plan: Plan, desk: Desk):
    found = arms(world, plan)
    order(world, found["A"][:20])
    path = f"/plans/{plan.id}/experiments"
    assert path in desk.read(f"/plans/{plan.id}")
    text = desk.read(f"{path}?kind=ordered&within_days=7")
    assert "还不确定" in text or "胜出" in text
    assert desk.get(f"{path}?kind=flying&within_days=7").status_code == 400
    assert desk.get(f"{path}?kind=ordered&within_days=x").status_code == 400
    rule = {"button": "rule", "kind": "ordered", "within_days": "7"}
    assert desk.post(f"{path}/0", rule, page=path).status_code == 303
    assert "已设为自动选定" in desk.read(path)
    assert desk.post(f"{path}/0", {"winner": "C"}, page=path).status_code == 400
    assert desk.post(f"{path}/0", {"winner": "A"}, page=path).status_code == 303
    assert "没有 A/B 版本" not in desk.read(path)  # the holdout is still compared
    with world.siyu.database.reading() as session:
        assert session.get_one(Plan, plan.id).version == 2


def decide(world: World) -> int:
    with world.siyu.database.writing() as session:
        return experiments.decide_by_rule(session, world.now)


def an_operator(world: World) -> int:
    with world.siyu.database.writing() as session:
        operator = Operator(
            email="may@shop.example", name="May", password_hash="x", created_at=world.now
        )
        session.add(operator)
        session.flush()
        return operator.id


def test_a_broadcast_compares_its_variants_and_those_it_left_out(world: World, members: list[int]):
    broadcast = sent_to_all(world)
    messages = world.rows(OutboxMessage, OutboxMessage.broadcast_id == broadcast.id)
    left_out = [one.member_id for one in messages if one.reason == HELD_OUT_HERE]
    in_b = [one.member_id for one in messages if one.variant == "B" and not one.reason]
    order(world, in_b[:30])
    order(world, left_out[:5])
    with world.siyu.database.reading() as session:
        shown = session.get_one(Broadcast, broadcast.id)
        by = experiments.measure(experiments.USUAL)
        variants, holdout = experiments.of_broadcast(session, shown, by)
    assert [(one.name, one.converted) for one in variants.arms] == [("A", 0), ("B", 30)]
    assert sum(one.members for one in variants.arms) == MEMBERS - len(left_out)
    assert [(one.name, one.members, one.converted) for one in holdout.arms] == [
        ("held_out", len(left_out), 5),
        ("treated", MEMBERS - len(left_out), 30),
    ]


def sent_to_all(world: World) -> Broadcast:
    definition = {
        "audience": "member",
        "variants": [variant("A", 50), variant("B", 50)],
        "holdout_percent": 20,
    }
    with world.siyu.database.writing() as session:
        where = world.channel(session).id
        drafted = broadcasts.draft(
            session, name="上新", channel_id=where, definition=definition, now=world.now
        )
        launching.launch(session, drafted, world.siyu.programme, world.now)
    for _ in range(3):
        broadcast_desk.feed(world, drafted.id)
    return drafted
