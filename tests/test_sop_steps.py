"""Steps that branch, wait, act and take their routes, as an operator writes them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sop import conditions, plans, splits
from sop.conditions import AnyOf, Facts, HasHappened, Tag
from sop.happenings import Happened, Happening
from sop.reading import Reader
from sop.routes import Way
from sop.steps import Wait

AT = datetime(2026, 11, 2, 4, tzinfo=UTC)
AT_ONCE = {"kind": "after", "minutes": 0}


def says(words: str, **more: Any) -> dict[str, Any]:
    message = {"kind": "text", "content": {"text": words}}
    return {"name": words, "when": AT_ONCE, "message": message} | more


def does(kind: str, doing: Any) -> dict[str, Any]:
    return {"name": kind, "when": AT_ONCE, kind: doing}


def read(*steps: dict[str, Any], **more: Any) -> plans.PlanDefinition:
    definition = {"audience": "member", "trigger": {"kind": "joined"}, "steps": list(steps)}
    return plans.parse(definition | more)


def wrong(*steps: dict[str, Any], **more: Any) -> list[str]:
    with pytest.raises(plans.BadPlan) as refusal:
        read(*steps, **more)
    return [problem.path for problem in refusal.value.problems]


def test_steps_are_numbered_as_they_are_written_those_of_an_arm_behind_what_they_hang_on() -> None:
    inner = {"for": {"kind": "replied"}, "minutes": 60, "then": [says("谢谢")]}
    outer = {
        "if": {"tag": "油性发质"},
        "then": [says("控油"), does("wait", inner)],
        "else": [says("你好")],
    }
    plan = read(says("早"), does("branch", outer), says("晚"))
    assert [(step.name, step.under) for step in plan.steps] == [
        ("早", None),
        ("branch", None),
        ("控油", (1, "then")),
        ("wait", (1, "then")),
        ("谢谢", (3, "then")),
        ("你好", (1, "else")),
        ("晚", None),
    ]
    assert plan.steps[1].branch == Tag("油性发质")
    assert plan.steps[3].wait == Wait(Happening("replied"), 60)


def test_a_step_does_one_thing() -> None:
    assert wrong(says("早", act={"kind": "points", "points": 5})) == ["steps[0].act"]
    assert wrong({"name": "x", "when": AT_ONCE}) == ["steps[0].message"]


def test_what_is_wrong_deep_in_an_arm_is_said_at_its_place() -> None:
    bad = {"if": {"any": [{"tag": ""}]}, "then": [says("{phone}")], "else": []}
    assert wrong(does("branch", bad)) == [
        "steps[0].branch.if.any[0].tag",
        "steps[0].branch.then[0].message.content.text",
    ]
    assert wrong(does("branch", {"if": {"tag": "x"}})) == ["steps[0].branch"]
    assert wrong(does("wait", {"for": {"kind": "flies"}, "minutes": 0, "then": [says("x")]})) == [
        "steps[0].wait.for.kind",
        "steps[0].wait.minutes",
    ]


def test_arms_in_arms_come_to_an_end() -> None:
    step = says("底")
    for _ in range(6):
        step = does("branch", {"if": {"tag": "x"}, "then": [step]})
    assert wrong(step) != []


def test_a_route_is_an_order_of_ways_each_once() -> None:
    sms = {"way": "sms", "channel": "sms", "message": {"kind": "sms", "content": {"params": []}}}
    (step,) = read(says("你好", route=["customer_service", sms])).steps
    assert [(way.name, way.channel) for way in step.route] == [
        ("customer_service", None),
        ("sms", "sms"),
    ]
    assert step.route[0] == Way("customer_service")
    assert wrong(says("x", route=["mass", "mass"])) == ["steps[0].route"]
    assert wrong(says("x", route=["sms"])) == ["steps[0].route[0].message"]
    assert wrong(says("x", route=["pigeon"])) == ["steps[0].route[0].way"]


def test_a_template_is_filled_field_by_field_with_words_of_hers() -> None:
    def template(data: Any, **more: Any) -> dict[str, Any]:
        content = {"template_id": "t1", "data": data} | more
        return {"way": "template", "message": {"kind": "template", "content": content}}

    page = {"appid": "wx1", "page_path": "/orders?from={nickname}"}
    filled = template({"thing1": "{nickname|亲}", "time2": "12:00"}, mini_program=page)
    (step,) = read(says("你好", route=[filled])).steps
    assert step.route[0].message is not None
    assert step.route[0].message.content["mini_program"] == page
    at = "steps[0].route[0].message.content"
    assert wrong(says("x", route=[template({"thing1": "{phone}"})])) == [f"{at}.data.thing1"]
    assert wrong(says("x", route=[template({"thing1": ""})])) == [f"{at}.data.thing1"]
    assert wrong(says("x", route=[template({})])) == [f"{at}.data"]
    assert wrong(says("x", route=[template("thing1")])) == [f"{at}.data"]
    assert wrong(says("x", route=[template({"a": "b"}, mini_program={"page_path": "x"})])) == [
        f"{at}.mini_program.appid"
    ]
    assert wrong(says("x", route=[template({"a": "b"}, page="x")])) == [f"{at}.page"]


def test_variants_have_names_of_their_own_and_shares() -> None:
    def arms(*names: str) -> list[dict[str, Any]]:
        return [{"name": n, "share": 50, "message": says(n)["message"]} for n in names]

    (step,) = read(does("variants", arms("A", "B"))).steps
    assert [variant.name for variant in step.variants] == ["A", "B"]
    assert wrong(does("variants", arms("A"))) == ["steps[0].variants"]
    assert wrong(does("variants", arms("A", "A"))) == ["steps[0].variants"]


def test_what_a_plan_may_say_beside_its_steps() -> None:
    plan = read(
        says("x"),
        category="service",
        goal={"happened": {"kind": "ordered", "at_least_fen": 100}, "within_days": 7},
        ends={"match": "any", "conditions": [{"happened": {"kind": "ordered"}}]},
        reentry={"kind": "after_days", "days": 30},
        holdout_percent=10,
    )
    assert plan.goal == plans.Goal(Happening("ordered", (("at_least_fen", 100),)), 7, False)
    assert plan.ends is not None
    assert plan.ends.condition == AnyOf((HasHappened(Happening("ordered"), None),))
    assert (plan.reentry, plan.holdout_percent) == (plans.Reentry("after_days", 30), 10)
    assert wrong(says("x"), reentry={"kind": "sometimes"}, holdout_percent=100) == [
        "reentry.kind",
        "holdout_percent",
    ]


def test_an_order_is_met_by_its_amount_and_its_source() -> None:
    wanted = Happening("ordered", (("at_least_fen", 100), ("source", "tmall")))
    assert wanted.is_met_by(Happened("ordered", AT, {"fen": 100, "source": "tmall"}))
    assert not wanted.is_met_by(Happened("ordered", AT, {"fen": 99, "source": "tmall"}))
    assert not wanted.is_met_by(Happened("ordered", AT, {"fen": 500, "source": "jd"}))
    assert not wanted.is_met_by(Happened("refunded", AT, {"fen": 500, "source": "tmall"}))


def test_what_has_happened_counts_since_enrolment_or_for_so_many_days() -> None:
    def asked(**more: Any) -> bool:
        reader = Reader()
        condition = conditions.read(reader, "", {"happened": {"kind": "ordered"}} | more)
        assert condition is not None
        assert reader.problems == []
        facts = Facts(past=[Happened("ordered", AT - timedelta(days=3))])
        return conditions.holds(condition, facts, AT - timedelta(days=1), AT)

    assert not asked()
    assert asked(within_days=3)
    assert not asked(within_days=2)


@given(st.text(max_size=20), st.lists(st.integers(0, 100), min_size=1, max_size=8))
def test_everybody_has_one_arm_and_it_is_one_with_a_share(subject: str, shares: list[int]) -> None:
    if not sum(shares):
        return
    arm = splits.arm("plan:1", subject, shares)
    assert shares[arm] > 0
    assert splits.arm("plan:1", subject, shares) == arm


def test_arms_are_as_large_as_their_shares_and_experiments_do_not_share_theirs() -> None:
    people = [f"member:{number}" for number in range(20_000)]
    first = [splits.arm("plan:1", one, [80, 20]) for one in people]
    second = [splits.arm("plan:2", one, [50, 50]) for one in people]
    assert 0.19 < sum(first) / len(people) < 0.21
    both = sum(1 for one, two in zip(first, second, strict=True) if one and two)
    assert 0.45 < both / sum(first) < 0.55
    held_out = sum(splits.is_held_out("plan:1", one, 10) for one in people)
    assert 0.09 < held_out / len(people) < 0.11
