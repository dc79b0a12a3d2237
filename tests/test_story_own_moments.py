"""Stories of broadcasts that reach each member by her own clock, or when she is active."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from app.broadcasting import figures, own_moments
from app.domain.outreach.broadcasts import Broadcast, State
from app.domain.people import zones
from app.domain.people.members import Member
from app.inbox import InboxEvent
from app.journeys import active_hours
from app.outbox import OutboxMessage
from tests import broadcast_desk
from tests import broadcast_desk as desk
from tests.audiences import chat
from tests.console_desk import Desk
from tests.shop import NAMES
from tests.world import BEIJING, World

TEN, NEW_YORK = {"at": "10:00"}, "America/New_York"


@pytest.fixture(autouse=True)
def states_add_up(world: World) -> Iterator[None]:
    world.at(2, "12:00")
    chat(world)
    yield
    with world.siyu.database.reading() as session:
        assert figures.discrepancies(session) == []


def lives_in(world: World, name: str, zone: str) -> None:
    with world.siyu.database.writing() as session:
        zones.keep(world.member(session, name), zone)


def acted(world: World, name: str, *clocks: str) -> None:
    """She wrote to us at these Beijing times of the day before."""
    with world.siyu.database.writing() as session:
        her = world.member(session, name)
        for number, clock in enumerate(clocks):
            at = datetime.fromisoformat(f"2026-11-01T{clock}").replace(tzinfo=BEIJING)
            session.add(
                InboxEvent(
                    key=f"{name}/{clock}/{number}",
                    fingerprint="",
                    lane=0,
                    kind="text",
                    sender="",
                    member_id=her.id,
                    fields={},
                    happened_at=at,
                    received_at=at,
                    handled_at=at,
                )
            )


def due(world: World, number: int) -> dict[str, datetime]:
    """When whose turn is, in Beijing."""
    with world.siyu.database.reading() as session:
        names = {world.member(session, name).id: name for name in NAMES}
    rows = desk.frozen(world, number)
    return {
        names[row.subject_id]: datetime.fromtimestamp(row.turn, UTC).astimezone(BEIJING)
        for row in rows
    }


def test_each_is_told_at_ten_by_her_own_clock(world: World):
    lives_in(world, "林夏", NEW_YORK)
    number = desk.launched(world, when=TEN)
    moments = due(world, number)
    assert f"{moments['小雨']:%d %H:%M}" == "03 10:00"
    assert f"{moments['林夏']:%d %H:%M}" == "02 23:00", "which is ten in the morning there"
    world.work()
    assert desk.states(world, number) == {"waiting": 3}
    world.at(2, "23:00")
    world.work()
    assert desk.outcomes(world, number) == {"林夏": ("accepted", None)}
    assert desk.states(world, number) == {"waiting": 2, "accepted": 1}
    assert desk.state(world, number) == State.RUNNING
    world.at(3, "10:00")
    world.work()
    assert desk.states(world, number) == {"accepted": 3}
    assert desk.state(world, number) == State.FINISHED
    assert [world.heard(name)[-1] for name in NAMES] == ["周五上新，亲来看看"] * 3


def test_each_is_told_when_she_is_active_and_the_others_at_the_usual_time(world: World):
    acted(world, "小雨", "21:05", "21:40", "21:59", "08:00")
    acted(world, "阿诚", "07:10")
    number = desk.launched(world, when={"at": "active", "otherwise": "20:00"})
    moments = {name: f"{at:%d %H:%M}" for name, at in due(world, number).items()}
    assert moments == {"小雨": "02 21:00", "阿诚": "02 20:00", "林夏": "02 20:00"}


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/Berlin", "Asia/Kolkata"])
def test_all_at_once_are_as_active_as_each_by_herself(world: World, zone: str):
    """Berlin's clocks have changed within the days that are looked at."""
    acted(world, "小雨", "21:05", "21:40", "08:00", "08:59")
    acted(world, "林夏", "00:29", "00:31", "23:59")
    with world.siyu.database.reading() as session:
        ids = session.scalars(sa.select(Member.id)).all()
        lives_by = dict.fromkeys(ids, ZoneInfo(zone))
        each = active_hours.of_members(session, lives_by, world.now)
        chosen = sa.select(Member.id).subquery()
        rows = session.execute(active_hours.all_of(chosen, ZoneInfo(zone), world.now)).all()
    assert {number: at.hour for number, at in each.items()} == {row[0]: row[1] for row in rows}
    assert each


def test_who_had_her_moment_during_a_pause_is_told_when_it_goes_on(world: World):
    number = desk.launched(world, when=TEN)
    desk.move(world, number, State.PAUSED)
    world.at(3, "11:00")
    world.work()
    assert desk.states(world, number) == {"waiting": 3}
    desk.resume(world, number)
    world.work()
    assert desk.states(world, number) == {"accepted": 3}


def test_whoever_waits_for_her_moment_is_cancelled_with_the_rest(world: World):
    lives_in(world, "林夏", NEW_YORK)
    number = desk.launched(world, when=TEN)
    world.at(2, "23:00")
    world.work()
    desk.move(world, number, State.CANCELLED)
    assert desk.states(world, number) == {"accepted": 1, "suppressed": 2}
    world.at(3, "10:00")
    world.work()
    assert len(world.rows(OutboxMessage, OutboxMessage.broadcast_id == number)) == 1


def test_the_pace_is_kept_at_a_moment_that_many_share(world: World):
    number = desk.launched(world, when=TEN, pace_a_minute=12)
    world.at(3, "10:00")
    while desk.feed(world, number):
        pass
    rows = world.rows(OutboxMessage, OutboxMessage.broadcast_id == number)
    after = [row.due_at - world.now for row in rows]
    assert after == [timedelta(seconds=5 * each) for each in range(len(after))]


def test_the_hours_are_foreseen_before_and_after_the_launch(world: World):
    lives_in(world, "林夏", NEW_YORK)
    number = desk.drafted(world, when=TEN)

    def foreseen() -> dict[str, int]:
        with world.siyu.database.reading() as session:
            found = session.get_one(Broadcast, number)
            hours = own_moments.foreseen(session, found, world.siyu.programme, world.now)
        return {f"{at.astimezone(BEIJING):%d %H:%M}": count for at, count in hours.items()}

    assert foreseen() == {"02 23:00": 1, "03 10:00": 2}
    launched = desk.launched(world, when=TEN)
    assert launched != number
    number = launched
    assert foreseen() == {"02 23:00": 1, "03 10:00": 2}


def test_the_quota_planner_counts_the_days_on_which_her_time_comes(world: World, desk: Desk):
    lives_in(world, "林夏", NEW_YORK)
    route = [{"way": "mass", "message": broadcast_desk.text("上新")}]
    number = broadcast_desk.drafted(world, when=TEN, route=route)
    assert "按各人时刻，每天：1 · 2" in desk.read(f"/broadcasts/{number}/quotas")
