"""What nobody foresaw in one plan or broadcast holds up no other, is seen on its page, and is tried
again later."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from unittest.mock import ANY

import pytest
import sqlalchemy as sa
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy.orm import Session

from app import odd_ones, worker
from app.clockwork import rosters
from app.domain.outreach.broadcasts import Broadcast
from app.domain.outreach.journeys.enrolments import Enrolment
from app.domain.outreach.journeys.plans import PlanVersion
from app.domain.people.members import Member
from app.outbox import OutboxMessage
from app.scheduler import Clock
from app.sending import gathering, routes
from app.troubles import Trouble
from tests import broadcast_desk
from tests.audiences import chat
from tests.console_desk import Desk
from tests.running_plans import arrive, at_once, enrolled, running, said_by
from tests.shop import NAMES
from tests.world import World

BROKEN = {"audience": "member", "message": {"kind": "nothing that there is"}}


def feed(world: World) -> None:
    worker.feed_broadcasts(world.siyu)


def told(world: World, number: int) -> int:
    return len(world.rows(OutboxMessage, OutboxMessage.broadcast_id == number))


def written(world: World, number: int, definition: dict[str, Any]) -> None:
    """Straight into the table, as no door of ours would."""
    with world.siyu.database.writing() as session:
        session.get_one(Broadcast, number).definition = definition


def test_a_broadcast_that_raises_holds_up_none_of_those_after_it(world: World, desk: Desk) -> None:
    chat(world)
    odd, sound = broadcast_desk.launched(world), broadcast_desk.launched(world)
    (kept,) = world.rows(Broadcast, Broadcast.id == odd)
    written(world, odd, BROKEN)
    feed(world)
    assert (told(world, odd), told(world, sound)) == (0, 3)
    (trouble,) = world.siyu.troubles.of(f"broadcast:{odd}")
    assert (trouble.tries, trouble.next_at) == (1, world.now + timedelta(minutes=1))
    assert "BadBroadcast" in trouble.why

    written(world, odd, kept.definition)
    assert "出了问题" in desk.read(f"/broadcasts/{odd}")
    assert "BadBroadcast" in desk.read(f"/broadcasts/{odd}/figures")
    assert "出了问题" not in desk.read(f"/broadcasts/{sound}")
    assert desk.read("/broadcasts").count("出了问题") == 1
    feed(world)
    assert told(world, odd) == 0, "it rests for a minute"
    world.now += timedelta(minutes=1)
    feed(world)
    assert told(world, odd) == 3
    assert "出了问题" not in desk.read(f"/broadcasts/{odd}")


def test_what_stays_in_trouble_is_tried_ever_less_often(world: World) -> None:
    chat(world)
    odd = broadcast_desk.launched(world)
    written(world, odd, BROKEN)
    rests = []
    for _ in range(6):
        feed(world)
        (trouble,) = world.siyu.troubles.of(f"broadcast:{odd}")
        rests.append((trouble.next_at - world.now) // timedelta(minutes=1))
        world.now = trouble.next_at
    assert rests == [1, 2, 4, 8, 15, 15]


def test_pausing_and_resuming_tries_at_once(world: World, desk: Desk) -> None:
    chat(world)
    odd = broadcast_desk.launched(world)
    (kept,) = world.rows(Broadcast, Broadcast.id == odd)
    written(world, odd, BROKEN)
    feed(world)
    written(world, odd, kept.definition)
    for button in ("pause", "resume"):
        desk.post(f"/broadcasts/{odd}/state", {"button": button})
    feed(world)
    assert told(world, odd) == 3


def test_without_redis_the_others_go_on_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    chat(world)
    odd, sound = broadcast_desk.launched(world), broadcast_desk.launched(world)
    written(world, odd, BROKEN)
    away = Redis(unix_socket_path="/nowhere.sock", retry=Retry(NoBackoff(), 0))
    monkeypatch.setattr(world.siyu.troubles, "_redis", away)
    feed(world)
    assert (told(world, odd), told(world, sound)) == (0, 3)


def test_a_plan_that_raises_holds_up_no_other(world: World, desk: Desk) -> None:
    odd, sound = running(world, at_once(says="一")), running(world, at_once(says="二"))
    world.event("小雨", "subscribe")
    for pipe, number in world.waiting():
        worker.work(world.siyu, pipe, number)
    steps = sa.update(Enrolment).where(Enrolment.plan_id == odd.id)
    with world.siyu.database.writing() as session:
        session.execute(steps.values(due_at=world.now, due_step=9, ended_at=None))
    worker.run_plans(world.siyu)
    assert said_by(world, odd) == []
    assert len(said_by(world, sound)) == 1
    shown = desk.read(f"/plans/{odd.id}")
    assert "出了问题" in shown
    assert "IndexError" in shown
    assert "出了问题" not in desk.read(f"/plans/{sound.id}")
    assert desk.read("/plans").count("出了问题") == 1

    with world.siyu.database.writing() as session:
        session.execute(steps.values(due_step=0))
    world.now += timedelta(minutes=1)
    worker.run_plans(world.siyu)
    assert len(said_by(world, odd)) == 1
    assert "出了问题" not in desk.read(f"/plans/{odd.id}")


def test_one_at_whom_a_plan_raises_holds_up_nobody_else_in_it(world: World, desk: Desk) -> None:
    plan = running(world, at_once(says="一"))
    for name in NAMES[:3]:
        world.event(name, "subscribe")
    for pipe, number in world.waiting():
        worker.work(world.siyu, pipe, number)
    odd, *others = [one for one in world.rows(Enrolment) if one.plan_id == plan.id]
    hers = sa.update(Enrolment).where(Enrolment.id == odd.id)
    with world.siyu.database.writing() as session:
        session.execute(hers.values(due_step=9))
    worker.run_plans(world.siyu)
    assert len(said_by(world, plan)) == len(others) == 2
    shown = desk.read(f"/plans/{plan.id}")
    assert odd.subject in shown
    assert "IndexError" in shown
    assert desk.read("/plans").count("出了问题") == 1
    worker.run_plans(world.siyu)
    (trouble,) = world.siyu.troubles.of(f"plan:{plan.id}")
    assert trouble.tries == 1, "she rests, too"

    with world.siyu.database.writing() as session:
        session.execute(hers.values(due_step=0))
    world.now += timedelta(minutes=1)
    worker.run_plans(world.siyu)
    assert len(said_by(world, plan)) == 3
    assert "出了问题" not in desk.read(f"/plans/{plan.id}")


def test_one_at_whom_a_broadcast_raises_is_told_nothing_and_has_a_row_that_says_so(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat(world)
    choose_all, odd = routes.choose_all, world.rows(Member)[1].id

    def raises_at_her(session: Session, told: dict[int, str], *how: Any) -> Any:
        if odd in told:
            raise ValueError("nobody foresaw this")
        return choose_all(session, told, *how)

    monkeypatch.setattr(routes, "choose_all", raises_at_her)
    number = broadcast_desk.launched(world)
    feed(world)
    feed(world)
    states = {
        one.member_id: (one.state, one.reason)
        for one in world.rows(OutboxMessage, OutboxMessage.broadcast_id == number)
    }
    assert states.pop(odd) == ("suppressed", "in_trouble")
    assert list(states.values()) == [("planned", None)] * 2


def test_what_nobody_has_tried_again_for_an_hour_is_over(world: World) -> None:
    world.siyu.troubles.keep("plan:3/member:5", Trouble("odd", 1, world.now))
    world.now += timedelta(minutes=59)
    world.siyu.troubles.look(world.now)
    assert world.siyu.troubles.of("plan:3") == [Trouble("odd", 1, ANY, "member:5")]
    world.now += timedelta(minutes=2)
    world.siyu.troubles.look(world.now)
    assert world.siyu.troubles.of("plan:3") == []


def test_the_odd_ones_of_a_batch_are_found_and_the_others_done_once(session: Session) -> None:
    done: list[int] = []

    def do(some: Sequence[int]) -> None:
        if any(number % 100 == 7 for number in some):
            raise ValueError(some)
        done.extend(some)

    odd = odd_ones.found(session, range(500), do)
    assert [it.one for it in odd] == [7, 107, 207, 307, 407]
    assert done == [number for number in range(500) if number % 100 != 7]


def test_what_raises_at_everybody_is_not_looked_for_in_each(session: Session) -> None:
    tried: list[int] = []

    def do(some: Sequence[int]) -> None:
        tried.append(len(some))
        raise ValueError(some)

    with pytest.raises(ValueError, match="0"):
        odd_ones.found(session, range(500), do)
    assert tried.count(1) == odd_ones.MANY
    assert len(tried) < 30


def test_a_plan_whose_clock_raises_holds_up_no_other(world: World, desk: Desk) -> None:
    arrive(world)
    by_clock = {"trigger": {"kind": "cron", "cron": "30 12 * * *"}}
    odd = running(world, at_once(says="一"), **by_clock)
    sound = running(world, at_once(says="二"), **by_clock)
    (kept,) = world.rows(PlanVersion, PlanVersion.plan_id == odd.id)
    with world.siyu.database.writing() as session:
        versions = sa.update(PlanVersion).where(PlanVersion.plan_id == odd.id)
        session.execute(versions.values(definition={"audience": "nobody"}))
    world.at(2, "12:30")
    clock = Clock(world.siyu)
    clock.tick()
    assert (len(enrolled(world, odd)), len(enrolled(world, sound))) == (0, 1)
    with world.siyu.database.writing() as session:
        session.execute(versions.values(definition=kept.definition))
    assert "出了问题" in desk.read(f"/plans/{odd.id}")


def test_a_duty_of_the_clock_that_raises_holds_up_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def raises(*_: object) -> bool:
        raise ValueError("nobody foresaw this")

    begun: list[object] = []
    monkeypatch.setattr(gathering, "has_work", raises)
    monkeypatch.setattr(rosters, "find", lambda *_: begun.append(1))
    Clock(world.siyu).tick()
    assert begun == [1]
