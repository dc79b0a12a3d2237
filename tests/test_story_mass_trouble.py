"""Stories of messages to many that do not go well: nobody gets one twice, and everybody in the job
has an end."""

from datetime import timedelta

import sqlalchemy as sa

from app import lanes, sender, turns
from app.domain.outreach.mass_messages import MassMessage
from app.outbox import RECIPIENTS, OutboxMessage
from app.sending import second_attempts
from bots.sandbox import limits as platform_limits
from tests.shop import NAMES
from tests.test_crash import Worker, is_quiet, tick_until, waiting, workers
from tests.test_story_mass import (
    SEND,
    carriers,
    finish,
    follow,
    got,
    hand_over,
    outcomes,
    spoken_to,
)
from tests.world import World

__all__ = ["workers"]  # the fixture


def test_a_lost_answer_is_asked_for_again_and_nobody_gets_it_twice(world: World):
    follow(world)
    world.fault(SEND, "lost", times=1)
    hand_over(world)
    world.work()
    assert set(outcomes(world).values()) == {("attempting", None)}
    world.event("小雨", "unsubscribe")  # the grouping stands all the same
    world.now += timedelta(minutes=2)
    world.work()
    assert (world.calls(SEND), len(got(world))) == (2, 3)
    assert set(outcomes(world).values()) == {("accepted", None)}
    assert (carriers(world)[0].code, carriers(world)[0].state) == (45065, "accepted")


def test_an_end_told_before_we_knew_of_the_acceptance_is_not_lost(world: World):
    follow(world)
    world.fault(SEND, "lost", times=1)
    hand_over(world)
    world.work()
    finish(world, "1")
    assert set(outcomes(world).values()) == {("attempting", None)}
    world.now += timedelta(minutes=2)
    world.work()
    assert carriers(world)[0].platform_id == "1"
    assert set(outcomes(world).values()) == {("delivered", None)}


def test_a_key_the_platform_has_forgotten_is_not_used_again(world: World):
    follow(world)
    world.fault(SEND, "lost", times=1)
    hand_over(world)
    world.work()
    world.now += timedelta(hours=23)
    world.work()
    assert world.calls(SEND) == 1
    assert {state for state, _ in outcomes(world).values()} == {"unknown"}
    assert carriers(world)[0].reason == "key_expired"


def test_what_was_not_taken_uses_no_month_up(world: World):
    follow(world)
    world.fault(SEND, "errcode", errcode=45011, times=4)
    hand_over(world)
    world.work()
    for _ in range(5):
        world.now += timedelta(minutes=2)
        world.work()
    for _ in range(3):
        hand_over(world)
        world.work()
    assert len(got(world)) == 12


def test_a_refused_job_has_failed_for_everybody_and_can_be_sent_again(world: World):
    follow(world)
    world.fault(SEND, "errcode", errcode=48001, times=1)
    hand_over(world)
    world.work()
    assert {state for state, _ in outcomes(world).values()} == {"failed"}
    with world.siyu.database.writing() as session:
        assert second_attempts.of(session, carriers(world)[0].id, world.now) is not None
        one = world.rows(OutboxMessage, OutboxMessage.pipe == RECIPIENTS)[0]
        assert second_attempts.of(session, one.id, world.now) is None, "her job speaks for her"
    world.work()
    assert set(outcomes(world).values()) == {("accepted", None)}


def test_a_sender_killed_after_the_call_repeats_the_very_same_job(
    world: World, workers: list[Worker]
):
    assert timedelta(hours=1) < platform_limits.CLIENT_KEY_LIVES
    for name in NAMES:
        world.event(name, "subscribe", EventKey="")
    world.work()
    world.fault(SEND, "late", seconds=4, times=1)
    message_id = hand_over(world)
    workers[0].start()
    tick_until(world, lambda: len(got(world)) == 3)
    workers[0].kill()
    assert waiting(world)["attempting"] == 4
    workers[1].start()
    tick_until(world, lambda: is_quiet(world))
    assert (world.calls(SEND), len(got(world))) == (2, 3)
    assert set(outcomes(world).values()) == {("accepted", None)}
    assert world.rows(MassMessage)[0].id == message_id


def test_what_a_job_counted_goes_back_when_the_platform_has_not_taken_it(world: World):
    follow(world)
    world.fault(SEND, "errcode", errcode=45009, times=1)
    hand_over(world)
    world.work()
    assert {spoken_to(world, name) for name in NAMES} == {0}
    world.now += timedelta(days=1)
    world.work()
    assert {spoken_to(world, name) for name in NAMES} == {1}


def test_a_job_that_is_not_handed_over_any_more_ends_for_everybody(world: World):
    follow(world)
    hand_over(world)
    with world.siyu.database.writing() as session:
        too_long = {"text": "周" * 700}  # more than may be said by now
        session.execute(sa.update(OutboxMessage).values(content=too_long))
    world.work()
    assert carriers(world)[0].state == "suppressed"
    assert outcomes(world) == dict.fromkeys(NAMES, ("suppressed", "text_too_long"))


def test_a_job_that_three_senders_died_of_ends_for_everybody(world: World):
    follow(world)
    hand_over(world)
    lane = carriers(world)[0].lane
    for _ in range(4):  # the first finds nobody who died before it
        lease = turns.claim(world.siyu, lanes.BROADCASTS, lane)
        assert lease is not None
        sender._settle_what_was_cut_off(world.siyu, lease)
        world.now += timedelta(seconds=lanes.LEASE_S + 1)
    assert outcomes(world) == dict.fromkeys(NAMES, ("failed", "its sender died"))
    assert got(world) == []
