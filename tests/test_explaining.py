"""Would she get it, and if not, what says no: asked of any member and any plan or broadcast."""

import re
from datetime import timedelta
from typing import Any

import pytest

from app.domain.outreach import approvals, halts, manners
from app.domain.outreach.allowances import limit_table, limits
from app.domain.outreach.broadcasts import Broadcast
from app.domain.outreach.journeys import enrolments, plans
from app.domain.outreach.journeys.enrolments import Enrolment
from app.domain.outreach.journeys.plans import Plan, State
from app.domain.people import groups, operators
from app.domain.people.groups import Group
from app.domain.people.members import Member
from app.explaining import broadcasts as of_broadcasts
from app.explaining import plans as of_plans
from app.explaining.checks import SAID, WILL, WILL_NOT, Explanation
from app.explaining.groups import Asking
from sop.manners import USUAL
from tests import broadcast_desk
from tests.console_desk import Desk
from tests.rehearsal_stage import NAMES, arrive, ready, rows_of_everything, says
from tests.shop import GROUPS, ROOM
from tests.world import BEIJING, World


def asked(world: World, plan: Plan, name: str = "小雨") -> Explanation:
    with world.siyu.database.reading() as session:
        known = session.get_one(Plan, plan.id)
        member = world.member(session, name)
        return of_plans.explain(session, known, member, world.siyu.programme, world.now)


def asked_of_broadcast(world: World, number: int, name: str = "小雨") -> Explanation:
    with world.siyu.database.reading() as session:
        known = session.get_one(Broadcast, number)
        member = world.member(session, name)
        return of_broadcasts.explain(session, known, member, world.siyu.programme, world.now)


def enrolled(world: World, plan: Plan, name: str = "小雨") -> None:
    with world.siyu.database.writing() as session:
        known, member = session.get_one(Plan, plan.id), world.member(session, name)
        zone = world.siyu.programme.zone
        enrolments.enrol(session, known, zone, member_id=member.id, now=world.now)


def against(explained: Explanation) -> dict[str, str | None]:
    return {one.name: one.reason for one in explained.checks if one.holds is False}


def usual_manners(world: World) -> None:
    with world.siyu.database.writing() as session:
        manners.change(session, USUAL, None, world.now)


def member_id(world: World, name: str = "小雨") -> int:
    with world.siyu.database.reading() as session:
        return world.member(session, name).id


def test_whom_nothing_is_against_gets_it_and_it_is_said_when(world: World) -> None:
    arrive(world, *NAMES)
    plan = ready(world, says("立刻", minutes=0), says("第一天", days=1, at="09:00"))
    enrolled(world, plan)
    before = rows_of_everything(world)
    explained = asked(world, plan)
    assert (explained.verdict, explained.at) == (WILL, world.now)
    assert against(explained) == {}
    assert rows_of_everything(world) == before, "asking changes nothing"
    world.work()
    later = asked(world, plan)
    assert (later.verdict, later.said) == (WILL, 1)
    world.at(4)
    world.work()
    over = asked(world, plan)
    assert (over.verdict, over.said, over.reason) == (SAID, 1, "finished")


def test_who_never_met_the_trigger_is_told_so(world: World) -> None:
    arrive(world, *NAMES)
    plan = ready(world, says("立刻", minutes=0), trigger={"kind": "tagged", "tag": "油性发质"})
    explained = asked(world, plan)
    assert (explained.verdict, explained.reason) == (WILL_NOT, "trigger_not_met")


def test_the_condition_that_says_no_is_named(world: World) -> None:
    arrive(world, *NAMES)
    plan = ready(world, says("立刻", minutes=0), filter={"tags_all": ["金卡客"]})
    explained = asked(world, plan)
    assert (explained.verdict, explained.reason) == (WILL_NOT, "tag_missing:金卡客")


