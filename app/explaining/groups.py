"""Would this group get a plan's or a broadcast's messages, or has it got them?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.outreach import manners
from app.domain.outreach.broadcasts import Broadcast, Recipient
from app.domain.outreach.journeys import enrolments, holdouts, plans
from app.domain.outreach.journeys.enrolments import Enrolment
from app.domain.outreach.journeys.plans import Plan
from app.domain.people.channels import Channel
from app.domain.people.groups import Group
from app.explaining import checks
from app.explaining.checks import SAID, UNDER_WAY, WILL, WILL_NOT, Check, Explanation, final
from app.outbox import Address, OutboxMessage
from app.programme import Programme
from app.sending import reaching, routes
from sop import audiences
from sop import broadcasts as sop_broadcasts
from sop.audiences import GroupFilter
from sop.routes import Way as RouteWay


@dataclass(frozen=True, slots=True)
class Asking:
    """Of one group, at one moment."""

    session: Session
    group: Group
    programme: Programme
    now: datetime

    @property
    def subject(self) -> str:
        return f"group:{self.group.id}"

    def of_plan(self, plan: Plan) -> Explanation:
        session = self.session
        inside = enrolments.latest_of_group(session, plan.id, self.group.id)
        version = inside.version if inside else plan.version
        asked = list(self._of_plan(plan, version, inside))
        due_at = inside.due_at if inside else None
        return self._judged(asked, self._said(OutboxMessage.plan_id == plan.id), due_at)

    def of_broadcast(self, broadcast: Broadcast) -> Explanation:
        asked = list(self._of_broadcast(broadcast))
        said = self._said(OutboxMessage.broadcast_id == broadcast.id)
        return self._judged(asked, said, broadcast.scheduled_at or self.now)

    def _of_plan(self, plan: Plan, version: int, inside: Enrolment | None) -> Iterator[Check]:
        session, definition = self.session, plans.definition_of(self.session, plan.id, version)
        yield checks.of_plan_state(plan)
        yield from checks.approval_of_plan(session, plan, self.now)
        yield checks.halt(session)
        channel = session.get_one(Channel, plan.channel_id)
        assert isinstance(definition.filter, GroupFilter), "a plan for groups"
        yield from self._of_audience(channel, definition.filter)
        yield _entry(definition.trigger.kind, inside)
        held_out = holdouts.is_of_plan(plan.id, self.subject, definition)
        yield final("plan_holdout", "held_out" if held_out else None)
        speaking = [one for one in definition.steps if one.message is not None]
        due = inside.due_step if inside and inside.due_step is not None else None
        step = definition.steps[due] if due is not None else next(iter(speaking), None)
        if step is not None and step.message is not None:
            yield from self._of_ways(channel, step.route)
        yield self._of_quiet_hours(definition.category)

    def _of_broadcast(self, broadcast: Broadcast) -> Iterator[Check]:
        session, definition = self.session, broadcast.parsed
        yield checks.of_broadcast_state(broadcast)
        yield from checks.approval_of_broadcast(session, broadcast, self.now)
        yield checks.halt(session)
        channel = session.get_one(Channel, broadcast.channel_id)
        if broadcast.launched_at is None:
            assert isinstance(definition.filter, GroupFilter), "a broadcast to groups"
            yield from self._of_audience(channel, definition.filter)
        else:
            number = session.get(Recipient, (broadcast.id, self.group.id))
            reason = None if number is not None else "not_frozen"
            yield final("frozen", reason, at=broadcast.launched_at)
        held_out = sop_broadcasts.gets_nothing(definition, broadcast.split, self.subject)
        yield final("broadcast_holdout", "held_out" if held_out else None)
        yield from self._of_ways(channel, definition.route)
        yield self._of_quiet_hours(definition.category)

    def _of_audience(self, channel: Channel, chosen: GroupFilter) -> Iterator[Check]:
        is_gone = self.group.dismissed_at is not None
        yield final("group_presence", "group_dismissed" if is_gone else None)
        is_elsewhere = self.group.channel_id != channel.id
        yield final("group_channel", "other_channel" if is_elsewhere else None)
        yield final("group_audience", audiences.reason_against_group(chosen, self.group.tier_label))

    def _of_ways(self, channel: Channel, route: Sequence[RouteWay]) -> Iterator[Check]:
        """The last one that is closed closes them all."""
        reasons = []
        for way in routes.resolve(self.session, route, channel, "group").ways:
            told = reaching.groups_over(self.session, way, [self.group.id], self.now)
            found = told[self.group.id]
            reason = way.problem or (None if isinstance(found, Address) else found)
            reasons.append(reason)
            fields = {"way": way.name, "channel": way.channel.name}
            yield Check("way", reason is None, reason, fields=fields)
        if reasons and all(reasons):
            yield final("ways", reasons[0] if len(reasons) == 1 else "no_way")

    def _of_quiet_hours(self, category: str) -> Check:
        """Groups have quiet hours, on the programme's clock, and no caps."""
        quiet, zone = manners.in_force(self.session).quiet, self.programme.zone
        until = quiet.until(category, self.now, zone) if quiet else None
        return Check(
            "quiet", until is None, "quiet_hours" if until else None, fields={"until": until}
        )

    def _said(self, of_what: sa.ColumnElement[bool]) -> Sequence[OutboxMessage]:
        rows = sa.select(OutboxMessage).where(OutboxMessage.group_id == self.group.id, of_what)
        return self.session.scalars(rows.order_by(OutboxMessage.id)).all()

    def _judged(
        self, asked: Sequence[Check], said: Sequence[OutboxMessage], at: datetime | None
    ) -> Explanation:
        against = checks.first_against(asked)
        waiting = next((one for one in said if one.state in UNDER_WAY), None)
        reason = against.reason if against else None
        if against is None and waiting is not None:
            return Explanation(WILL, waiting.reason, waiting.due_at, asked, said)
        if any(one.state in checks.REACHED_HER for one in said) and (against or at is None):
            return Explanation(SAID, reason, None, asked, said)
        if against is None and at is not None:
            return Explanation(WILL, None, at, asked, said)
        reason = reason or (said[-1].reason if said else None) or "nothing_comes"
        return Explanation(WILL_NOT, reason, None, asked, said)


def _entry(trigger: str, inside: Enrolment | None) -> Check:
    if inside is None:
        return final("entry", "trigger_not_met", trigger=trigger)
    fields = {"enrolled_at": inside.enrolled_at, "version": inside.version}
    is_over = inside.ended_at is not None
    return final("entry", inside.end_reason or "finished" if is_over else None, **fields)
