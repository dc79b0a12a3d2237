"""Broadcasts: what plans have due becomes messages in the outbox, each step once.

Every step of every enrolment leaves exactly one outbox row, also when it is not sent: then the row
says why. So what a plan did to whom is always complete.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app import contents, lanes, outbox, personal
from app.domain.loyalty.entries import Cause
from app.domain.outreach import enrolments, limits, plans
from app.domain.outreach.enrolments import Enrolment
from app.domain.outreach.plans import Plan
from app.domain.people import members
from app.domain.people.channel_kinds import MEDIA
from app.domain.people.channels import Channel
from app.domain.people.groups import Group
from app.domain.people.members import Member
from app.outbox import OutboxMessage
from app.programme import Programme
from app.sending import direct_lines, eligibility, withholding
from sop import wording
from sop.contents import Message
from sop.plans import PlanDefinition

BATCH = 200
GRACE = timedelta(hours=2)  # a step later than that, after a downtime or a pause, is not sent
UNSENT_AFTER = timedelta(hours=24)


def run_due(session: Session, programme: Programme, now: datetime) -> int:
    """Plans the messages of all steps that are due, up to a batch per running plan. Returns how
    many steps were due; the caller goes on while there are any."""
    passed = 0
    for plan in plans.in_state(session, plans.State.RUNNING):
        for enrolment in enrolments.due(session, plan.id, BATCH, now):
            definition = plans.definition_of(session, plan.id, enrolment.version)
            _plan_message(session, plan, definition, enrolment, programme, now)
            enrolments.advance(enrolment, definition, programme.zone, now)
            passed += 1
        session.flush()
    return passed


def stop(session: Session, plan: Plan, now: datetime) -> None:
    """Stops a plan for good: enrolments end, and what it had planned is not sent."""
    plans.move_to(session, plan, plans.State.STOPPED, now)
    enrolments.end_all(session, plan.id, "plan_stopped", now)
    withholding.suppress_planned(session, plan.id, "plan_stopped", now)


def _plan_message(
    session: Session,
    plan: Plan,
    definition: PlanDefinition,
    enrolment: Enrolment,
    programme: Programme,
    now: datetime,
) -> None:
    assert enrolment.due_at is not None
    assert enrolment.due_step is not None
    step = definition.steps[enrolment.due_step]
    if step.message is None:
        return
    address = _address(session, plan, enrolment)
    reason = _reason_not_to_plan(session, definition, enrolment, address, now)
    key = f"plan:{plan.id}:{enrolment.subject}:{enrolment.due_step}:{enrolment.due_occurrence}"
    message = step.message
    if reason is None:
        message, reason = _said(session, plan, message, enrolment, key, programme, now)
    kind = session.get_one(Channel, plan.channel_id).kind
    if len(message.content.get("text", "").encode()) > limits.text_bytes_max(session, kind):
        reason = reason or "text_too_long"  # an operator's words are not cut behind her back
    message_id = outbox.put(
        session,
        address or outbox.Address(plan.channel_id, "", enrolment.member_id, enrolment.group_id),
        key=key,
        purpose="plan",
        kind=message.kind,
        content=message.content,
        cause=outbox.Cause(
            f"plan:{plan.id}/step:{enrolment.due_step + 1}",
            enrolment.version,
            enrolment.event_id,
            plan_id=plan.id,
            enrolment_id=enrolment.id,
            step=enrolment.due_step,
            category=definition.category,
        ),
        pipe=lanes.BROADCASTS,
        due_at=now,
        expires_at=enrolment.due_at + UNSENT_AFTER,
        now=now,
    )
    if message_id is not None and reason is not None:
        outbox.suppress(session.get_one(OutboxMessage, message_id), reason, now)


def _reason_not_to_plan(
    session: Session,
    definition: PlanDefinition,
    enrolment: Enrolment,
    address: outbox.Address | None,
    now: datetime,
) -> str | None:
    assert enrolment.due_at is not None
    if now - enrolment.due_at > GRACE:
        return "missed"
    if address is None:
        return "not_reachable"
    return eligibility.reason_outside_audience(session, definition, enrolment)


def _address(session: Session, plan: Plan, enrolment: Enrolment) -> outbox.Address | None:
    if enrolment.group_id is not None:
        group = session.get_one(Group, enrolment.group_id)
        return outbox.Address(group.channel_id, group.external_id, None, group.id)
    assert enrolment.member_id is not None
    if session.get_one(Channel, plan.channel_id).kind in MEDIA:
        return direct_lines.address(plan.channel_id, enrolment.member_id)
    identity = members.on_channel(session, enrolment.member_id, plan.channel_id)
    if identity is None:
        return None
    return outbox.Address(identity.channel_id, identity.external_id, enrolment.member_id)


def _said(
    session: Session,
    plan: Plan,
    message: Message,
    enrolment: Enrolment,
    key: str,
    programme: Programme,
    now: datetime,
) -> tuple[Message, str | None]:
    """What is said to whom this enrolment is of, in her own words; or why it cannot be said."""
    subject_id = enrolment.member_id or enrolment.group_id
    assert subject_id is not None
    saying = contents.Saying(
        session.get_one(Channel, plan.channel_id),
        {subject_id: key},
        Cause(f"plan:{plan.id}", enrolment.version, enrolment.event_id),
        to_groups=enrolment.group_id is not None,
    )
    try:
        sent = contents.as_sent(session, message, saying, programme, now)
        own = sent.values.get(subject_id, {})
        if subject_id in sent.refused:
            return message, sent.refused[subject_id]
        content = _content(session, sent.content, enrolment, own, programme, now)
    except contents.CannotBeSaid as error:
        return message, error.reason
    except wording.NothingToFill as hole:
        return message, f"nothing_to_fill:{hole.name}"
    return Message(sent.kind, content), None


def _content(
    session: Session,
    content: Mapping[str, Any],
    enrolment: Enrolment,
    own: Mapping[str, str],
    programme: Programme,
    now: datetime,
) -> dict[str, Any]:
    if enrolment.group_id is not None:
        group = session.get_one(Group, enrolment.group_id)
        return personal.content_for_group(session, content, group)
    member = session.get_one(Member, enrolment.member_id)
    return personal.content_for_member(session, content, member, programme, now, own)
