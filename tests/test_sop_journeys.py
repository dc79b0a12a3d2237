"""A journey through a plan: branches, waits and their time-outs, and what happens meanwhile."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from sop import journeys, plans
from sop.conditions import Condition, Facts, holds
from sop.happenings import Happened
from sop.journeys import Journey
from sop.times.grounds import Ground

BEIJING = ZoneInfo("Asia/Shanghai")
GROUND = Ground(BEIJING, "member:5")
NOON = datetime(2026, 11, 2, 4, tzinfo=UTC)
DAY = timedelta(days=1)


def step(name: str, minutes: int = 0, **does: Any) -> dict[str, Any]:
    message = {"kind": "text", "content": {"text": name}}
    return {"name": name, "when": {"kind": "after", "minutes": minutes}} | (
        does or {"message": message}
    )


def plan(*steps: dict[str, Any], **more: Any) -> plans.PlanDefinition:
    return plans.parse(
        {"audience": "member", "trigger": {"kind": "joined"}, "steps": list(steps)} | more
    )


def waiting_for_a_reply(minutes: int = 60) -> dict[str, Any]:
    wait = {"for": {"kind": "replied"}, "minutes": minutes}
    return step("等", wait=wait | {"then": [step("谢谢", 5)], "else": [step("在吗")]})


def told(
    of: plans.PlanDefinition,
    facts: Facts,
    happening: tuple[Happened, ...] = (),
    journey: Journey | None = None,
) -> list[tuple[str, float]]:
    """The names of all steps in the order they are passed, each with the minutes since noon. What
    happens is heard in between."""
    journey, said, unheard = journey or Journey(NOON), [], list(happening)
    known: journeys.Known = {}
    while (due := journeys.next_due(of, journey, GROUND, known)) is not None or unheard:
        assert due == journeys.next_due(of, journey, GROUND)
        if unheard and (due is None or unheard[0].at < due.at):
            journey = journeys.heard(of, journey, unheard.pop(0))
            continue
        assert due is not None
        at = due.at

        def meets(condition: Condition, at: datetime = at) -> bool:
            return holds(condition, facts, NOON, at)

        said.append((of.steps[due.step].name, (at - NOON).total_seconds() / 60))
        journey = journeys.passed(of, journey, due, meets)
    return said


def test_a_branch_takes_one_of_its_arms_whose_steps_count_from_it() -> None:
    branch = {"if": {"tag": "油性"}, "then": [step("控油", 10)], "else": [step("滋润")]}
    of = plan(step("早"), step("分", 30, branch=branch), step("晚", 35))
    assert told(of, Facts(tags=frozenset({"油性"}))) == [
        ("早", 0),
        ("分", 30),
        ("晚", 35),
        ("控油", 40),
    ]
    assert told(of, Facts()) == [("早", 0), ("分", 30), ("滋润", 30), ("晚", 35)]


def test_a_wait_goes_on_when_it_has_happened_and_at_its_time_out_when_it_has_not() -> None:
    of = plan(waiting_for_a_reply(), step("晚", 90))
    reply = Happened("replied", NOON + timedelta(minutes=20))
    assert told(of, Facts(), (reply,)) == [("等", 0), ("谢谢", 25), ("晚", 90)]
    assert told(of, Facts()) == [("等", 0), ("等", 60), ("在吗", 60), ("晚", 90)]


def test_what_happens_before_or_after_a_wait_or_is_something_else_changes_nothing() -> None:
    of = plan(waiting_for_a_reply())
    journey = Journey(NOON)
    reply = Happened("replied", NOON)
    assert journeys.heard(of, journey, reply) is journey
    due = journeys.next_due(of, journey, GROUND)
    assert due is not None
    waiting = journeys.passed(of, journey, due, lambda _: False)
    assert journeys.heard(of, waiting, Happened("ordered", NOON)) is waiting
    timed_out = journeys.next_due(of, waiting, GROUND)
    assert timed_out is not None
    over = journeys.passed(of, waiting, timed_out, lambda _: False)
    assert journeys.heard(of, over, reply) is over


def test_what_is_heard_late_is_not_behind_what_was_passed_meanwhile() -> None:
    """A reply of ten past is heard only after the step of half past has been passed."""
    of = plan(waiting_for_a_reply(), step("半", 30))
    journey = Journey(NOON)
    for _ in range(2):
        due = journeys.next_due(of, journey, GROUND)
        assert due is not None
        journey = journeys.passed(of, journey, due, lambda _: False)
    reply = Happened("replied", NOON + timedelta(minutes=10))
    heard = journeys.heard(of, journey, reply)
    assert [name for name, _ in told(of, Facts(), (), heard)] == ["谢谢"]


def test_a_goal_counts_within_its_days() -> None:
    of = plan(step("早"), goal={"happened": {"kind": "ordered"}, "within_days": 7})
    for after, counts in ((-DAY, False), (0 * DAY, True), (7 * DAY, True), (8 * DAY, False)):
        assert journeys.reaches_goal(of, NOON, Happened("ordered", NOON + after)) is counts
    assert not journeys.reaches_goal(of, NOON, Happened("replied", NOON))


def test_a_plan_ends_when_any_or_when_all_of_its_conditions_hold() -> None:
    two = [{"tag": "买过"}, {"tag": "油性"}]
    for match, ended in (("any", True), ("all", False)):
        of = plan(step("早"), ends={"match": match, "conditions": two})
        facts = Facts(tags=frozenset({"买过"}))
        meets = lambda condition: holds(condition, facts, NOON, NOON)  # noqa: B023, E731
        assert journeys.ends(of, meets) is ended


@st.composite
def trees(draw: st.DrawFn, depth: int = 3) -> list[dict[str, Any]]:
    steps = []
    for number in range(draw(st.integers(1, 3))):
        minutes = draw(st.integers(0, 90))
        kind = draw(st.sampled_from(["say", "branch", "wait"])) if depth else "say"
        arms = (
            {"then": draw(trees(depth - 1)), "else": draw(trees(depth - 1))}
            if kind != "say"
            else {}
        )
        if kind == "branch":
            steps.append(step(f"b{number}", minutes, branch={"if": {"tag": "x"}, **arms}))
        elif kind == "wait":
            wait = {"for": {"kind": "replied"}, "minutes": draw(st.integers(1, 90)), **arms}
            steps.append(step(f"w{number}", minutes, wait=wait))
        else:
            steps.append(step(f"s{number}", minutes))
    return steps


@given(trees(), st.booleans(), st.lists(st.integers(0, 300), max_size=5))
def test_every_journey_comes_to_its_end_in_order_and_passes_nothing_twice(
    steps: list[dict[str, Any]], tagged: bool, replies: list[int]
) -> None:
    if len(str(steps).split("'when'")) > 50:
        return
    of = plan(*steps)
    facts = Facts(tags=frozenset({"x"} if tagged else ()))
    happening = tuple(
        Happened("replied", NOON + timedelta(minutes=minutes)) for minutes in sorted(replies)
    )
    said = told(of, facts, happening)
    moments = [at for _, at in said]
    assert moments == sorted(moments)
    assert len(said) <= 2 * len(of.steps)
