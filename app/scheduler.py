"""The scheduler: a tick a second that finds in the tables what waits, and wakes it.

It holds no queue of its own, so it may be killed at any moment, and two of them do no harm: only
the one that has the clock's lease ticks. When Redis is away it does the work itself, slower.
"""

import gc
import os
import signal
import socket
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

import structlog
from apscheduler.schedulers.blocking import BlockingScheduler
from sqlalchemy.exc import OperationalError

from app import experiments, inbox, lanes, start, tryouts, wakeups, worker
from app.broadcasting import figures
from app.clockwork import (
    birthdays,
    dues,
    expiry_notices,
    ledger_nights,
    memberships,
    nights,
    points_due,
    radar_nights,
    referrals,
    rosters,
    segment_counts,
    tag_expiry,
    tier_periods,
    tier_schemes,
    unpaid_redemptions,
)
from app.clockwork.figure_nights import FigureNights
from app.config import Settings
from app.domain import imports
from app.domain.insight import keyword_hits
from app.domain.outreach import broadcasts
from app.domain.outreach.journeys import enrolments
from app.domain.people import merges
from app.figuring import telling
from app.journeys import clock_triggers
from app.lanes import LaneLost, Lease
from app.merging import leftovers, twins
from app.sending import call_rates, gathering, holds, staff_jobs, waiting
from app.wiring import Siyu, wire

TICK_S = 1
LOOK_S = 60  # for the work of the night
GATHERING_EVERY = timedelta(seconds=3)
EXPIRY_EVERY = timedelta(minutes=1)
COUNT_EVERY = timedelta(minutes=1)
STARTS_EVERY = timedelta(minutes=1)
ROSTERS_EVERY = timedelta(minutes=1)
STANDINGS_EVERY = timedelta(minutes=1)
STANDING_LOOKS = (
    *tier_schemes.LOOKS,
    *(tier_periods.look, memberships.look, birthdays.put, leftovers.carry),
)
_log = structlog.get_logger(__name__)


