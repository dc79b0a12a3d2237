"""Stories of members who sign in day by day 签到: what a day is, what a streak brings."""

from datetime import timedelta

import pytest

from app.domain.loyalty import ledger
from app.domain.loyalty.points import PointsEntry
from app.domain.loyalty.sign_ins import SignIn
from tests.world import World


@pytest.fixture(autouse=True)
def books_balance(world: World):
    """Whatever a story did, the ledger adds up in the end."""
    yield
    with world.siyu.database.reading() as session:
        assert ledger.discrepancies(session) == []


def test_signing_in_twice_a_day_pays_once(world: World):
    world.says("小雨", "签到")
    world.work()
    world.now += timedelta(hours=3)
    world.says("小雨", " 签到！ ")
    world.work()
    first, second = world.heard("小雨")
    assert "+5 积分，已连续 1 天。当前 5 积分" in first
    assert "已经签到过" in second
    assert world.balance("小雨").points == 5


def test_the_business_day_changes_at_midnight_in_beijing(world: World):
    world.at(3, "23:59")
    world.says("小雨", "签到")
    world.work()
    world.at(4, "00:00")
    world.says("小雨", "签到")
    world.work()
    assert "已连续 2 天" in world.heard("小雨")[1]
    days = [str(row.signed_in_on) for row in world.rows(SignIn)]
    assert days == ["2026-11-03", "2026-11-04"]


def test_what_she_said_before_midnight_counts_for_that_day_however_late_it_arrives(world: World):
    world.at(3, "23:59")
    said_at = world.now
    world.at(4, "00:03")
    world.says("小雨", "签到")
    world.says("小雨", "签到", at=said_at)
    world.work()
    days = sorted(str(row.signed_in_on) for row in world.rows(SignIn))
    assert days == ["2026-11-03", "2026-11-04"]
    assert world.balance("小雨").points == 10


def test_streaks_of_seven_and_thirty_days_bring_their_bonus_once(world: World):
    for day in range(1, 32):
        world.at(day)
        world.says("小雨", "签到")
        world.work()
    assert world.balance("小雨").points == 31 * 5 + 30 + 150
    heard = [text for text in world.heard("小雨") if text.startswith("签到成功")]
    assert "连签 7 天奖励 +30" in heard[6]
    assert "连签 30 天奖励 +150" in heard[29]
    bonuses = world.rows(PointsEntry, PointsEntry.rule.like("streak_%"))
    assert [bonus.amount for bonus in bonuses] == [30, 150]


def test_a_missed_day_begins_a_new_streak(world: World):
    for day in (1, 2, 3, 5, 6, 7, 8):
        world.at(day)
        world.says("小雨", "签到")
        world.work()
    assert "已连续 4 天" in world.heard("小雨")[-1]
    assert world.balance("小雨").points == 7 * 5


def test_a_day_that_arrives_late_closes_the_gap_and_brings_the_bonus(world: World):
    for day in (1, 2, 3, 5, 6, 7):
        world.at(day)
        world.says("小雨", "签到")
        world.work()
    late_at = world.now - timedelta(days=3)
    world.says("小雨", "签到", at=late_at)
    world.work()
    assert world.balance("小雨").points == 7 * 5 + 30
    world.says("小雨", "积分")
    world.work()
    assert "已连续签到 7 天" in world.heard("小雨")[-1]
