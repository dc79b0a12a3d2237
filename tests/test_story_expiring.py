"""Stories of points that are about to expire: each member is told of once for each day."""

from datetime import datetime, timedelta

from app import scheduler
from app.clockwork import expiry_notices
from app.domain.loyalty import points
from app.domain.outreach.allowances import limit_table, limits
from app.inbox import InboxEvent
from tests.console_desk import Desk
from tests.world import BEIJING, World

TOLD = InboxEvent.kind == "points_expiring"


def award(world: World, name: str, amount: int, expires_at: datetime) -> None:
    with world.siyu.database.writing() as session:
        points.award(
            session,
            world.member(session, name).id,
            amount,
            key=f"test:{name}:{amount}:{expires_at}",
            cause=points.Cause("test"),
            expires_at=expires_at,
            now=world.now,
        )


def on(day: int, clock: str = "00:00") -> datetime:
    return datetime.fromisoformat(f"2026-11-{day:02}T{clock}").replace(tzinfo=BEIJING)


def tick(world: World) -> None:
    scheduler.Clock(world.siyu).tick()
    world.work()


def come(world: World, *names: str) -> None:
    for name in names:
        world.event(name, "subscribe", EventKey="")
    world.work()


def test_a_week_before_her_points_lapse_there_is_an_event_of_hers(world: World):
    come(world, "小雨", "阿诚")
    award(world, "小雨", 30, on(12, "00:00"))
    award(world, "小雨", 12, on(12, "23:59"))
    award(world, "小雨", 99, on(13, "00:00"))
    world.at(4, "23:59")
    tick(world)
    assert world.rows(InboxEvent, TOLD) == []
    world.at(5, "03:01")
    for _ in range(2):
        tick(world)
    (told,) = world.rows(InboxEvent, TOLD)
    assert told.fields == {"points": 42, "on": "2026-11-12"}
    assert told.key == f"points_expiring:{told.member_id}:2026-11-12"
    assert told.handled_at is not None


def test_a_house_that_was_down_tells_it_late_but_not_too_late(world: World):
    come(world, "小雨", "阿诚")
    award(world, "小雨", 30, on(12))
    award(world, "阿诚", 5, on(10, "12:00"))
    world.at(11, "09:00")
    tick(world)
    assert [event.fields["on"] for event in world.rows(InboxEvent, TOLD)] == ["2026-11-12"]


def test_what_she_has_spent_does_not_lapse(world: World):
    come(world, "小雨")
    award(world, "小雨", 30, on(9, "12:00"))
    with world.siyu.database.writing() as session:
        member_id = world.member(session, "小雨").id
        cause = points.Cause("test")
        points.spend(session, member_id, 30, key="spent", cause=cause, now=world.now)
        assert not expiry_notices.put(session, world.siyu.programme, world.now)
    assert world.rows(InboxEvent, TOLD) == []


def test_how_long_before_is_the_programmes_own_number(world: World, desk: Desk):
    come(world, "小雨")
    award(world, "小雨", 30, on(30))
    form = {"value": "30"}
    assert desk.post(f"/limits/{limit_table.POINTS_WARNING_DAYS}", form).status_code == 303
    tick(world)
    assert len(world.rows(InboxEvent, TOLD)) == 1


def test_many_members_are_told_of_batch_by_batch(world: World, monkeypatch):
    monkeypatch.setattr(expiry_notices, "BATCH", 2)
    come(world, "小雨", "阿诚", "林夏")
    for name in ("小雨", "阿诚", "林夏"):
        award(world, name, 10, on(5))
    clock = scheduler.Clock(world.siyu)
    for expected in (2, 3, 3):
        clock.tick()
        assert len(world.rows(InboxEvent, TOLD)) == expected
    world.now += timedelta(days=1)
    clock.tick()
    assert len(world.rows(InboxEvent, TOLD)) == 3
    with world.siyu.database.reading() as session:
        assert limits.value(session, limit_table.POINTS_WARNING_DAYS) == 7
