"""Stories of tiers and plans: what is said to whom at which moment, and what is not."""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from app import journeys
from app.domain.insight import tags
from app.domain.loyalty import ledger, points
from app.domain.outreach.journeys import enrolments, plans
from app.domain.outreach.journeys.enrolments import Enrolment
from app.domain.outreach.journeys.plans import Plan, PlanVersion, State
from app.domain.people import groups, zones
from app.domain.people.members import Member
from app.outbox import OutboxMessage
from tests.shop import GROUPS, OPENIDS, ROOM
from tests.world import BEIJING, World

AT_ONCE = {"kind": "after", "minutes": 0}
NEXT_DAY_AT_TEN = {"kind": "after", "days": 1, "at": "10:00"}
DAILY_AT_NINE = {"kind": "daily", "at": "09:00"}


@pytest.fixture(autouse=True)
def books_balance(world: World) -> Iterator[None]:
    yield
    with world.siyu.database.reading() as session:
        assert ledger.discrepancies(session) == []


def said_by(world: World, plan: Plan) -> list[tuple[str, str | None]]:
    """State and reason of every message of a plan, in order."""
    messages = world.rows(OutboxMessage, OutboxMessage.plan_id == plan.id)
    return [(message.state, message.reason) for message in messages]


def move(world: World, plan: Plan, state: State) -> None:
    with world.siyu.database.writing() as session:
        found = session.get_one(Plan, plan.id)
        if state == State.STOPPED:
            journeys.stop(session, found, world.now)
        else:
            plans.move_to(session, found, state, world.now)


def arrive(world: World, name: str = "小雨") -> None:
    """She follows and says something, so that the platform's 48 hours are open."""
    world.event(name, "subscribe")
    world.says(name, "你好")
    world.work()


def enrol_group(world: World, plan: Plan, room: str = ROOM) -> None:
    with world.siyu.database.writing() as session:
        group = groups.meet(session, world.channel(session, GROUPS).id, room, "", world.now)
        zone = world.siyu.programme.zone
        enrolments.enrol(session, plan, zone, group_id=group.id, now=world.now)


def give_points(world: World, name: str, amount: int) -> None:
    with world.siyu.database.writing() as session:
        member_id = world.member(session, name).id
        cause = points.Cause("order")
        points.award(session, member_id, amount, key="order", cause=cause, now=world.now)


def test_who_earns_enough_moves_up_is_congratulated_and_enrolled(world: World):
    silver = world.plan((AT_ONCE, "{tier}专享：{points} 积分"), trigger="tier_changed")
    arrive(world)
    give_points(world, "小雨", 90)
    world.says("小雨", "签到")
    world.work()
    heard = world.heard("小雨")
    assert "恭喜您升级为白银会员！新的权益已经生效。" in heard
    assert "白银专享：105 积分" in heard
    (enrolment,) = world.rows(Enrolment, Enrolment.plan_id == silver.id)
    assert enrolment.event_id is not None
    world.at(3)
    world.says("小雨", "签到")
    world.work()
    assert len([text for text in world.heard("小雨") if "恭喜" in text]) == 1


def test_a_raise_over_two_tiers_is_one_raise(world: World):
    arrive(world)
    give_points(world, "小雨", 600)
    world.says("小雨", "签到")
    world.work()
    assert [text for text in world.heard("小雨") if "恭喜" in text] == [
        "恭喜您升级为黄金会员！新的权益已经生效。"
    ]


def test_steps_come_on_their_day_at_their_hour_once(world: World):
    plan = world.plan((AT_ONCE, "{nickname|亲}，你好"), (NEXT_DAY_AT_TEN, "第二天"))
    arrive(world)
    assert "亲，你好" in world.heard("小雨")
    world.at(3, "09:59")
    world.work()
    assert "第二天" not in world.heard("小雨")
    world.at(3, "10:00")
    world.work()
    world.work()
    assert world.heard("小雨").count("第二天") == 1
    assert said_by(world, plan) == [("accepted", None)] * 2
    (enrolment,) = world.rows(Enrolment)
    assert enrolment.end_reason == "finished"


