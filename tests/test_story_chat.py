"""Stories of members who come, chat, play and go: from the sealed callback to the witness."""

from datetime import timedelta

import pytest

from app.domain.insight.keywords import KeywordRuleVersion
from app.domain.insight.tags import MemberTag
from app.domain.loyalty import ledger
from app.domain.people import groups
from app.domain.people.groups import GroupMember
from app.inbox import InboxEvent
from app.outbox import OutboxMessage
from tests.shop import GATEWAY, GROUPS, OPENIDS, ROOM, WECHAT, WXIDS
from tests.world import World


@pytest.fixture(autouse=True)
def books_balance(world: World):
    """Whatever a story did, the ledger adds up in the end."""
    yield
    with world.siyu.database.reading() as session:
        assert ledger.discrepancies(session) == []


def test_who_comes_through_a_code_is_welcomed_tagged_and_rewarded_once(world: World):
    world.event("小雨", "subscribe", EventKey="qrscene_store_001", Ticket="t")
    world.work()
    (welcome,) = world.heard("小雨")
    assert welcome.startswith("您好，欢迎来一号店！看看 http")
    assert world.tags("小雨") == ["门店·一号店"]
    assert world.balance("小雨").points == 10


def test_who_comes_without_a_code_is_welcomed_and_not_tagged(world: World):
    world.event("小雨", "subscribe", EventKey="")
    world.work()
    assert len(world.heard("小雨")) == 1
    assert world.tags("小雨") == []


def test_an_unknown_scene_does_not_hinder_the_welcome(world: World):
    world.event("小雨", "subscribe", EventKey="qrscene_torn_off_the_wall")
    world.work()
    assert len(world.heard("小雨")) == 1


def test_who_leaves_and_returns_is_welcomed_back_without_new_points(world: World):
    world.event("小雨", "subscribe", EventKey="qrscene_store_001")
    world.work()
    world.now += timedelta(hours=1)
    world.event("小雨", "unsubscribe")
    world.work()
    with world.siyu.database.reading() as session:
        assert world.member(session, "小雨").left_at == world.now
    world.now += timedelta(hours=1)
    world.event("小雨", "subscribe", EventKey="")
    world.work()
    assert "欢迎回来" in world.heard("小雨")[-1]
    assert world.balance("小雨").points == 10
    with world.siyu.database.reading() as session:
        assert world.member(session, "小雨").left_at is None


def test_a_message_written_before_she_left_does_not_reach_her_any_more(world: World):
    world.event("小雨", "subscribe")
    world.work()
    world.says("小雨", "积分")
    world.event("小雨", "unsubscribe")
    heard = len(world.heard("小雨"))
    world.work()
    assert len(world.heard("小雨")) == heard
    (reply,) = world.rows(OutboxMessage, OutboxMessage.rule == "balance")
    assert (reply.state, reply.reason) == ("suppressed", "left")


def test_a_follower_who_scans_a_code_gets_its_tag_only(world: World):
    world.event("小雨", "subscribe")
    world.work()
    world.event("小雨", "SCAN", EventKey="store_001", Ticket="t")
    world.work()
    assert world.tags("小雨") == ["门店·一号店"]
    assert world.balance("小雨").points == 10
    assert len(world.heard("小雨")) == 1


def test_menu_buttons_do_what_their_words_do(world: World):
    for key in ("sign_in", "balance", "HELP", "a_key_of_the_future"):
        world.event("小雨", "CLICK", EventKey=key)
    world.work()
    signed_in, balance, helped = world.heard("小雨")
    assert "签到成功，+5 积分" in signed_in
    assert "您当前有 5 积分，等级：普通" in balance
    assert "A、B、C 或 D" in helped


def test_a_tag_says_which_words_of_which_rule_version_gave_it(world: World):
    world.says("小雨", "我的头发总是很油，怎么办")
    world.work()
    assert world.tags("小雨") == ["油性发质"]
    (given,) = world.rows(MemberTag)
    (event,) = world.rows(InboxEvent)
    assert "头发总是很油" in given.evidence
    assert (given.event_id, given.rule_version) == (event.id, 1)
    rule_id = int(given.rule.removeprefix("keyword:"))
    (version,) = world.rows(KeywordRuleVersion, KeywordRuleVersion.rule_id == rule_id)
    assert "头发总是很油" in version.definition["words"]


