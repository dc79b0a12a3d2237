"""Stories of messages that many get together: put together once, each recipient accounted for."""

from datetime import timedelta
from typing import Any

import pytest

from app import lanes, worker
from app.domain.outreach.journeys import plans
from app.domain.outreach.journeys.plans import Plan
from app.domain.outreach.mass_messages import MassJob
from app.domain.outreach.staff_messages import StaffMessage
from app.domain.people import operators
from app.outbox import RECIPIENTS, OutboxMessage
from app.sending import gathering, staff_jobs
from tests.console_desk import EMAIL, PASSWORD, Desk
from tests.shop import NAMES, OA, OPENIDS
from tests.test_crash import Worker, is_quiet, tick_until, workers
from tests.test_story_mass import carriers, finish, follow, got
from tests.test_story_routes import BY_TEMPLATE, approve
from tests.wecom_house import CORP, CorpWorld, corp_world
from tests.wecom_world import AFANG, LAOWANG, XIAOYU
from tests.world import World

__all__ = ["corp_world", "workers"]  # fixtures
SEND = "/cgi-bin/message/mass/send"
ASK = "/cgi-bin/externalcontact/add_msg_template"


def told(
    world: World, *route: Any, channel: str = OA, text: str = "周五上新", minutes: int = 1
) -> Plan:
    """A running plan of one step over these ways, a minute after members join."""
    step = {"name": "上新", "when": {"kind": "after", "minutes": minutes}, "route": list(route)}
    step["message"] = {"kind": "text", "content": {"text": text}}
    definition = {"audience": "member", "trigger": "joined", "steps": [step]}
    with world.siyu.database.writing() as session:
        where = world.channel(session, channel).id
        plan = plans.draft(
            session, name="上新", channel_id=where, definition=definition, now=world.now
        )
        plans.move_to(session, plan, plans.State.RUNNING, world.now)
        return plan


def gather(world: World) -> int:
    with world.siyu.database.writing() as session:
        return gathering.gather(session, world.siyu.programme, world.now)


def gathered(world: World, after: timedelta = timedelta(seconds=20)) -> None:
    """A minute passes, what is due is planned and, when nobody joins any more, put together."""
    world.now += timedelta(minutes=1)
    world.work()
    world.now += after
    while gather(world):
        world.work()


def states(world: World) -> list[tuple[str, str | None]]:
    rows = world.rows(OutboxMessage, OutboxMessage.purpose == "plan")
    return [(row.state, row.reason) for row in rows]


def test_a_step_over_mass_is_one_job_and_each_member_s_message_ends_with_it(world: World):
    told(world, "mass")
    follow(world)
    gathered(world)
    assert world.calls(SEND) == 1
    assert got(world) == sorted(OPENIDS.values())
    assert states(world) == [("accepted", None)] * 3
    (carrier,) = carriers(world)
    finish(world, carrier.platform_id)
    assert states(world) == [("delivered", None)] * 3


def test_others_are_waited_for_but_not_for_ever(world: World):
    told(world, "mass")
    follow(world, "小雨", "阿诚")
    world.now += timedelta(minutes=1)
    world.work()
    assert gather(world) == 0
    world.now += timedelta(seconds=9)
    assert gather(world) == 0
    world.now += timedelta(seconds=1)
    assert gather(world) == 2


def test_one_alone_takes_the_next_way(world: World):
    approve(world, ("template", "sandbox-birthday"))
    told(world, "mass", BY_TEMPLATE)
    follow(world, "小雨")
    gathered(world)
    (row,) = world.rows(OutboxMessage, OutboxMessage.purpose == "plan")
    assert (row.state, row.way) == ("accepted", "template")
    assert [(one["way"], one["reason"]) for one in row.passed_over] == [("mass", "mass_needs_two")]


def test_one_alone_without_another_way_is_not_told(world: World):
    told(world, "mass")
    follow(world, "小雨")
    gathered(world)
    assert states(world) == [("suppressed", "mass_needs_two")]


def test_who_left_before_the_job_was_handed_over_is_not_in_it(world: World):
    told(world, "mass")
    follow(world)
    world.now += timedelta(minutes=1)
    world.work()
    world.now += timedelta(seconds=20)
    gather(world)
    world.event("小雨", "unsubscribe")
    for number in range(lanes.LANES):
        worker.work(world.siyu, lanes.INBOX, number)
    world.work()
    assert got(world) == sorted([OPENIDS["阿诚"], OPENIDS["林夏"]])
    assert sorted(states(world), key=str)[-1] == ("suppressed", "left")


def test_a_job_that_was_refused_sends_everybody_another_way(world: World):
    approve(world, ("template", "sandbox-birthday"))
    told(world, "mass", BY_TEMPLATE)
    follow(world)
    world.fault(SEND, "errcode", errcode=48001, times=1)
    gathered(world)
    world.now += timedelta(seconds=5)
    gather(world)
    world.work()
    rows = world.rows(OutboxMessage, OutboxMessage.purpose == "plan")
    assert {(row.state, row.way) for row in rows} == {("accepted", "template")}
    assert {row.passed_over[0]["reason"] for row in rows} == {"no_right"}


def test_what_is_paused_is_not_put_together_and_what_was_is_let_go(world: World):
    plan = told(world, "mass")
    follow(world)
    world.now += timedelta(minutes=1)
    world.work()
    world.now += timedelta(seconds=20)
    gather(world)
    set_state(world, plan, plans.State.PAUSED)
    world.work()
    assert world.calls(SEND) == 0
    assert gather(world) == 0
    set_state(world, plan, plans.State.RUNNING)
    gather(world)
    world.work()
    assert (world.calls(SEND), states(world)) == (1, [("accepted", None)] * 3)


def set_state(world: World, plan: Plan, state: plans.State) -> None:
    with world.siyu.database.writing() as session:
        plans.move_to(session, session.get_one(Plan, plan.id), state, world.now)


class Killed(Exception):
    """As good as a kill: nothing of the transaction is there."""


def gather_and_die(world: World) -> None:
    with world.siyu.database.writing() as session:
        assert gathering.gather(session, world.siyu.programme, world.now) == 3
        raise Killed


def test_a_gathering_that_was_cut_off_has_gathered_nobody(world: World):
    told(world, "mass")
    follow(world)
    world.now += timedelta(minutes=1)
    world.work()
    world.now += timedelta(seconds=20)
    with pytest.raises(Killed):
        gather_and_die(world)
    assert world.rows(MassJob) == []
    assert (gather(world), gather(world)) == (3, 0)
    assert len(world.rows(MassJob)) == 1


def test_a_sender_killed_at_a_gathered_job_repeats_it_under_the_same_key(
    world: World, workers: list[Worker], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(gathering, "QUIET", dict.fromkeys(gathering.QUIET, timedelta()))
    told(world, "mass", minutes=0)
    for name in NAMES:
        world.event(name, "subscribe", EventKey="")
    world.work()
    world.fault(SEND, "late", seconds=4, times=1)
    workers[0].start()
    tick_until(world, lambda: len(got(world)) == 3)
    workers[0].kill()
    workers[1].start()
    tick_until(world, lambda: is_quiet(world))
    assert (world.calls(SEND), len(got(world))) == (2, 3)
    assert states(world) == [("accepted", None)] * 3


# staff


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
