"""Saying: what steps of a batch say becomes rows of the outbox, one each, also when it is not to be
sent: then the row says why. So what a plan did to whom is always complete."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app import outbox
from app.domain.outreach.journeys.plans import Plan
from app.domain.people.channel_kinds import MEDIA
from app.domain.people.channels import Channel, Kind
from app.domain.people.groups import Group
from app.journeys import wordings
from app.journeys.facts import KnownOf
from app.journeys.wordings import Saying
from app.programme import Programme
from app.sending import direct_lines, routes
from app.sending.choices import Chosen
from sop import audiences
from sop.audiences import Filter, GroupFilter
from sop.manners import UNASKED
from sop.times import lateness


def say_all(
    session: Session,
    plan: Plan,
    sayings: Sequence[Saying],
    known: Mapping[int, KnownOf],
    programme: Programme,
    now: datetime,
) -> None:
    """Puts what all of them say into the outbox."""
    if not sayings:
        return
    wanting = _Wanting(session, plan, known)
    chosen = {
        one.key: routes.nowhere(one.message, reason)
        for one in sayings
        if (reason := wanting.reason_against(one)) is not None
    }
    wanted = [one for one in sayings if one.key not in chosen]
    chosen |= wordings.of_all(session, plan, wanted, programme, now)
    rows = [_row(plan, one, chosen[one.key], now) for one in sayings]
    outbox.put_all(session, rows)


def _row(plan: Plan, saying: Saying, chosen: Chosen, now: datetime) -> dict[str, Any]:
    enrolment, due = saying.enrolment, saying.due
    nowhere = outbox.Address(plan.channel_id, "", enrolment.member_id, enrolment.group_id)
    return outbox.row(
        chosen.address or nowhere,
        key=saying.key,
        purpose="plan",
        kind=chosen.kind,
        content=chosen.content,
        cause=outbox.Cause(
            f"plan:{plan.id}/step:{due.step + 1}",
            enrolment.version,
            enrolment.event_id,
            plan_id=plan.id,
            enrolment_id=enrolment.id,
            step=due.step,
            category=saying.definition.category,
            variant=saying.variant,
        ),
        pipe=chosen.pipe,
        due_at=now,
        expires_at=(enrolment.due_at or now) + lateness.UNSENT_AFTER,
        ways_left=chosen.ways_left,
        passed_over=chosen.passed_over,
        reason=chosen.reason,
        now=now,
    )


class _Wanting:
    """Knows of everybody in a batch why nothing is to be said to them."""

    def __init__(self, session: Session, plan: Plan, known: Mapping[int, KnownOf]):
        self._session, self._known = session, known
        self._medium = MEDIA.get(Kind(session.get_one(Channel, plan.channel_id).kind))

    def reason_against(self, saying: Saying) -> str | None:
        """Why she is told nothing: it is too late, or she is not in the plan's audience now."""
        chosen, enrolment = saying.definition.filter, saying.enrolment
        if saying.is_missed:
            return "missed"
        if isinstance(chosen, GroupFilter):
            group = self._session.get_one(Group, enrolment.group_id)
            return audiences.reason_against_group(chosen, group.tier_label)
        assert isinstance(chosen, Filter)
        of_her = self._known[enrolment.member_id or 0]
        reason = self._reason_of_her(of_her, saying.definition.category)
        return reason or of_her.reason_outside(chosen)

    def _reason_of_her(self, of_her: KnownOf, category: str) -> str | None:
        """A plan over a direct line recalls those who have left, any other is for those who are
        here. Who has opted out is served all the same."""
        member = of_her.member
        if self._medium is not None:
            if member.left_at is None:
                return "came_back"
            return direct_lines.reason_against(self._session, member, self._medium)
        if member.left_at is not None:
            return "left"
        is_unwanted = member.opted_out_at is not None and category in UNASKED
        return "opted_out" if is_unwanted else None