@pytest.mark.parametrize(("column", "reason"), [("left_at", "left"), ("opted_out_at", "opted_out")])
def test_who_has_left_or_opted_out_gets_nothing(world: World, column: str, reason: str) -> None:
    arrive(world, *NAMES)
    plan = ready(world, says("立刻", minutes=0))
    with world.siyu.database.writing() as session:
        setattr(session.get_one(Member, world.member(session, "小雨").id), column, world.now)
    explained = asked(world, plan)
    assert (explained.verdict, explained.reason) == (WILL_NOT, reason)
    assert asked(world, plan, "阿诚").reason != reason


def test_a_paused_plan_and_the_switch_say_no(world: World, desk: Desk) -> None:
    arrive(world, *NAMES)
    plan = ready(world, says("立刻", days=1, at="09:00"))
    enrolled(world, plan)
    with world.siyu.database.writing() as session:
        halts.begin(session, "出错了", 1, world.now)
    assert asked(world, plan).reason == "halted"
    with world.siyu.database.writing() as session:
        plans.move_to(session, session.get_one(Plan, plan.id), State.PAUSED, world.now)
    assert asked(world, plan).reason == "plan_paused"


def test_a_cap_that_is_full_is_told_with_its_figures(world: World) -> None:
    usual_manners(world)
    arrive(world, *NAMES)
    first = ready(world, says("立刻", minutes=0))
    enrolled(world, first)
    world.work()
    second = ready(world, says("又一个", minutes=0))
    enrolled(world, second)
    explained = asked(world, second)
    (day,) = [one for one in explained.checks if one.fields.get("cap") == "marketing/day"]
    assert (day.holds, day.fields["used"], day.fields["most"]) == (False, 1, 1)
    assert day.fields["until"] > world.now
    assert (explained.verdict, explained.at) == (WILL, day.fields["until"] + timedelta(hours=8))


def test_a_closed_window_is_told_with_the_way(world: World) -> None:
    arrive(world, *NAMES)
    world.at(9)
    plan = ready(world, says("立刻", minutes=0))
    enrolled(world, plan)
    explained = asked(world, plan)
    (way,) = [one for one in explained.checks if one.name == "way"]
    assert (way.reason, way.fields["way"]) == ("window_closed", "customer_service")
    assert (explained.verdict, explained.reason) == (WILL_NOT, "window_closed")


def test_a_broadcast_is_explained_before_and_after_it_was_launched(world: World) -> None:
    arrive(world, *NAMES[:2])
    draft = broadcast_desk.drafted(world, filter={"tags_none": ["油性发质"]})
    assert asked_of_broadcast(world, draft).verdict == WILL
    number = broadcast_desk.launched(world)
    assert asked_of_broadcast(world, number).verdict == WILL
    arrive(world, NAMES[2])
    late = asked_of_broadcast(world, number, NAMES[2])
    assert (late.verdict, late.reason) == (WILL_NOT, "not_frozen")
    world.work()
    assert asked_of_broadcast(world, number).verdict == SAID


def test_the_page_answers_in_one_sentence_with_what_was_asked(world: World, desk: Desk) -> None:
    usual_manners(world)
    arrive(world, *NAMES)
    plan = ready(world, says("立刻", minutes=0), filter={"tags_all": ["金卡客"]})
    her = member_id(world)
    page = desk.read(f"/why?plan={plan.id}&member={her}")
    verdict = re.sub(r"<[^>]+>|\s+", "", page.split('id="verdict"')[1].split("</div>")[0])
    assert verdict.endswith("不会收到，因为缺少标签「金卡客」")
    assert "频次上限还有余地" in page
    assert "往后 30 天的排练" in page
    assert f"/console/why?plan={plan.id}" in desk.read(f"/plans/{plan.id}")
    number = broadcast_desk.launched(world)
    world.work()
    sent: Any = desk.read(f"/why?broadcast={number}&member={her}")
    assert "已收到 1 条" in sent
    assert f"broadcast={number}" in desk.read(f"/members/{her}")
    assert "没有找到" in desk.read(f"/why?plan={plan.id}&member=nobody")
    assert desk.get("/why").status_code == 400
    assert desk.get("/why?plan=999").status_code == 404


