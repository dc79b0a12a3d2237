"""Would she get this broadcast, or has she got it?"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import tryouts
from app.broadcasting import launching
from app.domain.outreach import broadcasts
from app.domain.outreach.broadcasts import Broadcast, Recipient
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
from app.segments import crowds
from app.sending import routes
from sop import broadcasts as sop_broadcasts


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
    frozen = next((one.fields for one in asked if one.name == "frozen"), {})
    at = said[-1].due_at if said else frozen.get("turn_at") or broadcast.scheduled_at
    return WILL, said[-1].reason if said else None, at


def _checks(
    session: Session, broadcast: Broadcast, member: Member, programme: Programme, now: datetime
) -> Iterator[Check]:
    definition = broadcast.parsed
    yield checks.of_broadcast_state(broadcast)
    yield from checks.approval_of_broadcast(session, broadcast, now)
    yield checks.halt(session)
    channel = session.get_one(Channel, broadcast.channel_id)
    asked = Asked(crowds=definition.crowds)
    known = facts.of_members(session, [member.id], asked, programme, now)[member.id]
    if broadcast.launched_at is None:
        medium = MEDIA.get(Kind(channel.kind))
        chosen, category = definition.filter, definition.category
        yield from checks.of_audience(session, member, known.facts, chosen, category, medium)
        is_meant = _is_meant(session, broadcast, member.id, now)
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


def _is_meant(session: Session, broadcast: Broadcast, member_id: int, now: datetime) -> bool:
    chosen = broadcasts.meant(session, broadcast, crowds.at(session, now)).subquery()
    return session.scalar(sa.select(chosen.c[0]).where(chosen.c[0] == member_id)) is not None


def _frozen(session: Session, broadcast: Broadcast, member_id: int) -> Check:
    """Whether she is among those who were meant at launch, and whether it has come to her."""
    hers = session.scalar(
        sa.select(Recipient).where(
            Recipient.broadcast_id == broadcast.id,
            Recipient.subject_id.in_(members.records_of(session, member_id)),
        )
    )
    if hers is None:
        return final("frozen", "not_frozen", at=broadcast.launched_at)
    turn, stands = hers.turn or 0, (broadcast.fed_turn, broadcast.fed_to)
    has_own_moment = broadcast.parsed.own_time is not None
    fields = {
        "waits": (turn, hers.subject_id) > stands,
        "turn_at": datetime.fromtimestamp(turn, UTC) if has_own_moment else None,
        "awaits_winner": turn == launching.REST and tryouts.awaits(broadcast),
    }
    return final("frozen", None, at=broadcast.launched_at, **fields)
