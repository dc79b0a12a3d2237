"""Would she get this broadcast, or has she got it?"""

from collections.abc import Iterator, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.outreach import broadcasts
from app.domain.outreach.broadcasts import Broadcast, Recipient, State
from app.domain.people import members
from app.domain.people.channel_kinds import MEDIA
from app.domain.people.channels import Channel, Kind
from app.domain.people.members import Member
from app.explaining import checks
from app.explaining.checks import SAID, UNDER_WAY, WILL, WILL_NOT, Check, Explanation, final
from app.journeys import facts
from app.journeys.facts import Asked
from app.outbox import OutboxMessage
from app.programme import Programme
from app.sending import routes
from sop import broadcasts as sop_broadcasts

STANDS_STILL = (State.DRAFT, State.PAUSED, State.CANCELLED)


def explain(
    session: Session, broadcast: Broadcast, member: Member, programme: Programme, now: datetime
) -> Explanation:
    asked = list(_checks(session, broadcast, member, programme, now))
    said = checks.messages_to(session, member.id, OutboxMessage.broadcast_id == broadcast.id)
    verdict, reason, at = _verdict(broadcast, asked, said)
    return Explanation(verdict, reason, at, asked, said)


def _verdict(
    broadcast: Broadcast, asked: Sequence[Check], said: Sequence[OutboxMessage]
) -> tuple[str, str | None, datetime | None]:
    if any(one.state in checks.REACHED_HER for one in said):
        return SAID, None, None
    if said and said[-1].state not in UNDER_WAY:
        return WILL_NOT, said[-1].reason or said[-1].state, None
    against = checks.first_against(asked)
    if against is not None:
        return WILL_NOT, against.reason, None
    at = said[-1].due_at if said else broadcast.scheduled_at
    return WILL, said[-1].reason if said else None, at


def _checks(
    session: Session, broadcast: Broadcast, member: Member, programme: Programme, now: datetime
) -> Iterator[Check]:
    state, definition = broadcast.state, broadcast.parsed
    stands_still = f"broadcast_{state}" if state in STANDS_STILL else None
    is_draft = state == State.DRAFT  # asked as if it were launched now
    yield Check("broadcast", None if is_draft else stands_still is None, stands_still, not is_draft)
    yield checks.halt(session)
    channel = session.get_one(Channel, broadcast.channel_id)
    known = facts.of_members(session, [member.id], Asked(), programme, now)[member.id]
    if broadcast.launched_at is None:
        medium = MEDIA.get(Kind(channel.kind))
        chosen, category = definition.filter, definition.category
        yield from checks.of_audience(session, member, known.facts, chosen, category, medium)
        is_meant = _is_meant(session, broadcast, member.id)
        yield final("meant", None if is_meant else "not_meant")
    else:
        yield _frozen(session, broadcast, member.id)
    subject = f"member:{member.id}"
    held_out = sop_broadcasts.gets_nothing(definition, broadcast.split, subject)
    yield final("broadcast_holdout", "held_out" if held_out else None)
    variant = sop_broadcasts.variant_of(definition, broadcast.split, subject)
    message = variant.message if variant else definition.message
    route = routes.resolve(session, definition.route, channel, "member")
    yield from _ways(checks.of_ways(session, route, message, member.id, now))
    yield from checks.of_manners(session, member, definition.category, programme, now)


def _ways(found: Iterator[Check]) -> Iterator[Check]:
    """The last one that is closed closes them all."""
    ways = list(found)
    yield from ways
    if ways and not any(one.holds for one in ways):
        yield final("ways", ways[0].reason if len(ways) == 1 else "no_way")


def _is_meant(session: Session, broadcast: Broadcast, member_id: int) -> bool:
    chosen = broadcasts.meant(session, broadcast).subquery()
    return session.scalar(sa.select(chosen.c[0]).where(chosen.c[0] == member_id)) is not None


def _frozen(session: Session, broadcast: Broadcast, member_id: int) -> Check:
    """Whether she is among those who were meant at launch, and whether it has come to her."""
    number = session.scalar(
        sa.select(Recipient.subject_id).where(
            Recipient.broadcast_id == broadcast.id,
            Recipient.subject_id.in_(members.records_of(session, member_id)),
        )
    )
    if number is None:
        return final("frozen", "not_frozen", at=broadcast.launched_at)
    return final("frozen", None, at=broadcast.launched_at, waits=number > broadcast.fed_to)
