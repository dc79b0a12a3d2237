"""Nightly: the figures of everybody, worked out anew.

Orders and activity are read in columns, the models are fitted to all buyers, and what comes of it
is written a few ten thousand members to a transaction, so that nobody waits long for a row. Killed
on the way, it is begun anew: what it has written is right, and is written again. Whom an order has
changed meanwhile is worked out once more in the end, with what this night has fitted.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db import Database
from app.domain.insight import figure_rules, figure_tags, figurings
from app.domain.insight.figurings import Figuring
from app.domain.insight.member_figures import MemberFigures
from app.domain.people import members
from app.domain.people.members import Member
from app.figuring import at_once, baskets, keeping, summaries, sums
from app.figuring.columns import Ints
from app.figuring.sums import Known
from app.programme import Programme
from tagging import figure_columns, figures
from tagging.figure_columns import take
from tagging.figures import Fitted, Rules
from tagging.order_columns import Calendar, OrderSums

AT_ONCE = 50_000  # members a transaction
ANEW_AT_ONCE = 100
UNFINISHED = timedelta(minutes=1)  # what was begun before the orders were read has ended by then
Tick = Callable[[str, int], None]  # hears of a piece of work: which kind, and how many


@dataclass(frozen=True, slots=True)
class House:
    """What the work needs of the house it runs in."""

    database: Database
    programme: Programme
    clock: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Read:
    """Everything that was read."""

    sums: OrderSums
    known: Known
    hours_of: Ints
    hours: Ints

    def hour(self, member_ids: Ints) -> Ints:
        """-1 where it is not known."""
        place = np.searchsorted(self.hours_of, member_ids).clip(max=max(len(self.hours_of) - 1, 0))
        if not len(self.hours_of):
            return np.full(len(member_ids), -1)
        return np.where(self.hours_of[place] == member_ids, self.hours[place], -1)


def run(house: House, tick: Tick, fitted: Fitted | None = None) -> int:
    """Works everybody's figures out, with what the orders tell or what is ``fitted`` already.
    Returns the figuring's id. Raises figurings.AnotherIsAtWork."""
    begun_at = house.clock()
    on = house.programme.business_day(begun_at)
    with house.database.writing() as session:
        rules_id, rules = figure_rules.in_force(session)
        figuring_id = figurings.begin(session, rules_id, on, begun_at).id
    today = on.toordinal()
    why_not: dict[str, str] = {}
    read = _read(house, tick, begun_at)
    if fitted is None:
        fitted, why_not = figure_columns.fit(read.sums, rules, today)
    for rows in _rows(read, rules, fitted, today, figuring_id, begun_at):
        with house.database.writing() as session:
            figurings.go_on(session, figuring_id, house.clock())
            keeping.keep(session, rows, figuring_id, begun_at - UNFINISHED, house.clock())
            figure_tags.settle(session, (rows[0][0], rows[-1][0]), house.clock())
        tick("members", len(rows))
    _forget_absorbed(house)
    baskets.learn(house.database, Calendar(house.programme.zone), house.clock())
    _end(house, figuring_id, read, fitted, why_not)
    _once_more(house, begun_at - UNFINISHED, tick)
    return figuring_id


def _read(house: House, tick: Tick, now: datetime) -> Read:
    calendar = Calendar(house.programme.zone)
    with house.database.reading() as session:
        return Read(
            sums.of_orders(session, calendar, lambda count: tick("orders", count)),
            sums.of_members(session, calendar),
            *sums.of_hours(session, calendar, now),
        )


def _rows(
    read: Read, rules: Rules, fitted: Fitted, today: int, figuring_id: int, now: datetime
) -> Iterator[list[tuple[Any, ...]]]:
    """The rows of the table, so many at once: first of those who have bought, then of those who
    were only seen."""
    bought = np.isin(read.known.member_ids, read.sums.member_ids, assume_unique=True)
    for start in range(0, len(read.sums.member_ids), AT_ONCE):
        some = take(read.sums, slice(start, start + AT_ONCE))
        found = figure_columns.of(some, rules, fitted, today)
        hours = read.hour(some.member_ids)
        yield list(keeping.rows_of(some, found, hours, figuring_id, now))
    others = np.flatnonzero(~bought & (read.known.seen_day != sums.NEVER))
    for start in range(0, len(others), AT_ONCE):
        here = others[start : start + AT_ONCE]
        ids, known = read.known.member_ids[here], read.known.known_day[here]
        stages = figure_columns.stages_without_orders(
            known, read.known.seen_day[here], rules, fitted, today
        )
        yield list(keeping.rows_without_orders(ids, stages, read.hour(ids), figuring_id, now))


def _forget_absorbed(house: House) -> None:
    """Records that have become one with others, and were figured while they did."""
    absorbed = sa.select(Member.id).where(Member.same_as_id.is_not(None))
    with house.database.writing() as session:
        session.execute(sa.delete(MemberFigures).where(MemberFigures.member_id.in_(absorbed)))


def _end(
    house: House, figuring_id: int, read: Read, fitted: Fitted, why_not: dict[str, str]
) -> None:
    with house.database.reading() as session:
        summary = summaries.of(session)
    with house.database.writing() as session:
        figuring = session.get_one(Figuring, figuring_id)
        figuring.fitted, figuring.why_not = figures.as_written(fitted), dict(why_not)
        figuring.summary = summary
        figuring.members = len(read.sums.member_ids)
        figuring.orders = int(read.sums.orders.sum())
        figuring.ended_at = house.clock()


def _once_more(house: House, since: datetime, tick: Tick) -> None:
    """Whom an event has figured since the orders were read."""
    touched = sa.select(MemberFigures.member_id).where(
        MemberFigures.figuring_id.is_(None), MemberFigures.figured_at >= since
    )
    with house.database.reading() as session:
        ids = session.scalars(touched.order_by(MemberFigures.member_id)).all()
    for start in range(0, len(ids), ANEW_AT_ONCE):
        with house.database.writing() as session:
            for member_id in ids[start : start + ANEW_AT_ONCE]:
                _figure_one(session, house, member_id)
        tick("once more", len(ids[start : start + ANEW_AT_ONCE]))


def _figure_one(session: Session, house: House, member_id: int) -> None:
    member = members.hold(session, member_id)
    if member.id == member_id:
        at_once.figure(session, member, house.programme, house.clock())
