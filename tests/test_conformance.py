"""What every server that speaks to WeChat gets wrong sooner or later, through our own front door,
on an official account and in a mini-program alike."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.domain.people import channels
from app.inbox import InboxConflict, InboxEvent
from tests import mini_world
from tests.foreign_client import OfficialAccount
from tests.mini_world import MINI_IDS, MiniWorld
from tests.shop import MINI, MINI_WECHAT, OA, OPENIDS, WECHAT

ACCOUNTS = {OA: (WECHAT, OPENIDS["小雨"]), MINI: (MINI_WECHAT, MINI_IDS["小雨"])}


@pytest.fixture
def world(sqlite_url: str, redis_url: str, tmp_path: Path) -> Iterator[MiniWorld]:
    with mini_world.opened(tmp_path, sqlite_url, redis_url) as opened:
        yield opened


@pytest.fixture(params=ACCOUNTS)
def channel(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def deliver(world: MiniWorld, channel: str, said: dict, form: str = "json") -> None:
    whose, _ = ACCOUNTS[channel]
    world.deliver(whose.seal(said, world.now, form), channel)


@pytest.mark.parametrize("text", ["]]></Content><MsgType>event", "😀𝔸", "&lt;b&gt; & <b>", "a\tb"])
def test_what_she_writes_is_kept_to_the_letter(world: MiniWorld, channel: str, text: str):
    whose, openid = ACCOUNTS[channel]
    deliver(world, channel, whose.text(openid, text, world.now))
    (event,) = world.rows(InboxEvent)
    assert (event.kind, event.text) == ("text", text)


def test_a_number_that_came_as_a_number_and_as_text_is_one_message(world: MiniWorld, channel: str):
    whose, openid = ACCOUNTS[channel]
    number = 2**63 - 25
    said = whose.text(openid, "在吗", world.now, number)
    for message_id in (number, str(number)):
        deliver(world, channel, said | {"MsgId": message_id})
    deliver(world, channel, said | {"MsgId": number + 1})
    assert len(world.rows(InboxEvent)) == 2, "the next number is another message"
    assert world.rows(InboxConflict) == []


def test_one_in_a_list_may_come_without_the_list(world: MiniWorld, channel: str):
    whose, openid = ACCOUNTS[channel]
    choice = {"TemplateId": "T", "SubscribeStatusString": "accept", "PopupScene": "2"}
    for listed in (choice, [choice]):
        happened = whose.event(openid, "subscribe_msg_popup_event", world.now)
        deliver(world, channel, happened | {"SubscribeMsgPopupEvent": {"List": listed}})
    (event,) = world.rows(InboxEvent)
    assert event.fields["SubscribeMsgPopupEvent"]["List"] == [choice]


def test_two_acts_in_one_second_are_two(world: MiniWorld, channel: str):
    whose, openid = ACCOUNTS[channel]
    for key in ("a", "b"):
        deliver(world, channel, whose.event(openid, "CLICK", world.now, EventKey=key))
    assert len(world.rows(InboxEvent)) == 2


def test_while_the_keys_change_both_are_good_and_no_third(world: MiniWorld, channel: str):
    whose, openid = ACCOUNTS[channel]
    renewed = replace(whose, token="another-token", encoding_aes_key="B" * 42 + "A")
    secrets = {"token": renewed.token, "encoding_aes_key": renewed.encoding_aes_key}
    with world.siyu.database.writing() as session:
        known = world.channel(session, channel)
        channels.change(session, known.id, vault=world.siyu.vault, secrets=secrets)
    for number, key in enumerate((whose, renewed), start=1):
        said = key.text(openid, "在吗", world.now, number)
        world.deliver(key.seal(said, world.now), channel)
    stranger: OfficialAccount = replace(whose, token="third-token")
    forged = stranger.seal(whose.text(openid, "在吗", world.now, 3), world.now)
    assert world.post(forged, channel).status_code == 403
    assert len(world.rows(InboxEvent)) == 2


def test_what_is_sealed_for_one_account_is_nothing_to_the_other(world: MiniWorld):
    said = WECHAT.text(OPENIDS["小雨"], "在吗", world.now)
    assert world.post(WECHAT.seal(said, world.now), MINI).status_code == 403
    assert world.rows(InboxEvent) == []
