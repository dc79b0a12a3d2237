"""What may have been accepted at an attempt is not called failed or suppressed by whatever comes
after it: only an operator, who is told, may have it said once more."""

from datetime import timedelta

import pytest

from app.domain.outreach.broadcasts import State
from app.domain.outreach.journeys import enrolments
from app.domain.outreach.journeys.plans import Plan
from app.domain.people.groups import Group
from app.journeys import switching
from app.outbox import OutboxMessage
from app.sending import outcomes
from tests import broadcast_desk as desk
from tests.shop import GROUPS, ROOM
from tests.world import World

SEND = "/gateway/messages"


@pytest.fixture
def number(world: World) -> int:
    """A broadcast to a group: its answer was lost, so it is planned again under its key."""
    world.fault(SEND, "lost", times=1)
    number = desk.launched(world, "上新了", channel=GROUPS, audience="group")
    world.work()
    assert (message(world).state, world.heard_in_group()) == ("planned", ["上新了"])
    return number


def message(world: World) -> OutboxMessage:
    (found,) = world.rows(OutboxMessage, OutboxMessage.recipient == ROOM)
    assert isinstance(found, OutboxMessage)
    return found


def what_became_of_it(world: World) -> tuple[str, str | None, int]:
    """Long after it; and how often she heard it."""
    world.now += timedelta(minutes=2)
    world.work()
    found = message(world)
    return found.state, found.reason, len(world.heard_in_group())


def test_what_is_refused_the_second_time_may_have_been_accepted_the_first(
    world: World, number: int
) -> None:
    world.fault(SEND, "errcode", errcode=40000, times=1)
    state, _, heard = what_became_of_it(world)
    assert (state, heard) == ("unknown", 1)
    assert desk.states(world, number) == {"unknown": 1}
    assert desk.resend(world, number, "") == 0, "who may have heard it has not failed"


def test_what_its_senders_die_of_may_have_been_accepted_before(world: World, number: int) -> None:
    for _ in range(3):
        with world.siyu.database.writing() as session:
            outcomes.blame(session.get_one(OutboxMessage, message(world).id), world.now)
    assert what_became_of_it(world) == ("unknown", "its sender died", 1)


def test_what_a_cancelled_broadcast_may_have_said_is_not_suppressed(
    world: World, number: int
) -> None:
    desk.move(world, number, State.CANCELLED)
    assert what_became_of_it(world) == ("unknown", "cancelled", 1)
    assert desk.states(world, number) == {"unknown": 1}


def test_what_nobody_wants_any_more_may_have_been_said(world: World, number: int) -> None:
    with world.siyu.database.writing() as session:
        session.get_one(OutboxMessage, message(world).id).expires_at = world.now
    assert what_became_of_it(world) == ("unknown", "too_late", 1)


def test_what_a_stopped_plan_may_have_said_is_not_suppressed(world: World) -> None:
    world.fault(SEND, "lost", times=1)
    when = {"kind": "after", "minutes": 0}
    plan = world.plan((when, "早上好"), channel=GROUPS, audience="group", trigger="manual")
    with world.siyu.database.writing() as session:
        (group,) = session.query(Group)
        zone = world.siyu.programme.zone
        enrolments.enrol(session, plan, zone, group_id=group.id, now=world.now)
    world.work()
    assert message(world).state == "planned"
    with world.siyu.database.writing() as session:
        switching.stop(session, session.get_one(Plan, plan.id), world.now)
    assert what_became_of_it(world) == ("unknown", "plan_stopped", 1)