def test_how_she_got_in_is_told_with_the_event(world: World) -> None:
    plan = ready(world, says("第一天", days=1, at="09:00"), trigger="joined")
    arrive(world, "小雨")
    (row,) = world.rows(Enrolment, Enrolment.plan_id == plan.id)
    (entry,) = [one for one in asked(world, plan).checks if one.name == "entry"]
    assert (entry.holds, entry.fields["event_id"]) == (True, row.event_id)
    assert entry.fields["step"] == "第一天"


MORNINGS = {"kind": "daily", "at": "09:00"}


def group_plan(world: World, **more: Any) -> tuple[Plan, int]:
    """A plan that speaks to gold groups every morning, and the number of one that is in it."""
    with world.siyu.database.writing() as session:
        channel = world.channel(session, GROUPS)
        group = groups.meet(session, channel.id, ROOM, "妈妈群", world.now)
        group.tier_label = "gold"
        step = {"name": "早", "when": MORNINGS, "message": broadcast_desk.text("早")}
        definition = {
            "audience": "group",
            "trigger": {"kind": "manual"},
            "filter": {"tier_labels": ["gold"]},
            "steps": [step],
        }
        plan = plans.draft(
            session, name="早安", channel_id=channel.id, definition=definition | more, now=world.now
        )
        plans.move_to(session, plan, State.RUNNING, world.now)
        zone = world.siyu.programme.zone
        enrolments.enrol(session, plan, zone, group_id=group.id, now=world.now)
        return plan, group.id


def asked_of_group(world: World, plan: Plan, number: int) -> Explanation:
    with world.siyu.database.reading() as session:
        asking = Asking(session, session.get_one(Group, number), world.siyu.programme, world.now)
        return asking.of_plan(session.get_one(Plan, plan.id))


def test_a_group_is_asked_about_too(world: World) -> None:
    plan, number = group_plan(world)
    explained = asked_of_group(world, plan, number)
    assert (explained.verdict, against(explained)) == (WILL, {})
    assert explained.at is not None
    assert f"{explained.at.astimezone(BEIJING):%d %H:%M}" == "03 09:00"


def test_what_is_against_a_group_is_named(world: World) -> None:
    plan, number = group_plan(world)
    with world.siyu.database.writing() as session:
        group = session.get_one(Group, number)
        group.tier_label, group.dismissed_at = "silver", world.now
        plans.move_to(session, session.get_one(Plan, plan.id), State.PAUSED, world.now)
    found = against(asked_of_group(world, plan, number))
    assert found["plan"] == "plan_paused"
    assert found["group_presence"] == "group_dismissed"
    assert found["group_audience"] == "tier_label"
    assert found["way"] == "group_dismissed"


def test_the_console_answers_for_groups(world: World, desk: Desk) -> None:
    plan, number = group_plan(world)
    assert "社群编号或名称" in desk.read(f"/why?plan={plan.id}")
    assert "会收到" in desk.read(f"/why?plan={plan.id}&group=妈妈")
    assert "没有找到这个社群" in desk.read(f"/why?plan={plan.id}&group=99999")
    told = broadcast_desk.drafted(world, "上新", channel=GROUPS, audience="group")
    assert "会收到" in desk.read(f"/why?broadcast={told}&group={number}")
    assert f"/why?plan={plan.id}" in desk.read(f"/plans/{plan.id}")


def test_what_waits_for_an_approval_says_so(world: World) -> None:
    arrive(world, *NAMES)
    with world.siyu.database.writing() as session:
        limits.change(session, limit_table.APPROVED_ABOVE, 2)
        april = operators.add(session, "april@shop.example", "四月", "correct horse", world.now)
    number = broadcast_desk.drafted(world)
    assert against(asked_of_broadcast(world, number))["approval"] == "approval_missing"
    with world.siyu.database.writing() as session:
        approvals.ask(session, f"broadcast:{number}", 1, 3, april.id, world.now)
    explained = asked_of_broadcast(world, number)
    assert (explained.verdict, explained.reason) == (WILL_NOT, "approval_waiting")
