"""Would she get this plan's messages?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.outreach.journeys import holdouts, plans
from app.domain.outreach.journeys.enrolments import Enrolment
from app.domain.outreach.journeys.plans import Plan
from app.domain.people import members
from app.domain.people.channel_kinds import MEDIA
from app.domain.people.channels import Channel, Kind
from app.domain.people.members import Member
from app.explaining import checks
from app.explaining.checks import SAID, UNDER_WAY, WILL, WILL_NOT, Check, Explanation, final
from app.journeys import facts, past
from app.journeys.facts import Asked
from app.outbox import OutboxMessage
from app.programme import Programme
from app.rehearsals import casting, running
from app.rehearsals.casting import Cast, Options
from app.sending import routes
from sop.plans import PlanDefinition
from sop.rehearsing.casts import ENTERS, SAYS, WITHHELD, Moment

DAYS = 30  # ahead, and as far back as a trigger is looked for


def explain(
    session: Session, plan: Plan, member: Member, programme: Programme, now: datetime
) -> Explanation:
    return _Asking(session, plan, member, programme, now).explanation()


@dataclass(slots=True)
class _Asking:
    session: Session
    plan: Plan
    member: Member
    programme: Programme
    now: datetime

    def explanation(self) -> Explanation:
        session, now = self.session, self.now
        cast = casting.of_plan(session, self.plan, self.programme, Options(DAYS))
        story = running.story_of(session, cast, self.member.id, self.programme, now)
        own = [moment for moment in story if moment.plan_id == self.plan.id]
        enrolled = self._enrolments()
        version = enrolled[-1].version if enrolled else self.plan.version
        definition = plans.definition_of(session, self.plan.id, version)
        asked = list(self._checks(definition, enrolled, own))
        said = checks.messages_to(session, self.member.id, OutboxMessage.plan_id == self.plan.id)
        return self._judged(asked, said, cast, story, own)

    def _checks(
        self, definition: PlanDefinition, enrolled: Sequence[Enrolment], own: Sequence[Moment]
    ) -> Iterator[Check]:
        session, plan, member = self.session, self.plan, self.member
        yield checks.of_plan_state(plan)
        yield from checks.approval_of_plan(session, plan, self.now)
        yield checks.halt(session)
        channel = session.get_one(Channel, plan.channel_id)
        asked = Asked(crowds=definition.crowds)
        known = facts.of_members(session, [member.id], asked, self.programme, self.now)
        medium = MEDIA.get(Kind(channel.kind))
        her_facts, category = known[member.id].facts, definition.category
        yield from checks.of_audience(
            session, member, her_facts, definition.filter, category, medium
        )
        yield self._entry(definition, enrolled, own)
        held_out = self._is_held_out(definition, enrolled)
        yield final("plan_holdout", "held_out" if held_out else None)
        number = self._next_message(definition, enrolled, own)
        if number is not None:
            step = definition.steps[number]
            assert step.message is not None
            route = routes.resolve(session, step.route, channel, "member")
            yield from checks.of_ways(session, route, step.message, member.id, self.now)
        yield from checks.of_manners(session, member, category, self.programme, self.now)

    def _is_held_out(self, definition: PlanDefinition, enrolled: Sequence[Enrolment]) -> bool:
        """It was decided when she came in; else as it would be."""
        if enrolled and enrolled[-1].ended_at is None and enrolled[-1].due_step is not None:
            return enrolled[-1].held_out_at is not None
        return holdouts.is_of_plan(self.plan.id, f"member:{self.member.id}", definition)

    def _entry(
        self, definition: PlanDefinition, enrolled: Sequence[Enrolment], own: Sequence[Moment]
    ) -> Check:
        """How she got in, or why she did not."""
        inside = next((one for one in enrolled if one.ended_at is None), None)
        if inside is not None:
            return final("entry", None, **_whereabouts(definition, inside))
        trigger = definition.trigger
        comes = next((moment for moment in own if moment.what == ENTERS), None)
        if comes is not None and trigger.happening is None and trigger.kind != "manual":
            return final("entry", None, comes_at=comes.at)
        if enrolled:
            last = enrolled[-1]
            fields = _whereabouts(definition, last) | {"reentry": definition.reentry.kind}
            return final("entry", last.end_reason or "finished", **fields)
        return final(
            "entry",
            "trigger_not_met",
            trigger=trigger.kind,
            happened_at=self._triggered_at(definition),
        )

    def _triggered_at(self, definition: PlanDefinition) -> datetime | None:
        """When it happened all the same: before the plan ran, or when it did not mean her."""
        happening = definition.trigger.happening
        if happening is None:
            return None
        since = {happening.kind: self.now - timedelta(days=DAYS)}
        happened = past.of_members(self.session, [self.member.id], since).get(self.member.id, ())
        met = [one.at for one in happened if happening.is_met_by(one)]
        return max(met, default=None)

    def _next_message(
        self, definition: PlanDefinition, enrolled: Sequence[Enrolment], own: Sequence[Moment]
    ) -> int | None:
        """The step that speaks next; else the first one that speaks at all."""
        speaking = [n for n, step in enumerate(definition.steps) if step.message is not None]
        coming = [one.step for one in own if one.what in (SAYS, WITHHELD) and one.step in speaking]
        due = [one.due_step for one in enrolled if one.due_step in speaking]
        return next(iter([*due, *coming, *speaking]), None)

    def _enrolments(self) -> Sequence[Enrolment]:
        hers = Enrolment.member_id.in_(members.records_of(self.session, self.member.id))
        rows = sa.select(Enrolment).where(Enrolment.plan_id == self.plan.id, hers)
        return self.session.scalars(rows.order_by(Enrolment.id)).all()

    def _judged(
        self,
        asked: Sequence[Check],
        said: Sequence[OutboxMessage],
        cast: Cast,
        story: Sequence[Moment],
        own: Sequence[Moment],
    ) -> Explanation:
        against = checks.first_against(asked)
        comes = next((one for one in own if one.what in (SAYS, WITHHELD)), None)
        waiting = next((one for one in said if one.state in UNDER_WAY), None)
        verdict, reason, at = _verdict(against, waiting, comes, said)
        return Explanation(verdict, reason, at, asked, said, cast, story)


def _whereabouts(definition: PlanDefinition, enrolment: Enrolment) -> dict[str, object]:
    step = enrolment.due_step
    return {
        "enrolled_at": enrolment.enrolled_at,
        "event_id": enrolment.event_id,
        "version": enrolment.version,
        "step": definition.steps[step].name if step is not None else "",
        "due_at": enrolment.due_at,
    }


def _verdict(
    against: Check | None,
    waiting: OutboxMessage | None,
    comes: Moment | None,
    said: Sequence[OutboxMessage],
) -> tuple[str, str | None, datetime | None]:
    if against is None and waiting is not None:
        return WILL, waiting.reason, waiting.due_at
    if against is None and comes is not None and comes.what == SAYS:
        return WILL, comes.waited_for, comes.at
    if any(one.state in checks.REACHED_HER for one in said):
        return SAID, against.reason if against else None, None
    if against is not None:
        return WILL_NOT, against.reason, None
    if comes is not None:
        return WILL_NOT, comes.reason, None
    return WILL_NOT, (said[-1].reason if said else None) or "nothing_comes", None
