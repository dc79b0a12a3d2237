"""Stories of members who write into the mini-program's conversation, and of what comes back."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.domain.people import channels, members
from app.inbox import InboxEvent
from app.outbox import OutboxMessage
from tests import mini_world
from tests.mini_world import MINI_IDS, MiniWorld
from tests.shop import MINI, MINI_WECHAT, SECRETS


@pytest.fixture
def world(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[MiniWorld]:
    with mini_world.opened(tmp_path, database_url, redis_url) as opened:
        yield opened


def writes(world: MiniWorld, name: str, text: str, form: str = "json") -> None:
    said = MINI_WECHAT.text(MINI_IDS[name], text, world.now)
    world.deliver(MINI_WECHAT.seal(said, world.now, form), MINI)


def enters(world: MiniWorld, name: str) -> None:
    happened = MINI_WECHAT.event(MINI_IDS[name], "user_enter_tempsession", world.now)
    world.deliver(MINI_WECHAT.seal(happened, world.now, "json"), MINI)


def answers(world: MiniWorld, name: str) -> list[Any]:
    return [message["content"] for message in world.sent(MINI_IDS[name])]


@pytest.mark.parametrize("form", ["xml", "json"])
def test_who_signs_in_by_writing_is_answered_there_and_paid_once(world: MiniWorld, form: str):
    writes(world, "小雨", "签到", form)
    writes(world, "小雨", "签到", form)
    world.work()
    first, second = answers(world, "小雨")
    assert "5" in first
    assert first != second
    assert world.balance("小雨", MINI).points == 5


def test_a_keyword_is_heard_and_answered_as_anywhere_else(world: MiniWorld):
    writes(world, "小雨", "头发总是很油，什么时候发货？")
    world.work()
    assert answers(world, "小雨") == ["亲，48 小时内发货"]
    assert world.tags("小雨", MINI) == ["油性发质"]


def test_who_writes_first_and_signs_up_later_is_one_member(world: MiniWorld):
    writes(world, "小雨", "签到")
    world.work()
    with world.at_work():
        world.sign_up("小雨")
    (member,) = world.members()
    assert member.signed_up_at is not None
    assert world.balance("小雨", MINI).points == 5 + 20


def test_signing_up_opens_no_conversation(world: MiniWorld):
    with world.at_work():
        world.sign_up("小雨")
    assert answers(world, "小雨") == []


def test_her_message_is_answered_five_times_and_no_more(world: MiniWorld):
    for _ in range(4):
        writes(world, "小雨", "帮助")
    writes(world, "小雨", "路过")
    world.work()
    assert len(answers(world, "小雨")) == 4
    with world.siyu.database.reading() as session:
        identity = members.identity_of(session, world.channel(session, MINI).id, MINI_IDS["小雨"])
        assert identity is not None
        assert identity.chat_left == 1, "her last message opened five, of which four were used"


def test_after_two_days_nothing_is_said_to_her_any_more(world: MiniWorld):
    writes(world, "小雨", "帮助")
    world.now += timedelta(hours=48)
    world.work()
    assert answers(world, "小雨") == []
    (message,) = world.rows(OutboxMessage)
    assert message.reason == "window_closed"


def test_entering_the_conversation_opens_a_short_window(world: MiniWorld):
    enters(world, "小雨")
    world.work()
    with world.siyu.database.reading() as session:
        identity = members.identity_of(session, world.channel(session, MINI).id, MINI_IDS["小雨"])
        assert identity is not None
        assert identity.action_left == 2
        assert identity.action_until is not None
        assert identity.action_until <= world.now + timedelta(minutes=1)
        assert identity.followed_at is None, "a mini-program is nothing one follows"


def test_a_number_beyond_floats_is_kept_to_the_last_digit(world: MiniWorld):
    number = 2**53 + 1
    said = MINI_WECHAT.text(MINI_IDS["小雨"], "在吗", world.now) | {"MsgId": number}
    world.deliver(MINI_WECHAT.seal(said, world.now, "json"), MINI)
    (event,) = world.rows(InboxEvent)
    assert event.fields["MsgId"] == str(number)


def test_events_we_do_nothing_about_are_kept(world: MiniWorld):
    happened = MINI_WECHAT.event(MINI_IDS["小雨"], "kf_create_session", world.now)
    world.deliver(MINI_WECHAT.seal(happened, world.now, "json"), MINI)
    world.work()
    (event,) = world.rows(InboxEvent)
    assert event.kind == "event.kf_create_session"
    assert event.handled_at is not None


def test_the_address_of_its_pushes_is_verified(world: MiniWorld):
    query = MINI_WECHAT.verification("5413", world.now)
    assert world.client.get(f"/callback/{MINI}", query_string=query).text == "5413"


def test_a_mini_program_without_message_push_hears_nobody(world: MiniWorld):
    with world.siyu.database.writing() as session:
        channels.add(
            session,
            key="silent-mini",
            kind="mini_program",
            name="静",
            appid=MINI_WECHAT.appid,
            api_base_url=world.sandbox_url,
            secrets={"secret": SECRETS[MINI]["secret"]},
            vault=world.siyu.vault,
            now=world.now,
        )
    said = MINI_WECHAT.text(MINI_IDS["小雨"], "在吗", world.now)
    sealed = MINI_WECHAT.seal(said, world.now, "json")
    assert world.post(sealed, "silent-mini").status_code == 403
    query = MINI_WECHAT.verification("5413", world.now)
    assert world.client.get("/callback/silent-mini", query_string=query).status_code == 403
    assert world.rows(InboxEvent) == []