def test_ten_o_clock_is_ten_by_her_own_clock_however_she_came_in(world: World):
    """In New York it is still the evening of the 1st when she comes in."""
    for name in ("小雨", "阿诚"):
        arrive(world, name)
    one, many = (world.plan((NEXT_DAY_AT_TEN, "第二天"), trigger="manual") for _ in range(2))
    zone = world.siyu.programme.zone
    with world.siyu.database.writing() as session:
        her = world.member(session, "小雨")
        zones.keep(her, "America/New_York")
        enrolments.enrol(
            session, session.get_one(Plan, one.id), zone, member_id=her.id, now=world.now
        )
        everybody = sa.select(Member.id)
        enrolments.enrol_all(session, session.get_one(Plan, many.id), everybody, zone, world.now)
    world.work()
    moments = [f"{row.due_at.astimezone(BEIJING):%d %H:%M}" for row in world.rows(Enrolment)]
    assert sorted(moments) == ["02 23:00", "02 23:00", "03 10:00"]


def test_who_returns_is_not_enrolled_twice(world: World):
    plan = world.plan((AT_ONCE, "你好"))
    arrive(world)
    world.event("小雨", "unsubscribe")
    arrive(world)
    assert len(said_by(world, plan)) == 1


def test_a_paused_plan_says_nothing_and_goes_on_when_resumed(world: World):
    plan = world.plan((NEXT_DAY_AT_TEN, "第二天"))
    arrive(world)
    move(world, plan, State.PAUSED)
    world.at(3, "10:00")
    world.work()
    assert said_by(world, plan) == []
    world.at(3, "11:00")
    move(world, plan, State.RUNNING)
    world.work()
    assert world.heard("小雨").count("第二天") == 1


def test_a_message_already_planned_waits_while_its_plan_is_paused(world: World):
    plan = planned_not_sent(world)
    move(world, plan, State.PAUSED)
    world.work()
    assert said_by(world, plan) == [("planned", None)]
    move(world, plan, State.RUNNING)
    world.work()
    assert said_by(world, plan) == [("accepted", None)]


def test_a_stopped_plan_sends_nothing_of_what_it_had_planned(world: World):
    plan = planned_not_sent(world)
    move(world, plan, State.STOPPED)
    world.at(11, "10:00")
    world.work()
    assert said_by(world, plan) == [("suppressed", "plan_stopped")]
    assert world.rows(Enrolment)[0].end_reason == "plan_stopped"
    with pytest.raises(plans.NotAllowed):
        move(world, plan, State.RUNNING)


def test_what_comes_too_late_after_a_downtime_is_missed_not_sent(world: World):
    plan = world.plan(
        (NEXT_DAY_AT_TEN, "第二天"), ({"kind": "after", "days": 2, "at": "10:00"}, "三")
    )
    arrive(world)
    world.at(4, "10:30")
    world.work()
    assert said_by(world, plan) == [("suppressed", "missed"), ("accepted", None)]
    assert "第二天" not in world.heard("小雨")


def test_who_opted_out_after_planning_is_not_sent_to(world: World):
    plan = planned_not_sent(world)
    with world.siyu.database.writing() as session:
        world.member(session, "小雨").opted_out_at = world.now
    world.work()
    assert said_by(world, plan) == [("suppressed", "opted_out")]


def test_who_left_after_planning_is_not_sent_to(world: World):
    plan = planned_not_sent(world)
    world.event("小雨", "unsubscribe")
    world.work()
    assert said_by(world, plan)[0][1] == "left"


def test_the_filter_is_asked_again_when_the_message_is_about_to_be_sent(world: World):
    plan = planned_not_sent(world, filter={"tags_none": ["油性发质"]})
    with world.siyu.database.writing() as session:
        tag = tags.named(session, "油性发质", "attribute", world.now)
        member_id = world.member(session, "小雨").id
        tags.give(
            session, member_id, tag.id, rule="test", rule_version=1, event_id=None, now=world.now
        )
    world.work()
    assert said_by(world, plan) == [("suppressed", "tag_refused:油性发质")]


def test_who_is_outside_the_audience_when_a_step_is_due_gets_a_row_that_says_why(world: World):
    plan = world.plan((AT_ONCE, "黄金专享"), filter={"tiers": ["gold"]})
    arrive(world)
    assert said_by(world, plan) == [("suppressed", "tier")]


def test_a_tag_enrols_in_the_plan_that_waits_for_it(world: World):
    world.plan((AT_ONCE, "控油小知识"), trigger="tagged", trigger_tag="油性发质")
    arrive(world)
    world.says("小雨", "头发总是很油")
    world.work()
    assert "控油小知识" in world.heard("小雨")


