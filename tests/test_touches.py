"""Books of how often a member was spoken to: held by one at a time, and never beyond a cap."""

import threading
from datetime import date, timedelta

from app.domain.outreach import touches
from app.domain.people.members import Member
from sop import caps
from sop.caps import Cap
from tests.world import World

TODAY = date(2026, 11, 2)
DAILY = [Cap("marketing", "day", 2), Cap("marketing", "week", 3)]
LANES = 20


def _members(world: World, number: int) -> list[int]:
    with world.siyu.database.writing() as session:
        made = [Member(nickname=f"会员 {n}", created_at=world.now) for n in range(number)]
        session.add_all(made)
        session.flush()
        return [member.id for member in made]


def _take(world: World, member_ids: list[int], on: date) -> list[int]:
    """Speaks to whom the caps leave room for."""
    with world.siyu.database.writing() as session:
        books = touches.hold(session, member_ids)
        free = [it for it in member_ids if caps.full(DAILY, books[it], "marketing", on) is None]
        touches.add(session, [(it, "marketing", on) for it in free])
        return free


def test_twenty_lanes_that_want_the_last_one_at_once_get_exactly_the_cap(world: World):
    wanted = _members(world, 3)
    taken: list[int] = []

    def lane(number: int) -> None:
        order = wanted if number % 2 else wanted[::-1]
        taken.extend(_take(world, order, TODAY))

    racing = [threading.Thread(target=lane, args=(number,)) for number in range(LANES)]
    for thread in racing:
        thread.start()
    for thread in racing:
        thread.join()
    assert sorted(taken) == sorted(wanted * 2)


def test_a_touch_that_is_given_back_leaves_room_for_another(world: World):
    (member_id,) = _members(world, 1)
    assert [len(_take(world, [member_id], TODAY)) for _ in range(3)] == [1, 1, 0]
    with world.siyu.database.writing() as session:
        touches.add(session, [(member_id, "marketing", TODAY)], times=-1)
    assert _take(world, [member_id], TODAY) == [member_id]
    assert _take(world, [member_id], TODAY) == []


def test_two_records_of_one_person_share_a_book(world: World):
    kept, absorbed = _members(world, 2)
    _take(world, [kept, absorbed], TODAY)
    with world.siyu.database.writing() as session:
        touches.merge(session, kept, absorbed)
    assert _take(world, [kept], TODAY) == []


def test_days_that_no_cap_looks_at_are_not_kept(world: World):
    (member_id,) = _members(world, 1)
    for days in range(0, 400, 50):
        _take(world, [member_id], TODAY + timedelta(days=days))
    with world.siyu.database.reading() as session:
        assert len(touches.of(session, member_id)["marketing"]) <= 3
