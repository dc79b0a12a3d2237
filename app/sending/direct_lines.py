"""Direct lines 直达: SMS, mail and voice calls reach a member at her own number or address.

They bring back who has left the chat, so having left does not forbid them. What must be there is
her consent to just this medium; what ends them all is her opting out. No phone rings or buzzes at
night, and one medium reaches her once a day: such a message waits, it is not lost.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.outreach.allowances import limit_table, limits
from app.domain.people import addresses, channel_kinds, consents, lookups, members, zones
from app.domain.people.channels import Channel
from app.domain.people.member_records import AnyMember
from app.outbox import Address, OutboxMessage, State
from app.sending.due_messages import AnyMessage
from app.sending.verdicts import Occasion, Verdict, Verdicts, Wait
from sop.times import quiet_hours

QUIET_AT_NIGHT = frozenset({"sms", "voice"})
DAY = timedelta(days=1)
_REACHED_HER = [State.ATTEMPTING, State.ACCEPTED, State.DELIVERED, State.UNKNOWN]


def address(channel_id: int, member_id: int) -> Address:
    """The outbox names the member; her number is looked up when the message is sent."""
    return Address(channel_id, f"member:{member_id}", member_id)


def reason_against(session: Session, member: AnyMember, medium: str) -> str | None:
    """Why she must not be reached this way, or None when she may."""
    return reasons_against(session, [member], medium).get(member.id)


def reasons_against(
    session: Session, people: Sequence[AnyMember], medium: str
) -> Mapping[int, str]:
    """Why these members must not be reached this way, by member; who may be is not in the
    answer."""
    agreed = consents.holding(session, [member.id for member in people], medium)
    reasons = {}
    for member in people:
        if member.opted_out_at is not None:
            reasons[member.id] = "opted_out"
        elif not addresses.has_address(member, medium):
            reasons[member.id] = "not_reachable"
        elif member.id not in agreed:
            reasons[member.id] = f"no_consent:{medium}"
    return reasons


def waits(
    session: Session, messages: Sequence[AnyMessage], medium: str, occasion: Occasion
) -> Verdicts:
    """Which messages to members over such a line have to wait: for the morning, or because she had
    one today."""
    people = lookups.members_behind(session, [it.member_id for it in messages if it.member_id])
    found: dict[int, Verdict] = {}
    for message in messages if medium in QUIET_AT_NIGHT else ():
        zone = zones.of(people[message.member_id or 0], occasion.zone)
        morning = quiet_hours.ends_at(quiet_hours.PHONES_NIGHT, occasion.now, zone)
        if morning is not None:
            found[message.id] = Wait(morning, "quiet_hours")
    awake = {it.id: it.member_id for it in messages if it.member_id and it.id not in found}
    free_at = _free_at(session, set(awake.values()), medium, occasion) if awake else {}
    for message_id, member_id in awake.items():
        if member_id in free_at:
            found[message_id] = Wait(free_at[member_id], "once_a_day")
    return found


def _free_at(
    session: Session, member_ids: Collection[int], medium: str, occasion: Occasion
) -> Mapping[int, datetime]:
    """When those who had their share may be reached by this medium again. The records are held, so
    that two accounts of one medium do not reach anybody at once."""
    members.lock(session, *member_ids)
    most = limits.value(session, limit_table.DIRECT_MESSAGES_A_DAY)
    times: dict[int, list[datetime]] = {}
    for member_id, at in session.execute(_reached(member_ids, medium, occasion.now - DAY)):
        assert member_id is not None
        assert at is not None
        times.setdefault(member_id, []).append(at)
    return {who: had[most - 1] + DAY for who, had in times.items() if len(had) >= most}


def _reached(
    member_ids: Collection[int], medium: str, since: datetime
) -> sa.Select[int | None, datetime | None]:
    """Whom this medium has, or may have, reached when, the latest first."""
    hers = OutboxMessage.member_id.in_(member_ids)
    return (
        sa.select(OutboxMessage.member_id, OutboxMessage.attempted_at)
        .where(hers, *reached_since(medium, since))
        .order_by(OutboxMessage.attempted_at.desc())
    )


def reached_since(medium: str, since: datetime) -> Sequence[sa.ColumnElement[bool]]:
    """What makes a message one that has, or may have, reached somebody by this medium."""
    kinds = [kind for kind, name in channel_kinds.MEDIA.items() if name == medium]
    was_told = sa.or_(
        OutboxMessage.state.in_(_REACHED_HER),
        sa.and_(OutboxMessage.state == State.FAILED, OutboxMessage.platform_id.is_not(None)),
    )
    over = sa.select(Channel.id).where(Channel.kind.in_(kinds))
    return OutboxMessage.attempted_at > since, OutboxMessage.channel_id.in_(over), was_told
