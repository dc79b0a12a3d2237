"""Clock triggers: plans that nothing starts but the time. All of it is set-based: whoever is meant
comes in with one statement, however many they are.

- ``cron``: everybody whom the plan means, once an occurrence.
- ``birthday``: those of them whose birthday is so many days ahead.
- ``silent``: those who were last heard of just so long ago. Who was silent longer when the plan
  began is enrolled by hand, or not at all.
- ``segment_entered``: those who meet the filter and have never been in. What happens to a member
  lets her in at once (``hearing``); this finds those who came to meet it in another way.
- ``joined``, of groups: those first seen since the plan runs.

It may be called as often as one likes. After a downtime ``late`` decides, as for steps: of several
times a cron was due only the last counts, and silence is not missed for a time of day.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.outreach import audience, enrolments, plan_clocks, plans
from app.domain.outreach.enrolments import Enrolment
from app.domain.outreach.plan_clocks import PlanClock
from app.domain.outreach.plans import Plan, State
from app.domain.people.groups import Group
from app.domain.people.members import Member
from app.programme import Programme
from sop import calendars, cron_moments, lateness, wall_clocks
from sop.plans import PlanDefinition

SWEEP_EVERY = timedelta(minutes=10)
LOOKS_BACK = timedelta(days=31)  # as far as a plan can be late, and a day
FIRST_YEAR = 1900  # of birthdays
DAY = timedelta(days=1)

_Due = tuple[datetime, str, sa.Select[int]]  # since when, its name, and for whom


def run(session: Session, programme: Programme, now: datetime) -> int:
    """Takes in whoever the clock brings into running plans by ``now``. Returns how many."""
    came = 0
    for plan in plans.in_state(session, State.RUNNING):
        starts = _STARTS.get((plan.audience, plan.trigger))
        if starts is None:
            continue
        clock = plan_clocks.locked(session, plan)
        if clock.looked_at < now:
            definition = plans.definition_of(session, plan.id, plan.version)
            came += starts(session, plan, definition, clock, programme, now)
    return came


def _by_cron(
    session: Session,
    plan: Plan,
    definition: PlanDefinition,
    clock: PlanClock,
    programme: Programme,
    now: datetime,
) -> int:
    cron, last = definition.trigger.cron, None
    assert cron is not None
    at = max(clock.looked_at, now - LOOKS_BACK)
    while found := cron_moments.first(cron, at, definition.skip, programme.zone):
        at, on, time_of_day = found
        if at > now:
            break
        last = (at, f"{on}T{time_of_day:%H:%M}", audience.of(session, plan))
    due = [last] if last else []
    return _take_in(session, plan, definition, clock, due, programme, now)


def _by_birthday(
    session: Session,
    plan: Plan,
    definition: PlanDefinition,
    clock: PlanClock,
    programme: Programme,
    now: datetime,
) -> int:
    at = definition.trigger.at
    assert at is not None
    since, due = max(clock.looked_at, now - LOOKS_BACK), []
    for on in _days(since.astimezone(programme.zone).date(), programme.business_day(now)):
        began_at = wall_clocks.moment(on, at, programme.zone)
        if since < began_at <= now:
            born = Member.birthday_on.in_(born_on(on + timedelta(definition.trigger.days)))
            due.append((began_at, str(on), audience.of(session, plan).where(born)))
    return _take_in(session, plan, definition, clock, due, programme, now)


def _by_silence(
    session: Session,
    plan: Plan,
    definition: PlanDefinition,
    clock: PlanClock,
    programme: Programme,
    now: datetime,
) -> int:
    silence = timedelta(days=definition.trigger.days)
    since = clock.looked_at
    if definition.late.otherwise == "skip":
        since = max(since, now - definition.late.within)
    fell_silent = sa.and_(
        Member.last_seen_at > since - silence, Member.last_seen_at <= now - silence
    )
    clock.looked_at = now
    subjects, entry = (
        audience.of(session, plan).where(fell_silent),
        str(programme.business_day(now)),
    )
    return enrolments.enrol_all(session, plan, subjects, programme.zone, now, entry=entry)


def _by_filter(
    session: Session,
    plan: Plan,
    _definition: PlanDefinition,
    clock: PlanClock,
    programme: Programme,
    now: datetime,
) -> int:
    is_first_look = clock.looked_at == plan.state_changed_at
    if not is_first_look and now < clock.looked_at + SWEEP_EVERY:
        return 0
    clock.looked_at = now
    has_been_in = sa.exists().where(Enrolment.plan_id == plan.id, Enrolment.member_id == Member.id)
    subjects = audience.of(session, plan).where(~has_been_in)
    return enrolments.enrol_all(session, plan, subjects, programme.zone, now)


def _by_first_sight(
    session: Session,
    plan: Plan,
    _definition: PlanDefinition,
    clock: PlanClock,
    programme: Programme,
    now: datetime,
) -> int:
    """``looked_at`` stays: a group that is being met at this moment is there only later on."""
    subjects = sa.select(Group.id).where(
        Group.channel_id == plan.channel_id,
        Group.dismissed_at.is_(None),
        Group.created_at > clock.looked_at,
        ~sa.exists().where(Enrolment.plan_id == plan.id, Enrolment.group_id == Group.id),
    )
    return enrolments.enrol_all(session, plan, subjects, programme.zone, now)


def _take_in(
    session: Session,
    plan: Plan,
    definition: PlanDefinition,
    clock: PlanClock,
    due: list[_Due],
    programme: Programme,
    now: datetime,
) -> int:
    """Everybody who is due, unless it is too late for that. What is put off is found again then,
    since up to it nothing counts as looked at."""
    if clock.put_off_until is not None and now < clock.put_off_until:
        return 0
    came, later = 0, None
    for at, occurrence, subjects in due:
        due_at = max(at, clock.put_off_until or at)
        decision = lateness.decide(definition.late, due_at, now, programme.zone, definition.skip)
        if isinstance(decision, datetime):
            later = decision
        elif decision == "go":
            came += enrolments.enrol_all(
                session, plan, subjects, programme.zone, now, entry=occurrence
            )
    clock.put_off_until = later
    if later is None:
        clock.looked_at = now
    return came


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


_Starts = Callable[
    [Session, Plan, PlanDefinition, PlanClock, Programme, datetime],
    int,
]
_STARTS: Mapping[tuple[str, str], _Starts] = {
    ("member", "cron"): _by_cron,
    ("group", "cron"): _by_cron,
    ("member", "birthday"): _by_birthday,
    ("member", "silent"): _by_silence,
    ("member", "segment_entered"): _by_filter,
    ("group", "joined"): _by_first_sight,
}
