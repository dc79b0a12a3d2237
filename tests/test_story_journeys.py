"""Stories of journeys: branches, waits, goals, early ends, what plans do besides speaking."""

from datetime import timedelta

import sqlalchemy as sa

from app import journeys
from app.domain.insight import tags
from app.domain.loyalty.points import PointsEntry
from app.domain.outreach.journeys import enrolments
from app.domain.outreach.journeys.plans import Plan
from app.domain.outreach.todos import Todo
from app.inbox import InboxEvent
from tests.running_plans import (
    act,
    after,
    arrive,
    at_once,
    enrolled,
    marks_of,
    running,
    said_by,
    texts_of,
)
from tests.world import World

REPLIED = {"kind": "replied"}


def later(world: World, minutes: int) -> None:
    world.now = world.now + timedelta(minutes=minutes)
    world.work()


def tag(world: World, name: str, given: str) -> None:
    with world.siyu.database.writing() as session:
        member_id = world.member(session, name).id
        tag_id = tags.named(session, given, "attribute", world.now).id
        tags.give(
            session, member_id, tag_id, rule="t", rule_version=1, event_id=None, now=world.now
        )


def test_a_branch_goes_by_what_is_true_of_her_when_it_is_due(world: World) -> None:
    branch = {
        "if": {"tag": "油性发质"},
        "then": [at_once(says="控油")],
        "else": [at_once(says="滋润")],
    }
    plan = running(world, after(10, branch=branch))
    arrive(world)
    arrive(world, "阿诚")
    tag(world, "小雨", "油性发质")
    later(world, 10)
    assert ("控油" in world.heard("小雨"), "滋润" in world.heard("阿诚")) == (True, True)
    assert sorted(texts_of(world, plan)) == sorted(["控油", "滋润"])
    assert sorted(marks_of(world, plan)) == [(0, "branch", "else"), (0, "branch", "then")]


def test_a_branch_on_what_has_happened_reads_it_from_the_past(world: World) -> None:
    signed_in = {"happened": {"kind": "signed_in"}, "within_days": 2}
    branch = {"if": signed_in, "then": [at_once(says="签过")], "else": [at_once(says="没签")]}
    plan = running(world, after(60, branch=branch))
    arrive(world)
    arrive(world, "阿诚")
    world.says("小雨", "签到")
    world.work()
    later(world, 60)
    assert "签过" in world.heard("小雨")
    assert "没签" in world.heard("阿诚")
    assert len(said_by(world, plan)) == 2


def test_a_wait_goes_on_when_she_replies_and_at_its_time_out_when_she_does_not(
    world: World,
) -> None:
    wait = {"for": REPLIED, "minutes": 60}
    arms = {"then": [at_once(says="谢谢回复")], "else": [at_once(says="还在吗")]}
    plan = running(world, after(10, wait=wait | arms))
    arrive(world)
    arrive(world, "阿诚")
    later(world, 10)
    assert texts_of(world, plan) == []
    later(world, 20)
    world.says("小雨", "在的")
    world.work()
    assert texts_of(world, plan) == ["谢谢回复"]
    later(world, 60)
    assert texts_of(world, plan) == ["谢谢回复", "还在吗"]
    assert sorted(marks_of(world, plan)) == [
        (0, "wait", "else"),
        (0, "wait", "then"),
        (0, "wait", "waiting"),
        (0, "wait", "waiting"),
    ]
    assert {it.end_reason for it in enrolled(world, plan)} == {"finished"}


def test_what_she_writes_in_a_group_is_no_reply(world: World) -> None:
    wait = {"for": REPLIED, "minutes": 60, "else": [at_once(says="还在吗")]}
    plan = running(world, at_once(wait=wait))
    arrive(world)
    world.says_in_group("小雨", "大家好")
    world.work()
    assert [mark[2] for mark in marks_of(world, plan)] == ["waiting"]


