"""A rehearsal counts everybody's days to come, and leaves no trace."""

import pytest
import sqlalchemy as sa

from app.domain.outreach.journeys import enrolments, plans
from app.domain.outreach.journeys.plans import Plan
from app.domain.people.members import Member
from app.rehearsals import casting, commands, running, summaries
from app.rehearsals.casting import Options
from tests.rehearsal_stage import NAMES, arrive, ready, rows_of_everything, says
from tests.world import World


def test_a_rehearsal_sends_nothing_and_writes_nothing(world: World):
    arrive(world, *NAMES)
    plan = ready(world, says("立刻", minutes=0), says("第一天", days=1, at="09:00"))
    before, sent = rows_of_everything(world), world.sent()
    with world.siyu.database.reading() as session:
        cast = casting.of_plan(session, plan, world.siyu.programme, Options(30))
        tally = running.rehearse(session, cast, world.siyu.programme, world.now)
        summary = summaries.of(session, cast, tally)
    assert (summary["entered"], summary["people"]) == (3, 3)
    assert [step["said"] + sum(step["withheld"].values()) for step in summary["steps"]] == [3, 3]
    assert rows_of_everything(world) == before
    assert world.sent() == sent


def test_days_on_which_members_hear_from_two_plans_are_told(world: World):
    arrive(world, *NAMES)
    free = {"category": "service"}
    ready(world, says("别的", minutes=30), **free)
    plan = ready(world, says("立刻", minutes=0), **free)
    with world.siyu.database.reading() as session:
        cast = casting.of_plan(session, plan, world.siyu.programme, Options(3))
        tally = running.rehearse(session, cast, world.siyu.programme, world.now)
        (collision,) = summaries.of(session, cast, tally)["collisions"]
        assert (collision["members"], collision["plan"]) == (3, "七天")
        alone = casting.of_plan(session, plan, world.siyu.programme, Options(3, with_others=False))
        assert len(alone.plans) == 1


def test_those_on_an_older_version_are_counted_in_its_own_steps(world: World):
    plan = ready(world, says("第一天", days=1, at="09:00"), says("旧的", days=2, at="09:00"))
    arrive(world, "小雨")
    with world.siyu.database.writing() as session:
        found = session.get_one(Plan, plan.id)
        enrolments.enrol_all(
            session, found, sa.select(Member.id), world.siyu.programme.zone, world.now
        )
        written = plans.written(session, found.id, found.version)
        plans.revise(
            session, found, written | {"steps": [says("新的", days=1, at="10:00")]}, None, world.now
        )
    arrive(world, "阿诚")
    with world.siyu.database.reading() as session:
        cast = casting.of_plan(session, found, world.siyu.programme, Options(5))
        tally = running.rehearse(session, cast, world.siyu.programme, world.now)
        summary = summaries.of(session, cast, tally)
    said = {(step["name"], step["version"]): step["said"] for step in summary["steps"]}
    assert said == {("新的", 2): 1, ("第一天 (v1)", 1): 1, ("旧的 (v1)", 1): 1}
    assert [row["number"] for row in summary["calendar"]] == [0, 1, 2]


def test_parts_of_the_members_add_up_to_all_of_them(world: World):
    arrive(world, *NAMES)
    plan = ready(world, says("立刻", minutes=0), says("第一天", days=1, at="09:00"))
    with world.siyu.database.reading() as session:
        cast = casting.of_plan(session, plan, world.siyu.programme, Options(5))
        whole = running.rehearse(session, cast, world.siyu.programme, world.now)
    options = Options(5)
    parts = running.rehearse_in_parallel(world.siyu.settings, plan.id, options, world.now, 2)
    assert parts == whole


def test_the_command_prints_the_calendar_and_one_members_days(world: World):
    from click.testing import CliRunner

    arrive(world, *NAMES)
    plan = ready(world, says("立刻", minutes=0), says("第一天", days=1, at="09:00"))
    with world.siyu.database.reading() as session:
        member_id = world.member(session, "小雨").id
    command, runner = commands.command(world.siyu), CliRunner()
    printed = runner.invoke(command, [str(plan.id), "--days", "5"])
    assert printed.exit_code == 0, printed.output
    assert "七天 · v1 · 5 天 days · 3 会员 members" in printed.output
    assert "2026-11-02  立刻: 3" in printed.output
    story = runner.invoke(command, [str(plan.id), "--member", str(member_id)])
    assert "says  立刻  customer_service" in story.output
    assert runner.invoke(command, ["999"]).exit_code == 1


@pytest.mark.parametrize("wrong", [["--days", "0"], ["--reactions", "101"]])
def test_the_command_refuses_what_makes_no_sense(world: World, wrong: list[str]):
    from click.testing import CliRunner

    assert CliRunner().invoke(commands.command(world.siyu), ["1", *wrong]).exit_code == 2
