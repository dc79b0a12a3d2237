"""A rehearsal counts everybody's days to come, and leaves no trace."""

from typing import Any

import pytest
import sqlalchemy as sa

from app.domain.outreach import plans
from app.domain.outreach.plans import Plan, State
from app.rehearsals import casting, commands, running, summaries
from app.rehearsals.casting import Options
from app.schema import metadata
from tests import shop
from tests.world import World

NAMES = shop.NAMES[:3]
DAYS = 6


def arrive(world: World, *names: str) -> None:
    for name in names:
        world.event(name, "subscribe")
        world.says(name, "你好")
    world.work()


def says(name: str, **when: Any) -> dict[str, Any]:
    message = {"kind": "text", "content": {"text": name}}
    return {"name": name, "when": {"kind": "after", **when}, "message": message}


def ready(world: World, *steps: dict[str, Any], **more: Any) -> Plan:
    """A plan that runs, whose trigger has still to come."""
    definition = {"audience": "member", "trigger": {"kind": "manual"}, "steps": list(steps)} | more
    with world.siyu.database.writing() as session:
        where = world.channel(session).id
        plan = plans.draft(
            session, name="七天", channel_id=where, definition=definition, now=world.now
        )
        plans.move_to(session, plan, State.RUNNING, world.now)
        return plan


def rows_of_everything(world: World) -> dict[str, list[Any]]:
    with world.siyu.database.reading() as session:
        return {
            table.name: sorted(map(repr, session.execute(sa.select(table))))
            for table in metadata.sorted_tables
        }


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