def test_a_keyword_gets_its_reply_and_other_chat_gets_none(world: World):
    world.says("小雨", "什么时候发货呀")
    world.says("小雨", "今天天气真好")
    world.work()
    assert world.heard("小雨") == ["亲，48 小时内发货"]
    (reply,) = world.rows(OutboxMessage, OutboxMessage.purpose == "reply")
    assert reply.rule.startswith("keyword:")
    assert reply.rule_version == 1


def test_help_and_balance_answer_to_their_words(world: World):
    world.says("小雨", "帮助")
    world.says("小雨", "？")
    world.says("小雨", "积分")
    world.work()
    helped, again, balance = world.heard("小雨")
    assert helped == again
    assert "您当前有 0 积分" in balance


def test_what_is_said_in_a_group_is_answered_in_the_group_by_name(world: World):
    world.says_in_group("阿诚", "签到")
    world.says_in_group("阿诚", "@四月小助手\u2005积分")
    world.work()
    signed_in, balance = world.heard_in_group()
    assert signed_in.startswith("@阿诚 签到成功，+5 积分")
    assert balance.startswith("@阿诚 您当前有 5 积分")
    assert world.sent(WXIDS["阿诚"]) == []


def test_what_is_said_to_the_gateway_in_private_is_answered_in_private(world: World):
    world.says_in_group("阿诚", "签到", room_id="", room_name="")
    world.work()
    (answer,) = [message["content"] for message in world.sent(WXIDS["阿诚"])]
    assert "签到成功" in answer
    assert world.heard_in_group() == []


def test_our_own_words_in_a_group_are_not_answered(world: World):
    world.says_in_group("阿诚", "签到", is_self=True)
    world.work()
    assert world.heard_in_group() == []


def test_members_join_and_leave_groups(world: World):
    world.says_in_group("阿诚", "", type="join")
    world.work()
    assert world.rows(GroupMember)[0].left_at is None
    world.says_in_group("阿诚", "", type="leave")
    world.work()
    assert world.rows(GroupMember)[0].left_at is not None
    with world.siyu.database.reading() as session:
        room = world.channel(session, GROUPS).id
        assert groups.meet(session, room, ROOM, "", world.now).tier_label == "gold"


def test_kinds_nobody_knows_are_kept_and_done_with(world: World):
    world.event("小雨", "hologram_push", EventKey="x")
    fields = WECHAT.text(OPENIDS["小雨"], "", world.now) | {"MsgType": "hologram"}
    world.deliver(WECHAT.seal(fields, world.now))
    world.work()
    kept = world.rows(InboxEvent)
    assert [event.kind for event in kept] == ["event.hologram_push", "hologram"]
    assert all(event.handled_at for event in kept)


def test_what_cannot_be_read_is_quarantined_and_stops_nobody(world: World):
    world.deliver(WECHAT.seal_raw(b"<xml><MsgType>text</MsgType>", world.now))
    world.deliver(GATEWAY.sign({"account_id": GATEWAY.account_id}, world.now), GROUPS)
    world.says("小雨", "帮助")
    world.work()
    unreadable = world.rows(InboxEvent, InboxEvent.kind == "unreadable")
    assert len(unreadable) == 2
    assert all(event.quarantined_at for event in unreadable)
    assert len(world.heard("小雨")) == 1


def test_what_claims_to_come_from_the_future_is_quarantined(world: World):
    world.says("小雨", "签到", at=world.now + timedelta(minutes=6))
    world.says("小雨", "帮助", at=world.now + timedelta(minutes=4))
    world.work()
    first, second = world.rows(InboxEvent)
    assert first.quarantined_at is not None
    assert "future" in first.error
    assert second.handled_at is not None
    assert world.balance("小雨").points == 0


def test_what_happened_later_but_was_heard_of_earlier_stands(world: World):
    """The platform may deliver out of order: by CreateTime she left, and by CreateTime she came
    back."""
    start = world.now
    world.event("小雨", "subscribe", at=start)
    world.event("小雨", "unsubscribe", at=start + timedelta(seconds=20))
    world.says("小雨", "签到", at=start + timedelta(seconds=10))
    world.work()
    assert world.heard("小雨") == []
    world.event("小雨", "subscribe", at=start + timedelta(seconds=60))
    world.event("小雨", "unsubscribe", at=start + timedelta(seconds=40))
    world.work()
    assert len(world.heard("小雨")) == 1
    with world.siyu.database.reading() as session:
        assert world.member(session, "小雨").left_at is None
    assert world.balance("小雨").points == 10 + 5
