"""Broadcast audiences: whoever was meant when a broadcast was launched may have left, opted out or
lost the tag since. She is asked about again when she is about to be told."""

from collections import defaultdict
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.outreach import audience, broadcasts
from app.domain.outreach.broadcasts import Broadcast
from app.domain.people import lookups
from app.domain.people.members import Member
from app.segments import crowds
from app.sending.due_messages import AnyMessage
from app.sending.verdicts import Occasion, Suppress, Verdict, Verdicts


def check(session: Session, messages: Sequence[AnyMessage], occasion: Occasion) -> Verdicts:
    """One query for each broadcast of the batch."""
    found: dict[int, Verdict] = {}
    of_broadcast = defaultdict(list)
    for message in messages:
        if message.broadcast_id is not None:
            of_broadcast[message.broadcast_id].append(message)
    for number, those in of_broadcast.items():
        broadcast = session.get_one(Broadcast, number)
        still = _still_meant(session, broadcast, {_whom(one) for one in those}, occasion)
        for message in those:
            if broadcast.state == broadcasts.State.CANCELLED:
                found[message.id] = Suppress("cancelled")
            elif _whom(message) not in still:
                found[message.id] = Suppress(_reason(session, message))
    return found


def _still_meant(
    session: Session, broadcast: Broadcast, ids: set[int], occasion: Occasion
) -> set[int]:
    channel = lookups.channel(session, broadcast.channel_id)
    crowd_of, definition = crowds.at(session, occasion.now), broadcast.parsed
    chosen = audience.still_meant(
        channel, definition.filter, definition.category, crowd_of
    ).subquery()
    return set(session.scalars(sa.select(chosen.c.id).where(chosen.c.id.in_(ids))))


def _whom(message: AnyMessage) -> int:
    return message.member_id or message.group_id or 0


def _reason(session: Session, message: AnyMessage) -> str:
    member = session.get(Member, message.member_id) if message.member_id else None
    if member is not None and member.left_at is not None:
        return "left"
    is_opted_out = member is not None and member.opted_out_at is not None
    return "opted_out" if is_opted_out else "not_meant"
