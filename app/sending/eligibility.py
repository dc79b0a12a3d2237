"""Eligibility: at the moment of sending, is this message still wanted and allowed?

Whatever planned a message, it is asked again here: has it come too late, does its plan still run,
is she still there, has she opted out, does she still belong to the audience, and does the platform
let us speak to her now?
"""

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.insight import tags
from app.domain.loyalty import tiers
from app.domain.outreach import limits, plans, subscribe_grants, windows
from app.domain.outreach.enrolments import Enrolment
from app.domain.outreach.plans import Plan
from app.domain.people import members
from app.domain.people.channel_kinds import MEDIA
from app.domain.people.channels import Channel, Kind
from app.domain.people.groups import Group
from app.domain.people.members import Member
from app.outbox import OutboxMessage
from app.sending import direct_lines, mass_jobs
from sop import audiences
from sop.plans import PlanDefinition


def reason_against(session: Session, message: OutboxMessage, now: datetime) -> str | None:
    """Why the message must not be sent any more, or None when it may. A window of the platform
    is used up by asking, so this is asked once, right before the attempt."""
    if message.expires_at is not None and now > message.expires_at:
        return "too_late"
    reason = _reason_of_content(session, message)
    if reason is not None:
        return reason
    if message.plan_id is not None:
        reason = _reason_of_plan(session, message)
        if reason is not None:
            return reason
    if message.group_id is not None:
        group = session.get_one(Group, message.group_id)
        return "group_dismissed" if group.dismissed_at else None
    if message.mass_job_id is not None:
        return mass_jobs.reason_against(session, message, now)
    if message.member_id is None:
        return None  # it is for staff, or asks about an account of ours
    return _reason_of_member(session, message, now)


def was_not_taken(session: Session, message: OutboxMessage) -> None:
    """The platform will be asked again: its window is as it was before the attempt."""
    _give_grant_back(session, message)
    channel = session.get_one(Channel, message.channel_id)
    if not windows.needed(channel.kind, message.way) or message.is_question:
        return
    identity = members.identity_of(session, message.channel_id, message.recipient)
    if identity is not None and message.attempted_at is not None:
        windows.give_back(session, identity.id, channel.kind, message.attempted_at)


def was_refused(session: Session, message: OutboxMessage) -> None:
    """A subscribe message that the platform would not have has used up nothing, unless she has
    refused it: the platform knows better than we did."""
    if message.way == subscribe_grants.WAY and message.reason == "not_subscribed":
        identity = members.identity_of(session, message.channel_id, message.recipient)
        if identity is not None:
            subscribe_grants.refuse(session, identity.id, _template_of(message))
    else:
        _give_grant_back(session, message)


def reason_outside_audience(
    session: Session, definition: PlanDefinition, enrolment: Enrolment
) -> str | None:
    """Why the enrolled member or group is not in the plan's audience at present."""
    if enrolment.group_id is not None:
        group = session.get_one(Group, enrolment.group_id)
        assert isinstance(definition.filter, audiences.GroupFilter)
        return audiences.reason_against_group(definition.filter, group.tier_label)
    member = session.get_one(Member, enrolment.member_id)
    reason = _reason_of_her(session, member, enrolment.plan_id)
    if reason is not None:
        return reason
    tier = tiers.of(session, member)
    names = frozenset(tag.name for tag in tags.of(session, member.id))
    assert isinstance(definition.filter, audiences.Filter)
    return audiences.reason_against(definition.filter, tier.key if tier else "", names)


def _reason_of_her(session: Session, member: Member, plan_id: int) -> str | None:
    """A plan over a direct line recalls those who have left, any other is for those who are
    here."""
    plan = session.get_one(Plan, plan_id)
    medium = MEDIA.get(Kind(session.get_one(Channel, plan.channel_id).kind))
    if medium is not None:
        came_back = member.left_at is None
        return "came_back" if came_back else direct_lines.reason_against(session, member, medium)
    if member.left_at is not None:
        return "left"
    return "opted_out" if member.opted_out_at is not None else None


def _reason_of_content(session: Session, message: OutboxMessage) -> str | None:
    """What is said over a direct line is measured by its provider, in parts that are paid for."""
    kind = session.get_one(Channel, message.channel_id).kind
    if kind in MEDIA:
        return None
    return limits.reason_against(session, kind, message.way, message.kind, message.content)


def _reason_of_plan(session: Session, message: OutboxMessage) -> str | None:
    assert message.plan_id is not None
    assert message.enrolment_id is not None
    if session.get_one(Plan, message.plan_id).state == plans.State.STOPPED:
        return "plan_stopped"
    enrolment = session.get_one(Enrolment, message.enrolment_id)
    definition = plans.definition_of(session, enrolment.plan_id, enrolment.version)
    return reason_outside_audience(session, definition, enrolment)


def _reason_of_member(session: Session, message: OutboxMessage, now: datetime) -> str | None:
    medium = MEDIA.get(Kind(session.get_one(Channel, message.channel_id).kind))
    if medium is not None and message.member_id is not None:
        return direct_lines.reason_against(session, members.get(session, message.member_id), medium)
    identity = members.identity_of(session, message.channel_id, message.recipient)
    if identity is None or identity.unfollowed_at is not None:
        return "left"
    if message.is_question:
        return None
    if message.way == subscribe_grants.WAY:
        granted = subscribe_grants.take(session, identity.id, _template_of(message))
        return None if granted else "not_subscribed"
    channel = session.get_one(Channel, message.channel_id)
    if channel.replies_passively and not message.way:
        return "no_customer_service"
    needs_window = windows.needed(channel.kind, message.way)
    if needs_window and not windows.take(session, identity.id, now):
        return "window_closed"
    return None


def _give_grant_back(session: Session, message: OutboxMessage) -> None:
    """Unless an earlier attempt may have used it up at the platform."""
    if message.way != subscribe_grants.WAY or message.doubtful_at is not None:
        return
    identity = members.identity_of(session, message.channel_id, message.recipient)
    if identity is not None:
        subscribe_grants.give_back(session, identity.id, _template_of(message))


def _template_of(message: OutboxMessage) -> str:
    return str(message.content.get("template_id", ""))
