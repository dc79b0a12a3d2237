"""A whole plan as an operator writes it, and whom it is for."""

from typing import Any

import pytest

from sop import audiences, plans
from sop.happenings import Happening
from sop.times import schedules
from sop.triggers import Trigger


def step(**changes: Any) -> dict[str, Any]:
    return {
        "name": "第一天",
        "when": {"kind": "after", "days": 1, "at": "10:00"},
        "message": text("{nickname|亲}，早上好"),
    } | changes


def text(words: Any) -> dict[str, Any]:
    return {"kind": "text", "content": {"text": words}}


def plan(**changes: Any) -> dict[str, Any]:
    return {"audience": "member", "trigger": "joined", "steps": [step()]} | changes


def paths(definition: Any) -> list[str]:
    with pytest.raises(plans.BadPlan) as refusal:
        plans.parse(definition)
    assert all(problem.zh and problem.en for problem in refusal.value.problems)
    return [problem.path for problem in refusal.value.problems]


def test_a_plan_for_members_is_read_whole() -> None:
    link = {
        "kind": "link",
        "content": {"title": "{tier}新品", "url": "{radar:new}", "description": ""},
    }
    read = plans.parse(
        plan(
            trigger="tagged",
            trigger_tag=" 油性发质 ",
            filter={"tiers": ["gold"], "tags_none": ["售后问题"]},
            steps=[step(), step(name="周一", message=link)],
        )
    )
    assert read.trigger == Trigger("tagged", Happening("tagged", (("tag", "油性发质"),)))
    assert read.filter == audiences.Filter(
        tiers=frozenset({"gold"}), tags_none=frozenset({"售后问题"})
    )
    assert read.whens == (schedules.parse(step()["when"]),) * 2
    assert read.steps[1].message == plans.Message("link", link["content"])


def test_a_plan_for_groups_has_its_own_filter_and_words() -> None:
    read = plans.parse(
        plan(
            audience="group",
            trigger="manual",
            filter={"tier_labels": ["gold"]},
            steps=[step(message=text("{group_name}早上好"))],
        )
    )
    assert read.filter == audiences.GroupFilter(frozenset({"gold"}))
    assert paths(plan(audience="group", trigger="tagged", trigger_tag="x")) == [
        "trigger.kind",
        "steps[0].message.content.text",
    ]
    assert paths(
        plan(audience="group", filter={"tiers": []}, steps=[step(message=text("{radar:a}"))])
    ) == ["filter", "steps[0].message.content.text"]


def test_everything_that_is_wrong_is_said_at_once() -> None:
    wrong = plan(
        trigger="tagged",
        filter={"tags": []},
        owner="x",
        steps=[
            step(name=" "),
            step(when={"kind": "daily"}),
            step(message={"kind": "hologram", "content": {}}),
            step(message={"kind": "image", "content": {"url": "x"}}),
            step(message=text("{phone}")),
            step(message={"kind": "link", "content": {"title": "x", "url": "javascript:alert(1)"}}),
            {"name": "x"},
            7,
        ],
    )
    assert paths(wrong) == [
        "owner",
        "trigger.tag",
        "filter",
        "steps[0].name",
        "steps[1].when",
        "steps[2].message.kind",
        "steps[3].message.content.media",
        "steps[3].message.content.url",
        "steps[4].message.content.text",
        "steps[5].message.content.url",
        "steps[6].when",
        "steps[6].message",
        "steps[7]",
    ]


@pytest.mark.parametrize("definition", [None, [], "plan", 3])
def test_what_is_no_object_is_no_plan(definition: Any) -> None:
    assert paths(definition) == [""]


def test_a_plan_has_one_to_fifty_steps() -> None:
    assert paths(plan(steps=[])) == ["steps"]
    assert paths(plan(steps=[step()] * 51)) == ["steps"]
    assert len(plans.parse(plan(steps=[step()] * 50)).steps) == 50


def test_a_text_has_at_most_as_many_bytes_as_the_platform_takes() -> None:
    fits = "会" * 682 + "ab"  # 2048 bytes
    assert plans.parse(plan(steps=[step(message=text(fits))]))
    assert paths(plan(steps=[step(message=text(fits + "c"))])) == ["steps[0].message.content.text"]


@pytest.mark.parametrize("words", ["", "  ", None, 5, ["x"]])
def test_a_text_is_not_blank(words: Any) -> None:
    assert paths(plan(steps=[step(message=text(words))])) == ["steps[0].message.content.text"]


@pytest.mark.parametrize(
    ("definition", "tier", "tags", "reason"),
    [
        ({}, "none", [], None),
        ({"tiers": ["gold", "silver"]}, "gold", [], None),
        ({"tiers": ["gold"]}, "silver", [], "tier"),
        ({"tags_all": ["b", "a"]}, "none", ["a", "b", "c"], None),
        ({"tags_all": ["b", "油性发质"]}, "none", ["b"], "tag_missing:油性发质"),
        ({"tags_any": ["a", "b"]}, "none", ["b"], None),
        ({"tags_any": ["a", "b"]}, "none", ["c"], "tag_none_of_any"),
        ({"tags_none": ["a"]}, "none", ["b"], None),
        ({"tags_none": ["b", "a"]}, "none", ["b"], "tag_refused:b"),
        ({"tiers": ["gold"], "tags_none": ["a"]}, "silver", ["a"], "tier"),
    ],
)
def test_a_filter_says_why_somebody_is_not_meant(
    definition: dict[str, Any], tier: str, tags: list[str], reason: str | None
) -> None:
    assert audiences.reason_against(audiences.parse(definition), tier, tags) == reason


def test_a_group_is_meant_by_its_tier_label() -> None:
    gold = audiences.parse_for_groups({"tier_labels": ["gold"]})
    assert audiences.reason_against_group(gold, "gold") is None
    assert audiences.reason_against_group(gold, None) == "tier_label"
    assert audiences.reason_against_group(audiences.parse_for_groups({}), None) is None


@pytest.mark.parametrize(
    "definition",
    [None, [], {"tier": ["gold"]}, {"tiers": "gold"}, {"tiers": [""]}, {"tags_all": [1]}]
    + [{"tags_all": ["a"], "tags_none": ["a"]}],
)
def test_a_filter_that_cannot_be_read_is_refused(definition: Any) -> None:
    with pytest.raises(audiences.BadFilter):
        audiences.parse(definition)


def test_a_plan_says_when_it_is_silent_and_what_becomes_of_what_is_late() -> None:
    message = {"kind": "text", "content": {"text": "早"}}
    step = {"name": "早", "when": {"kind": "daily", "at": "09:00"}, "message": message}
    silent = {"skip": {"weekdays": [7]}, "late": {"within_h": 1, "else": "next_day"}}
    plan = plans.parse(
        {"audience": "member", "trigger": {"kind": "joined"}, "steps": [step]} | silent
    )
    assert plan.skip.weekdays == {7}
    assert plan.late.otherwise == "next_day"
