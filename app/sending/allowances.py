"""Allowances: what a platform lets us say to a member, used up right before it is said.

A window or a grant is used up by asking, in the transaction that begins the attempts. So these
checks come last of all: whoever passes them is attempted.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from sqlalchemy.orm import Session

from app.domain.outreach.allowances import subscribe_grants, windows
from app.domain.people import lookups, members
from app.domain.people.channels import Channel
from app.domain.people.member_records import IdentityRecord
from app.outbox import OutboxMessage
from app.sending import mass_jobs
from app.sending.due_messages import AnyMessage
from app.sending.eligibility import Messages, by_channel, to_members
from app.sending.verdicts import Check, Occasion, Suppress, Verdict, Verdicts


def jobs(session: Session, messages: Messages, occasion: Occasion) -> Verdicts:
    """Mass jobs settle who is in them."""
    found: dict[int, Verdict] = {}
    for message in messages:
        if message.mass_job_id is not None:
            reason = mass_jobs.reason_against(session, message, occasion)
            if reason is not None:
                found[message.id] = Suppress(reason)
    return found


def grants(session: Session, messages: Messages, occasion: Occasion) -> Verdicts:
    """Subscribe messages use up what she has agreed to."""
    found: dict[int, Verdict] = {}
    asking = [it for it in to_members(messages) if it.way == subscribe_grants.WAY]
    by_template = defaultdict[str, dict[int, AnyMessage]](dict)
    for message, identity in _with_identities(session, asking):
        by_template[_template_of(message)][identity.id] = message
    for template_id, those in by_template.items():
        granted = subscribe_grants.take_all(session, list(those), template_id)
        refused = (it for who, it in those.items() if who not in granted)
        found |= {message.id: Suppress("not_subscribed") for message in refused}
    return found


def open_windows(session: Session, messages: Messages, occasion: Occasion) -> Verdicts:
    """Customer-service messages use up her window."""
    speaking = _with_identities(session, _in_windows(session, messages))
    those = {identity.id: message for message, identity in speaking}
    taken = windows.take_all(session, list(those), occasion.now)
    return {it.id: Suppress("window_closed") for who, it in those.items() if who not in taken}


CHECKS: tuple[Check, ...] = (jobs, grants, open_windows)


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


def _in_windows(session: Session, messages: Messages) -> list[AnyMessage]:
    return [
        message
        for channel, those in by_channel(session, to_members(messages))
        for message in those
        if not message.is_question and windows.needed(channel.kind, message.way)
    ]


def _with_identities(
    session: Session, messages: Iterable[AnyMessage]
) -> Iterator[tuple[AnyMessage, IdentityRecord]]:
    for channel, those in by_channel(session, messages):
        known = lookups.identities(session, channel.id, [it.recipient for it in those])
        yield from ((message, known[message.recipient]) for message in those)


def _give_grant_back(session: Session, message: OutboxMessage) -> None:
    """Unless an earlier attempt may have used it up at the platform."""
    if message.way != subscribe_grants.WAY or message.doubtful_at is not None:
        return
    identity = members.identity_of(session, message.channel_id, message.recipient)
    if identity is not None:
        subscribe_grants.give_back(session, identity.id, _template_of(message))


def _template_of(message: AnyMessage) -> str:
    return str(message.content.get("template_id", ""))
