"""Checks: one question each, with its answer and the figures behind it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.outreach import approvals, broadcasts, halts, manners, touches
from app.domain.outreach.broadcasts import Broadcast
from app.domain.outreach.journeys import plans
from app.domain.outreach.journeys.plans import Plan
from app.domain.people import conversations, members, zones
from app.domain.people.channels import Channel
from app.domain.people.members import Identity, Member
from app.journeys import switching
from app.outbox import Address, OutboxMessage, State
from app.programme import Programme
from app.rehearsals.casting import Cast
from app.segments import crowds
from app.sending import direct_lines, reaching
from app.sending.routes import Route
from sop import audiences, caps
from sop.audiences import Filter, GroupFilter
from sop.conditions import Facts
from sop.contents import Message
from sop.manners import UNASKED
from sop.rehearsing.casts import Moment
from sop.times import wall_clocks

SAID, WILL, WILL_NOT = "said", "will", "will_not"
REACHED_HER = (State.ACCEPTED, State.DELIVERED)
STANDS_STILL = (
    *(broadcasts.State.DRAFT, broadcasts.State.PAUSED),
    broadcasts.State.CANCELLED,
)
UNDER_WAY = (State.PLANNED, State.ATTEMPTING)


@dataclass(frozen=True, slots=True)
class Check:
    """``holds`` None: it decides nothing, it is only said. ``is_final``: where it does not hold, no
    message comes; else the message waits, or another way may be open."""

    name: str
    holds: bool | None
    reason: str | None = None
    is_final: bool = False
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Explanation:
    """``verdict`` and why; ``at``: when the next message would come. ``messages``: what the outbox
    has of it already. ``story``: what would come, where that can be rehearsed."""

    verdict: str
    reason: str | None
    at: datetime | None
    checks: Sequence[Check]
    messages: Sequence[OutboxMessage]
    cast: Cast | None = None
    story: Sequence[Moment] = ()

    @property
    def said(self) -> int:
        return sum(one.state in REACHED_HER for one in self.messages)


def final(name: str, reason: str | None, **fields: Any) -> Check:
    return Check(name, reason is None, reason, is_final=True, fields=fields)


def first_against(checks: Sequence[Check]) -> Check | None:
    return next((one for one in checks if one.is_final and one.holds is False), None)


def halt(session: Session) -> Check:
    present = halts.present(session)
    return final("halt", "halted" if present else None, why=present.reason if present else "")


def of_plan_state(plan: Plan) -> Check:
    return final("plan", None if plan.state == plans.State.RUNNING else f"plan_{plan.state}")


def approval_of_plan(session: Session, plan: Plan, now: datetime) -> Iterator[Check]:
    """Asked where so many are meant that a second operator has to approve."""
    if plan.state != plans.State.RUNNING:
        recipients = switching.recipients(session, plan, now)
        yield from _approval(session, switching.subject_of(plan), plan.version, recipients)


def of_broadcast_state(broadcast: Broadcast) -> Check:
    """A draft is asked about as if it were launched now."""
    state = broadcast.state
    stands_still = f"broadcast_{state}" if state in STANDS_STILL else None
    is_draft = state == broadcasts.State.DRAFT
    return Check(
        "broadcast", None if is_draft else stands_still is None, stands_still, not is_draft
    )


def approval_of_broadcast(session: Session, broadcast: Broadcast, now: datetime) -> Iterator[Check]:
    if broadcast.launched_at is None and broadcast.state != broadcasts.State.CANCELLED:
        recipients = broadcasts.count_meant(session, broadcast, crowds.at(session, now))
        yield from _approval(session, broadcast.split, broadcast.version, recipients)


def _approval(session: Session, subject: str, version: int, recipients: int) -> Iterator[Check]:
    if approvals.is_needed(session, recipients):
        known = approvals.of(session, subject, version)
        is_waiting = known is not None and known.decided_at is None
        reason = "approval_waiting" if is_waiting else "approval_missing"
        is_granted = known is not None and known.is_granted
        yield final("approval", None if is_granted else reason, recipients=recipients)


def of_audience(
    session: Session,
    member: Member,
    facts: Facts,
    chosen: Filter | GroupFilter,
    category: str,
    medium: str | None,
) -> Iterator[Check]:
    """She is there, wants to hear it, and is meant. Over a direct line those are told who left."""
    if medium is not None:
        against = direct_lines.reasons_against(session, [member], medium).get(member.id)
        yield final("presence", "came_back" if member.left_at is None else against)
    else:
        yield final("presence", "left" if member.left_at is not None else None)
        has_opted_out = category in UNASKED and member.opted_out_at is not None
        yield final("consent", "opted_out" if has_opted_out else None)
    assert isinstance(chosen, Filter), "members are asked about, not groups"
    yield final("audience", audiences.reason_against(chosen, facts.tier, facts.tags, facts.crowds))


def of_manners(
    session: Session, member: Member, category: str, programme: Programme, now: datetime
) -> Iterator[Check]:
    """Whether something would have to wait that were to be said now, and until when."""
    known, zone = manners.in_force(session), zones.of(member, programme.zone)
    is_unasked = category in UNASKED
    held_out = is_unasked and manners.is_held_out(known, member.id)
    yield final("programme_holdout", "held_out" if held_out else None)
    is_talking = is_unasked and conversations.is_open(member, now)
    fields = {"until": member.attended_until if is_talking else None}
    yield Check("agent", not is_talking, "agent_talking" if is_talking else None, fields=fields)
    until = known.quiet.until(category, now, zone) if known.quiet else None
    yield Check("quiet", until is None, "quiet_hours" if until else None, fields={"until": until})
    book, on = touches.of(session, member.id), zones.day(member, programme.zone, now)
    for cap in known.caps:
        if cap.counts(category):
            day = caps.full_until(cap, book, on)
            of_cap = {
                "cap": cap.name,
                "used": caps.used(cap, book, on),
                "most": cap.most,
                "until": wall_clocks.moment(day, time(), zone) if day else None,
            }
            yield Check("cap", day is None, f"cap:{cap.name}" if day else None, fields=of_cap)


def of_ways(
    session: Session, route: Route, message: Message, member_id: int, now: datetime
) -> Iterator[Check]:
    """Each way in the order in which they are tried; the first that is open is taken."""
    for way in route.ways:
        fields = {"way": way.name, "channel": way.channel.name}
        if way.problem:
            yield Check("way", False, way.problem, fields=fields)
            continue
        said = way.message or message
        reached = reaching.members_over(session, way, [member_id], said, now)[member_id]
        reason = None if isinstance(reached, Address) else reached
        fields |= _window(session, way.channel, member_id) if reason == "window_closed" else {}
        yield Check("way", reason is None, reason, fields=fields)


def messages_to(
    session: Session, member_id: int, *of_what: sa.ColumnElement[bool]
) -> Sequence[OutboxMessage]:
    """What the outbox has for her, and for the records that hers has absorbed."""
    whose = OutboxMessage.member_id.in_(members.records_of(session, member_id))
    rows = sa.select(OutboxMessage).where(whose, *of_what).order_by(OutboxMessage.id)
    return session.scalars(rows).all()


def _window(session: Session, channel: Channel, member_id: int) -> dict[str, Any]:
    """Until when her window was open, and how much was left in it."""
    found = session.execute(
        sa.select(Identity.chat_until, Identity.chat_left)
        .where(Identity.channel_id == channel.id, Identity.member_id == member_id)
        .order_by(Identity.chat_until.desc())
        .limit(1)
    ).first()
    return {"until": found[0], "left": found[1]} if found and found[0] else {}
