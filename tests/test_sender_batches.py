"""Batches: at the same time to distinct people, in order to each, and nobody waits for a hand."""

import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from app import lanes, outbox, sender, turns, worker
from app.db import Base
from app.domain.outreach.journeys import plans
from app.domain.outreach.journeys.plans import Plan
from app.domain.people import members
from app.domain.people.members import Identity, Member
from app.outbox import OutboxMessage
from app.sending.hands import Crew, Hands
from bots.messages import Answer, Outcome, Outgoing
from tests.world import World

LANE = 7
WAIT_S = 20
ACCEPTED = Answer(Outcome.ACCEPTED)
_numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def long_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine, a turn is long enough for all that is sent in one here."""
    monkeypatch.setattr(turns, "TURN_S", 600)


class Platform:
    """Takes what it is told as ``takes`` says, and remembers the order."""

    def __init__(self, takes: Callable[[Outgoing], Answer] = lambda _: ACCEPTED):
        self.takes = takes
        self.heard: list[Outgoing] = []

    def repeatable(self, way: str) -> bool:
        return False

    def send(self, outgoing: Outgoing) -> Answer:
        self.heard.append(outgoing)
        return self.takes(outgoing)


def spoken_to(world: World, platform: Platform) -> None:
    world.siyu.speaker = lambda channel: platform  # type: ignore[method-assign]


def people(world: World, count: int) -> Sequence[str]:
    """Followers of one lane, who have just written."""
    found = []
    with world.siyu.database.writing() as session:
        channel = world.channel(session)
        while len(found) < count:
            openid = f"oBatch{next(_numbers)}"
            if lanes.of(f"{channel.id}/{openid}") != LANE:
                continue
            identity = members.meet(session, channel.id, openid, world.now)
            identity.chat_until, identity.chat_left = world.now + timedelta(days=1), 5
            found.append(openid)
    return found


def say(world: World, openid: str, text: str, pipe: str = lanes.BROADCASTS, **cause: Any) -> None:
    with world.siyu.database.writing() as session:
        channel = world.channel(session)
        identity = members.identity_of(session, channel.id, openid)
        assert identity is not None
        outbox.put(
            session,
            outbox.Address(channel.id, openid, identity.member_id),
            key=f"{openid}:{text}",
            purpose="plan",
            kind="text",
            content={"text": text},
            cause=outbox.Cause("test", **cause),
            pipe=pipe,
            now=world.now,
        )


def send(world: World, pipe: str = lanes.BROADCASTS) -> int:
    return worker.work(world.siyu, pipe, LANE)


@contextmanager
def at_the_same_time(act: Callable[[], object]) -> Iterator[None]:
    thread = threading.Thread(target=act)
    thread.start()
    try:
        yield
    finally:
        thread.join(WAIT_S)
        assert not thread.is_alive()


@contextmanager
def loaded(*models: type[Base]) -> Iterator[list[object]]:
    """What the ORM makes objects of meanwhile."""
    objects: list[object] = []

    def note(one: object, _context: object) -> None:
        objects.append(one)

    for model in models:
        sa.event.listen(model, "load", note)
    try:
        yield objects
    finally:
        for model in models:
            sa.event.remove(model, "load", note)


def heard_by(platform: Platform, openid: str) -> list[str]:
    return [it.content["text"] for it in platform.heard if it.recipient == openid]


def states(world: World) -> list[str]:
    return [message.state for message in world.rows(OutboxMessage)]


def test_a_batch_is_said_to_all_at_the_same_time(world: World) -> None:
    everybody = threading.Barrier(10)

    def waits_for_the_others(_: Outgoing) -> Answer:
        everybody.wait(WAIT_S)
        return ACCEPTED

    spoken_to(world, Platform(waits_for_the_others))
    for openid in people(world, 10):
        say(world, openid, "早")
    assert send(world) == 10
    assert states(world) == ["accepted"] * 10


def test_what_is_simply_said_costs_no_object_of_the_orm(world: World) -> None:
    spoken_to(world, Platform())
    for openid in people(world, 3):
        say(world, openid, "早")
    with loaded(OutboxMessage, Member, Identity) as objects:
        assert send(world) == 3
    assert objects == []


def test_each_hears_what_is_said_to_her_in_order(world: World) -> None:
    platform = Platform()
    spoken_to(world, platform)
    known = people(world, 6)
    for text in ("一", "二", "三"):
        for openid in known:
            say(world, openid, text)
    send(world)
    for openid in known:
        assert heard_by(platform, openid) == ["一", "二", "三"]


def test_a_turn_that_is_over_leaves_the_rest_in_order_to_the_next(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "TURN_S", 0)
    platform = Platform()
    spoken_to(world, platform)
    one, another = people(world, 2)
    for text in ("一", "二", "三"):
        say(world, one, text)
        say(world, another, text)
    assert [send(world) for _ in range(4)] == [2, 2, 2, 0]
    assert heard_by(platform, one) == heard_by(platform, another) == ["一", "二", "三"]


def test_one_call_that_breaks_loses_no_other_answer(world: World) -> None:
    first, *others = people(world, 5)

    def breaks_for_one(outgoing: Outgoing) -> Answer:
        if outgoing.recipient == first:
            raise KeyError("no such thing")
        return ACCEPTED

    spoken_to(world, Platform(breaks_for_one))
    for openid in (first, *others):
        say(world, openid, "早")
    with pytest.raises(KeyError):
        send(world)
    assert states(world) == ["attempting", *["accepted"] * 4]
    world.now += timedelta(seconds=lanes.LEASE_S + 1)
    send(world)
    assert states(world) == ["unknown", *["accepted"] * 4]


def test_a_reply_goes_out_while_a_slow_broadcast_has_all_hands(world: World) -> None:
    world.siyu.hands = Hands(4)
    is_slow, may_end = threading.Semaphore(0), threading.Event()

    def slow_with_a_broadcast(outgoing: Outgoing) -> Answer:
        if outgoing.content["text"] == "群发":
            is_slow.release()
            may_end.wait(WAIT_S)
        return ACCEPTED

    platform = Platform(slow_with_a_broadcast)
    spoken_to(world, platform)
    *everybody, one = people(world, 6)
    for openid in everybody:
        say(world, openid, "群发")
    with at_the_same_time(lambda: send(world)):
        assert all(is_slow.acquire(timeout=WAIT_S) for _ in everybody)
        say(world, one, "回复", lanes.REPLIES)
        assert send(world, lanes.REPLIES) == 1
        assert platform.heard[-1].content["text"] == "回复"
        may_end.set()
    assert states(world) == ["accepted"] * 6


def test_a_plan_that_is_paused_stops_with_the_batch_that_is_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sender.BATCH, lanes.BROADCASTS, 2)
    plan = world.plan(({"kind": "daily", "at": "09:00"}, "早"), trigger="manual")

    def pauses(_: Outgoing) -> Answer:
        with world.siyu.database.writing() as session:
            plans.move_to(session, session.get_one(Plan, plan.id), plans.State.PAUSED, world.now)
        return ACCEPTED

    platform = Platform(pauses)
    spoken_to(world, platform)
    for openid in people(world, 6):
        say(world, openid, "早", plan_id=plan.id)
    send(world)
    assert len(platform.heard) == 2
    assert sorted(states(world)) == ["accepted"] * 2 + ["planned"] * 4


def test_one_member_under_two_names_is_in_a_batch_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches: list[int] = []
    make = Crew.make

    def counted(crew: Crew, calls: Sequence[Callable[[], object]]) -> None:
        batches.append(len(calls))
        make(crew, calls)

    monkeypatch.setattr(Crew, "make", counted)
    spoken_to(world, Platform())
    for openid in people(world, 2):
        say(world, openid, "早")
    with world.siyu.database.writing() as session:
        first, second = session.query(OutboxMessage)
        second.member_id = first.member_id
    assert send(world) == 2
    assert batches == [1, 1]


def test_what_there_is_no_window_for_uses_up_nothing(world: World) -> None:
    spoken_to(world, Platform())
    known = people(world, 4)
    with world.siyu.database.writing() as session:
        identity = members.identity_of(session, world.channel(session).id, known[0])
        assert identity is not None
        identity.chat_left = 0
    for openid in known:
        say(world, openid, "早")
    assert send(world) == 3
    assert states(world) == ["suppressed", *["accepted"] * 3]
    left = [it.chat_left for it in world.rows(members.Identity) if it.external_id in known]
    assert left == [0, 4, 4, 4]


def test_hands_are_never_waited_for() -> None:
    hands = Hands(3)
    with hands.taken(3) as first, hands.taken(9) as second, hands.taken(9) as third:
        assert [first.size, second.size, third.size] == [3, 2, 1]
        made: list[int] = []
        third.make([lambda: made.append(1)])
        assert made == [1]
    with hands.taken(9) as again:
        assert again.size == 4
    hands.stop()


def test_a_house_without_hands_sends_one_after_the_other(world: World) -> None:
    world.siyu.hands = Hands(0)
    platform = Platform()
    spoken_to(world, platform)
    for openid in people(world, 3):
        say(world, openid, "早")
    assert send(world) == 3
    assert states(world) == ["accepted"] * 3
