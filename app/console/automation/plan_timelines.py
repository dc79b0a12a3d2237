"""What one member or group will hear of a plan, moment by moment, from a start on: walked with the
same ``sop.journeys`` that the real engine walks with. How branches and waits come out is assumed,
as the operator chooses."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app import personal
from app.console.automation.plan_previews import StepPreview
from app.console.frame import siyu
from app.domain.people import zones
from app.domain.people.members import Member
from app.programme import Programme
from sop import journeys
from sop.journeys import TIME_OUT, WAITING, Decided, Journey
from sop.plans import PlanDefinition
from sop.steps import ELSE, THEN
from sop.times.grounds import Ground
from sop.times.schedules import Due
from sop.times.when_fields import YEARS

MOMENTS_MAX = 40
INVENTED_BIRTHDAY = timedelta(days=10)  # after the start, so that it comes


@dataclass(frozen=True, slots=True)
class Moment:
    """``assumed`` is the arm that a branch or a wait takes; ``is_time_out``: a wait has ended."""

    at: datetime
    step: StepPreview
    assumed: str = ""
    is_time_out: bool = False


@dataclass(frozen=True, slots=True)
class Timeline:
    """``goes_on``: there is more than is shown."""

    moments: list[Moment] = field(default_factory=list)
    goes_on: bool = False


def of(
    plan: PlanDefinition,
    steps: list[StepPreview],
    assumed: Mapping[int, str],
    ground: Ground,
    start: datetime,
) -> Timeline:
    """``steps`` by their numbers; ``assumed`` by the numbers of branches and waits, ``then`` where
    it says nothing."""
    journey = Journey(start)
    moments: list[Moment] = []
    while (due := journeys.next_due(plan, journey, ground)) is not None:
        if len(moments) == MOMENTS_MAX:
            return Timeline(moments, goes_on=True)
        step = plan.steps[due.step]
        arm = assumed.get(due.step, THEN) if step.branch or step.wait else ""
        heard = steps[due.step].heard_at(due.at)
        moments.append(Moment(due.at, heard, arm, due.occurrence == TIME_OUT))
        journey = _passed(plan, journey, due, arm)
    return Timeline(moments)


def ground_of(
    member: Member | None, plan: PlanDefinition, zone: ZoneInfo, start: datetime
) -> Ground:
    """Hers, or an invented one's."""
    if member is not None:
        zone = zones.of(member, zone)
        subject, birthday = f"member:{member.id}", member.birthday_on
    else:
        subject, birthday = (
            f"{plan.audience}:0",
            (start + INVENTED_BIRTHDAY).astimezone(zone).date(),
        )
    return Ground(zone, subject, birthday_on=birthday, skip=plan.skip)


def values_of(
    session: Session, member: Member, programme: Programme, now: datetime
) -> dict[str, str]:
    """What each placeholder is filled with for her; without those for which she has nothing."""
    names = sorted(personal.known_for_members(session))
    unfilled = [personal.Unfilled({"text": f"{{{name}}}"}, member) for name in names]
    filled = personal.contents_for_members(session, unfilled, programme, now)
    return {
        name: str(one.content["text"])
        for name, one in zip(names, filled, strict=True)
        if one.hole is None
    }


def start_in(written: str) -> datetime:
    """The moment in a field of the page, on the shop's clock; now, where it holds none."""
    try:
        local = datetime.fromisoformat(written)
    except ValueError:
        return siyu().clock()
    if local.year not in YEARS:
        return siyu().clock()
    return local.replace(tzinfo=local.tzinfo or siyu().programme.zone)


def _passed(plan: PlanDefinition, journey: Journey, due: Due, arm: str) -> Journey:
    journey = journeys.passed(plan, journey, due, lambda _: arm != ELSE)
    waits = journey.decided.get(due.step)
    if waits is not None and waits.arm == WAITING and arm == THEN:  # it happens at once
        happened = {**journey.decided, due.step: Decided(THEN, due.at)}
        return replace(journey, decided=happened)
    return journey
