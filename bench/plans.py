"""Plans: a million enrolments that wait, on both databases. What the tick costs when none of them
is due, how many due steps are passed a second, and how late they are when a thousand fall due each
second. The peer, APScheduler with a job for every member, puts the same message into the outbox.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import journeys, worker
from app.db import Database
from app.domain.outreach.journeys import enrolments, plans
from app.domain.outreach.journeys.enrolments import Enrolment
from app.domain.outreach.journeys.plans import Plan, State
from app.domain.people.members import Member
from app.outbox import OutboxMessage
from app.scheduler import TICK_S, Clock
from app.wiring import Siyu
from bench import cores, crowds, house, job_each
from bench.rows import ROUNDS, Row

MEMBERS = 1_000_000
TICKS = 50
AT_ONCE = 10_000
A_SECOND, SECONDS = 1_000, 20
TICK_MS_MAX, LATE_S_MAX = 50, 5
AWAY = timedelta(days=30)


def rows(members: int = MEMBERS) -> Iterator[Row]:
    """On both databases, with so many ``members`` in one plan."""
    with crowds.databases() as urls:
        for name, url in urls.items():
            with house.furnished(url) as siyu:
                yield from _on(siyu, name, members)


def _on(siyu: Siyu, name: str, members: int) -> list[Row]:
    channel_id = crowds.gather(siyu.database, members)
    nobody_ms, _busy_ms = _tick_ms(siyu)
    with siyu.database.writing() as session:
        plan = _running(session, channel_id, siyu.clock())
        enrolments.enrol_all(session, plan, sa.select(Member.id), siyu.programme.zone, siyu.clock())
    crowds.settle(siyu.database)
    tick_ms, busy_ms = _tick_ms(siyu)
    begin = iter(range(1, members, AT_ONCE))
    rounds = [_passed_a_second(siyu, next(begin)) for _ in range(ROUNDS)]
    passed, by_core = (statistics.median(rates) for rates in zip(*rounds, strict=True))
    late_s = _late_s(siyu, next(begin))
    jobs = job_each.done_a_second(siyu, channel_id)
    waiting, steps = f"{members:,} enrolled, {name}", f"due steps passed, {name}"
    return [
        Row(f"tick, nothing due, {waiting}", "ms", tick_ms, "the same, nobody enrolled", nobody_ms),
        Row(f"tick, nothing due, {waiting}", "ms", tick_ms, "at most", TICK_MS_MAX),
        Row(f"a core's time for it, {waiting}", "ms", busy_ms, "at most", TICK_MS_MAX),
        Row(steps, "/s", passed, "wanted", A_SECOND),
        Row(f"due steps passed by one core, {name}", "/s", by_core, "wanted", A_SECOND),
        Row(steps, "/s", passed, "an APScheduler job for each member", jobs),
        Row(f"late at {A_SECOND:,} a second, p99, {name}", "s", late_s, "at most", LATE_S_MAX),
    ]


def _running(session: Session, channel_id: int, now: datetime) -> Plan:
    said = {"kind": "text", "content": {"text": "{nickname|亲}，早上好"}}
    steps = [
        {"name": str(days), "when": {"kind": "after", "days": days, "at": "09:00"}, "message": said}
        for days in (AWAY.days, AWAY.days + 1)
    ]
    definition: dict[str, Any] = {
        "audience": "member",
        "trigger": {"kind": "manual"},
        "filter": crowds.FILTER,
        "steps": steps,
    }
    plan = plans.draft(session, name="bench", channel_id=channel_id, definition=definition, now=now)
    plans.move_to(session, plan, State.RUNNING, now)
    return plan


def _tick_ms(siyu: Siyu) -> tuple[float, float]:
    """The slowest in twenty by the clock, and what the usual one takes of a core; the first few
    ticks have more to do than to look."""
    clock = Clock(siyu)
    clock.tick()
    times, busy_s = cores.spent(
        siyu.database, lambda: [_seconds(clock.tick) * 1000 for _ in range(TICKS)]
    )
    clock.give_back()
    return statistics.quantiles(times, n=20)[-1], busy_s * 1000 / TICKS


def _passed_a_second(siyu: Siyu, first_id: int) -> tuple[float, float]:
    """So many fall due at once: how many are passed in a second by the clock, and of a core."""
    _let_fall_due(siyu.database, first_id, AT_ONCE, siyu.clock(), timedelta(0))
    passed = 0

    def run() -> None:
        nonlocal passed
        passed = worker.run_plans(siyu)

    took_s, busy_s = cores.spent(siyu.database, lambda: _seconds(run))
    assert passed == AT_ONCE, passed
    return passed / took_s, passed / busy_s


def _late_s(siyu: Siyu, first_id: int) -> float:
    """A thousand fall due each second, evenly; a tick a second looks, as the scheduler does. How
    late are all but the latest one in a hundred, when what they say is committed?"""
    begin, apart = siyu.clock() + timedelta(seconds=TICK_S), timedelta(seconds=1 / A_SECOND)
    count = A_SECOND * SECONDS
    _let_fall_due(siyu.database, first_id, count, begin, apart)
    late_s: list[float] = []
    while len(late_s) < count:
        began_s = time.perf_counter()
        for passed in _commits(siyu):
            now = siyu.clock()
            numbers = range(len(late_s), len(late_s) + passed)  # passed in the order they fall due
            late_s += [(now - begin - apart * number).total_seconds() for number in numbers]
        time.sleep(max(0.0, TICK_S - (time.perf_counter() - began_s)))
    return statistics.quantiles(late_s, n=100)[-1]


def _commits(siyu: Siyu) -> Iterator[int]:
    """The transactions of ``worker.run_plans``: how many steps each of them has passed."""
    passed = 1
    while passed:
        with siyu.database.writing() as session:
            passed = journeys.run_due(session, siyu.programme, siyu.clock())
        yield passed


def _let_fall_due(
    database: Database, first_id: int, count: int, begin: datetime, apart: timedelta
) -> None:
    """In the order of their members' ids."""
    with database.writing() as session:
        session.execute(
            sa.update(Enrolment),
            [
                {"id": number, "due_at": begin + apart * (number - first_id)}
                for number in range(first_id, first_id + count)
            ],
        )
        session.execute(sa.delete(OutboxMessage))


def _seconds(work: Callable[[], object]) -> float:
    began_s = time.perf_counter()
    work()
    return time.perf_counter() - began_s
