"""Clock triggers: plans that nothing starts but the time. All of it is set-based: whoever is meant
comes in with one statement, however many they are.

- ``cron``: everybody whom the plan means, once an occurrence.
- ``birthday``: those of them whose birthday is so many days ahead.
- ``silent``: those who were last heard of just so long ago. Who was silent longer when the plan
  began is enrolled by hand, or not at all.
- ``replenish``: those who bought a product just so long ago as it takes to remind of it, and not
  again since; see tagging.replenishment.
- ``segment_entered``: those who meet the filter and have never been in; and, where the filter
  names a segment, those who have come into that again, as far as the plan takes them again. What
  happens to a member lets her in at once (``hearing``); this finds those who came to meet it in
  another way, and for a segment the clock alone may be that.
- ``joined``, of groups: those first seen since the plan runs.

It may be called as often as one likes. After a downtime ``late`` decides, as for steps: of several
times a cron was due only the last counts, and silence is not missed for a time of day.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.alone import Alone, together
from app.domain.insight import products
from app.domain.loyalty import orders
from app.domain.outreach import audience
from app.domain.outreach.journeys import enrolments, plan_clocks, plans
from app.domain.outreach.journeys.enrolments import Enrolment
from app.domain.outreach.journeys.plan_clocks import PlanClock
from app.domain.outreach.journeys.plans import Plan, State
from app.domain.people.groups import Group
from app.domain.people.members import Member
from app.programme import Programme
from app.segments import crowds, entering
from sop.audiences import Filter
from sop.plans import PlanDefinition
from sop.times import calendars, cron_moments, lateness, wall_clocks

SWEEP_EVERY = timedelta(minutes=10)
SEGMENTS_EVERY = timedelta(hours=1)
LOOKS_BACK = timedelta(days=31)  # as far as a plan can be late, and a day
FIRST_YEAR = 1900  # of birthdays
DAY = timedelta(days=1)

_Due = tuple[datetime, str, sa.Select[int]]  # since when, its name, and for whom


@dataclass(frozen=True, slots=True)
class _Look:
    """The clock looks at one plan."""

    plan: Plan
    definition: PlanDefinition
    clock: PlanClock
    programme: Programme
    now: datetime


def run(session: Session, programme: Programme, now: datetime, *, alone: Alone = together) -> int:
    """Takes in whoever the clock brings into running plans by ``now``. Returns how many."""
    came = 0
    for plan in plans.in_state(session, State.RUNNING):
        if (plan.audience, plan.trigger) in _STARTS:
            look = partial(_look, session, plan, programme, now)
            came += alone(session, f"plan_clock:{plan.id}", look, 0)
    return came


def _look(session: Session, plan: Plan, programme: Programme, now: datetime) -> int:
    clock = plan_clocks.locked(session, plan)
    if clock.looked_at >= now:
        return 0
    definition = plans.definition_of(session, plan.id, plan.version)
    starts = _STARTS[plan.audience, plan.trigger]
    return starts(session, _Look(plan, definition, clock, programme, now))


def _by_cron(session: Session, look: _Look) -> int:
    cron, last = look.definition.trigger.cron, None
    assert cron is not None
    at = max(look.clock.looked_at, look.now - LOOKS_BACK)
    while found := cron_moments.first(cron, at, look.definition.skip, look.programme.zone):
        at, on, time_of_day = found
        if at > look.now:
            break
        last = (at, f"{on}T{time_of_day:%H:%M}", _meant(session, look))
    return _take_in(session, look, [last] if last else [])


def _by_birthday(session: Session, look: _Look) -> int:
    trigger, zone, now = look.definition.trigger, look.programme.zone, look.now
    assert trigger.at is not None
    since, due = max(look.clock.looked_at, now - LOOKS_BACK), []
    for on in _days(since.astimezone(zone).date(), look.programme.business_day(now)):
        began_at = wall_clocks.moment(on, trigger.at, zone)
        if since < began_at <= now:
            born = Member.birthday_on.in_(born_on(on + timedelta(trigger.days)))
            due.append((began_at, str(on), _meant(session, look).where(born)))
    return _take_in(session, look, due)


def _by_silence(session: Session, look: _Look) -> int:
    now, late = look.now, look.definition.late
    silence = timedelta(days=look.definition.trigger.days)
    since = look.clock.looked_at
    if late.otherwise == "skip":
        since = max(since, now - late.within)
    fell_silent = sa.and_(
        Member.last_seen_at > since - silence, Member.last_seen_at <= now - silence
    )
    look.clock.looked_at = now
    subjects = _meant(session, look).where(fell_silent)
    return _enrol_all(session, look, subjects, str(look.programme.business_day(now)))


def _by_replenishment(session: Session, look: _Look) -> int:
    since, came = look.clock.looked_at, 0
    late, wanted = look.definition.late, look.definition.trigger.sku
    if late.otherwise == "skip":
        since = max(since, look.now - late.within)
    for days, skus in products.reminders(session).items():
        meant = [sku for sku in skus if wanted in ("", sku)]
        if meant:
            ago = timedelta(days=days)
            buyers = orders.last_buyers(meant, since - ago, look.now - ago)
            subjects = _meant(session, look).where(Member.id.in_(buyers))
            entry = f"{look.programme.business_day(look.now)}:{meant[0]}"
            came += _enrol_all(session, look, subjects, entry)
    look.clock.looked_at = look.now
    return came


def _by_filter(session: Session, look: _Look) -> int:
    plan, since, chosen = look.plan, look.clock.looked_at, look.definition.filter
    segment = chosen.segment if isinstance(chosen, Filter) else ""
    is_first_look = since == plan.state_changed_at
    if not is_first_look and look.now < since + (SEGMENTS_EVERY if segment else SWEEP_EVERY):
        return 0
    look.clock.looked_at = look.now
    subjects: sa.Select[*tuple[Any, ...]] = _meant(session, look)
    comes = ~sa.exists().where(Enrolment.plan_id == plan.id, Enrolment.member_id == Member.id)
    segment_id = entering.look(session, segment, look.now) if segment else None
    if segment_id is not None:
        comes_back, by = entering.entry_since(segment_id, since)
        comes, subjects = sa.or_(comes, comes_back), subjects.add_columns(by)
    return _enrol_all(session, look, subjects.where(comes))


def _by_first_sight(session: Session, look: _Look) -> int:
    """``looked_at`` stays: a group that is being met at this moment is there only later on."""
    plan = look.plan
    subjects = sa.select(Group.id).where(
        Group.channel_id == plan.channel_id,
        Group.dismissed_at.is_(None),
        Group.created_at > look.clock.looked_at,
        ~sa.exists().where(Enrolment.plan_id == plan.id, Enrolment.group_id == Group.id),
    )
    return _enrol_all(session, look, subjects)


def _take_in(session: Session, look: _Look, due: list[_Due]) -> int:
    """Everybody who is due, unless it is too late for that. What is put off is found again then,
    since up to it nothing counts as looked at."""
    clock, now, plan = look.clock, look.now, look.definition
    if clock.put_off_until is not None and now < clock.put_off_until:
        return 0
    came, later = 0, None
    for at, occurrence, subjects in due:
        due_at = max(at, clock.put_off_until or at)
        decision = lateness.decide(plan.late, due_at, now, look.programme.zone, plan.skip)
        if isinstance(decision, datetime):
            later = decision
        elif decision == "go":
            came += _enrol_all(session, look, subjects, occurrence)
    clock.put_off_until = later
    if later is None:
        clock.looked_at = now
    return came


def _enrol_all(
    session: Session, look: _Look, subjects: sa.Select[*tuple[Any, ...]], entry: str = ""
) -> int:
    zone = look.programme.zone
    return enrolments.enrol_all(session, look.plan, subjects, zone, look.now, entry=entry)


def _meant(session: Session, look: _Look) -> sa.Select[int]:
    return audience.of(session, look.plan, crowds.at(session, look.now))


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += DAY


def born_on(on: date) -> list[date]:
    """The days of birth that are kept on this day; 29 February on the 28th in common years."""
    born = (
        date(year, on.month, day)
        for year in range(FIRST_YEAR, on.year + 1)
        for day in range(on.day, calendars.length_of_month(date(year, on.month, 1)) + 1)
    )
    return [it for it in born if calendars.anniversary(it, on.year) == on]


_Starts = Callable[[Session, _Look], int]
_STARTS: Mapping[tuple[str, str], _Starts] = {
    ("member", "cron"): _by_cron,
    ("group", "cron"): _by_cron,
    ("member", "birthday"): _by_birthday,
    ("member", "silent"): _by_silence,
    ("member", "replenish"): _by_replenishment,
    ("member", "segment_entered"): _by_filter,
    ("group", "joined"): _by_first_sight,
}