class Clock:
    """Ticks while it has the lease, and tries to get it while it has not."""

    def __init__(self, siyu: Siyu):
        self._siyu = siyu
        self._lease: Lease | None = None
        self._next_expiry_at = self._next_starts_at = self._next_gathering_at = siyu.clock()
        self._next_count_at = self._next_standings_at = self._next_rosters_at = siyu.clock()
        self._last_night_on: date | None = None
        self._told_of_expiry_on: date | None = None

    def tick(self) -> None:
        """One look at the tables. A busy or absent database is left to the next tick."""
        duties = (
            *(self._gather, self._wake_what_waits, self._start_plans, self._let_points_expire),
            *(self._count_broadcasts, self._begin_the_night, self._tell_of_expiry),
            *(self._tell_of_figures, self._review_standings, self._change_shifts),
        )
        try:
            if self._leads():
                for duty in duties:
                    _do(duty)
        except OperationalError as error:
            _log.warning("database trouble, next tick tries again", error=str(error.orig))

    def _leads(self) -> bool:
        siyu, now = self._siyu, self._siyu.clock()
        with siyu.database.reading() as session:
            if self._lease is None and lanes.is_taken(session, lanes.CLOCK, 0, now):
                return False
        try:
            with siyu.database.writing() as session:
                if self._lease is None:
                    name = f"{socket.gethostname()}:{os.getpid()}"
                    self._lease = lanes.claim(session, lanes.CLOCK, 0, name, now)
                else:
                    lanes.hold(session, self._lease, now)
        except LaneLost:
            self._lease = None
        return self._lease is not None

    def _gather(self) -> None:
        """What is sent to many at once is put together, a transaction a gathering."""
        siyu, now = self._siyu, self._siyu.clock()
        if now < self._next_gathering_at:
            return
        self._next_gathering_at = now + GATHERING_EVERY
        with siyu.database.reading() as session:
            has_work = gathering.has_work(session, now)
        if not has_work:
            return
        with siyu.waking() as session:
            gathering.gather(session, siyu.programme, now)

    def _wake_what_waits(self) -> None:
        siyu, now = self._siyu, self._siyu.clock()
        with siyu.database.reading() as session:
            work = [(lanes.INBOX, number) for number in inbox.lanes_waiting(session)]
            work += waiting.lanes_due(session, holds.of(session), now)
            if enrolments.have_due(session, now):
                work.append((wakeups.PLANS, 0))
            if broadcasts.in_work(session, now):
                work.append((wakeups.FEEDS, 0))
            if imports.at_work(session):
                work.append((wakeups.IMPORTS, 0))
        for pipe, number in work:
            if not siyu.wakeups.wake(pipe, number):
                worker.work(siyu, pipe, number)

    def _start_plans(self) -> None:
        """Once a minute; the next tick finds what is due to those who have come in, and feeds
        broadcasts whose winner is decided."""
        siyu, now = self._siyu, self._siyu.clock()
        if now >= self._next_starts_at:
            look = siyu.troubles.look(now)
            with siyu.database.writing() as session:
                clock_triggers.run(session, siyu.programme, now, alone=look)
            with siyu.database.writing() as session:
                tryouts.decide_due(session, now, alone=look)
            self._next_starts_at = now + STARTS_EVERY

    def _count_broadcasts(self) -> None:
        """Once a minute: the states of every broadcast at work add up to its audience."""
        siyu, now = self._siyu, self._siyu.clock()
        if now < self._next_count_at:
            return
        with siyu.database.reading() as session:
            for wrong in figures.discrepancies(session):
                _log.error("the states of a broadcast do not add up", broadcast=wrong)
        self._next_count_at = now + COUNT_EVERY

    def _let_points_expire(self) -> None:
        siyu, now = self._siyu, self._siyu.clock()
        if now < self._next_expiry_at:
            return
        more = points_due.book(siyu.database, now)
        with siyu.database.writing() as session:
            more = tag_expiry.run(session, now) or more
            call_rates.forget_past(session, now)
            dues.put(session, siyu.programme, now)
            more = referrals.put(session, now) or more
            unpaid_redemptions.run(session, now)
            experiments.decide_by_rule(session, now)
            staff_jobs.give_up(session, siyu.programme.zone, now)
        ledger_nights.seal(siyu.database, now)
        if not more:
            self._next_expiry_at = now + EXPIRY_EVERY

    def _begin_the_night(self) -> None:
        siyu, now = self._siyu, self._siyu.clock()
        day = nights.begun_on(siyu.programme, now)
        if day is None or day == self._last_night_on:
            return
        with siyu.database.reading() as session:
            alike = twins.find(session)
        with siyu.database.writing() as session:
            nights.begin(session, siyu.programme, day, now)
            keyword_hits.forget_old(session, now)
            merges.suggest(session, alike, now)
        self._last_night_on = day  # the next tick finds what waits

    def _tell_of_expiry(self) -> None:
        """Once a day, after the night's work has begun, a batch a tick."""
        siyu, now = self._siyu, self._siyu.clock()
        day = nights.begun_on(siyu.programme, now)
        if day is None or day == self._told_of_expiry_on:
            return
        with siyu.database.writing() as session:
            more = expiry_notices.put(session, siyu.programme, now)
        if not more:
            self._told_of_expiry_on = day

    def _tell_of_figures(self) -> None:
        """What the night's figures have changed, a batch a tick."""
        siyu = self._siyu
        with siyu.database.reading() as session:
            if not telling.has_work(session):
                return
        with siyu.database.writing() as session:
            telling.tell(session, siyu.clock())

    def _review_standings(self) -> None:
        """Once a minute, and batch after batch while there is more: tiers and paid memberships
        whose day has come, schemes at work, birthdays, points that came back to a record which
        was absorbed. Each is a transaction of its own."""
        siyu, now = self._siyu, self._siyu.clock()
        if now < self._next_standings_at:
            return
        more = False
        for look in STANDING_LOOKS:
            with siyu.database.writing() as session:
                more = look(session, siyu.programme, now) or more
        if not more:
            self._next_standings_at = now + STANDINGS_EVERY

    def _change_shifts(self) -> None:
        """Once a minute: live codes whose staff change are led to who is there."""
        siyu, now = self._siyu, self._siyu.clock()
        if now < self._next_rosters_at:
            return
        with siyu.database.reading() as session:
            code_ids = rosters.find(session, siyu.programme, now)
        if code_ids:
            with siyu.database.writing() as session:
                rosters.put(session, code_ids, now)
        self._next_rosters_at = now + ROSTERS_EVERY

    def give_back(self) -> None:
        """At the end, so that the next scheduler need not wait for the lease to run out."""
        if self._lease is None:
            return
        try:
            with self._siyu.database.writing() as session:
                lanes.release(session, self._lease)
        except LaneLost:
            _log.info("another scheduler had taken over")


def _do(duty: Callable[[], None]) -> None:
    """One of a tick's duties. What nobody foresaw in it is logged, and the others are done."""
    try:
        duty()
    except OperationalError:
        raise
    except Exception:  # noqa: BLE001  the points of a shop do not wait for a broken broadcast
        _log.exception("a duty of the clock failed, the next tick tries again", duty=duty.__name__)


def main() -> None:
    siyu = start.ready(wire(Settings()))
    clock = Clock(siyu)
    scheduler = BlockingScheduler(timezone="UTC")
    scheduler.add_job(clock.tick, "interval", seconds=TICK_S, coalesce=True, max_instances=1)
    figures = FigureNights(siyu)
    scheduler.add_job(figures.look, "interval", seconds=LOOK_S, coalesce=True, max_instances=1)
    for look in (ledger_nights.look, segment_counts.look, radar_nights.look):
        beside = partial(look, siyu)
        scheduler.add_job(beside, "interval", seconds=LOOK_S, coalesce=True, max_instances=1)
    _stop_on_signals(scheduler)
    gc.freeze()  # as in the worker: what has been loaded stays
    _log.info("scheduler ready")
    scheduler.start()
    figures.stop()
    clock.give_back()


def _stop_on_signals(scheduler: BlockingScheduler) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: scheduler.shutdown(wait=True))


if __name__ == "__main__":
    main()
