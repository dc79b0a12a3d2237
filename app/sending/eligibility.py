"""Eligibility: at the moment of sending, are these messages still wanted and allowed?

Whatever planned a message, it is asked again here: has it come too late, does its plan still run,
is she still there, has she opted out, does she still belong to the audience? Each check is asked
about all messages of a batch that no earlier check had anything against, and loads what it needs
for all of them. Whether the platform lets us speak to her is asked last, see ``allowances``.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.outreach.allowances import limits, windows
from app.domain.outreach.journeys import plans
from app.domain.outreach.journeys.enrolments import Enrolment
from app.domain.people import lookups
from app.domain.people.channel_kinds import MEDIA
from app.domain.people.channels import Channel, Kind
from app.domain.people.groups import Group
from app.sending import audiences, broadcast_audiences, direct_lines
from app.sending.due_messages import AnyMessage
from app.sending.verdicts import Check, Occasion, Suppress, Verdict, Verdicts

Messages = Sequence[AnyMessage]


def lateness(session: Session, messages: Messages, occasion: Occasion) -> Verdicts:
    """What was to be said by a certain moment is not said after it."""
    return {
        message.id: Suppress("too_late")
        for message in messages
        if message.expires_at is not None and occasion.now > message.expires_at
    }


def unfetched_replies(session: Session, messages: Messages, occasion: Occasion) -> Verdicts:
    """What waited to be said in the answer to a callback, when the platform no longer asks."""
    return {it.id: Suppress("not_fetched") for it in messages if it.way == windows.PASSIVE}


def contents(session: Session, messages: Messages, occasion: Occasion) -> Verdicts:
    """Nothing is said that is too much for one message. What goes over a direct line is measured
    by its provider, in parts that are paid for."""
    found: dict[int, Verdict] = {}
    for channel, those in by_channel(session, messages):
        if channel.kind in MEDIA:
            continue
        for message in those:
            said = message.way, message.kind, message.content
            if (reason := limits.reason_against(session, channel.kind, *said)) is not None:
                found[message.id] = Suppress(reason)
    return found


def plans_and_audiences(session: Session, messages: Messages, occasion: Occasion) -> Verdicts:
    """Her plan has not been stopped, and she still belongs to whom it means."""
    planned = [message for message in messages if message.plan_id is not None]
    if not planned:
        return {}
    states = plans.states_of(session, {it.plan_id for it in planned if it.plan_id})
    found: dict[int, Verdict] = {
        message.id: Suppress("plan_stopped")
        for message in planned
        if message.plan_id and states[message.plan_id] == plans.State.STOPPED
    }
    running = [message for message in planned if message.id not in found]
    whose = Enrolment.id.in_({message.enrolment_id for message in running})
    enrolments = session.scalars(sa.select(Enrolment).where(whose)).all()
    enrolled = _with_definitions(session, enrolments)
    reasons = audiences.reasons_outside(session, enrolled, occasion.now)
    for message in running:
        reason = reasons.get(message.enrolment_id or 0)
        if reason is not None:
            found[message.id] = Suppress(reason)
    return found


def dismissed_groups(session: Session, messages: Messages, occasion: Occasion) -> Verdicts:
    return {
        message.id: Suppress("group_dismissed")
        for message in messages
        if message.group_id and session.get_one(Group, message.group_id).dismissed_at
    }


def absent_members(session: Session, messages: Messages, occasion: Occasion) -> Verdicts:
    """She is still there, on an account that may speak first."""
    found: dict[int, Verdict] = {}
    for channel, those in by_channel(session, to_members(messages)):
        if channel.kind in MEDIA:
            continue
        known = lookups.identities(session, channel.id, [it.recipient for it in those])
        for message in those:
            identity = known.get(message.recipient)
            if identity is None or identity.unfollowed_at is not None:
                found[message.id] = Suppress("left")
            elif channel.replies_passively and not message.way and not message.is_question:
                found[message.id] = Suppress("no_customer_service")
    return found


def direct_line_consents(session: Session, messages: Messages, occasion: Occasion) -> Verdicts:
    """She has agreed to be reached by this medium."""
    found: dict[int, Verdict] = {}
    for medium, those in _by_medium(session, messages):
        people = lookups.members_behind(session, [it.member_id for it in those if it.member_id])
        against = direct_lines.reasons_against(session, list(people.values()), medium)
        for message in those:
            assert message.member_id is not None
            reason = against.get(people[message.member_id].id)
            if reason is not None:
                found[message.id] = Suppress(reason)
    return found


def direct_line_waits(session: Session, messages: Messages, occasion: Occasion) -> Verdicts:
    """Her phone is quiet at night, and one medium reaches her once a day."""
    found: dict[int, Verdict] = {}
    for medium, those in _by_medium(session, messages):
        found.update(direct_lines.waits(session, those, medium, occasion))
    return found


# In this order; what an earlier one has decided, the later ones are not asked about.
CHECKS: tuple[Check, ...] = (
    unfetched_replies,
    lateness,
    contents,
    plans_and_audiences,
    broadcast_audiences.check,
    dismissed_groups,
    absent_members,
    direct_line_consents,
    direct_line_waits,
)


def to_members(messages: Iterable[AnyMessage]) -> list[AnyMessage]:
    """What is said to, or asked about, one member; not what goes to a group, to many, to staff or
    about an account of ours."""
    return [
        message
        for message in messages
        if message.member_id is not None
        and message.group_id is None
        and message.mass_job_id is None
    ]


def by_channel(
    session: Session, messages: Iterable[AnyMessage]
) -> list[tuple[Channel, list[AnyMessage]]]:
    """Messages by their channel, the lowest id first."""
    found = defaultdict[int, list[AnyMessage]](list)
    for message in messages:
        found[message.channel_id].append(message)
    return [(lookups.channel(session, it), found[it]) for it in sorted(found)]


def _with_definitions(
    session: Session, enrolments: Iterable[Enrolment]
) -> list[audiences.Enrolled]:
    versions = {(it.plan_id, it.version): it for it in enrolments}
    definitions = {key: plans.definition_of(session, *key) for key in versions}
    return [(definitions[it.plan_id, it.version], it) for it in enrolments]


def _by_medium(
    session: Session, messages: Iterable[AnyMessage]
) -> list[tuple[str, list[AnyMessage]]]:
    found = defaultdict[str, list[AnyMessage]](list)
    for channel, those in by_channel(session, to_members(messages)):
        if channel.kind in MEDIA:
            found[MEDIA[Kind(channel.kind)]] += those
    return list(found.items())
