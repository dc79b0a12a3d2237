"""The plan's form says everything that a plan can say: nothing is lost on the way through it."""

import re
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from app.console.automation import plan_editor, plan_fields
from app.console.automation.plan_fields import changes
from app.console.frame import page
from sop import plans
from tests.form_reading import form_of
from tests.plan_definitions import definitions
from tests.world import World

FEW = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def shown(world: World, definition: dict[str, Any], problems: Any = ()) -> str:
    """The form's own part."""
    app: Flask = world.client.application
    with app.test_request_context("/console/plans/new"), world.siyu.database.reading() as session:
        fields = plan_editor._fields(session, definition, list(problems))
        return page("automation/_plan_fields.html", **fields)


@FEW
@given(definition=definitions())
def test_what_the_form_shows_is_what_it_says(
    world: World, translations: None, definition: dict[str, Any]
) -> None:
    again = plan_fields.definition_in(form_of(shown(world, definition)))
    assert plans.parse(again) == plans.parse(definition)
    assert plan_fields.definition_in(form_of(shown(world, again))) == again


TEXT = {"kind": "text", "content": {"text": "早"}}
AT_ONCE = {"kind": "after", "minutes": 0}


def step(name: str, **does: Any) -> dict[str, Any]:
    return {"name": name, "when": AT_ONCE} | (does or {"message": TEXT})


def tree() -> dict[str, Any]:
    inner = {"for": {"kind": "replied"}, "minutes": 60, "then": [step("谢谢")], "else": []}
    branch = {"if": {"any": [{"tag": "x"}]}, "then": [step("控油"), step("等", wait=inner)]}
    return {
        "audience": "member",
        "trigger": {"kind": "joined"},
        "filter": {},
        "steps": [step("早"), step("分", branch=branch), step("晚", route=["usual", "mass"])],
    }


def names(listed: list[dict[str, Any]]) -> list[Any]:
    """The names of steps, those of an arm in a list of their own."""
    found: list[Any] = []
    for one in listed:
        forks = one.get("branch") or one.get("wait") or {}
        inside = [names(forks[arm]) for arm in ("then", "else") if forks.get(arm)]
        found.append((one["name"], *inside) if inside else one["name"])
    return found


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("up:steps[2]", ["早", "晚", ("分", ["控油", ("等", ["谢谢"])])]),
        ("down:steps[1].branch.then[0]", ["早", ("分", [("等", ["谢谢"]), "控油"]), "晚"]),
        ("copy:steps[1].branch.then[0]", ["早", ("分", ["控油", "控油", ("等", ["谢谢"])]), "晚"]),
        ("remove:steps[1].branch.then[1].wait.then[0]", ["早", ("分", ["控油", "等"]), "晚"]),
        (
            "add:steps[1].branch.then[1].wait.else",
            ["早", ("分", ["控油", ("等", ["谢谢"], [""])]), "晚"],
        ),
        ("add:steps[1].branch.else", ["早", ("分", ["控油", ("等", ["谢谢"])], [""]), "晚"]),
        (
            "move:steps[0]:steps[1].branch.then[1].wait.then",
            [("分", ["控油", ("等", ["谢谢", "早"])]), "晚"],
        ),
        (
            "move:steps[1].branch.then[1]:steps",
            ["早", ("分", ["控油"]), "晚", ("等", ["谢谢"])],
        ),
        ("move:steps[1]:steps[1].branch.then", ["早", ("分", ["控油", ("等", ["谢谢"])]), "晚"]),
        ("move:steps[1]:filter", ["早", ("分", ["控油", ("等", ["谢谢"])]), "晚"]),
        ("remove:steps", ["早", ("分", ["控油", ("等", ["谢谢"])]), "晚"]),
    ],
)
def test_a_step_goes_anywhere_in_the_tree_but_not_into_itself(
    change: str, expected: list[Any]
) -> None:
    assert names(changes.changed(tree(), change)["steps"]) == expected


