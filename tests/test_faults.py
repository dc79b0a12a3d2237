"""The platform at its worst: every message accounted for, none accepted twice."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from app.domain.people.channels import Channel
from app.outbox import OutboxMessage
from bots import wire
from tests.shop import GROUPS, OA
from tests.world import World

CUSTOM, GATEWAY_API = "/cgi-bin/message/custom/send", "/gateway/messages"
TOKEN = "/cgi-bin/stable_token"


def replies(world: World) -> list[OutboxMessage]:
    return list(world.rows(OutboxMessage, OutboxMessage.purpose == "reply"))


def test_an_answer_lost_after_the_account_accepted_leaves_the_message_unknown(world: World):
    world.fault(CUSTOM, "lost", times=1)
    world.says("小雨", "签到")
    world.work()
    world.now += timedelta(hours=1)
    world.work()
    (message,) = replies(world)
    assert (message.state, message.attempts) == ("unknown", 1)
    assert len(world.heard("小雨")) == 1


def test_an_answer_lost_after_the_gateway_accepted_is_asked_for_again_under_the_same_key(
    world: World,
):
    world.fault(GATEWAY_API, "lost", times=2)
    world.says_in_group("小雨", "签到")
    for _ in range(4):
        world.work()
        world.now += timedelta(seconds=10)
    (message,) = replies(world)
    assert (message.state, message.attempts) == ("accepted", 3)
    assert len(world.heard_in_group()) == 1


def test_an_answer_that_comes_too_late_is_an_answer_lost(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(wire, "READ_TIMEOUT_S", 0.3)
    world.fault(CUSTOM, "late", seconds=1, times=1)
    world.says("小雨", "签到")
    world.work()
    assert replies(world)[0].state == "unknown"
    assert len(world.heard("小雨")) == 1


def test_a_gateway_that_never_answers_ends_unknown_and_not_in_endless_tries(world: World):
    world.fault(GATEWAY_API, "lost")
    world.says_in_group("小雨", "签到")
    for _ in range(12):
        world.work()
        world.now += timedelta(minutes=2)
    (message,) = replies(world)
    assert message.state == "unknown"
    assert world.calls(GATEWAY_API) == message.attempts == 6
    assert len(world.heard_in_group()) == 1


def test_a_refused_token_is_renewed_once_and_the_message_goes_out(world: World):
    world.says("小雨", "帮助")
    world.work()
    before = world.calls(TOKEN)
    world.fault(CUSTOM, "errcode", errcode=40001, times=1)
    for name in ("小雨", "阿诚"):
        world.says(name, "签到")
    world.work()
    assert world.calls(TOKEN) - before <= 2  # asked once, and once by force
    assert len(world.heard("小雨")) == 2
    assert len(world.heard("阿诚")) == 1
    assert {message.state for message in replies(world)} == {"accepted"}


def test_a_platform_that_refuses_every_token_is_not_asked_for_more(world: World):
    world.fault(CUSTOM, "errcode", errcode=40001)
    for name in ("小雨", "阿诚", "林夏"):
        world.says(name, "签到")
    world.work()
    assert world.calls(TOKEN) <= 3
    assert {message.state for message in replies(world)} == {"planned"}


def test_a_used_up_quota_parks_the_channel_and_only_that_one(world: World):
    world.fault(CUSTOM, "errcode", errcode=45009)
    for name in ("小雨", "阿诚", "林夏"):
        world.says(name, "签到")
    world.says_in_group("小雨", "签到")
    world.work()
    world.says("小雨", "积分")
    world.work()
    assert world.calls(CUSTOM) == 1
    assert len(world.heard_in_group()) == 1
    (channel,) = world.rows(Channel, Channel.key == OA)
    assert channel.parked_until is not None
    states = {message.state for message in replies(world) if not message.to_group}
    assert states == {"planned"}
    assert world.rows(Channel, Channel.key == GROUPS)[0].parked_until is None


def test_a_parked_channel_says_what_waited_once_its_quota_is_back(world: World):
    world.now = datetime.now(world.now.tzinfo)  # the quota's end is told in real seconds
    world.fault(CUSTOM, "errcode", errcode=45009, times=1)
    world.says("小雨", "签到")
    world.work()
    (channel,) = world.rows(Channel, Channel.key == OA)
    world.now = channel.parked_until + timedelta(seconds=1)
    world.work()
    assert len(world.heard("小雨")) == 1
    assert replies(world)[0].state == "accepted"


@pytest.mark.parametrize(
    ("errcode", "state", "reason"),
    [
        (43004, "failed", "recipient_unreachable"),
        (45015, "failed", "window_closed"),
        (48001, "failed", "no_right"),
        (99999, "failed", "unclassified"),
        (-1, "planned", "system_busy"),
        (45011, "planned", "too_frequent"),
    ],
)
def test_every_error_code_has_its_meaning(world: World, errcode: int, state: str, reason: str):
    world.fault(CUSTOM, "errcode", errcode=errcode, times=1)
    world.says("小雨", "签到")
    world.work()
    (message,) = replies(world)
    assert (message.state, message.reason, message.code) == (state, reason, errcode)
    assert world.heard("小雨") == []


@pytest.mark.parametrize("times", [1, 9])
def test_a_busy_platform_is_asked_again_later_and_not_for_ever(world: World, times: int):
    world.fault(CUSTOM, "errcode", errcode=-1, times=times)
    world.says("小雨", "签到")
    for _ in range(10):
        world.work()
        world.now += timedelta(minutes=1)
    (message,) = replies(world)
    assert message.state == ("accepted" if times == 1 else "failed")
    assert len(world.heard("小雨")) == (1 if times == 1 else 0)


def test_a_platform_that_is_down_loses_nothing(world: World, at_nobody: Callable[[], None]):
    at_nobody()
    world.says("小雨", "签到")
    world.work()
    (message,) = replies(world)
    assert message.state == "planned"  # no connection was made, so nothing can have arrived


@pytest.fixture
def at_nobody(world: World) -> Callable[[], None]:
    def move() -> None:
        with world.siyu.database.writing() as session:
            world.channel(session).api_base_url = "http://127.0.0.1:9"
        world.siyu._clients.clear()

    return move
