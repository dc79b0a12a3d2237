"""The usual way of a channel for many at once: where each is reached, and in which words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import lanes, personal
from app.domain.people.channel_kinds import MEDIA
from app.domain.people.channels import Channel, Kind
from app.domain.people.groups import Group
from app.domain.people.members import Identity, Member
from app.outbox import Address
from app.programme import Programme
from app.sending import direct_lines
from sop import wording
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
    channel_id: int,
    audience: str,
    ids: Sequence[int],
    message: Message,
    programme: Programme,
    now: datetime,
) -> Mapping[int, Chosen]:
    channel = session.get_one(Channel, channel_id)
    addresses = _addresses(session, channel, audience, ids)
    people: Mapping[int, Member | Group] = {}
    if any(wording.placeholders(text) for text in personal.texts_of(message.content)):
        people = _groups(session, ids) if audience == "group" else _members(session, ids)
    chosen = {}
    for number in ids:
        content, reason = dict(message.content), None
        try:
            if number in people:
                content = _filled(session, message, people[number], programme, now)
        except wording.NothingToFill as hole:
            reason = f"nothing_to_fill:{hole.name}"
        if number not in addresses:
            reason = "not_reachable"
        chosen[number] = Chosen(addresses.get(number), message.kind, content, reason=reason)
    return chosen


def _filled(
    session: Session, message: Message, one: Member | Group, programme: Programme, now: datetime
) -> dict[str, Any]:
    if isinstance(one, Group):
        return personal.content_for_group(message.content, one)
    return personal.content_for_member(session, message.content, one, programme, now)


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
    return {one.id: one for one in session.scalars(sa.select(Member).where(Member.id.in_(ids)))}
