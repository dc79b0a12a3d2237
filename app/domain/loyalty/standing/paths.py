"""Paths: the way of a member through the tiers, worked out from what she has done and the day.

She goes up on the very day on which she meets a higher level. A level is hers until the last day
of its period; whoever meets it on that day keeps it for another. Else a time of grace begins, in
which meeting the level on any day makes it hers anew; after the grace she falls to the level that
she meets then or met on the last day (or by one level only, as the terms have it).

What was paid back counts as never bought: the whole way is walked again over what is left, so
where she stands depends on her rows and the day alone, never on when somebody looked.
"""

from dataclasses import dataclass, replace
from datetime import date

from app.domain.loyalty.standing import periods
from app.domain.loyalty.standing.histories import History
from app.domain.loyalty.standing.periods import DAY
from app.domain.loyalty.standing.tier_terms import Terms


@dataclass(frozen=True, slots=True)
class Place:
    """``level`` as its number, the lowest 0, hers since ``since_on`` and until the end of
    ``last_on``, or for ever. In grace she falls when ``falls_on`` begins; ``met_at_end`` is the
    level she met on the last day."""

    level: int = 0
    since_on: date | None = None
    last_on: date | None = None
    falls_on: date | None = None
    met_at_end: int = 0


@dataclass(frozen=True, slots=True)
class Ending:
    """She falls to ``level`` when ``falls_on`` begins, if she does nothing more."""

    level: int
    falls_on: date


def walk(terms: Terms, history: History, begins: Place, today: date) -> Place:
    """Where she stands at the end of ``today``. ``begins`` is where her way began, by default on
    the lowest level before everything; on the day it began she may meet more."""
    first = begins.since_on or date.min
    if terms.is_timeless:
        return replace(begins, level=level_met(terms, history, today, begins.level))
    place, days = begins, history.days(first, today)
    if begins.since_on is not None:
        place = _reach(terms, begins.level, first)
        days = days if first in days[:1] else [first, *days]
    for on in days:
        place = _come_to(terms, history, place, on)
        missed = place.level - 1 if place.falls_on is not None else place.level
        met = level_met(terms, history, on, missed)
        if met > missed:
            place = _reach(terms, met, on)
    return _come_to(terms, history, place, today)


def at_dawn(terms: Terms, history: History, begins: Place, on: date) -> Place:
    """Where the clock alone has brought her when this day begins, before she has done anything."""
    return _come_to(terms, history, walk(terms, history, begins, on - DAY), on)


def level_met(terms: Terms, history: History, on: date, at_least: int = 0) -> int:
    """The highest level that is met at the end of this day, none below ``at_least``."""
    for number in range(len(terms.levels) - 1, at_least, -1):
        if history.meets(terms.levels[number], on):
            return number
    return at_least


def ending(terms: Terms, history: History, place: Place) -> Ending | None:
    """Whether what she has done so far is too little to keep her level at the end of its period."""
    if place.falls_on is not None:
        return Ending(_fallen(terms, history, place, place.falls_on).level, place.falls_on)
    if place.last_on is None:
        return None
    after = _come_to(terms, history, place, place.last_on + DAY)
    if after.last_on is not None and after.last_on > place.last_on and after.level == place.level:
        return None
    falls_on = after.falls_on or place.last_on + DAY
    fallen = _fallen(terms, history, after, falls_on) if after.falls_on else after
    return Ending(fallen.level, falls_on)


def next_look_on(terms: Terms, place: Place, today: date) -> date | None:
    """The next day on which the clock alone may change something, or tell her of it."""
    if place.falls_on is not None:
        return place.falls_on
    if place.last_on is None:
        return None
    is_told_first = terms.notice_days and today < notice_on(terms, place.last_on)
    return notice_on(terms, place.last_on) if is_told_first else place.last_on + DAY


def notice_on(terms: Terms, last_on: date) -> date:
    """From which day on she is told that her period ends."""
    return last_on - DAY * terms.notice_days


def _reach(terms: Terms, level: int, on: date) -> Place:
    return Place(level, on, periods.last_day(terms.kept, on) if level else None)


def _come_to(terms: Terms, history: History, place: Place, on: date) -> Place:
    """What the clock alone does to her up to the beginning of this day."""
    while True:
        if place.falls_on is not None:
            if on < place.falls_on:
                return place
            place = _fallen(terms, history, place, place.falls_on)
        elif place.last_on is not None and place.last_on < on:
            place = _end_period(terms, history, place, place.last_on)
        else:
            return place


def _end_period(terms: Terms, history: History, place: Place, last_on: date) -> Place:
    met = level_met(terms, history, last_on)
    if met >= place.level:
        return replace(place, last_on=periods.following(terms.kept, last_on))
    ended = replace(place, falls_on=last_on + DAY * (1 + terms.grace_days), met_at_end=met)
    return ended if terms.grace_days else _fallen(terms, history, ended, last_on + DAY)


def _fallen(terms: Terms, history: History, place: Place, on: date) -> Place:
    met = max(place.met_at_end, level_met(terms, history, on - DAY))
    lowest = place.level - 1 if terms.falls == "one_level" else 0
    return _reach(terms, min(max(met, lowest), place.level - 1), on)
