"""Direct lines 直达: SMS, mail and voice calls reach a member at her own number or address.

They bring back who has left the chat, so having left does not forbid them. What must be there is
her consent to just this medium; what ends them all is her opting out. No phone rings or buzzes at
night, and one medium reaches her once a day: such a message waits, it is not lost.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.outreach import limit_table, limits
from app.domain.people import addresses, channel_kinds, consents, members
from app.domain.people.channels import Channel
from app.domain.people.members import Member
from app.outbox import Address, OutboxMessage, State

MORNING, EVENING = time(9), time(21)
QUIET_AT_NIGHT = frozenset({"sms", "voice"})
DAY = timedelta(days=1)
_REACHED_HER = [State.ATTEMPTING, State.ACCEPTED, State.DELIVERED, State.UNKNOWN]


def address(channel_id: int, member_id: int) -> Address:
    """The outbox names the member; her number is looked up when the message is sent."""
    return Address(channel_id, f"member:{member_id}", member_id)


def reason_against(session: Session, member: Member, medium: str) -> str | None:
    """Why she must not be reached this way, or None when she may."""
    if member.opted_out_at is not None:
        return "opted_out"
    if not addresses.has_address(member, medium):
        return "not_reachable"
    if not consents.holds(session, member.id, medium):
        return f"no_consent:{medium}"
    return None


def reasons_against(session: Session, people: Sequence[Member], medium: str) -> Mapping[int, str]:
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


def waits_until(
    session: Session, message: OutboxMessage, channel: Channel, zone: ZoneInfo, now: datetime
) -> datetime | None:
    """Until when the message has to wait: for the morning, or because she had one today. None when
    it need not, and for what goes over no direct line."""
    medium = channel_kinds.MEDIA.get(channel_kinds.Kind(channel.kind))
    if medium is None or message.member_id is None:
        return None
    morning = _morning_after(now, zone) if medium in QUIET_AT_NIGHT else None
    return morning or _full_until(session, message.member_id, medium, now)


def _morning_after(now: datetime, zone: ZoneInfo) -> datetime | None:
    """The end of the quiet hours that ``now`` lies in."""
    local = now.astimezone(zone)
    if MORNING <= local.time() < EVENING:
        return None
    day = local.date() + (DAY if local.time() >= EVENING else timedelta())
    return datetime.combine(day, MORNING, zone).astimezone(now.tzinfo)


def _full_until(session: Session, member_id: int, medium: str, now: datetime) -> datetime | None:
    """When she may be reached by this medium again. The record of her is held, so that two accounts
    of one medium do not reach her at once."""
    members.lock(session, member_id)
    kinds = [kind for kind, name in channel_kinds.MEDIA.items() if name == medium]
    was_told = sa.or_(
        OutboxMessage.state.in_(_REACHED_HER),
        sa.and_(OutboxMessage.state == State.FAILED, OutboxMessage.platform_id.is_not(None)),
    )
    times = session.scalars(
        sa.select(OutboxMessage.attempted_at)
        .join(Channel, Channel.id == OutboxMessage.channel_id)
        .where(
            OutboxMessage.member_id == member_id,
            OutboxMessage.attempted_at > now - DAY,
            Channel.kind.in_(kinds),
            was_told,
        )
        .order_by(OutboxMessage.attempted_at.desc())
    ).all()
    most = limits.value(session, limit_table.DIRECT_MESSAGES_A_DAY)
    if len(times) < most:
        return None
    free_at = times[most - 1]
    assert free_at is not None
    return free_at + DAY
