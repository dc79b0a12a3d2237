"""Running a rehearsal: through all people, in as many processes as the machine has cores."""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from multiprocessing import get_context
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from app.domain.outreach.journeys.plans import Plan
from app.programme import Programme
from app.rehearsals import casting, people
from app.rehearsals.casting import Cast, Options
from app.rehearsals.people import Part
from app.rehearsals.tallies import Tally
from sop.rehearsing import rehearsals
from sop.rehearsing.casts import Moment, Person

if TYPE_CHECKING:
    from app.config import Settings

SMALL = 5000  # so many members are gone through before other processes would have started
Progress = Callable[[int], None]


def rehearse(
    session: Session,
    cast: Cast,
    programme: Programme,
    now: datetime,
    part: Part = people.ALL,
    progress: Progress = lambda _: None,
) -> Tally:
    """Everybody's days from ``now`` on, counted."""
    tally = Tally()
    for person in _people(session, cast, programme, now, part):
        tally.add(_days_of(person, cast, now), programme.zone)
        if not tally.people % 1000:
            progress(tally.people)
    return tally


def rehearse_in_parallel(
    settings: "Settings", plan_id: int, options: Options, now: datetime, processes: int
) -> Tally:
    """The same, each process with its part of the members. They begin anew, so that nothing of
    this one (threads, connections) is in them by chance."""
    tally = Tally()
    parts = [Part(number, processes) for number in range(processes)]
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        for its_part in pool.map(partial(_one_part, settings, plan_id, options, now), parts):
            tally.merge(its_part)
    return tally


def _one_part(
    settings: "Settings", plan_id: int, options: Options, now: datetime, part: Part
) -> Tally:
    from app.wiring import wire

    siyu = wire(settings)
    with siyu.database.reading() as session:
        plan = session.get_one(Plan, plan_id)
        cast = casting.of_plan(session, plan, siyu.programme, options)
        return rehearse(session, cast, siyu.programme, now, part)


def story_of(
    session: Session, cast: Cast, member_id: int, programme: Programme, now: datetime
) -> list[Moment]:
    """One member's days, moment by moment."""
    found = people.some_members(session, cast, [member_id], programme, now)
    return [moment for person in found for moment in _days_of(person, cast, now)]


def _people(
    session: Session, cast: Cast, programme: Programme, now: datetime, part: Part
) -> Iterator[Person]:
    audiences = {plan.definition.audience for plan in cast.plans}
    if "member" in audiences:
        yield from people.members(session, cast, programme, now, part)
    if "group" in audiences and part.number == 0:
        yield from people.groups(session, cast, programme, now)


def _days_of(person: Person, cast: Cast, now: datetime) -> Iterator[Moment]:
    audience = "group" if person.subject.startswith("group:") else "member"
    concerned = [plan for plan in cast.plans if plan.definition.audience == audience]
    return rehearsals.of(person, concerned, cast.house, now, now + timedelta(days=cast.days))
