"""What a plan or a broadcast names has to be there, or its operator is told which name is wrong."""

from typing import Any

import pytest

from app.checks import name_checks
from app.domain.outreach.journeys import plans
from app.domain.outreach.journeys.plans import Plan
from app.domain.people import groups
from app.domain.people.groups import Group
from sop import plans as sop_plans
from sop.plans import BadPlan
from tests.console_desk import Desk
from tests.plan_desk import FORM, drafted, press
from tests.running_plans import at_once, running
from tests.test_console_broadcasts import form as broadcast_form
from tests.world import World

AT_ONCE = {"kind": "after", "minutes": 0}
HELLO = {"kind": "text", "content": {"text": "您好"}}


def act(**does: Any) -> dict[str, Any]:
    return {"name": "做", "when": AT_ONCE, "act": does}


def named(world: World, *steps: dict[str, Any], **rest: Any) -> list[tuple[str, str]]:
    """Where something is named that is not there, and what is said of it."""
    says = {"name": "问候", "when": AT_ONCE, "message": HELLO}
    definition = {"audience": "member", "trigger": {"kind": "joined"}, "steps": [*steps, says]}
    with world.siyu.database.reading() as session:
        found = name_checks.problems_in(session, definition | rest)
    return [(problem.path, problem.en) for problem in found]


@pytest.mark.parametrize(
    ("trigger", "what"),
    [
        ({"kind": "tagged", "tag": "油腻"}, "tag"),
        ({"kind": "tier_changed", "tier": "diamond"}, "tier"),
        ({"kind": "joined", "channel": "nowhere"}, "channel"),
        ({"kind": "joined_group", "group": "77"}, "group"),
        ({"kind": "scanned", "live_code": "store_009"}, "live code"),
        ({"kind": "answered", "quiz": "77"}, "quiz"),
        ({"kind": "clicked", "link": "gone"}, "radar link"),
        ({"kind": "form_submitted", "form": "gone"}, "form"),
    ],
)
def test_a_trigger_that_names_what_is_not_there_says_what(
    world: World, trigger: dict[str, str], what: str
) -> None:
    (field, name) = list(trigger.items())[1]
    said = f"there is no {what} “{name}”: choose another"
    assert named(world, trigger=trigger) == [(f"trigger.{field}", said)]
    wait = {"name": "等", "when": AT_ONCE, "wait": {"for": trigger, "minutes": 5, "then": []}}
    assert named(world, wait) == [(f"steps[0].wait.for.{field}", said)]
    goal = {"happened": trigger, "within_days": 7}
    assert named(world, goal=goal) == [(f"goal.happened.{field}", said)]


def test_acts_conditions_and_filters_name_what_is_there(world: World) -> None:
    branch = {"if": {"any": [{"tag": "油腻"}, {"tier": ["gold", "diamond"]}]}, "then": []}
    found = named(
        world,
        act(kind="coupon", coupon="77"),
        act(kind="invite", group=77),
        act(kind="move", plan=77),
        act(kind="untag", tag="油腻"),
        {"name": "分", "when": AT_ONCE, "branch": branch},
        filter={"tiers": ["silver"], "tags_none": ["油性发质", "售后"]},
    )
    assert [path for path, _said in found] == [
        "steps[0].act.coupon",
        "steps[1].act.group",
        "steps[2].act.plan",
        "steps[3].act.tag",
        "steps[4].branch.if.any[0].tag",
        "steps[4].branch.if.any[1].tier",
        "filter.tags_none",
    ]


def test_a_tag_that_the_plan_gives_itself_need_not_be_there_yet(world: World) -> None:
    branch = {"if": {"tag": "愿意反馈"}, "then": []}
    gives = act(kind="tag", tag="愿意反馈")
    assert named(world, gives, {"name": "分", "when": AT_ONCE, "branch": branch}) == []


def test_a_stopped_plan_another_audience_and_a_dismissed_group_are_nowhere_to_go(
    world: World,
) -> None:
    other = running(world, at_once(says="好")).id
    assert named(world, act(kind="move", plan=other)) == []
    assert named(world, act(kind="move", plan=other), audience="group") != []
    with world.siyu.database.writing() as session:
        plans.move_to(session, session.get_one(Plan, other), plans.State.STOPPED, world.now)
        groups.dismiss(session, session.get_one(Group, 1), world.now)
    paths = named(world, act(kind="move", plan=other), act(kind="invite", group=1))
    assert [path for path, _said in paths] == ["steps[0].act.plan", "steps[1].act.group"]


def test_a_blank_choice_asks_for_one() -> None:
    blank = [{"kind": "coupon", "coupon": ""}, {"kind": "invite", "group": ""}]
    steps = [act(**one) for one in [*blank, {"kind": "move", "plan": ""}]]
    with pytest.raises(BadPlan) as refused:
        sop_plans.parse(
            {"audience": "member", "trigger": {"kind": "tagged", "tag": " "}, "steps": steps}
        )
    assert {problem.path: problem.zh for problem in refused.value.problems} == {
        "trigger.tag": "要选一个标签",
        "steps[0].act.coupon": "要选一个",
        "steps[1].act.group": "要选一个",
        "steps[2].act.plan": "要选一个",
    }


def test_the_form_says_which_name_is_wrong_at_its_field(world: World, desk: Desk) -> None:
    shown = desk.post("/plans/new", FORM | {"trigger.kind": "tagged", "trigger.tag": "油腻"}).text
    assert "没有“油腻”这个标签" in shown
    assert 'is-invalid" id="trigger.tag"' in shown
    form = broadcast_form(world, **{"filter.tags_all": "油腻"})
    assert "没有“油腻”这个标签" in desk.post("/broadcasts/new", form).text


def test_a_broadcast_s_ways_have_to_be_able_to_say_it(world: World, desk: Desk) -> None:
    shown = desk.post("/broadcasts/new", broadcast_form(world, **{"route[0].way": "mass"})).text
    assert "这种方式对所有人说一样的话" in shown
    template = {"message.message_kind": "template", "message.template_id": "x"}
    template["message.data"] = "thing1=你好"
    shown = desk.post("/broadcasts/new", broadcast_form(world, **template)).text
    assert "这个渠道账号不能发送这种消息" in shown


def test_what_is_gone_by_the_time_it_begins_keeps_it_from_beginning(
    world: World, desk: Desk
) -> None:
    where = {"steps[0].does": "act", "steps[0].act.kind": "invite", "steps[0].act.group": "1"}
    plan_id = drafted(world, desk, **where)
    with world.siyu.database.writing() as session:
        groups.dismiss(session, session.get_one(Group, 1), world.now)
    assert press(desk, plan_id, "start") == 303
    assert "还不能启动：没有“1”这个社群" in desk.read(f"/plans/{plan_id}")
    assert world.rows(Plan)[-1].state == "draft"