def test_a_goal_is_noted_once_even_after_the_plan_has_finished(world: World) -> None:
    goal = {"happened": {"kind": "signed_in"}, "within_days": 3}
    plan = running(world, at_once(says="来签到"), goal=goal)
    arrive(world)
    assert enrolled(world, plan)[0].goal_at is None
    world.at(3)
    world.says("小雨", "签到")
    world.work()
    (reached,) = enrolled(world, plan)
    assert (reached.end_reason, reached.goal_at) == ("finished", world.now)
    first = reached.goal_event_id
    assert first is not None
    world.at(4)
    world.says("小雨", "签到")
    world.work()
    assert enrolled(world, plan)[0].goal_event_id == first


def test_a_goal_that_ends_the_plan_spares_her_the_rest(world: World) -> None:
    goal = {"happened": {"kind": "signed_in"}, "within_days": 3, "is_end": True}
    plan = running(world, after(60, says="来签到"), goal=goal)
    arrive(world)
    world.says("小雨", "签到")
    world.work()
    later(world, 60)
    assert said_by(world, plan) == []
    assert enrolled(world, plan)[0].end_reason == "goal"


def test_a_plan_ends_as_soon_as_one_of_its_conditions_holds(world: World) -> None:
    ends = {"match": "any", "conditions": [{"tag": "油性发质"}, {"points_at_least": 9999}]}
    plan = running(world, after(60, says="一小时"), ends=ends)
    arrive(world)
    arrive(world, "阿诚")
    world.says("小雨", "头发总是很油")
    world.work()
    by_name = {it.end_reason for it in enrolled(world, plan)}
    assert by_name == {"ended", None}
    later(world, 60)
    assert len(said_by(world, plan)) == 1


def test_a_condition_that_came_true_unheard_ends_the_plan_at_its_next_step(world: World) -> None:
    ends = {"match": "all", "conditions": [{"tag": "油性发质"}]}
    plan = running(world, after(60, says="一小时"), ends=ends)
    arrive(world)
    tag(world, "小雨", "油性发质")
    later(world, 60)
    assert said_by(world, plan) == []
    assert enrolled(world, plan)[0].end_reason == "ended"


def test_acts_are_done_once_and_what_follows_them_sees_what_they_did(world: World) -> None:
    branch = {"if": {"tag": "新客"}, "then": [at_once(says="{points} 分")]}
    plan = running(
        world,
        at_once(act=act("tag", tag="新客")),
        at_once(act=act("points", points=7)),
        at_once(branch=branch),
        at_once(act=act("untag", tag="新客")),
        at_once(act=act("todo", text="给 {nickname|新朋友} 打电话")),
    )
    arrive(world)
    world.work()
    assert marks_of(world, plan) == [
        (0, "act", "done"),
        (1, "act", "done"),
        (2, "branch", "then"),
        (4, "act", "done"),
        (5, "act", "done"),
    ]
    assert texts_of(world, plan) == ["17 分"]
    assert world.tags("小雨") == []
    (todo,) = world.rows(Todo)
    assert (todo.text, todo.plan_id) == ("给 新朋友 打电话", plan.id)
    (entry,) = world.rows(PointsEntry, PointsEntry.amount == 7)
    assert entry.key.startswith(f"plan:{plan.id}:member:")
    (given,) = world.rows(tags.MemberTag)
    assert given.event_id is not None
    assert given.rule == f"plan:{plan.id}/step:1"


def test_a_tag_that_one_plan_gives_starts_another(world: World) -> None:
    first = running(world, at_once(act=act("tag", tag="新客")))
    second = running(world, at_once(says="新客您好"), trigger={"kind": "tagged", "tag": "新客"})
    arrive(world)
    assert texts_of(world, second) == ["新客您好"]
    assert (enrolled(world, first)[0].depth, enrolled(world, second)[0].depth) == (0, 1)


