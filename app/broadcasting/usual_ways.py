"""The usual way of a channel for many at once: where each is reached, and in which words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import contents, lanes, personal
from app.contents import AsSent
from app.domain.loyalty.entries import Cause
from app.domain.outreach.broadcasts import Broadcast
from app.domain.people import members
from app.domain.people.channel_kinds import MEDIA
from app.domain.people.channels import Channel, Kind
from app.domain.people.groups import Group
from app.domain.people.members import Identity, Member
from app.outbox import Address
from app.personal import Filled, Unfilled
from app.programme import Programme
from app.sending import direct_lines
from sop.contents import Message


@dataclass(frozen=True, slots=True)
class Chosen:
    """Without an address there is no way, and ``reason`` is why."""

    address: Address | None
    kind: str
    content: Mapping[str, Any]
    pipe: str = lanes.BROADCASTS
    passed_over: Sequence[Mapping[str, Any]] = ()
    ways_left: Sequence[Mapping[str, Any]] = ()
    reason: str | None = None


def choose_all(
    session: Session,
    broadcast: Broadcast,
    ids: Sequence[int],
    message: Message,
    programme: Programme,
    now: datetime,
) -> Mapping[int, Chosen]:
    """For each of ``ids`` where ``message`` goes, in her own words, or why it does not."""
    channel = session.get_one(Channel, broadcast.channel_id)
    addresses = _addresses(session, channel, broadcast.audience, ids)
    there = [number for number in ids if number in addresses]
    chosen = dict.fromkeys(ids, Chosen(None, message.kind, message.content, reason="not_reachable"))
    keys = {number: f"broadcast:{broadcast.id}:{broadcast.audience}:{number}" for number in there}
    cause, to_groups = Cause(f"broadcast:{broadcast.id}"), broadcast.audience == "group"
    people = _groups(session, there) if to_groups else _members(session, there)
    said = contents.Saying(channel, keys, cause, to_groups=to_groups)
    try:
        sent = contents.as_sent(session, message, said, programme, now)
    except contents.CannotBeSaid as error:
        silent = Chosen(None, message.kind, message.content, reason=error.reason)
        return chosen | dict.fromkeys(there, silent)
    words = _words(session, sent, people, programme, now)
    for number in there:
        hole = f"nothing_to_fill:{words[number].hole}" if words[number].hole else None
        reason = sent.refused.get(number) or hole
        where, content = addresses[number], words[number].content
        chosen[number] = Chosen(where, sent.kind, content, reason=reason)
    return chosen


def _words(
    session: Session,
    sent: AsSent,
    people: Mapping[int, Member] | Mapping[int, Group],
    programme: Programme,
    now: datetime,
) -> Mapping[int, Filled]:
    groups = {n: it for n, it in people.items() if isinstance(it, Group)}
    persons = {n: it for n, it in people.items() if isinstance(it, Member)}
    unfilled = [Unfilled(sent.content, it, sent.values.get(n, {})) for n, it in persons.items()]
    filled = personal.contents_for_members(session, unfilled, programme, now)
    of_groups = {
        n: personal.filled_for_group(session, sent.content, it) for n, it in groups.items()
    }
    return dict(zip(persons, filled, strict=True)) | of_groups


def _addresses(
    session: Session, channel: Channel, audience: str, ids: Sequence[int]
) -> Mapping[int, Address]:
    if audience == "group":
        groups = _groups(session, ids).values()
        return {g.id: Address(g.channel_id, g.external_id, None, g.id) for g in groups}
    if Kind(channel.kind) in MEDIA:
        return {number: direct_lines.address(channel.id, number) for number in ids}
    known = session.execute(
        sa.select(Identity.member_id, Identity.external_id)
        .where(
            Identity.channel_id == channel.id,
            Identity.member_id.in_(ids),
            Identity.unfollowed_at.is_(None),
        )
        .order_by(Identity.id)
    )
    return {number: Address(channel.id, openid, number) for number, openid in known}


def _groups(session: Session, ids: Sequence[int]) -> Mapping[int, Group]:
    return {one.id: one for one in session.scalars(sa.select(Group).where(Group.id.in_(ids)))}


def _members(session: Session, ids: Sequence[int]) -> Mapping[int, Member]:
    members.lock(session, *ids)  # what a message brings them, a coupon, is theirs alone
    return {one.id: one for one in session.scalars(sa.select(Member).where(Member.id.in_(ids)))}
