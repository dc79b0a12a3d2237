"""Saying: what steps of a batch say becomes rows of the outbox, one each, also when it is not to be
sent: then the row says why. So what a plan did to whom is always complete."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import lanes, outbox
from app.domain.outreach import limits
from app.domain.outreach.enrolments import Enrolment
from app.domain.outreach.plans import Plan
from app.domain.people.channel_kinds import MEDIA
from app.domain.people.channels import Channel, Kind
from app.domain.people.groups import Group
from app.domain.people.members import Identity
from app.journeys import wordings
from app.journeys.facts import KnownOf
from app.journeys.wordings import Saying, Worded
from app.programme import Programme
from app.sending import direct_lines
from sop import audiences
from sop.audiences import Filter, GroupFilter

UNSENT_AFTER = timedelta(hours=24)


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
    reach = _Reach(session, plan, sayings, known)
    worded = {
        one.key: Worded.as_written(one, reason)
        for one in sayings
        if (reason := reach.reason_against(one)) is not None
    }
    wanted = [one for one in sayings if one.key not in worded]
    worded |= wordings.of_all(session, plan, wanted, known, programme, now)
    rows = [_row(plan, one, reach, worded[one.key], now) for one in sayings]
    outbox.put_all(session, rows)


def _row(
    plan: Plan, saying: Saying, reach: "_Reach", worded: Worded, now: datetime
) -> dict[str, Any]:
    enrolment, due = saying.enrolment, saying.due
    nowhere = outbox.Address(plan.channel_id, "", enrolment.member_id, enrolment.group_id)
    return outbox.row(
        reach.address(enrolment) or nowhere,
        key=saying.key,
        purpose="plan",
        kind=worded.kind,
        content=worded.content,
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
        pipe=lanes.BROADCASTS,
        due_at=now,
        expires_at=(enrolment.due_at or now) + UNSENT_AFTER,
        reason=worded.reason or reach.reason_against_text(worded.content),
        now=now,
    )


class _Reach:
    """Knows of everybody in a batch where they are reached, and why nothing is to be said."""

    def __init__(
        self,
        session: Session,
        plan: Plan,
        sayings: Sequence[Saying],
        known: Mapping[int, KnownOf],
    ):
        kind = session.get_one(Channel, plan.channel_id).kind
        self._session, self._plan, self._known = session, plan, known
        self._medium = MEDIA.get(Kind(kind))
        self._text_bytes_max = limits.text_bytes_max(session, kind)
        ids = [one.enrolment.member_id for one in sayings if one.enrolment.member_id is not None]
        self._names = _names_on(session, plan.channel_id, ids)

    def address(self, enrolment: Enrolment) -> outbox.Address | None:
        if enrolment.group_id is not None:
            group = self._session.get_one(Group, enrolment.group_id)
            return outbox.Address(group.channel_id, group.external_id, None, group.id)
        assert enrolment.member_id is not None
        if self._medium is not None:
            return direct_lines.address(self._plan.channel_id, enrolment.member_id)
        name = self._names.get(enrolment.member_id)
        return outbox.Address(self._plan.channel_id, name, enrolment.member_id) if name else None

    def reason_against(self, saying: Saying) -> str | None:
        """Why she is told nothing: it is too late, or she is not in the plan's audience now."""
        chosen, enrolment = saying.definition.filter, saying.enrolment
        if saying.is_missed:
            return "missed"
        if self.address(enrolment) is None:
            return "not_reachable"
        if isinstance(chosen, GroupFilter):
            group = self._session.get_one(Group, enrolment.group_id)
            return audiences.reason_against_group(chosen, group.tier_label)
        assert isinstance(chosen, Filter)
        of_her = self._known[enrolment.member_id or 0]
        reason = self._reason_of_her(of_her)
        return reason or audiences.reason_against(chosen, of_her.facts.tier, of_her.facts.tags)

    def reason_against_text(self, content: Mapping[str, Any]) -> str | None:
        """An operator's words are not cut behind her back."""
        text = str(content.get("text", ""))
        return "text_too_long" if len(text.encode()) > self._text_bytes_max else None

    def _reason_of_her(self, of_her: KnownOf) -> str | None:
        """A plan over a direct line recalls those who have left, any other is for those who are
        here."""
        member = of_her.member
        if self._medium is not None:
            if member.left_at is None:
                return "came_back"
            return direct_lines.reason_against(self._session, member, self._medium)
        if member.left_at is not None:
            return "left"
        return "opted_out" if member.opted_out_at is not None else None


def _names_on(session: Session, channel_id: int, member_ids: Sequence[int]) -> dict[int, str]:
    """As whom members follow this very account: the latest they are known by."""
    rows = session.execute(
        sa.select(Identity.member_id, Identity.external_id)
        .where(
            Identity.member_id.in_(member_ids),
            Identity.channel_id == channel_id,
            Identity.unfollowed_at.is_(None),
        )
        .order_by(Identity.id)
    )
    return {row.member_id: row.external_id for row in rows}