def test_plans_that_start_each_other_come_to_an_end_that_can_be_seen(world: World) -> None:
    again = {"reentry": {"kind": "per_happening"}}
    swaps = (("甲", "乙"), ("乙", "甲"))
    for has, gets in swaps:
        running(
            world,
            at_once(act=act("untag", tag=has)),
            at_once(act=act("tag", tag=gets)),
            trigger={"kind": "tagged", "tag": has},
            **again,
        )
    running(world, at_once(act=act("tag", tag="甲")))
    arrive(world)
    with world.siyu.database.reading() as session:
        times = session.scalar(sa.select(sa.func.count()).select_from(enrolments.Enrolment))
    assert times == 6
    marks = [mark for plan in world.rows(Plan) for mark in marks_of(world, plan)]
    assert [mark for mark in marks if mark[1] == "trigger"] == [(1, "trigger", "too_deep")]


def test_an_act_moves_her_to_another_plan_and_out_of_this_one(world: World) -> None:
    other = running(world, at_once(says="这边请"), trigger={"kind": "manual"})
    plan = running(world, at_once(act=act("move", plan=other.id)), after(5, says="不会说"))
    arrive(world)
    later(world, 5)
    assert (texts_of(world, plan), texts_of(world, other)) == ([], ["这边请"])
    assert enrolled(world, plan)[0].end_reason == "moved"


def test_an_invitation_becomes_a_to_do_where_no_code_leads_into_the_group(world: World) -> None:
    running(world, at_once(act=act("invite", group=1)))
    arrive(world)
    (todo,) = world.rows(Todo)
    assert todo.text == "邀请入群「四月黄金群」"


def test_an_act_leaves_out_whom_the_plan_does_not_mean(world: World) -> None:
    gold = {"tiers": ["gold"]}
    plan = running(world, at_once(act=act("tag", tag="金")), filter=gold)
    arrive(world)
    assert marks_of(world, plan) == [(0, "act", "tier")]
    assert world.tags("小雨") == []


def test_who_left_the_plan_before_its_act_was_done_is_spared_it(world: World) -> None:
    plan = running(world, after(5, act=act("tag", tag="新客")))
    arrive(world)
    world.now = world.now + timedelta(minutes=5)
    with world.siyu.database.writing() as session:
        assert journeys.run_due(session, world.siyu.programme, world.now) == 1
        journeys.stop(session, session.get_one(Plan, plan.id), world.now)
    world.work()
    assert marks_of(world, plan) == [(0, "act", "left_plan")]
    assert world.tags("小雨") == []
    (event,) = world.rows(InboxEvent, InboxEvent.kind == "plan_act")
    assert event.handled_at is not None


def test_variants_are_sticky_and_named(world: World) -> None:
    def variants(*texts: str) -> list[dict[str, object]]:
        message = {"kind": "text"}
        return [
            {"name": name, "share": 50, "message": message | {"content": {"text": text}}}
            for name, text in zip("AB", texts, strict=True)
        ]

    running(
        world,
        at_once(variants=variants("甲一", "乙一")),
        after(1, variants=variants("甲二", "乙二")),
    )
    for name in ("小雨", "阿诚", "林夏"):
        arrive(world, name)
    later(world, 1)
    for name in ("小雨", "阿诚", "林夏"):
        heard = [text[0] for text in world.heard(name) if text[:1] in "甲乙"]
        assert len(heard) == 2
        assert len(set(heard)) == 1


def test_who_is_held_out_is_told_nothing_and_her_goal_counts(world: World) -> None:
    goal = {"happened": {"kind": "signed_in"}, "within_days": 3}
    steps = [at_once(says="来签到"), at_once(act=act("tag", tag="新客"))]
    plan = running(world, *steps, goal=goal, holdout_percent=90)
    names = ("小雨", "阿诚", "林夏")
    for name in names:
        arrive(world, name)
        world.says(name, "签到")
    world.work()
    spoken_to = {name for name in names if "来签到" in world.heard(name)}
    everybody = enrolled(world, plan)
    held_out = [it for it in everybody if it.held_out_at is not None]
    assert len(held_out) + len(spoken_to) == 3
    assert held_out
    assert all(it.goal_at is not None for it in everybody)
    assert {it.end_reason for it in everybody} == {"finished"}
    assert sum(world.tags(name) == ["新客"] for name in names) == len(spoken_to)
