"""Stories of members who become contacts of a corp's staff: from the sealed callback to what
WeCom accepted."""

from datetime import timedelta

import pytest

from app.domain.loyalty import points
from app.domain.people import operators
from app.domain.people.contacts import Contact
from app.domain.people.members import Identity
from app.domain.people.staff import Staff
from app.inbox import InboxEvent
from app.outbox import OutboxMessage
from tests.console_desk import EMAIL, PASSWORD, Desk
from tests.wecom_house import CORP, CorpWorld, corp_world
from tests.wecom_world import LAOWANG, XIAOYU

__all__ = ["corp_world"]


def welcomes(world: CorpWorld, external_userid: str) -> list[str]:
    return [message["content"] for message in world.sent(external_userid)]


def relations(world: CorpWorld) -> list[tuple[str, str | None]]:
    """(userid, who ended it) of every relation there has been."""
    userids = {one.id: one.userid for one in world.rows(Staff)}
    return [(userids[row.staff_id], row.ended_by) for row in world.rows(Contact)]


def test_who_adds_a_member_of_staff_is_welcomed_tagged_and_rewarded_once(corp_world: CorpWorld):
    corp_world.corp.act("add", "小雨", staff="xiaowang", state="store_01")
    corp_world.work()
    assert welcomes(corp_world, XIAOYU) == ["您好，一号店的小王为您服务"]
    assert corp_world.tags_of(XIAOYU) == ["门店·一号店"]
    member = corp_world.corp_member(XIAOYU)
    assert (member.nickname, member.unionid) == ("小雨", "u-1")
    assert member.joined_at is not None
    (row,) = corp_world.rows(Contact)
    assert (row.state, row.ended_at, row.unconfirmed_at) == ("store_01", None, None)
    (xiaowang,) = corp_world.rows(Staff)
    assert (xiaowang.userid, xiaowang.name) == ("xiaowang", "小王")


def test_without_a_live_code_the_staff_s_own_words_are_said(corp_world: CorpWorld):
    corp_world.corp.act("add", "小雨", staff="lili")
    corp_world.work()
    (welcome,) = welcomes(corp_world, XIAOYU)
    assert "很高兴认识您" in welcome
    assert corp_world.tags_of(XIAOYU) == []


def test_without_a_live_code_the_account_s_own_welcome_is_said(corp_world: CorpWorld):
    with corp_world.siyu.database.writing() as session:
        channel = corp_world.channel(session, CORP)
        channel.settings = {**channel.settings, "welcome": "{nickname|您好}，四月花店欢迎您"}
    corp_world.corp.act("add", "小雨", staff="lili")
    corp_world.corp.act("add", "老王", staff="lili", state="store_01")
    corp_world.work()
    assert welcomes(corp_world, XIAOYU) == ["您好，四月花店欢迎您"]
    assert welcomes(corp_world, LAOWANG) == ["您好，一号店的小王为您服务"]


def test_a_second_member_of_staff_pays_no_second_time(corp_world: CorpWorld):
    for userid in ("xiaowang", "lili"):
        corp_world.corp.act("add", "小雨", staff=userid)
        corp_world.work()
    assert relations(corp_world) == [("xiaowang", None), ("lili", None)]
    with corp_world.siyu.database.reading() as session:
        assert points.balance_of(session, corp_world.corp_member(XIAOYU).id).points == 10


def test_a_half_contact_is_welcomed_and_joins_when_she_is_confirmed(corp_world: CorpWorld):
    corp_world.corp.act("add_half", "小雨", staff="xiaowang", state="store_01")
    corp_world.work()
    assert len(welcomes(corp_world, XIAOYU)) == 1
    (half,) = corp_world.rows(Contact)
    assert half.unconfirmed_at is not None
    assert corp_world.corp_member(XIAOYU).joined_at is None
    corp_world.corp.act("add", "小雨", staff="xiaowang", welcome=False)
    corp_world.work()
    (whole,) = corp_world.rows(Contact)
    assert whole.unconfirmed_at is None
    assert corp_world.corp_member(XIAOYU).joined_at is not None
    assert len(welcomes(corp_world, XIAOYU)) == 1


def test_a_welcome_that_cannot_make_it_is_suppressed_and_seen(corp_world: CorpWorld):
    corp_world.corp.act("add", "小雨", staff="xiaowang")
    corp_world.now += timedelta(seconds=18.5)
    corp_world.work()
    assert welcomes(corp_world, XIAOYU) == []
    (welcome,) = corp_world.rows(OutboxMessage, OutboxMessage.way == "welcome")
    assert (welcome.state, welcome.reason) == ("suppressed", "too_late")


