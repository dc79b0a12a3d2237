"""Rehearsing a plan of ten steps over thirty days for a hundred thousand members, in as many
processes as there are cores. The floor is the bare loop over the same people, had already in
memory, in one process: what is decided, without asking the database who they are.
"""

import os
import time
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.outreach.journeys import plans
from app.domain.outreach.journeys.plans import Plan, State
from app.domain.people.members import Identity
from app.rehearsals import casting, people, running
from app.rehearsals.casting import Options
from app.wiring import Siyu
from bench import cores, crowds, house
from bench.rows import Row
from sop.rehearsing import rehearsals

MEMBERS = 100_000
STEPS, DAYS = 10, 30
SAMPLE = 2_000  # of them are enough for the floor: nobody's days depend on another's
SECONDS_MAX = 60
AHEAD = timedelta(days=DAYS)


def rows(members: int = MEMBERS) -> list[Row]:
    """On SQLite."""
    with house.furnished() as siyu:
        channel_id = crowds.gather(siyu.database, members)
        with siyu.database.writing() as session:
            plan_id = _running(session, channel_id, siyu.clock()).id
        count, options = os.cpu_count() or 1, Options(DAYS, with_others=False)
        began_s, how = time.perf_counter(), (siyu.settings, plan_id, options, siyu.clock(), count)
        tally, busy_s = cores.spent(siyu.database, lambda: running.rehearse_in_parallel(*how))
        ours_s = time.perf_counter() - began_s
        assert tally.people == members, tally.people
        assert sum(tally.said.values()) + sum(tally.withheld.values()) == members * STEPS, tally
        floor_s = _bare_s(siyu, plan_id, options) * members / SAMPLE / count
    what = f"{members:,} members rehearsed, {STEPS} steps in {DAYS} days"
    return [
        Row(what, "s", ours_s, "at most", SECONDS_MAX),
        Row(f"{what}: a core of {count}", "s", busy_s / count, "at most", SECONDS_MAX),
        Row(what, "s", ours_s, "bare loop, people in memory", floor_s),
    ]


def _bare_s(siyu: Siyu, plan_id: int, options: Options) -> float:
    now = siyu.clock()
    with siyu.database.reading() as session:
        plan = session.get_one(Plan, plan_id)
        cast = casting.of_plan(session, plan, siyu.programme, options)
        everybody = people.some_members(session, cast, range(1, SAMPLE + 1), siyu.programme, now)
        known = list(everybody)
    began_s = time.perf_counter()
    for person in known:
        for _ in rehearsals.of(person, cast.plans, cast.house, now, now + AHEAD):
            pass
    return time.perf_counter() - began_s


def _running(session: Session, channel_id: int, now: datetime) -> Plan:
    """A step every third day at ten; everybody is meant, comes in at once and can be written to."""
    session.execute(sa.update(Identity).values(chat_until=now + AHEAD, chat_left=STEPS))
    said = {"kind": "text", "content": {"text": "{nickname|亲}，早上好"}}
    days = range(DAYS // STEPS - 1, DAYS, DAYS // STEPS)
    definition: dict[str, Any] = {
        "audience": "member",
        "trigger": {"kind": "manual"},
        "filter": crowds.FILTER,
        "steps": [
            {
                "name": str(day),
                "when": {"kind": "after", "days": day, "at": "10:00"},
                "message": said,
            }
            for day in days
        ],
    }
    plan = plans.draft(session, name="bench", channel_id=channel_id, definition=definition, now=now)
    plans.move_to(session, plan, State.RUNNING, now)
    return plan
