"""Stories of two records that turn out to be one member while plans and broadcasts are under way:
she is told everything once."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.broadcasting import feeding, figures
from app.domain.outreach.broadcasts import Broadcast, Recipient, State
from app.domain.outreach.journeys import enrolments
from app.domain.outreach.journeys.enrolments import Enrolment
from app.domain.outreach.journeys.plans import Plan
from app.domain.people import members
from app.domain.people.members import Member
from app.journeys import running
from app.outbox import OutboxMessage
from tests import broadcast_desk as desk
from tests import mini_world
from tests.mini_world import MiniWorld
from tests.test_identity import answered, grown_apart

AT_ONCE = {"kind": "after", "minutes": 0}
SOON, LATER = {"kind": "after", "minutes": 30}, {"kind": "after", "minutes": 90}


@pytest.fixture
def world(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[MiniWorld]:
    with mini_world.opened(tmp_path, database_url, redis_url) as opened:
        yield opened
        with opened.siyu.database.reading() as session:
            assert figures.discrepancies(session) == []


def plan(world: MiniWorld, **rest: Any) -> Plan:
    return world.plan(
        (AT_ONCE, "第一步"), (SOON, "第二步"), (LATER, "第三步"), trigger={"kind": "manual"}, **rest
    )


def enrol(world: MiniWorld, into: Plan, member_id: int, entry: str = "") -> bool:
    zone = world.siyu.programme.zone
    with world.siyu.database.writing() as session:
        found = session.get_one(Plan, into.id)
        return enrolments.enrol(
            session, found, zone, member_id=member_id, entry=entry, now=world.now
        )


def steps_said(world: MiniWorld, of: Plan) -> list[int | None]:
    rows = world.rows(OutboxMessage, OutboxMessage.plan_id == of.id)
    return sorted(row.step for row in rows if row.state == "accepted")


def later(world: MiniWorld, minutes: int) -> None:
    world.now += timedelta(minutes=minutes)
    world.work()


def test_the_place_that_had_come_further_goes_on_and_no_step_is_said_twice(world: MiniWorld):
    one = plan(world)
    _, older, younger = grown_apart(world)
    enrol(world, one, younger)
    later(world, 31)
    assert steps_said(world, one) == [0, 1]
    enrol(world, one, older)
    answered(world)
    going_on = world.rows(Enrolment, Enrolment.plan_id == one.id, Enrolment.ended_at.is_(None))
    assert [(row.member_id, row.passed_step) for row in going_on] == [(older, 1)]
    later(world, 100)
    assert steps_said(world, one) == [0, 1, 2]


def test_what_one_record_was_through_with_does_not_begin_anew_with_the_other(world: MiniWorld):
    one = plan(world)
    _, older, younger = grown_apart(world)
    enrol(world, one, younger)
    later(world, 31)
    later(world, 61)
    assert steps_said(world, one) == [0, 1, 2]
    enrol(world, one, older)
    answered(world)
    later(world, 180)
    assert steps_said(world, one) == [0, 1, 2]
    assert not enrol(world, one, older), "she was in it, under whatever record"


def test_each_of_her_orders_goes_on_and_none_begins_anew(world: MiniWorld):
    one = plan(world, reentry={"kind": "per_happening"})
    _, older, younger = grown_apart(world)
    assert enrol(world, one, older, "order:1")
    assert enrol(world, one, younger, "order:2")
    answered(world)
    rows = world.rows(Enrolment, Enrolment.plan_id == one.id, Enrolment.ended_at.is_(None))
    assert {row.subject for row in rows} == {f"member:{older}/order:1", f"member:{older}/order:2"}
    assert not enrol(world, one, older, "order:2")
    assert enrol(world, one, older, "order:3")


def test_after_the_end_she_comes_in_again_once(world: MiniWorld):
    one = plan(world, reentry={"kind": "after_end"})
    _, older, younger = grown_apart(world)
    enrol(world, one, older)
    enrol(world, one, younger)
    answered(world)
    assert not enrol(world, one, older), "one of the two goes on"
    later(world, 31)
    later(world, 61)
    assert enrol(world, one, older)


def test_what_was_planned_for_both_is_not_said_for_the_one_that_ends(world: MiniWorld):
    one = plan(world)
    _, older, younger = grown_apart(world)
    for member_id in (older, younger):
        enrol(world, one, member_id)
    with world.siyu.database.writing() as session:
        running.run_due(session, world.siyu.programme, world.now)
    answered(world)
    rows = world.rows(OutboxMessage, OutboxMessage.plan_id == one.id, OutboxMessage.step == 0)
    said = [row for row in rows if row.state in ("accepted", "planned")]
    assert len(said) <= 1
    assert len(rows) == 2, "each is accounted for"


@pytest.mark.parametrize("absorbed_before", [False, True])
@pytest.mark.parametrize("told_first", ["older", "younger"])
def test_a_broadcast_tells_her_once_whichever_record_it_reached(
    world: MiniWorld, told_first: str, absorbed_before: bool
):
    """Both records are in it, since both follow the account under a name of their own; one of them
    may have been told as a third that it has absorbed since."""
    _, older, younger = grown_apart(world)
    with world.siyu.database.writing() as session:
        where = world.channel(session).id
        other = members.meet(
            session, where, "oOther", world.now, certain=session.get_one(Member, older)
        )
        members.follow(session.get_one(Member, older), other, world.now)
    first = {"older": older, "younger": younger}[told_first]
    number = desk.launched(world)
    assert desk.counted(world, number).audience == 2
    desk.feed(world, number)
    with world.siyu.database.writing() as session:
        session.execute(
            sa.update(OutboxMessage)
            .where(OutboxMessage.broadcast_id == number, OutboxMessage.member_id == first)
            .values(state="accepted")
        )
        if absorbed_before:
            third = Member(nickname="", created_at=world.now, same_as_id=first)
            session.add(third)
            session.flush()
            hers = sa.update(OutboxMessage).where(OutboxMessage.member_id == first)
            session.execute(hers.values(member_id=third.id))
    desk.move(world, number, State.PAUSED)
    answered(world)
    desk.resume(world, number)
    world.work()
    assert desk.states(world, number) == {"accepted": 1, "suppressed": 1}
    (other,) = world.rows(
        OutboxMessage,
        OutboxMessage.broadcast_id == number,
        OutboxMessage.state == "suppressed",
    )
    assert other.reason == "same_member"


@pytest.mark.parametrize("between", [0, 1])
def test_who_was_told_by_another_record_is_not_told_when_her_own_turn_comes(
    world: MiniWorld, monkeypatch: pytest.MonkeyPatch, between: int
):
    """However many records absorbed each other from that one to hers."""
    monkeypatch.setattr(feeding, "SLICE", 1)
    _, older, younger = grown_apart(world)
    number = desk.launched(world)
    with world.siyu.database.writing() as session:
        found = session.get_one(Broadcast, number)
        session.add(Recipient(broadcast_id=number, subject_id=younger + 1))
        found.frozen += 1
        later_one = Member(id=younger + 1, nickname="", created_at=world.now)
        session.add(later_one)
    desk.feed(world, number)
    with world.siyu.database.writing() as session:
        session.execute(sa.update(OutboxMessage).values(state="accepted"))
        absorbing = younger + 1
        for number_between in range(between):
            middle = Member(id=younger + 2 + number_between, nickname="", created_at=world.now)
            middle.same_as_id = absorbing
            session.add(middle)
            session.flush()
            absorbing = middle.id
        session.get_one(Member, younger).same_as_id = absorbing
    while desk.feed(world, number):
        pass
    reasons = {
        row.member_id: row.reason
        for row in world.rows(OutboxMessage, OutboxMessage.broadcast_id == number)
    }
    assert reasons[younger + 1] == "same_member"
