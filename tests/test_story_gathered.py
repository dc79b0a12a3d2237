"""Stories of messages that many get together: put together once, each recipient accounted for."""

from datetime import timedelta
from typing import Any

import pytest

from app import lanes, worker
from app.domain.outreach.journeys import plans
from app.domain.outreach.journeys.plans import Plan
from app.domain.outreach.mass_messages import MassJob
from app.outbox import OutboxMessage
from app.sending import gathering
from tests.shop import NAMES, OA, OPENIDS
from tests.test_crash import Worker, is_quiet, tick_until, workers
from tests.test_story_mass import carriers, finish, follow, got
from tests.test_story_routes import BY_TEMPLATE, approve
from tests.world import World

__all__ = ["workers"]  # the fixture
SEND = "/cgi-bin/message/mass/send"
ASK = "/cgi-bin/externalcontact/add_msg_template"


def told(
    world: World, *route: Any, channel: str = OA, text: str = "周五上新", minutes: int = 1
) -> Plan:
    """A running plan of one step over these ways, a minute after members join."""
    step = {"name": "上新", "when": {"kind": "after", "minutes": minutes}, "route": list(route)}
    step["message"] = {"kind": "text", "content": {"text": text}}
    definition = {"audience": "member", "trigger": "joined", "steps": [step]}
    with world.siyu.database.writing() as session:
        where = world.channel(session, channel).id
        plan = plans.draft(
            session, name="上新", channel_id=where, definition=definition, now=world.now
        )
        plans.move_to(session, plan, plans.State.RUNNING, world.now)
        return plan


def gather(world: World) -> int:
    with world.siyu.database.writing() as session:
        return gathering.gather(session, world.siyu.programme, world.now)


def gathered(world: World, after: timedelta = timedelta(seconds=20)) -> None:
    """A minute passes, what is due is planned and, when nobody joins any more, put together."""
    world.now += timedelta(minutes=1)
    world.work()
    world.now += after
    while gather(world):
        world.work()


def states(world: World) -> list[tuple[str, str | None]]:
    rows = world.rows(OutboxMessage, OutboxMessage.purpose == "plan")
    return [(row.state, row.reason) for row in rows]


def test_a_step_over_mass_is_one_job_and_each_member_s_message_ends_with_it(world: World):
    told(world, "mass")
    follow(world)
    gathered(world)
    assert world.calls(SEND) == 1
    assert got(world) == sorted(OPENIDS.values())
    assert states(world) == [("accepted", None)] * 3
    (carrier,) = carriers(world)
    finish(world, carrier.platform_id)
    assert states(world) == [("delivered", None)] * 3


def test_others_are_waited_for_but_not_for_ever(world: World):
    told(world, "mass")
    follow(world, "小雨", "阿诚")
    world.now += timedelta(minutes=1)
    world.work()
    assert gather(world) == 0
    world.now += timedelta(seconds=9)
    assert gather(world) == 0
    world.now += timedelta(seconds=1)
    assert gather(world) == 2


def test_one_alone_takes_the_next_way(world: World):
    approve(world, ("template", "sandbox-birthday"))
    told(world, "mass", BY_TEMPLATE)
    follow(world, "小雨")
    gathered(world)
    (row,) = world.rows(OutboxMessage, OutboxMessage.purpose == "plan")
    assert (row.state, row.way) == ("accepted", "template")
    assert [(one["way"], one["reason"]) for one in row.passed_over] == [("mass", "mass_needs_two")]


def test_one_alone_without_another_way_is_not_told(world: World):
    told(world, "mass")
    follow(world, "小雨")
    gathered(world)
    assert states(world) == [("suppressed", "mass_needs_two")]


def test_who_left_before_the_job_was_handed_over_is_not_in_it(world: World):
    told(world, "mass")
    follow(world)
    world.now += timedelta(minutes=1)
    world.work()
    world.now += timedelta(seconds=20)
    gather(world)
    world.event("小雨", "unsubscribe")
    for number in range(lanes.LANES):
        worker.work(world.siyu, lanes.INBOX, number)
    world.work()
    assert got(world) == sorted([OPENIDS["阿诚"], OPENIDS["林夏"]])
    assert sorted(states(world), key=str)[-1] == ("suppressed", "left")


def test_a_job_that_was_refused_sends_everybody_another_way(world: World):
    approve(world, ("template", "sandbox-birthday"))
    told(world, "mass", BY_TEMPLATE)
    follow(world)
    world.fault(SEND, "errcode", errcode=48001, times=1)
    gathered(world)
    world.now += timedelta(seconds=5)
    gather(world)
    world.work()
    rows = world.rows(OutboxMessage, OutboxMessage.purpose == "plan")
    assert {(row.state, row.way) for row in rows} == {("accepted", "template")}
    assert {row.passed_over[0]["reason"] for row in rows} == {"no_right"}


def test_what_is_paused_is_not_put_together_and_what_was_is_let_go(world: World):
    plan = told(world, "mass")
    follow(world)
    world.now += timedelta(minutes=1)
    world.work()
    world.now += timedelta(seconds=20)
    gather(world)
    set_state(world, plan, plans.State.PAUSED)
    world.work()
    assert world.calls(SEND) == 0
    assert gather(world) == 0
    set_state(world, plan, plans.State.RUNNING)
    gather(world)
    world.work()
    assert (world.calls(SEND), states(world)) == (1, [("accepted", None)] * 3)


def set_state(world: World, plan: Plan, state: plans.State) -> None:
    with world.siyu.database.writing() as session:
        plans.move_to(session, session.get_one(Plan, plan.id), state, world.now)


class Killed(Exception):
    """As good as a kill: nothing of the transaction is there."""


def gather_and_die(world: World) -> None:
    with world.siyu.database.writing() as session:
        assert gathering.gather(session, world.siyu.programme, world.now) == 3
        raise Killed


def test_a_gathering_that_was_cut_off_has_gathered_nobody(world: World):
    told(world, "mass")
    follow(world)
    world.now += timedelta(minutes=1)
    world.work()
    world.now += timedelta(seconds=20)
    with pytest.raises(Killed):
        gather_and_die(world)
    assert world.rows(MassJob) == []
    assert (gather(world), gather(world)) == (3, 0)
    assert len(world.rows(MassJob)) == 1


def test_a_sender_killed_at_a_gathered_job_repeats_it_under_the_same_key(
    world: World, workers: list[Worker], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(gathering, "QUIET", dict.fromkeys(gathering.QUIET, timedelta()))
    told(world, "mass", minutes=0)
    for name in NAMES:
        world.event(name, "subscribe", EventKey="")
    world.work()
    world.fault(SEND, "late", seconds=4, times=1)
    workers[0].start()
    tick_until(world, lambda: len(got(world)) == 3)
    workers[0].kill()
    workers[1].start()
    tick_until(world, lambda: is_quiet(world))
    assert (world.calls(SEND), len(got(world))) == (2, 3)
    assert states(world) == [("accepted", None)] * 3
