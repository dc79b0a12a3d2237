"""``rehearse``: a plan's days to come, printed."""

import os
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.outreach.journeys.plans import Plan
from app.domain.people.members import Member
from app.rehearsals import casting, keeping, running, summaries
from app.rehearsals.casting import Cast, Options
from app.wiring import Siyu
from sop.rehearsing.casts import Moment

DAYS_MAX = 366


def command(siyu: Siyu) -> click.Command:
    @click.command("rehearse")
    @click.argument("plan_id", metavar="PLAN", type=int)
    @click.option("--days", type=click.IntRange(1, DAYS_MAX), default=30, show_default=True)
    @click.option(
        "--reactions",
        type=click.IntRange(0, 100),
        default=0,
        show_default=True,
        help="How many in a hundred do what a step waits for.",
    )
    @click.option("--alone", is_flag=True, help="Without the other plans that run.")
    @click.option("--member", "member_id", type=int, help="One member's days, moment by moment.")
    @click.option("--processes", type=click.IntRange(1), help="As many as the machine has cores.")
    @click.option("--json", "to", type=click.Path(path_type=Path), help="Write JSON there instead.")
    def rehearse(
        plan_id: int,
        days: int,
        reactions: int,
        alone: bool,
        member_id: int | None,
        processes: int | None,
        to: Path | None,
    ) -> None:
        """Show what a plan will do to whom, day by day. Sends nothing, writes nothing."""
        now, options = siyu.clock(), Options(days, reactions, not alone)
        with siyu.database.reading() as session:
            plan = session.get(Plan, plan_id)
            if plan is None:
                raise click.ClickException(f"没有计划 {plan_id} / there is no plan {plan_id}")
            cast = casting.of_plan(session, plan, siyu.programme, options)
            if member_id is not None:
                _tell_story(siyu, session, cast, member_id, now)
                return
            told = _rehearsed(siyu, session, cast, options, now, processes)
        if to is not None:
            keeping.keep(to, told)
            return
        for line in _lines(told):
            click.echo(line)

    return rehearse


def _rehearsed(
    siyu: Siyu,
    session: Session,
    cast: Cast,
    options: Options,
    now: datetime,
    processes: int | None,
) -> Mapping[str, Any]:
    members = session.scalar(sa.select(sa.func.count()).select_from(Member)) or 0
    many = processes or (os.cpu_count() or 1 if members > running.SMALL else 1)
    if many > 1:
        tally = running.rehearse_in_parallel(siyu.settings, cast.plans[0].id, options, now, many)
    else:
        tally = running.rehearse(session, cast, siyu.programme, now, progress=_progress)
    return summaries.of(session, cast, tally)


def _progress(people: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{people}", nl=False, err=True)


def _tell_story(siyu: Siyu, session: Session, cast: Cast, member_id: int, now: datetime) -> None:
    if session.get(Member, member_id) is None:
        raise click.ClickException(f"没有会员 {member_id} / there is no member {member_id}")
    for moment in running.story_of(session, cast, member_id, siyu.programme, now):
        click.echo(_line_of(moment, cast, siyu))


def _line_of(moment: Moment, cast: Cast, siyu: Siyu) -> str:
    present = next(plan for plan in cast.plans if plan.id == moment.plan_id)
    plan = cast.house.older.get((moment.plan_id, moment.version), present)
    step = plan.definition.steps[moment.step].name if moment.step is not None else ""
    over = ", ".join(f"{way[0]} ✗ {why}" for way, why in moment.passed_over)
    parts = (
        f"{moment.at.astimezone(siyu.programme.zone):%Y-%m-%d %H:%M}",
        f"plan {moment.plan_id}" + (f" v{plan.version}" if plan is not present else ""),
        moment.what,
        step,
        moment.way[0] if moment.way else "",
        moment.reason or "",
        f"({moment.waited_for})" if moment.waited_for else "",
        over,
    )
    return "  ".join(part for part in parts if part)


def _lines(told: Mapping[str, Any]) -> Iterator[str]:
    head = "{plan} · v{version} · {days} 天 days · {people} 会员 members"
    yield head.format(**told)
    yield "入组 enrolled {entered} · 发出 said {said} · 对照组 held out {held_out}".format(**told)
    for step in told["steps"]:
        yield f"  {step['name']}: {step['said'] or step['done']}"
        for kind in ("withheld", "waited"):
            for reason, times in step[kind].items():
                yield f"    {kind} {reason}: {times}"
    yield "日历 calendar"
    for row in told["calendar"]:
        yield f"  {row['on']}  {row['step']}: {row['said'] or row['done']}"
    yield "每日各方式 volumes (all plans)"
    for row in told["volumes"]:
        over = f"  超出 over the limit: {row['over']}" if row["over"] else ""
        yield f"  {row['on']}  {row['way']} {row['channel']}: {row['messages']}{over}"
    for row in told["passed_over"]:
        yield f"  {row['step']}: {row['way']} {row['channel']} ✗ {row['reason']}: {row['times']}"
    for row in told["collisions"]:
        yield f"  {row['on']}  与“{row['plan']}”同日 same day as {row['plan']}: {row['members']}"
