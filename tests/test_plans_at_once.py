"""Several at once: two that run what is due, two clocks, one who hears while another runs. Nothing
is said twice and nothing is lost, on either database."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from app import journeys
from app.domain.outreach import approvals
from app.domain.outreach.allowances.limit_table import APPROVED_ABOVE
from app.domain.outreach.allowances.limits import change
from app.domain.outreach.approvals import NotApproved, NotAsked, SameOperator
from app.domain.outreach.journeys import plans, versions
from app.domain.outreach.journeys.plans import Plan
from app.domain.people import operators
from app.journeys import clock_triggers
from tests.running_plans import after, arrive, at_once, enrolled, marks_of, running, texts_of
from tests.world import World

NAMES = ("小雨", "阿诚", "林夏")


def at_the_same_time(*work: Callable[[], object]) -> None:
    together = threading.Barrier(len(work))

    def one(do: Callable[[], object]) -> None:
        together.wait()
        do()

    threads = [threading.Thread(target=one, args=(do,)) for do in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def run_due(world: World) -> None:
    for _ in range(4):
        with world.siyu.database.writing() as session:
            journeys.run_due(session, world.siyu.programme, world.now)


def look_at_the_clock(world: World) -> None:
    with world.siyu.database.writing() as session:
        clock_triggers.run(session, world.siyu.programme, world.now)


def test_two_who_run_what_is_due_say_it_once(world: World) -> None:
    plan = running(world, after(10, says="一"), after(10, says="二"))
    for name in NAMES:
        arrive(world, name)
    world.now = world.now + timedelta(minutes=10)
    at_the_same_time(*[lambda: run_due(world)] * 3)
    world.work()
    assert sorted(texts_of(world, plan)) == ["一"] * 3 + ["二"] * 3
    assert {it.end_reason for it in enrolled(world, plan)} == {"finished"}


def test_two_clocks_take_everybody_in_once(world: World) -> None:
    for name in NAMES:
        arrive(world, name)
    daily = {"trigger": {"kind": "cron", "cron": "0 9 * * *"}, "reentry": {"kind": "per_happening"}}
    plan = running(world, at_once(says="早"), **daily)
    world.at(3, "09:00")
    at_the_same_time(*[lambda: look_at_the_clock(world)] * 3)
    world.work()
    assert texts_of(world, plan) == ["早"] * 3


def test_a_reply_that_is_heard_while_plans_run_is_neither_lost_nor_answered_twice(
    world: World,
) -> None:
    arms = {"then": [at_once(says="谢谢")], "else": [at_once(says="在吗")]}
    wait = {"for": {"kind": "replied"}, "minutes": 10, **arms}
    plan = running(world, at_once(wait=wait), after(10, says="晚"))
    for name in NAMES:
        arrive(world, name)
    world.now = world.now + timedelta(minutes=10)
    for name in NAMES:
        world.says(name, "在的")
    at_the_same_time(lambda: run_due(world), world.work)
    world.work()
    said = texts_of(world, plan)
    assert said.count("晚") == 3
    assert said.count("谢谢") + said.count("在吗") == 3
    ends = [mark for mark in marks_of(world, plan) if mark[2] in ("then", "else")]
    assert len(ends) == 3


def test_who_is_in_a_plan_is_moved_to_another_version_by_choice_only(world: World) -> None:
    plan = running(world, after(10, says="一"), after(20, says="旧二"))
    arrive(world)
    world.now = world.now + timedelta(minutes=10)
    world.work()
    steps = [after(10, says="一"), after(20, says="新二"), after(30, says="新三")]
    definition = {"audience": "member", "trigger": {"kind": "joined"}, "steps": steps}
    with world.siyu.database.writing() as session:
        found = session.get_one(Plan, plan.id)
        plans.revise(session, found, definition, None, world.now)
        assert versions.move(session, found, 1, 2, world.now) == (1, 0)
    world.now = world.now + timedelta(minutes=20)
    world.work()
    assert texts_of(world, plan) == ["一", "新二", "新三"]


def test_who_stands_where_the_other_version_has_nothing_of_the_kind_stays(world: World) -> None:
    branch = {"if": {"tag": "油"}, "else": [after(10, says="旧")]}
    plan = running(world, at_once(branch=branch))
    arrive(world)
    definition = {
        "audience": "member",
        "trigger": {"kind": "joined"},
        "steps": [after(10, says="新")],
    }
    with world.siyu.database.writing() as session:
        found = session.get_one(Plan, plan.id)
        plans.revise(session, found, definition, None, world.now)
        assert versions.move(session, found, 1, 2, world.now) == (0, 1)
    world.now = world.now + timedelta(minutes=10)
    world.work()
    assert texts_of(world, plan) == ["旧"]


def test_what_goes_to_many_runs_once_a_second_operator_has_approved_it(world: World) -> None:
    for name in NAMES:
        arrive(world, name)
    plan = running(world, at_once(says="好"), trigger={"kind": "manual"})
    subject = f"plan:{plan.id}"
    with world.siyu.database.writing() as session:
        first, second = (
            operators.add(session, f"{name}@example.com", name, "long enough 12", world.now)
            for name in ("lin", "wang")
        )
        change(session, APPROVED_ABOVE, 2)
        found = session.get_one(Plan, plan.id)
        plans.move_to(session, found, plans.State.PAUSED, world.now)
        with pytest.raises(NotApproved):
            journeys.start(session, found, world.now)
        with pytest.raises(NotAsked):
            approvals.decide(session, subject, 1, second.id, is_granted=True, now=world.now)
        approvals.ask(session, subject, 1, 3, first.id, world.now)
        with pytest.raises(SameOperator):
            approvals.decide(session, subject, 1, first.id, is_granted=True, now=world.now)
        approvals.decide(session, subject, 1, second.id, is_granted=True, now=world.now)
        journeys.start(session, found, world.now)
        assert found.state == plans.State.RUNNING
        change(session, APPROVED_ABOVE, 3)
        assert not approvals.is_approved(session, subject, 2)
