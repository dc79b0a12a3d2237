"""Every night the platform's list of followers is compared with ours."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import requests
import sqlalchemy as sa

from app import outbox, scheduler
from app.domain.people.channels import Channel
from app.domain.people.members import Identity, Member
from app.inbox import InboxEvent
from app.outbox import OutboxMessage
from tests import mini_world
from tests.mini_world import UNIONIDS, MiniWorld
from tests.shop import OA, OPENIDS

LIST, PROFILES = "/cgi-bin/user/get", "/cgi-bin/user/info/batchget"


@pytest.fixture
def world(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[MiniWorld]:
    """At noon of the 2nd. The three of the shop have followed its account for years."""
    with mini_world.opened(tmp_path, database_url, redis_url) as opened:
        with opened.siyu.database.writing() as session:
            session.execute(sa.update(Channel).values(created_at=opened.now))
        yield opened


def night(world: MiniWorld, day: int, clock: str = "03:00") -> None:
    """The scheduler ticks at that time, and all that follows is done."""
    world.at(day, clock)
    scheduler.Clock(world.siyu)._begin_the_night()
    world.work()


def followers(world: MiniWorld) -> set[str]:
    follows = (Identity.followed_at.is_not(None), Identity.unfollowed_at.is_(None))
    return {identity.external_id for identity in world.rows(Identity, *follows)}


def act(world: MiniWorld, name: str, do: str) -> None:
    """She does it on her phone, and the callback is lost."""
    wanted = {"account": OA, "member": OPENIDS[name], "do": do}
    requests.post(f"{world.sandbox_url}/sandbox/act", json=wanted, timeout=10).raise_for_status()


def test_whoever_followed_before_us_is_met_in_the_night(world: MiniWorld):
    night(world, 3)
    assert followers(world) == set(OPENIDS.values())
    assert {member.unionid for member in world.members()} == set(UNIONIDS.values())
    assert world.balance("小雨").points == 0, "she came before there was anything to earn"
    assert world.sent() == []


def test_who_signed_up_in_the_mini_program_is_recognised_in_the_night(world: MiniWorld):
    with world.at_work():
        world.sign_up("小雨")
    night(world, 3)
    assert len(world.members()) == 3
    with world.siyu.database.reading() as session:
        assert world.member(session, "小雨").nickname == "小雨"


def test_who_left_unheard_has_left_by_the_morning(world: MiniWorld):
    world.event("小雨", "subscribe", EventKey="")
    world.work()
    act(world, "小雨", "unsubscribe")
    night(world, 3)
    assert OPENIDS["小雨"] not in followers(world)
    with world.siyu.database.reading() as session:
        assert world.member(session, "小雨").left_at is not None


def test_who_came_back_unheard_is_back(world: MiniWorld):
    night(world, 3)
    world.event("阿诚", "unsubscribe")
    world.work()
    assert OPENIDS["阿诚"] not in followers(world)
    night(world, 4)
    assert OPENIDS["阿诚"] in followers(world)


def test_a_lost_subscription_still_earns_its_points_once(world: MiniWorld):
    act(world, "林夏", "unsubscribe")
    with world.siyu.database.writing() as session:
        session.execute(sa.update(Channel).values(created_at=world.now - timedelta(days=3650)))
    act(world, "林夏", "subscribe")
    night(world, 3)
    assert world.balance("林夏").points == 10
    world.event("林夏", "subscribe", EventKey="")
    world.work()
    assert world.balance("林夏").points == 10


def test_a_second_scheduler_and_a_second_look_ask_nothing_twice(world: MiniWorld):
    night(world, 3)
    night(world, 3, "04:00")
    assert (world.calls(LIST), world.calls(PROFILES)) == (1, 1)
    night(world, 4)
    assert (world.calls(LIST), world.calls(PROFILES)) == (2, 1), "who is known is not asked for"


def test_a_house_that_was_down_at_three_does_it_later_that_day(world: MiniWorld):
    night(world, 3, "02:59")
    assert world.rows(InboxEvent) == []
    night(world, 3, "17:30")
    assert len(followers(world)) == 3


def test_an_account_added_today_waits_for_its_first_night(world: MiniWorld):
    night(world, 2, "13:00")
    assert world.rows(InboxEvent) == []


def test_a_list_that_breaks_off_makes_nobody_leave(world: MiniWorld):
    night(world, 3)
    act(world, "小雨", "unsubscribe")
    world.fault(LIST, "errcode", errcode=45009, times=1)
    night(world, 4)
    assert len(followers(world)) == 3
    assert world.rows(OutboxMessage, OutboxMessage.state == outbox.State.PLANNED)
    world.now += timedelta(days=1)
    world.work()
    assert len(followers(world)) == 2


def test_who_follows_during_the_night_is_not_missed(world: MiniWorld):
    night(world, 3)
    world.at(4, "03:00")
    world.event("小雨", "subscribe", EventKey="")
    act(world, "小雨", "unsubscribe")
    night(world, 4)
    assert OPENIDS["小雨"] not in followers(world)
    stays = world.rows(Member, Member.left_at.is_(None))
    assert len(stays) == 2
