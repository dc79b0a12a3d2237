"""What an official account is told that is easily misheard: whom an event is about, lists of one,
numbers beyond floats."""

from typing import Any

import pytest

from app.domain.outreach.allowances import subscribe_grants
from app.domain.people.members import Identity, Member
from app.inbox import InboxEvent
from tests.shop import OPENIDS, WECHAT
from tests.world import World

XIAOYU = OPENIDS["小雨"]


def told(world: World, fields: dict[str, Any], form: str = "json") -> None:
    world.deliver(WECHAT.seal(fields, world.now, form))
    world.work()


@pytest.mark.parametrize(
    "event", ["user_info_modified", "user_authorization_revoke", "user_authorization_cancellation"]
)
@pytest.mark.parametrize("form", ["xml", "json"])
def test_an_event_about_her_data_is_hers_and_makes_no_member_of_the_platform(
    world: World, event: str, form: str
):
    world.says("小雨", "你好")
    about = WECHAT.event("platform_service", event, world.now, OpenID=XIAOYU, AppID=WECHAT.appid)
    told(world, about, form)
    _hers, kept = world.rows(InboxEvent)
    assert (kept.kind, kept.sender) == (f"event.{event}", XIAOYU)
    assert kept.handled_at is not None
    assert [one.external_id for one in world.rows(Identity)] == [XIAOYU]
    assert len(world.rows(Member)) == 1


@pytest.mark.parametrize("as_list", [True, False])
def test_a_list_of_one_may_come_as_the_one(world: World, as_list: bool):
    entry = {"TemplateId": "T1", "SubscribeStatusString": "accept", "PopupScene": "1"}
    happened = WECHAT.event(XIAOYU, "subscribe_msg_popup_event", world.now)
    listed: Any = [entry] if as_list else entry
    told(world, happened | {"SubscribeMsgPopupEvent": {"List": listed}})
    (grant,) = world.rows(subscribe_grants.SubscribeGrant)
    assert grant.template_id == "T1"


def test_a_number_beyond_floats_is_kept_to_the_last_digit(world: World):
    number = 2**53 + 1
    for message_id in (number, number + 1):
        told(world, WECHAT.text(XIAOYU, "在吗", world.now) | {"MsgId": message_id})
    ids = [event.fields["MsgId"] for event in world.rows(InboxEvent, InboxEvent.kind == "text")]
    assert ids == [str(number), str(number + 1)], "two messages, not one twice"


def test_a_page_of_a_mini_program_is_a_message_of_hers(world: World):
    page = {"MsgType": "miniprogrampage", "Title": "四月", "PagePath": "pages/index"}
    text = WECHAT.text(XIAOYU, "", world.now)
    text.pop("Content", None)
    told(world, text | page | {"AppId": "wx1", "ThumbUrl": "", "ThumbMediaId": "M"})
    (identity,) = world.rows(Identity)
    assert identity.external_id == XIAOYU
    assert identity.chat_left == 5
