"""Stories of steps over 企业群发: staff are asked once for all who are due at about the same
time, and each contact ends as the platform tells."""

from datetime import timedelta

import pytest

from app.domain.outreach.journeys import plans
from app.domain.outreach.staff_messages import StaffMessage
from app.domain.people import operators
from app.outbox import RECIPIENTS, OutboxMessage
from app.sending import staff_jobs
from tests.console_desk import EMAIL, PASSWORD, Desk
from tests.test_story_gathered import ASK, gather, gathered, set_state, states, told
from tests.test_story_routes import BY_TEMPLATE
from tests.wecom_house import CORP, CorpWorld, corp_world
from tests.wecom_world import AFANG, LAOWANG, XIAOYU

__all__ = ["corp_world"]  # a fixture


@pytest.fixture
def desk_of_corp(corp_world: CorpWorld, translations: None) -> Desk:
    """An operator of the house that a corp's app calls."""
    with corp_world.siyu.database.writing() as session:
        operators.add(session, EMAIL, "四月", PASSWORD, corp_world.now)
    desk = Desk(corp_world.client.application)
    desk.log_in()
    return desk


def become_contacts(world: CorpWorld) -> None:
    """小雨 and 老王 are 小王's contacts, 阿芳 is 丽丽's."""
    for name, staff in (("小雨", "xiaowang"), ("老王", "xiaowang"), ("阿芳", "lili")):
        world.corp.act("add", name, staff=staff)
    world.work()


def asked(world: CorpWorld) -> StaffMessage:
    (message,) = world.rows(StaffMessage)
    return message


def days_later(world: CorpWorld, days: float) -> None:
    """Day after day the house looks how it stands."""
    ends_at = world.now + timedelta(days=days)
    while world.now < ends_at:
        moment = min(world.now + timedelta(hours=24, minutes=1), ends_at)
        world.siyu.clock = lambda at=moment: at
        world.work()


def by_recipient(world: CorpWorld) -> dict[str, tuple[str, str | None]]:
    rows = world.rows(OutboxMessage, OutboxMessage.pipe == RECIPIENTS)
    return {row.recipient: (row.state, row.reason) for row in rows}


def test_staff_are_asked_once_and_each_contact_ends_as_the_platform_tells(
    corp_world: CorpWorld, desk_of_corp: Desk
):
    desk = desk_of_corp
    plan = told(corp_world, "staff", channel=CORP)
    become_contacts(corp_world)
    gathered(corp_world, timedelta(minutes=2))
    message = asked(corp_world)
    people = (XIAOYU, LAOWANG, AFANG)
    assert by_recipient(corp_world) == dict.fromkeys(people, ("accepted", None))
    corp_world.corp.act("confirm_send", msgid=message.platform_id, staff="xiaowang")
    corp_world.siyu.clock = lambda at=corp_world.now + timedelta(minutes=10): at
    corp_world.work()
    assert by_recipient(corp_world) == {
        XIAOYU: ("delivered", None),
        LAOWANG: ("delivered", None),
        AFANG: ("accepted", None),
    }
    assert [one["content"] for one in corp_world.sent(XIAOYU)][-1] == "周五上新"
    page = desk.read(f"/staff-messages/{message.id}")
    for shown in ("小雨", "老王", "阿芳", "xiaowang", "lili", "未确认", "计划「上新」第 1 步"):
        assert shown in page
    assert f"/staff-messages/{message.id}" in desk.read(f"/plans/{plan.id}")
    assert "周五上新" not in [one["content"] for one in corp_world.sent(AFANG)]


def test_what_nobody_confirmed_is_reminded_of_given_up_and_cannot_be_sent_any_more(
    corp_world: CorpWorld, desk_of_corp: Desk
):
    told(corp_world, "staff", BY_TEMPLATE, channel=CORP)
    become_contacts(corp_world)
    gathered(corp_world, timedelta(minutes=2))
    message = asked(corp_world)
    corp_world.corp.act("confirm_send", msgid=message.platform_id, staff="xiaowang")
    days_later(corp_world, 7.1)
    assert asked(corp_world).reminders == 2
    assert corp_world.calls("/cgi-bin/externalcontact/remind_groupmsg_send") == 2
    with corp_world.siyu.database.writing() as session:
        assert staff_jobs.give_up(session, corp_world.siyu.programme.zone, corp_world.now) == 1
    corp_world.work()
    assert by_recipient(corp_world)[AFANG] == ("failed", "not_confirmed")
    assert by_recipient(corp_world)[XIAOYU] == ("delivered", None)
    assert gather(corp_world) == 0, "nothing else is tried"
    page = desk_of_corp.read(f"/staff-messages/{message.id}")
    assert "没有员工确认" in page
    assert "已自动提醒 2 次" in page
    refused = corp_world.corp.cannot("confirm_send", msgid=message.platform_id, staff="lili")
    assert "nothing waits" in refused
    assert asked(corp_world).cancelled_at is not None


def test_words_that_differ_from_member_to_member_are_not_for_staff(corp_world: CorpWorld):
    told(corp_world, "staff", "customer_service", channel=CORP, text="{nickname|亲}，周五上新")
    become_contacts(corp_world)
    gathered(corp_world, timedelta(minutes=2))
    assert set(states(corp_world)) == {("suppressed", "no_way")}
    row = corp_world.rows(OutboxMessage, OutboxMessage.purpose == "plan")[0]
    reasons = [(one["way"], one["reason"]) for one in row.passed_over]
    assert reasons == [("staff", "personal_words"), ("customer_service", "window_closed")]


def test_a_plan_that_is_stopped_before_staff_are_asked_asks_nobody(corp_world: CorpWorld):
    plan = told(corp_world, "staff", channel=CORP)
    become_contacts(corp_world)
    corp_world.now += timedelta(minutes=1)
    corp_world.work()
    corp_world.now += timedelta(minutes=2)
    gather(corp_world)
    set_state(corp_world, plan, plans.State.PAUSED)
    corp_world.work()
    assert corp_world.calls(ASK) == 0
    set_state(corp_world, plan, plans.State.RUNNING)
    gather(corp_world)
    corp_world.work()
    assert corp_world.calls(ASK) == 1


def test_an_answer_that_was_lost_leaves_everybody_unknown(corp_world: CorpWorld):
    told(corp_world, "staff", channel=CORP)
    become_contacts(corp_world)
    corp_world.fault(ASK, "lost", times=1)
    gathered(corp_world, timedelta(minutes=2))
    gather(corp_world)
    assert {state for state, _ in by_recipient(corp_world).values()} == {"unknown"}
    assert corp_world.calls(ASK) == 1