def test_whoever_has_been_welcomed_by_another_app_is_left_alone(corp_world: CorpWorld):
    corp_world.fault("/cgi-bin/externalcontact/send_welcome_msg", "errcode", errcode=41051)
    corp_world.corp.act("add", "小雨", staff="xiaowang")
    corp_world.work()
    (welcome,) = corp_world.rows(OutboxMessage, OutboxMessage.way == "welcome")
    assert (welcome.state, welcome.reason) == ("failed", "already_welcomed")
    assert corp_world.calls("/cgi-bin/externalcontact/send_welcome_msg") == 1


@pytest.mark.parametrize(
    ("act", "ended_by"), [("delete_staff", "member"), ("delete_contact", "staff")]
)
def test_she_has_left_when_the_last_relation_has_ended(corp_world: CorpWorld, act, ended_by):
    for userid in ("xiaowang", "lili"):
        corp_world.corp.act("add", "小雨", staff=userid)
    corp_world.work()
    for userid, is_with_us in (("xiaowang", True), ("lili", False)):
        corp_world.corp.act(act, "小雨", staff=userid)
        corp_world.work()
        assert (corp_world.corp_member(XIAOYU).left_at is None) is is_with_us
    assert relations(corp_world) == [("xiaowang", ended_by), ("lili", ended_by)]


def test_who_returns_is_with_us_again(corp_world: CorpWorld):
    for act in ("add", "delete_staff", "add"):
        corp_world.corp.act(act, "小雨", staff="xiaowang")
        corp_world.work()
    assert corp_world.corp_member(XIAOYU).left_at is None
    assert relations(corp_world) == [("xiaowang", None)]


def test_what_is_remarked_on_her_is_pulled(corp_world: CorpWorld):
    corp_world.corp.act("add", "小雨", staff="xiaowang")
    corp_world.corp.act("edit", "小雨", staff="xiaowang", remark="爱喝茶")
    corp_world.work()
    (row,) = corp_world.rows(Contact)
    assert row.remark == "爱喝茶"


def test_a_relation_whose_callback_was_lost_is_found_by_the_next_pull(corp_world: CorpWorld):
    corp_world.corp.act("add", "小雨", staff="xiaowang")
    corp_world.work()
    corp_world.fault("callback:wecom", "lost", times=1)
    corp_world.corp.act("add", "小雨", staff="lili")
    corp_world.work()
    assert relations(corp_world) == [("xiaowang", None)]
    corp_world.corp.act("edit", "小雨", staff="xiaowang", remark="!")
    corp_world.work()
    assert relations(corp_world) == [("xiaowang", None), ("lili", None)]


def test_a_lost_question_is_asked_again(corp_world: CorpWorld):
    corp_world.fault("/cgi-bin/externalcontact/get", "lost", times=1)
    corp_world.corp.act("add", "老王", staff="lili")
    corp_world.work()
    corp_world.now += timedelta(minutes=5)
    corp_world.work()
    assert corp_world.corp_member(LAOWANG).nickname == "老王"


def test_no_staff_passes_for_a_member(corp_world: CorpWorld):
    corp_world.corp.act("add", "小雨", staff="xiaowang")
    corp_world.work()
    assert {event.kind for event in corp_world.rows(InboxEvent)} == {
        "event.change_external_contact.add_external_contact",
        "contact",
        "staff_member",
    }
    (met,) = corp_world.rows(Identity)
    assert met.external_id == XIAOYU


def test_a_relation_that_is_handed_over_says_so(corp_world: CorpWorld):
    corp_world.corp.act("add", "小雨", staff="xiaowang")
    corp_world.work()
    corp_world.now += timedelta(seconds=5)
    corp_world.told("del_external_contact", Source="DELETE_BY_TRANSFER")
    corp_world.work_once()
    (row,) = corp_world.rows(Contact)
    assert row.ended_by == "transfer"


@pytest.mark.usefixtures("translations")
def test_a_failed_transfer_is_on_her_timeline_in_words(corp_world: CorpWorld):
    corp_world.corp.act("add", "小雨", staff="xiaowang")
    corp_world.told("transfer_fail", FailReason="customer_refused")
    corp_world.work()
    with corp_world.siyu.database.writing() as session:
        operators.add(session, EMAIL, "四月", PASSWORD, corp_world.now)
    desk = Desk(corp_world.client.application)
    desk.log_in()
    shown = desk.read(f"/members/{corp_world.corp_member(XIAOYU).id}")
    assert "客户继承失败" in shown
    assert "客户拒绝了继承" in shown


def test_agreeing_to_the_archive_is_an_occasion_for_a_welcome(corp_world: CorpWorld):
    corp_world.corp.act("add", "小雨", staff="xiaowang", welcome=False)
    corp_world.work()
    corp_world.told("msg_audit_approved", WelcomeCode="one-that-wecom-does-not-know")
    corp_world.work()
    (welcome,) = corp_world.rows(OutboxMessage, OutboxMessage.way == "welcome")
    assert (welcome.state, welcome.reason) == ("failed", "too_late")
