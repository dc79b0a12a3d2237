"""Stories of broadcasts that are tried out: some hear the variants, the rest what did best."""

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest

from app import tryouts
from app.broadcasting import figures, launching
from app.domain.loyalty import sign_ins
from app.domain.outreach.broadcasts import Broadcast, NotAllowed, State
from app.domain.people import operators
from app.outbox import OutboxMessage
from tests import broadcast_desk as desk
from tests.audiences import accept_what_is_due, crowd
from tests.world import World

MEMBERS = 200
VARIANTS = [
    {"name": "甲", "share": 50, "message": desk.text("甲")},
    {"name": "乙", "share": 50, "message": desk.text("乙")},
]


@pytest.fixture(autouse=True)
def states_add_up(world: World) -> Iterator[None]:
    world.at(2, "12:00")
    yield
    with world.siyu.database.reading() as session:
        assert figures.discrepancies(session) == []


def tried(world: World, decide: str, percent: int = 40, **rest: Any) -> int:
    crowd(world, MEMBERS)
    tryout = {
        "percent": percent,
        "hours": 24,
        "happened": {"kind": "signed_in"},
        "decide": decide,
    }
    return desk.launched(world, message=None, variants=VARIANTS, tryout=tryout, **rest)


def fed(world: World, number: int) -> Mapping[str, int]:
    """What waits is fed and taken by the platform; then how often each variant was said."""
    while desk.feed(world, number):
        desk.counted(world, number)
    accept_what_is_due(world, number)
    rows = world.rows(OutboxMessage, OutboxMessage.broadcast_id == number)
    return Counter(row.content["text"] for row in rows)


def sign_in_who_heard(world: World, number: int, variant: str) -> None:
    with world.siyu.database.writing() as session:
        rows = world.rows(OutboxMessage, OutboxMessage.broadcast_id == number)
        for row in rows:
            if row.variant == variant:
                sign_ins.sign_in(session, row.member_id, None, world.now.date(), (), world.now)


def decide(world: World) -> int:
    with world.siyu.database.writing() as session:
        return tryouts.decide_due(session, world.now)


def choose(world: World, number: int, winner: str) -> None:
    with world.siyu.database.writing() as session:
        may = operators.add(session, "may@shop.example", "五月", "correct horse", world.now)
        found = session.get_one(Broadcast, number)
        tryouts.choose(session, found, winner, may.id, world.now)


def later(world: World, hours: int) -> None:
    world.now = world.now + timedelta(hours=hours)


def test_some_hear_the_variants_and_the_rest_waits(world: World):
    number = tried(world, "certain")
    said = fed(world, number)
    assert set(said) == {"甲", "乙"}
    assert sum(said.values()) == MEMBERS * 40 // 100
    assert desk.states(world, number) == {"accepted": 80, "waiting": 120}
    assert desk.state(world, number) == State.RUNNING
    later(world, 23)
    assert decide(world) == 0
    assert fed(world, number) == said


def test_what_is_certainly_better_goes_to_the_rest_when_the_hours_are_over(world: World):
    number = tried(world, "certain")
    said = fed(world, number)
    sign_in_who_heard(world, number, "乙")
    with world.siyu.database.writing() as session:
        rows = world.rows(OutboxMessage, OutboxMessage.broadcast_id == number)
        those = [row.member_id for row in rows if row.variant == "甲"][:10]
        for member_id in those:
            sign_ins.sign_in(session, member_id, None, world.now.date(), (), world.now)
    later(world, 24)
    assert decide(world) == 1
    assert fed(world, number) == {"甲": said["甲"], "乙": said["乙"] + 120}
    assert desk.states(world, number) == {"accepted": MEMBERS}
    desk.feed(world, number)
    assert desk.state(world, number) == State.FINISHED
    with world.siyu.database.reading() as session:
        compared = tryouts.standing(session, session.get_one(Broadcast, number))
    assert compared is not None
    assert {arm.name: arm.members for arm in compared.arms} == said, "the rest compares nothing"


def test_where_nothing_is_certain_the_rest_waits_for_an_operator(world: World):
    number = tried(world, "certain")
    said = fed(world, number)
    later(world, 25)
    assert decide(world) == 0
    assert desk.states(world, number)["waiting"] == 120
    choose(world, number, "甲")
    assert fed(world, number)["甲"] == said["甲"] + 120


def test_the_one_ahead_goes_on_where_that_is_the_rule(world: World):
    number = tried(world, "best")
    said = fed(world, number)
    later(world, 24)
    assert decide(world) == 1
    assert fed(world, number)["甲"] == said["甲"] + 120, "nobody did anything: the first"


def test_an_operator_may_decide_before_all_of_the_first_were_told(world: World):
    number = tried(world, "by_hand")
    choose(world, number, "乙")
    said = fed(world, number)
    assert sum(said.values()) == MEMBERS
    assert said["乙"] > 120
    with pytest.raises(NotAllowed), world.siyu.database.writing() as session:
        tryouts.choose(session, session.get_one(Broadcast, number), "甲", 1, world.now)


def test_a_variant_that_is_not_there_is_not_chosen(world: World):
    number = tried(world, "by_hand")
    with pytest.raises(KeyError), world.siyu.database.writing() as session:
        tryouts.choose(session, session.get_one(Broadcast, number), "丙", 1, world.now)


def test_the_first_are_a_fair_sample_of_old_members_and_new(world: World):
    number = tried(world, "by_hand", percent=20)
    rows = desk.frozen(world, number)
    ids = sorted(row.subject_id for row in rows)
    first = {row.subject_id for row in rows if row.turn == launching.FIRST}
    quarters = [ids[start : start + 50] for start in range(0, MEMBERS, 50)]
    assert [8 <= len(first & set(quarter)) <= 12 for quarter in quarters] == [True] * 4


def test_who_waits_for_the_winner_is_cancelled_with_the_rest(world: World):
    number = tried(world, "certain")
    fed(world, number)
    desk.move(world, number, State.CANCELLED)
    assert desk.states(world, number) == {"accepted": 80, "suppressed": 120}


def test_two_clocks_and_two_feeders_tell_the_rest_once(world: World):
    number = tried(world, "best")
    fed(world, number)
    later(world, 24)
    start = threading.Barrier(2)

    def work() -> None:
        start.wait()
        decide(world)
        for _ in range(20):
            desk.feed(world, number)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    fed(world, number)
    rows = world.rows(OutboxMessage, OutboxMessage.broadcast_id == number)
    assert len({row.member_id for row in rows}) == len(rows) == MEMBERS
    assert desk.states(world, number) == {"accepted": MEMBERS}
