"""A rehearsal shows what will happen: the house itself, run through the same days, is the proof."""

from collections import Counter
from datetime import timedelta
from typing import Any

from app.domain.outreach import manners
from app.domain.outreach.journeys.plans import Plan
from app.outbox import OutboxMessage
from app.rehearsals import casting, running
from app.rehearsals.casting import Options
from sop.manners import USUAL
from sop.rehearsing.casts import SAYS, WITHHELD, Moment
from tests.rehearsal_stage import NAMES, arrive, ready, says
from tests.world import World

DAYS = 6


def rehearsed(world: World, plan: Plan, **options: Any) -> dict[str, list[Moment]]:
    """Everybody's moments by her name."""
    told = {}
    with world.siyu.database.reading() as session:
        cast = casting.of_plan(session, plan, world.siyu.programme, Options(DAYS, **options))
        for name in NAMES:
            member_id = world.member(session, name).id
            told[name] = running.story_of(session, cast, member_id, world.siyu.programme, world.now)
    return told


def mind_manners(world: World) -> None:
    """Quiet hours and caps, as they are in a house that nobody has furnished."""
    with world.siyu.database.writing() as session:
        manners.change(session, USUAL, None, world.now)


def test_what_is_rehearsed_is_what_then_happens_to_everybody(world: World):
    """Windows that close, a night, a cap, a filter, a branch, a wait: all of it at its moment."""
    mind_manners(world)
    arrive(world, *NAMES)
    tag = {
        "name": "标",
        "when": {"kind": "after", "minutes": 5},
        "act": {"kind": "tag", "tag": "熟"},
    }
    branch = {
        "if": {"tag": "熟"},
        "then": [says("老朋友", minutes=90)],
        "else": [says("新朋友", minutes=1)],
    }
    wait = {"for": {"kind": "ordered"}, "minutes": 600, "else": [says("还在吗", minutes=1)]}
    plan = ready(
        world,
        says("立刻", minutes=0),
        tag,
        {"name": "分", "when": {"kind": "after", "minutes": 10}, "branch": branch},
        {"name": "等", "when": {"kind": "after", "minutes": 30}, "wait": wait},
        says("夜里", days=0, at="23:30"),
        says("第一天", days=1, at="09:00"),
        says("第四天", days=4, at="10:00"),
    )
    expected = rehearsed(world, plan)
    assert Counter(one.what for one in expected["小雨"])[SAYS] >= 2
    run_for_real(world, plan, expected)
    for name in NAMES:
        assert what_happened(world, plan, name) == what_was_foreseen(expected[name]), name


def run_for_real(world: World, plan: Plan, expected: dict[str, list[Moment]]) -> None:
    enrol_everybody(world, plan)
    begins = world.now
    moments = {one.at for told in expected.values() for one in told}
    moments |= {one.planned_at for told in expected.values() for one in told if one.planned_at}
    moments |= {begins + timedelta(hours=hours) for hours in range(0, DAYS * 24, 6)}
    for at in sorted(moments):
        world.now = at
        world.work()


def enrol_everybody(world: World, plan: Plan) -> None:
    from app.domain.outreach import audience
    from app.domain.outreach.journeys import enrolments

    with world.siyu.database.writing() as session:
        found = session.get_one(Plan, plan.id)
        chosen = audience.of(session, found)
        enrolments.enrol_all(session, found, chosen, world.siyu.programme.zone, world.now)


def what_happened(world: World, plan: Plan, name: str) -> list[tuple[int, str, str]]:
    """Step, when it was sent or given up, and why it was not."""
    with world.siyu.database.reading() as session:
        member_id = world.member(session, name).id
    rows = world.rows(
        OutboxMessage, OutboxMessage.plan_id == plan.id, OutboxMessage.member_id == member_id
    )
    return sorted(
        (row.step, f"{row.attempted_at:%d %H:%M}" if row.attempted_at else "", row.reason or "")
        for row in rows
    )


def what_was_foreseen(moments: list[Moment]) -> list[tuple[int, str, str]]:
    return sorted(
        (one.step or 0, f"{one.at:%d %H:%M}" if one.what == SAYS else "", one.reason or "")
        for one in moments
        if one.what in (SAYS, WITHHELD)
    )
