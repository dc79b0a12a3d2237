"""Stories of members who write to WeChat customer service: from the callback that only says that
there is something, to the answer in their conversation."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.domain.loyalty import ledger
from app.domain.people import kf_accounts
from app.domain.people.kf_accounts import KfAccount
from app.domain.people.live_codes import LiveCode
from app.domain.people.members import Identity, Member
from app.inbox import InboxConflict, InboxEvent
from app.outbox import OutboxMessage
from bots.messages import Answer
from bots.wecom import Client
from tests import kf_world
from tests.kf_world import CORP, EXTERNAL_IDS, KFID, SYNC, KfWorld
from tests.scripted_platform import cut_off


@pytest.fixture
def world(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[KfWorld]:
    with kf_world.opened(tmp_path, database_url, redis_url) as opened:
        yield opened
        with opened.siyu.database.reading() as session:
            assert ledger.discrepancies(session) == []


def cursor(world: KfWorld) -> str:
    (account,) = world.rows(KfAccount)
    return str(account.cursor)


def test_what_she_writes_is_pulled_tagged_and_answered(world: KfWorld):
    world.writes("小雨", "我头发很油，头发总是很油")
    world.writes("小雨", "签到")
    world.kf_calls()
    world.work()
    (answer,) = world.told("小雨")
    assert "签到成功，+5 积分" in answer
    (said,) = world.rows(OutboxMessage, OutboxMessage.rule == "sign_in")
    assert (said.way, said.through, said.state) == ("kf", KFID, "accepted")
    with world.siyu.database.reading() as session:
        member = session.get_one(Member, said.member_id)
        assert member.unionid == "uApril0"
    assert cursor(world) == "2"


def test_many_pages_are_read_one_after_the_other(world: KfWorld):
    world.kf.page = 2
    for _ in range(5):
        world.writes("小雨", "签到")
    world.kf_calls()
    world.work()
    assert cursor(world) == "5"
    assert len(world.rows(InboxEvent, InboxEvent.kind == "text")) == 5
    cursors = [call.json["cursor"] for call in world.kf.scripted.calls_to(SYNC)]
    assert cursors == ["", "2", "4"]


def test_calls_that_come_together_are_one_question(world: KfWorld):
    world.writes("小雨", "签到")
    for _ in range(4):
        world.kf_calls()
    world.work()
    assert len(world.kf.scripted.calls_to(SYNC)) == 1


def test_a_page_that_comes_twice_changes_nothing(world: KfWorld):
    world.writes("小雨", "签到")
    world.kf_calls()
    world.work()
    with world.siyu.database.writing() as session:
        where = world.channel(session, CORP).id
        kf_accounts.meet(session, where, KFID, world.now).cursor = ""
    world.kf_calls()
    world.work()
    assert len(world.told("小雨")) == 1
    assert len(world.rows(InboxEvent, InboxEvent.kind == "text")) == 1
    assert world.rows(InboxConflict) == []
    assert cursor(world) == "1"


def test_a_lost_page_is_asked_for_again_from_the_same_place(world: KfWorld):
    pages = world.kf.scripted.answers[SYNC]
    world.kf.scripted.answers[SYNC] = [cut_off, *pages]
    world.writes("小雨", "签到")
    world.kf_calls()
    world.work()
    world.now += timedelta(minutes=1)
    world.work()
    assert [call.json["cursor"] for call in world.kf.scripted.calls_to(SYNC)] == ["", ""]
    assert len(world.told("小雨")) == 1


def test_a_sender_that_dies_with_the_page_loses_nothing(
    world: KfWorld, monkeypatch: pytest.MonkeyPatch
):
    """The page was read from the platform, and nothing of it was written down."""
    ask = Client.send

    def die(self: Client, outgoing) -> Answer:
        ask(self, outgoing)
        raise SystemExit

    world.writes("小雨", "签到")
    world.kf_calls()
    monkeypatch.setattr(Client, "send", die)
    with pytest.raises(SystemExit):
        world.work()
    monkeypatch.setattr(Client, "send", ask)
    assert world.rows(InboxEvent, InboxEvent.kind == "text") == []
    world.now += timedelta(minutes=1)
    world.work()
    world.now += timedelta(minutes=1)
    world.work()
    assert len(world.told("小雨")) == 1
    assert cursor(world) == "1"


def test_a_worker_that_dies_over_a_page_leaves_cursor_and_messages_as_they_were(
    world: KfWorld, monkeypatch: pytest.MonkeyPatch
):
    advance = kf_accounts.advance
    monkeypatch.setattr(kf_accounts, "advance", _dies)
    world.writes("小雨", "签到")
    world.kf_calls()
    with pytest.raises(SystemExit):
        world.work()
    assert cursor(world) == ""
    assert world.rows(InboxEvent, InboxEvent.kind == "text") == []
    monkeypatch.setattr(kf_accounts, "advance", advance)
    world.now += timedelta(minutes=1)
    world.work()
    assert len(world.told("小雨")) == 1
    assert cursor(world) == "1"


def _dies(*_: object) -> bool:
    raise SystemExit


def test_who_enters_is_welcomed_by_the_code_and_tagged_by_the_link(world: KfWorld):
    with world.siyu.database.writing() as session:
        shop_code = session.query(LiveCode).one()
        where = world.channel(session, CORP).id
        session.add(
            LiveCode(
                channel_id=where,
                scene="store_001",
                name="一号店",
                tag_id=shop_code.tag_id,
                welcome="{nickname|您好}，这里是一号店客服",
                created_at=world.now,
            )
        )
    world.tells("小雨", "enter_session", scene="store_001", welcome_code="W1")
    world.kf_calls()
    world.work()
    (welcome,) = world.kf.said
    assert welcome["code"] == "W1"
    assert welcome["text"]["content"] == "您好，这里是一号店客服"
    with world.siyu.database.reading() as session:
        identity = session.query(Identity).filter_by(external_id=EXTERNAL_IDS["小雨"]).one()
        tags = _tags(session, identity.member_id)
    assert tags == ["门店·一号店"]


def _tags(session, member_id: int) -> list[str]:
    from app.domain.insight import tags

    return [tag.name for tag in tags.of(session, member_id)]


def test_a_welcome_that_comes_too_late_is_not_sent(world: KfWorld):
    world.tells("小雨", "enter_session", scene="", welcome_code="W1")
    world.now += timedelta(seconds=21)
    world.kf_calls()
    world.work()
    (welcome,) = world.rows(OutboxMessage, OutboxMessage.purpose == "welcome")
    assert (welcome.state, welcome.reason) == ("suppressed", "too_late")
    assert world.kf.said == []


def test_five_messages_after_hers_and_none_after_two_days(world: KfWorld):
    for _ in range(7):
        world.writes("小雨", "积分")
    world.kf_calls()
    world.work()
    assert len(world.told("小雨")) == 5
    world.writes("小雨", "积分")
    world.now += timedelta(hours=48)
    world.kf_calls()
    world.work()
    assert len(world.told("小雨")) == 5
    reasons = [row.reason for row in world.rows(OutboxMessage, OutboxMessage.state == "suppressed")]
    assert reasons == ["window_closed"] * 3


def test_what_did_not_reach_her_is_a_failure_with_its_reason(world: KfWorld):
    world.writes("小雨", "积分")
    world.kf_calls()
    world.work()
    (said,) = world.rows(OutboxMessage, OutboxMessage.rule == "balance")
    world.tells("小雨", "msg_send_fail", fail_msgid=said.platform_id, fail_type=10)
    world.kf_calls()
    world.work()
    (said,) = world.rows(OutboxMessage, OutboxMessage.rule == "balance")
    assert (said.state, said.reason) == ("failed", "recipient_refuses")


def test_what_she_recalls_is_forgotten(world: KfWorld):
    msgid = world.writes("小雨", "我的电话是 13800000000")
    world.kf_calls()
    world.work()
    world.tells("小雨", "user_recall_msg", recall_msgid=msgid)
    world.kf_calls()
    world.work()
    kept = [str(row.fields) for row in world.rows(InboxEvent)]
    assert not any("13800000000" in fields for fields in kept)


def test_what_an_agent_says_is_kept_and_not_answered(world: KfWorld):
    world.happens("小雨", 5, "text", {"content": "签到"})
    world.kf_calls()
    world.work()
    assert world.kf.said == []
    assert len(world.rows(InboxEvent, InboxEvent.kind == "servicer.text")) == 1


def test_a_refusal_of_the_platform_is_an_outcome_in_words(world: KfWorld):
    world.kf.scripted.answers["/cgi-bin/kf/send_msg"] = [{"errcode": 95018, "errmsg": "x"}]
    world.writes("小雨", "积分")
    world.kf_calls()
    world.work()
    (said,) = world.rows(OutboxMessage, OutboxMessage.rule == "balance")
    assert (said.state, said.reason) == ("failed", "bad_session_state")


def test_she_is_the_member_the_official_account_knows(world: KfWorld):
    """The platform names her unionid for the asking."""
    world.writes("小雨", "在吗")
    world.kf_calls()
    world.work()
    (member,) = world.rows(Member)
    assert member.unionid == "uApril0"
