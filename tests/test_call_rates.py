"""Rates of calls: no window of the platform ever sees more calls than its number."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app import lanes, outbox
from app.domain.outreach.allowances import limit_table, limits
from app.domain.people import channels, staff
from app.domain.people.channels import Channel
from app.outbox import OutboxMessage
from app.sending import call_rates, withholding
from app.sending.call_rates import CallCount
from app.wiring import Siyu
from tests import shop
from tests.world import World

START = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
MOST = 5


@pytest.fixture
def robot(world: World) -> Channel:
    """A group robot that may speak five times a minute."""
    with world.siyu.database.writing() as session:
        limits.change(session, limit_table.ROBOT_MESSAGES_A_MINUTE, MOST)
        return channels.add(
            session,
            key="robot",
            kind="group_robot",
            name="店长群",
            appid="robot",
            api_base_url=world.sandbox_url,
            secrets={"secret": "a-webhook-key"},
            vault=world.siyu.vault,
            now=START,
        )


def message(channel: Channel, recipient: str = "room", way: str = "") -> OutboxMessage:
    return OutboxMessage(channel_id=channel.id, recipient=recipient, way=way)


def may_call(session: Session, channel: Channel, at: datetime, **more: str) -> bool:
    """Calls at that moment if there is room."""
    said = message(channel, **more)
    if call_rates.full(session, channel, said, at) is not None:
        return False
    call_rates.count(session, channel, said, at)
    return True


@settings(suppress_health_check=list(HealthCheck), max_examples=30, deadline=None)
@given(pauses_s=st.lists(st.floats(0, 40), min_size=10, max_size=40))
def test_no_minute_however_it_begins_sees_more_than_its_number(
    world: World, robot: Channel, pauses_s: list[float]
) -> None:
    at, called = START, []
    with world.siyu.database.writing() as session:
        unmade = session.begin_nested()
        for pause_s in pauses_s:
            at += timedelta(seconds=pause_s)
            if may_call(session, robot, at):
                called.append(at)
        unmade.rollback()
    for first in called:
        # a call may arrive at once or a while after it was counted
        arrived = [one for one in called if first <= one <= first + timedelta(seconds=75)]
        assert len(arrived) <= MOST


def test_who_waits_until_told_finds_room(world: World, robot: Channel) -> None:
    with world.siyu.database.writing() as session:
        assert [may_call(session, robot, START) for _ in range(MOST + 1)] == [True] * 5 + [False]
        full = call_rates.full(session, robot, message(robot), START)
        assert full is not None
        assert START + timedelta(seconds=75) <= full.until <= START + timedelta(seconds=85)
        assert not may_call(session, robot, full.until - timedelta(seconds=1))
        assert may_call(session, robot, full.until)


def test_what_no_longer_counts_is_forgotten(world: World, robot: Channel) -> None:
    with world.siyu.database.writing() as session:
        may_call(session, robot, START)
        call_rates.forget_past(session, START + timedelta(seconds=60))
        assert session.query(CallCount).count() == 1
        call_rates.forget_past(session, START + timedelta(seconds=81))
        assert session.query(CallCount).count() == 0


def test_each_recipient_has_a_rate_of_their_own(world: World, robot: Channel) -> None:
    with world.siyu.database.writing() as session:
        robot = session.get_one(Channel, robot.id)
        robot.kind = "wecom"
        limits.change(session, limit_table.APP_MESSAGES_A_MINUTE, 2)
        asked = ["xiaowang", "xiaowang", "xiaowang", "xiaoli"]
        told = [may_call(session, robot, START, recipient=one, way="app") for one in asked]
        assert told == [True, True, False, True]
        full = call_rates.full(session, robot, message(robot, "xiaowang", "app"), START)
        assert full is not None
        assert full.for_this_one


def test_ways_without_a_rate_are_never_held(world: World) -> None:
    (account,) = world.rows(Channel, Channel.kind == "official_account")
    with world.siyu.database.writing() as session:
        assert all(may_call(session, account, START) for _ in range(50))
        assert session.query(CallCount).count() == 0


def test_threads_together_keep_to_the_number(world: World, robot: Channel) -> None:
    called: list[bool] = []

    def call() -> None:
        with world.siyu.database.writing() as session:
            called.append(may_call(session, session.get_one(Channel, robot.id), START))

    threads = [threading.Thread(target=call) for _ in range(3 * MOST)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert called.count(True) == MOST


def test_what_all_staff_share_grows_with_them(world: World, robot: Channel) -> None:
    with world.siyu.database.writing() as session:
        corp = session.get_one(Channel, robot.id)
        corp.kind = "wecom"
        limits.change(session, limit_table.APP_MESSAGES_A_DAY, 2)
        for userid in ("xiaowang", "xiaoli"):
            staff.meet(session, corp.id, userid, START)
        asked = ["xiaowang", "xiaowang", "xiaowang", "xiaoli", "xiaoli"]
        told = [may_call(session, corp, START, recipient=one, way="app") for one in asked]
    assert told == [True, True, True, True, False]


def test_no_month_sees_more_moments_than_its_number(world: World, robot: Channel) -> None:
    with world.siyu.database.writing() as session:
        corp = session.get_one(Channel, robot.id)
        corp.kind = "wecom"
        limits.change(session, limit_table.MOMENTS_A_MONTH, 1)
        assert may_call(session, corp, START, way="moment")
        assert not may_call(session, corp, START + timedelta(days=31), way="moment")
        assert may_call(session, corp, START + timedelta(days=34), way="moment")


def test_a_new_process_goes_on_counting(
    world: World, robot: Channel, database_url: str, redis_url: str, tmp_path: Path
) -> None:
    with world.siyu.database.writing() as session:
        told = [may_call(session, robot, START) for _ in range(MOST - 1)]
    world.siyu.close()
    another = shop.wired(tmp_path, database_url, redis_url)
    with another.database.writing() as session:
        told += [may_call(session, robot, START) for _ in range(2)]
    another.close()
    assert told == [True] * MOST + [False]


def test_two_processes_together_keep_to_the_number(
    world: World, robot: Channel, database_url: str, redis_url: str, tmp_path: Path
) -> None:
    another = shop.wired(tmp_path, database_url, redis_url)
    called: list[bool] = []

    def call(siyu: Siyu) -> None:
        for _ in range(MOST):
            with siyu.database.writing() as session:
                called.append(may_call(session, session.get_one(Channel, robot.id), START))

    threads = [threading.Thread(target=call, args=[siyu]) for siyu in (world.siyu, another)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    another.close()
    assert (len(called), called.count(True)) == (2 * MOST, MOST)


def test_what_waits_for_room_is_put_off_together(world: World, robot: Channel) -> None:
    with world.siyu.database.writing() as session:
        for number in range(3):
            outbox.put(
                session,
                outbox.Address(robot.id, "room"),
                key=f"said:{number}",
                purpose="plan",
                kind="text",
                content={"text": "早"},
                cause=outbox.Cause("test"),
                now=START,
            )
        first = session.query(OutboxMessage).order_by(OutboxMessage.id).first()
        assert first is not None
        withholding.put_off_its_like(session, first, START + timedelta(minutes=1))
        assert {row.due_at for row in session.query(OutboxMessage)} == {
            START + timedelta(minutes=1)
        }
        assert first.pipe == lanes.REPLIES
