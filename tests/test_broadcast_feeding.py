"""How a broadcast is fed into the outbox: at its pace, no further than is sent, to each once."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from app import outbox
from app.broadcasting import feeding, figures
from app.domain.outreach.broadcasts import State
from app.outbox import OutboxMessage
from tests import broadcast_desk as desk
from tests.audiences import accept_what_is_due, crowd
from tests.world import World


@pytest.fixture(autouse=True)
def states_add_up(world: World) -> Iterator[None]:
    yield
    with world.siyu.database.reading() as session:
        assert figures.discrepancies(session) == []


def test_a_pace_is_kept_whatever_the_pauses(world: World):
    crowd(world, 90)
    number = desk.launched(world, pace_a_minute=60)
    for second in range(0, 130, 3):
        world.now += timedelta(seconds=3)
        if second in (12, 30):
            desk.move(world, number, State.PAUSED)
        if second in (24, 51):
            desk.resume(world, number)
        if desk.state(world, number) == State.RUNNING:
            accept_what_is_due(world, number)
        desk.feed(world, number)
    rows = world.rows(OutboxMessage, OutboxMessage.broadcast_id == number)
    due = sorted(row.due_at for row in rows)
    assert len(due) > 60
    minute = timedelta(minutes=1)
    assert max(sum(at <= one < at + minute for one in due) for at in due) <= 60
    assert max(row.due_at - row.created_at for row in rows) <= feeding.AHEAD


def test_the_outbox_is_fed_no_further_ahead_than_the_sender_gets(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(feeding, "SLICE", 10)
    monkeypatch.setattr(feeding, "AHEAD_MAX", 25)
    crowd(world, 60)
    number = desk.launched(world)
    while desk.feed(world, number):
        pass
    assert desk.states(world, number) == {"waiting": 35, "planned": 25}


def test_two_feeders_at_once_tell_nobody_twice(world: World):
    crowd(world, 900)
    number = desk.launched(world)
    start, told = threading.Barrier(2), []

    def feed() -> None:
        start.wait()
        for _ in range(20):
            told.append(desk.feed(world, number))

    feeders = [threading.Thread(target=feed) for _ in range(2)]
    for feeder in feeders:
        feeder.start()
    for feeder in feeders:
        feeder.join()
    assert desk.states(world, number) == {"planned": 900}
    rows = world.rows(OutboxMessage, OutboxMessage.broadcast_id == number)
    assert len({row.member_id for row in rows}) == 900


def test_a_feeder_that_dies_in_the_middle_leaves_no_trace(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    crowd(world, 30)
    number = desk.launched(world)

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "put_all", dies)
        with pytest.raises(KeyboardInterrupt):
            desk.feed(world, number)
    assert desk.states(world, number) == {"waiting": 30}
    desk.feed(world, number)
    assert desk.states(world, number) == {"planned": 30}
