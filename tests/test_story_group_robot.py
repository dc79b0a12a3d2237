"""Stories of a shop's own group: its robot says what plans say to groups, and every morning what
yesterday brought."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app import outbox
from app.clockwork import dues
from app.domain.outreach import audience
from app.domain.outreach.journeys import enrolments
from app.domain.outreach.journeys.plans import Plan
from app.domain.people import groups
from app.outbox import OutboxMessage
from tests import kf_world
from tests.kf_world import ROBOT, SYNC, WEBHOOK, KfWorld


@pytest.fixture
def world(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[KfWorld]:
    with kf_world.opened(tmp_path, database_url, redis_url) as opened:
        yield opened


def tick(world: KfWorld) -> None:
    """A minute's tick of the scheduler, and whatever it brings."""
    with world.siyu.database.writing() as session:
        dues.put(session, world.siyu.programme, world.now)
    world.work()


def said(world: KfWorld) -> list[str]:
    calls = [call.json for call in world.kf.scripted.calls_to(WEBHOOK)]
    return [str(call[call["msgtype"]]["content"]) for call in calls]


def test_every_morning_the_group_hears_what_yesterday_brought(world: KfWorld):
    world.event("小雨", "subscribe", EventKey="")
    world.says("小雨", "签到")
    world.work()
    world.at(3, "08:59")
    tick(world)
    assert said(world) == []
    for clock in ("09:00", "09:01", "12:00"):
        world.at(3, clock)
        tick(world)
    (report,) = said(world)
    assert "11 月 2 日" in report
    assert "新会员：1" in report
    assert "签到：1" in report
    assert "发放积分：15，使用积分：0" in report
    world.at(4, "09:00")
    tick(world)
    assert len(said(world)) == 2


def test_a_plan_for_groups_speaks_in_the_robots_group(world: KfWorld):
    at_once = {"kind": "after", "minutes": 0}
    plan = world.plan((at_once, "开店啦"), channel=ROBOT, audience="group", trigger="manual")
    with world.siyu.database.writing() as session:
        found = session.get_one(Plan, plan.id)
        chosen, zone = audience.of(session, found), world.siyu.programme.zone
        enrolments.enrol_all(session, found, chosen, zone, world.now)
    world.work()
    assert said(world) == ["开店啦"]


def test_twenty_a_minute_are_said_and_the_rest_wait(world: KfWorld):
    with world.siyu.database.writing() as session:
        channel = world.channel(session, ROBOT)
        (group,) = groups.of(session, channel.id)
        for number in range(25):
            outbox.put(
                session,
                outbox.Address(channel.id, group.external_id, None, group.id),
                key=f"robot:{number}",
                purpose="plan",
                kind="text",
                content={"text": str(number)},
                cause=outbox.Cause("test"),
                now=world.now,
            )
    world.work()
    assert len(said(world)) == 20
    world.now += timedelta(seconds=60 + 15 + 5)
    world.work()
    assert said(world) == [str(number) for number in range(25)]


def test_a_robot_that_is_gone_shows_as_a_failure(world: KfWorld):
    world.kf.scripted.answers[WEBHOOK] = [{"errcode": 93000, "errmsg": "invalid webhook url"}]
    world.at(3, "09:00")
    tick(world)
    (report,) = world.rows(OutboxMessage, OutboxMessage.purpose == "report")
    assert (report.state, report.reason) == ("failed", "bad_webhook")


def test_a_kf_account_is_looked_at_every_hour_even_uncalled(world: KfWorld):
    world.writes("小雨", "签到")
    world.kf_calls()
    world.work()
    world.writes("小雨", "积分")  # and the callback gets lost
    for minutes in (1, 61):
        world.now += timedelta(minutes=minutes)
        tick(world)
    tokens = [call.json.get("token") for call in world.kf.scripted.calls_to(SYNC)]
    assert tokens[0] is not None
    assert set(tokens[1:]) == {None}
    assert len(tokens) <= 3
    assert len(world.told("小雨")) == 2
