"""Casting: the plans of a rehearsal, with the ways in which each step would go out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.domain.outreach import manners
from app.domain.outreach.journeys import enrolments, plans
from app.domain.outreach.journeys.plans import Plan, State
from app.domain.people.channels import Channel
from app.programme import Programme
from app.sending import routes
from app.sending.ways import Way
from sop.contents import Message
from sop.plans import PlanDefinition
from sop.rehearsing.casts import House, PlanInRehearsal
from sop.rehearsing.reaches import Place
from sop.times.times_of_day import ActiveHour


@dataclass(frozen=True, slots=True)
class Spoken:
    """A way and what is said over it: whether somebody is reached may depend on both."""

    way: Way
    message: Message

    @property
    def place(self) -> Place:
        return self.way.name, self.way.channel.id


@dataclass(frozen=True, slots=True)
class Options:
    """``days`` ahead; of a hundred members so many ``reactions``; and whether the plans that run
    beside it are rehearsed ``with_others``."""

    days: int = 30
    reactions: int = 0
    with_others: bool = True


@dataclass(frozen=True, slots=True)
class Cast:
    """``versions``: of each plan, by its id, the one that is rehearsed. ``spoken``: every way that
    any step would try. ``days``: how far ahead, and how far back what happened is asked for.
    ``with_others``: the plans that run beside the first were asked for."""

    plans: tuple[PlanInRehearsal, ...]
    versions: Mapping[int, int]
    spoken: tuple[Spoken, ...]
    house: House
    days: int
    with_others: bool = True

    @property
    def definitions(self) -> Sequence[PlanDefinition]:
        return [plan.definition for plan in (*self.plans, *self.house.older.values())]

    @property
    def crowds(self) -> frozenset[str]:
        """The segments and snapshots that any of the plans names."""
        return frozenset(name for plan in self.definitions for name in plan.crowds)

    @property
    def asks_active_hour(self) -> bool:
        whens = (when for plan in self.definitions for when in plan.whens)
        return any(isinstance(getattr(when, "at", None), ActiveHour) for when in whens)

    def looks_back_to(self, now: datetime) -> Mapping[str, datetime]:
        """Since when each kind of happening has to be known."""
        since: dict[str, datetime] = {}
        for plan in self.definitions:
            if plan.trigger.happening is not None:
                _widen(since, plan.trigger.happening.kind, now - timedelta(days=self.days))
            for looking in plan.looks_back:
                days = looking.within_days or self.days
                _widen(since, looking.what.kind, now - timedelta(days=days))
        return since


def of_plan(
    session: Session,
    plan: Plan,
    programme: Programme,
    options: Options,
) -> Cast:
    """This plan in its present version, as if it ran; the others that run beside it; and the
    older versions of each on which somebody still is."""
    others = plans.in_state(session, State.RUNNING) if options.with_others else []
    together = [plan, *(one for one in others if one.id != plan.id)]
    spoken: dict[Place, Spoken] = {}
    rehearsed = [_in_rehearsal(session, one, one.version, spoken) for one in together]
    versions = {one.id: one.version for one in together}
    older = {
        (one.id, version): _in_rehearsal(session, one, version, spoken)
        for one in together
        for version in enrolments.versions_under_way(session, one.id)
        if version != one.version
    }
    house = House(manners.in_force(session), programme.zone, options.reactions, older)
    said = tuple(spoken.values())
    return Cast(tuple(rehearsed), versions, said, house, options.days, options.with_others)


def _in_rehearsal(
    session: Session, plan: Plan, version: int, spoken: dict[Place, Spoken]
) -> PlanInRehearsal:
    definition = plans.definition_of(session, plan.id, version)
    channel = session.get_one(Channel, plan.channel_id)
    ways: dict[int, Sequence[Place]] = {}
    is_recall = False
    for number, step in enumerate(definition.steps):
        if step.message is None:
            continue
        resolved = routes.resolve(session, step.route, channel, definition.audience)
        each = [Spoken(way, way.message or step.message) for way in resolved.ways]
        ways[number] = [one.place for one in each]
        spoken |= {one.place: one for one in each if one.place not in spoken}
        is_recall = not step.route and resolved.ways[0].medium is not None
    return PlanInRehearsal(plan.id, definition, ways, is_recall, version)


def _widen(since: dict[str, datetime], kind: str, at: datetime) -> None:
    since[kind] = min(at, since.get(kind, at))