def test_conditions_ways_and_variants_come_and_go_like_steps() -> None:
    of = tree()
    changes.changed(of, "add:steps[1].branch.if.any")
    assert of["steps"][1]["branch"]["if"] == {"any": [{"tag": "x"}, {"tag": ""}]}
    changes.changed(of, "up:steps[2].route[1]")
    changes.changed(of, "add:steps[2].route")
    assert of["steps"][2]["route"] == ["mass", "usual", "usual"]
    changes.changed(of, "add:steps[0].route")
    assert of["steps"][0]["route"] == ["usual"]
    changes.changed(of, "add:ends.conditions")
    assert of["ends"] == {"match": "any", "conditions": [{"tag": ""}]}


WRONG: dict[str, Any] = {
    "audience": "member",
    "trigger": {"kind": "silent", "days": "many"},
    "filter": {"tags_all": ["x"], "tags_none": ["x"]},
    "category": "spam",
    "holdout_percent": 99,
    "reentry": {"kind": "after_days", "days": 0},
    "goal": {"happened": {"kind": "ordered", "at_least_fen": "a lot"}, "within_days": 0},
    "ends": {"match": "any", "conditions": [{"points_at_least": 0}]},
    "skip": {"dates": ["never"]},
    "late": {"within_h": -1, "else": "skip"},
    "steps": [
        step("", branch={"if": {"all": [{"tag": ""}, {"not": {"tier": []}}]}, "then": []}),
        step(
            "等",
            wait={
                "for": {"kind": "flies"},
                "minutes": 0,
                "then": [step("深", message={"kind": "text", "content": {"text": "{surname}"}})],
            },
        ),
        step("做", act={"kind": "points", "points": 0}),
        step("AB", variants=[{"name": "A", "share": 0, "message": TEXT}] * 2),
        step("走", message=TEXT, route=["usual", "usual", {"way": "sms", "message": TEXT}]),
        {"name": "晚", "when": {"kind": "daily", "at": "25:00"}, "message": TEXT},
    ],
}


def test_every_problem_is_said_once_and_at_its_own_field(world: World, translations: None) -> None:
    with pytest.raises(plans.BadPlan) as refused:
        plans.parse(WRONG)
    problems = refused.value.problems
    page = shown(world, WRONG, problems)
    for problem in problems:
        said = f'<div class="invalid-feedback d-block">{problem.zh}'.replace("'", "&#39;")
        assert said in page, problem
    assert page.count("invalid-feedback") == len(problems)
    fields = set(re.findall(r'is-invalid" id="([^"]+)"', page))
    assert fields >= {
        *("trigger.days", "category", "holdout_percent", "reentry.days"),
        *("goal.happened.at_least_fen", "goal.within_days", "ends.conditions[0].points_at_least"),
        *("steps[0].name", "steps[0].branch.if.all[0].tag", "steps[1].wait.for.kind"),
        *("steps[1].wait.minutes", "steps[1].wait.then[0].message.text", "steps[2].act.points"),
        *("steps[3].variants[0].share", "steps[3].variants[1].share"),
    }


@given(st.dictionaries(st.text("steps[01].branchthwiforulk", max_size=40), st.text(max_size=9)))
def test_whatever_a_form_says_makes_a_definition(fields: dict[str, str]) -> None:
    definition = plan_fields.definition_in(MultiDict(fields))
    for change in fields:
        changes.changed(definition, f"add:{change}")
        changes.changed(definition, f"move:{change}")
    with pytest.raises(plans.BadPlan):
        plans.parse(definition)


def test_a_form_of_no_end_of_depth_is_read_as_far_as_a_page_goes() -> None:
    deep = "steps[0]" + ".branch.then[0]" * 2000
    form = MultiDict({f"{deep}.name": "x", "steps[0].branch.then[9999].name": "y"})
    assert len(str(plan_fields.definition_in(form))) < 10_000


def test_a_definition_of_an_older_release_opens_and_is_saved_as_today(world: World) -> None:
    old = {
        "audience": "member",
        "trigger": "tagged",
        "trigger_tag": "油性发质",
        "steps": [step("x")],
    }
    opened = plan_fields.as_fields(old)
    assert opened["trigger"] == {"kind": "tagged", "tag": "油性发质"}
    again = plan_fields.definition_in(form_of(shown(world, opened)))
    assert plans.parse(again) == plans.parse(old)
