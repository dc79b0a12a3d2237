"""Intake: callbacks that come together share a commit, and none answers for another."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from app.inbox import InboxEvent
from app.intake import Arrival, Intake
from bots.messages import Received
from tests.world import World

MANY = 24


def arrival(world: World, number: int, said: str = "签到") -> Arrival:
    with world.siyu.database.reading() as session:
        channel = world.channel(session)
    key, sender = f"message:o{number}:{number}", f"o{number}"
    received = Received(key, "text", sender, world.now, None, {"Content": said})
    return Arrival(channel.id, channel.key, received, world.now)


def kept_at_once(intake: Intake, arrivals: list[Arrival]) -> dict[int, SQLAlchemyError]:
    """Every arrival from a thread of its own; returns who failed and how."""
    failed: dict[int, SQLAlchemyError] = {}
    together = threading.Barrier(len(arrivals))

    def keep(number: int) -> None:
        together.wait()
        try:
            intake.keep(arrivals[number])
        except SQLAlchemyError as error:
            failed[number] = error

    threads = [threading.Thread(target=keep, args=(number,)) for number in range(len(arrivals))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failed


@contextmanager
def commits_counted(world: World) -> Iterator[list[object]]:
    commits: list[object] = []
    count = commits.append
    sa.event.listen(world.siyu.database.engine, "commit", count)
    yield commits
    sa.event.remove(world.siyu.database.engine, "commit", count)


@contextmanager
def held_up(intake: Intake, many: int) -> Iterator[None]:
    """Somebody has the turn until so many wait for it."""
    intake._turn.acquire()

    def give_way() -> None:
        while len(intake._queue) < many:
            time.sleep(0.005)
        intake._turn.release()

    somebody = threading.Thread(target=give_way)
    somebody.start()
    yield
    somebody.join()


def test_many_who_wait_for_their_turn_are_kept_once_each_in_one_commit(world: World) -> None:
    arrivals = [arrival(world, number) for number in range(MANY)]
    intake = Intake(world.siyu.database)
    with commits_counted(world) as commits, held_up(intake, MANY):
        assert kept_at_once(intake, arrivals) == {}
    assert len(world.rows(InboxEvent)) == MANY
    assert all(one.lane is not None for one in arrivals)
    assert len(commits) == 1


def test_the_same_twenty_times_at_once_is_one_row_and_one_wake_up(world: World) -> None:
    arrivals = [arrival(world, 7) for _ in range(20)]
    assert kept_at_once(Intake(world.siyu.database), arrivals) == {}
    assert len(world.rows(InboxEvent)) == 1
    assert sum(one.lane is not None for one in arrivals) == 1


def test_one_that_the_database_refuses_takes_no_other_with_it(world: World) -> None:
    """A row whose channel does not exist breaks a foreign key on both databases."""
    arrivals = [arrival(world, number) for number in range(MANY)]
    arrivals[5].channel_id = 99_999
    failed = kept_at_once(Intake(world.siyu.database), arrivals)
    assert list(failed) == [5]
    assert len(world.rows(InboxEvent)) == MANY - 1
    assert not arrivals[5].is_kept


def test_what_could_not_be_kept_is_never_acknowledged_and_may_come_again(world: World) -> None:
    intake = Intake(world.siyu.database)
    arrivals = [arrival(world, number) for number in range(8)]

    def refuse(*_: object) -> None:
        raise OperationalError("BEGIN", {}, Exception("disk full"))

    sa.event.listen(world.siyu.database.engine, "begin", refuse)
    failed = kept_at_once(intake, arrivals)
    sa.event.remove(world.siyu.database.engine, "begin", refuse)
    assert len(failed) == len(arrivals)
    assert world.rows(InboxEvent) == []
    assert kept_at_once(intake, [arrival(world, number) for number in range(8)]) == {}
    assert len(world.rows(InboxEvent)) == 8