def test_nothing_is_sent_outside_the_window_the_platform_grants(world: World):
    plan = world.plan(({"kind": "after", "days": 3, "at": "10:00"}, "第三天"))
    arrive(world)
    world.at(5, "10:00")
    world.work()
    assert said_by(world, plan) == [("suppressed", "window_closed")]


def test_a_window_holds_five_messages_and_the_sixth_waits_for_her_next_word(world: World):
    for _ in range(7):
        world.says("小雨", "帮助")
    world.work()
    assert len(world.heard("小雨")) == 5
    refused = world.rows(OutboxMessage, OutboxMessage.reason == "window_closed")
    assert len(refused) == 2
    world.says("小雨", "帮助")
    world.work()
    assert len(world.heard("小雨")) == 6


def test_groups_of_the_tier_label_are_spoken_to_every_morning_and_others_are_not(world: World):
    morning = {"audience": "group", "trigger": "manual", "filter": {"tier_labels": ["gold"]}}
    plan = world.plan((DAILY_AT_NINE, "{group_name}早上好"), channel=GROUPS, **morning)
    enrol_group(world, plan)
    enrol_group(world, plan, "room-silver@chatroom")
    for day in (3, 4):
        world.at(day, "09:00")
        world.work()
    assert world.heard_in_group() == ["四月黄金群早上好"] * 2
    assert world.heard_in_group("room-silver@chatroom") == []
    states = sorted(said_by(world, plan), key=str)
    assert states == [("accepted", None)] * 2 + [("suppressed", "tier_label")] * 2


def test_everybody_chosen_by_hand_is_enrolled_once_also_when_chosen_twice(world: World):
    plan = world.plan((AT_ONCE, "您好"), trigger="manual")
    for name in OPENIDS:
        arrive(world, name)
    with world.siyu.database.writing() as session:
        everybody = sa.select(Enrolment.member_id)  # who is in it: nobody yet
        zone = world.siyu.programme.zone
        found = session.get_one(Plan, plan.id)
        assert enrolments.enrol_all(session, found, everybody, zone, world.now) == 0
        chosen = sa.select(Member.id)
        assert enrolments.enrol_all(session, found, chosen, zone, world.now) == 3
        assert enrolments.enrol_all(session, found, chosen, zone, world.now) == 0
    world.work()
    assert said_by(world, plan) == [("accepted", None)] * 3


def test_each_member_gets_a_radar_link_of_her_own_and_its_points_once(world: World):
    world.plan((AT_ONCE, "看看 {radar:haircare}"))
    for name in ("小雨", "阿诚"):
        arrive(world, name)
    tokens = {}
    for name in ("小雨", "阿诚"):
        (link,) = [text for text in world.heard(name) if text.startswith("看看 ")]
        tokens[name] = link.rsplit("/r/", 1)[1]
    with world.siyu.database.reading() as session:
        read = world.siyu.programme.radar_signer.read
        for name, token in tokens.items():
            assert read(token) == (1, world.member(session, name).id)
        assert read(tokens["小雨"][:-1] + "x") is None


def test_a_new_version_is_for_those_who_come_after_it(world: World):
    plan = world.plan((NEXT_DAY_AT_TEN, "第一版"))
    arrive(world)
    with world.siyu.database.writing() as session:
        found = session.get_one(Plan, plan.id)
        (first,) = world.rows(PlanVersion)
        definition = {**first.definition, "steps": [dict(first.definition["steps"][0])]}
        definition["steps"][0]["message"] = {"kind": "text", "content": {"text": "第二版"}}
        plans.revise(session, found, definition, None, world.now)
    arrive(world, "阿诚")
    world.at(3, "10:00")
    world.work()
    assert "第一版" in world.heard("小雨")
    assert "第二版" in world.heard("阿诚")


def planned_not_sent(world: World, **rest: Any) -> Plan:
    """A plan with one message planned and not yet sent to 小雨, at ten on the third."""
    later = {"kind": "after", "days": 9, "at": "10:00"}
    plan = world.plan((NEXT_DAY_AT_TEN, "第二天"), (later, "第十天"), **rest)
    arrive(world)
    world.at(3, "10:00")
    with world.siyu.database.writing() as session:
        assert journeys.run_due(session, world.siyu.programme, world.now) == 1
    assert said_by(world, plan) == [("planned", None)]
    return plan
