"""Rehearsals: what a plan would do in the days to come, to everybody and to one member. A small
house answers at once; in a large one a process of its own does it, and the page asks again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from flask import abort, flash, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.console.frame import Answer, console, go, page, siyu
from app.console.saying import stories
from app.domain.insight import directory
from app.domain.outreach.journeys.plans import Plan
from app.domain.people.members import Member
from app.rehearsals import casting, keeping, running, summaries
from app.rehearsals.casting import Options
from app.rehearsals.commands import DAYS_MAX
from app.rehearsals.keeping import Kept

AT_ONCE = 1000  # so many members are gone through within a request
FOUND_MAX = 10
WHOLE_MONTHS_DAYS = 62  # longer rehearsals show only the days on which something comes
HEATS = 5


@dataclass(frozen=True, slots=True)
class Day:
    """A row of the calendar: for each step how many, and how hot that is, from 0 to HEATS."""

    on: str
    cells: Sequence[tuple[int, int]]
    total: int


@console.get("/plans/<int:plan_id>/rehearsal")
def rehearsal(plan_id: int) -> Answer:
    with siyu().database.reading() as session:
        shown = _plan(session, plan_id)
    return page("automation/rehearsal.html", plan=shown, **_outcome(plan_id))


@console.get("/plans/<int:plan_id>/rehearsal/outcome")
def rehearsal_outcome(plan_id: int) -> Answer:
    """The part that is asked for again while it is being made."""
    with siyu().database.reading() as session:
        shown = _plan(session, plan_id)
    return page("automation/_rehearsal.html", plan=shown, **_outcome(plan_id))


@console.post("/plans/<int:plan_id>/rehearsal")
def rehearse_plan(plan_id: int) -> Answer:
    house, options, now = siyu(), _options(request.form), siyu().clock()
    with house.database.reading() as session:
        shown = _plan(session, plan_id)
        people = session.scalar(sa.select(sa.func.count()).select_from(Member)) or 0
        if people <= AT_ONCE:
            cast = casting.of_plan(session, shown, house.programme, options)
            tally = running.rehearse(session, cast, house.programme, now)
            path = keeping.path_of(house.settings, plan_id)
            keeping.keep(path, summaries.of(session, cast, tally))
            return go("rehearsal", plan_id=plan_id)
    if not keeping.begin(house.settings, plan_id, options):
        flash(_("这个计划正在排练，请等它结束。"), "warning")
    return go("rehearsal", plan_id=plan_id)


@console.get("/plans/<int:plan_id>/rehearsal/story")
def rehearsal_story(plan_id: int) -> Answer:
    """One member's days, moment by moment; of several who bear the name, whom is meant?"""
    house, wanted = siyu(), request.args.get("who", "").strip()
    with house.database.reading() as session:
        shown = _plan(session, plan_id)
        found = directory.find(session, wanted, house.vault, limit=FOUND_MAX) if wanted else []
        if len(found) != 1:
            return page("automation/_rehearsal_whom.html", plan=shown, found=found)
        cast = casting.of_plan(session, shown, house.programme, _options(request.args))
        moments = running.story_of(session, cast, found[0].id, house.programme, house.clock())
        lines = stories.lines(session, cast, moments)
        return page("automation/_rehearsal_story.html", plan=shown, member=found[0], lines=lines)


def _options(given: Mapping[str, str]) -> Options:
    try:
        days, reactions = int(given.get("days", "30")), int(given.get("reactions", "0"))
    except ValueError:
        abort(400)
    if not (1 <= days <= DAYS_MAX and 0 <= reactions <= 100):
        abort(400)
    return Options(days, reactions, with_others=given.get("alone") != "1")


def _outcome(plan_id: int) -> dict[str, Any]:
    kept = keeping.of_plan(siyu().settings, plan_id)
    return {"kept": kept, "told": kept.told, "calendar": _calendar(kept), "days_max": DAYS_MAX}


def _calendar(kept: Kept) -> Sequence[Day]:
    """Days by steps. Where nothing comes there is a blank, so that gaps are seen as gaps."""
    if kept.told is None or not kept.told["calendar"]:
        return []
    steps = range(len(kept.told["steps"]))
    counted: dict[str, dict[int, int]] = {}
    for row in kept.told["calendar"]:
        counted.setdefault(row["on"], {})[row["number"]] = row["said"] + row["done"]
    most = max(number for of_day in counted.values() for number in of_day.values())
    days = []
    for on in _days(sorted(counted), kept.told["days"]):
        numbers = [counted.get(on, {}).get(step, 0) for step in steps]
        days.append(Day(on, [(number, _heat(number, most)) for number in numbers], sum(numbers)))
    return days


def _days(told: Sequence[str], days: int) -> Sequence[str]:
    if days > WHOLE_MONTHS_DAYS:
        return told
    first, last = date.fromisoformat(told[0]), date.fromisoformat(told[-1])
    return [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]


def _heat(number: int, most: int) -> int:
    return -(-number * HEATS // most) if most else 0


def _plan(session: Session, plan_id: int) -> Plan:
    return session.get(Plan, plan_id) or abort(404)
