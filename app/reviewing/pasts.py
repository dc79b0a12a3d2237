"""Pasts: how a member stood at an earlier moment, for what is found to be hers only later, such as
an order that she claims by its number.

Who has become one of several records since stood as each of them did. What an order names is the
record that paid; where it names none of them, nobody can tell, and she is not to lose by it.
"""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.loyalty.orders import Buyer
from app.domain.loyalty.standing.tiers import Tier, TierChange
from app.domain.people import former_records
from app.domain.people.former_records import Name
from app.domain.people.members import Member
from app.inbox import InboxEvent

_UNNAMED = Buyer()
_NONE = 0  # as the tier that somebody left who had none


def was_member(member: Member, at: datetime) -> bool:
    """Whether we had met her by then."""
    met_at = (member.created_at, member.joined_at, member.signed_up_at)
    return any(moment is not None and moment <= at for moment in met_at)


def tier_at(session: Session, member: Member, at: datetime, named: Buyer = _UNNAMED) -> Tier | None:
    """The tier she held then: what the first change after it has moved her from. A change counts
    from when we were told of what made it, so that an hour of standstill makes no difference; what
    the clock has made, from its midnight. What it has still to make is not seen, see ``reviews``.

    Of several records, that of the one that is ``named``, or the highest."""
    if member.tier_id is None:
        return None
    of_her = sa.or_(Member.id == member.id, Member.same_as_id == member.id)
    held = _held(session, of_her, at)
    if len(held) > 1:
        meant = _meant(session, member, at, named)
        further = meant - held.keys()  # what a record had absorbed that she absorbed
        if further:
            held |= _held(session, Member.id.in_(further), at)
        held = {record_id: held[record_id] for record_id in meant}
    known = (session.get_one(Tier, tier_id) for tier_id in held.values() if tier_id)
    return max(known, key=lambda tier: (tier.rank or 0, tier.growth_min or 0), default=None)


def records_at(session: Session, member: Member, at: datetime) -> Collection[int]:
    """Those of her records that stood for themselves then."""
    return former_records.at(session, member, at).keys()


def _held(session: Session, which: sa.ColumnElement[bool], at: datetime) -> dict[int, int | None]:
    """By record, the id of its tier then."""
    told_at = sa.func.coalesce(InboxEvent.received_at, TierChange.changed_at)
    left = (
        sa.select(sa.func.coalesce(TierChange.from_tier_id, _NONE))
        .outerjoin(InboxEvent, InboxEvent.id == TierChange.event_id)
        .where(TierChange.member_id == Member.id, TierChange.changed_at > at, told_at > at)
        .order_by(TierChange.changed_at, TierChange.id)
        .limit(1)
        .scalar_subquery()
    )
    rows = session.execute(
        sa.select(Member.id, sa.func.coalesce(left, Member.tier_id)).where(which)
    )
    return {record_id: tier_id for record_id, tier_id in rows}  # noqa: C416  rows, not pairs


def _meant(session: Session, member: Member, at: datetime, named: Buyer) -> set[int]:
    records, names = former_records.at(session, member, at), _names_in(named)
    present = {
        record_id for record_id in records if was_member(session.get_one(Member, record_id), at)
    }
    return {
        record_id
        for record_id in present
        if names & {*records[record_id], former_records.member_name(record_id)}
    } or present


def _names_in(named: Buyer) -> set[Name]:
    columns = {"unionid": named.unionid, "phone_index": named.phone_index}
    names: set[Name] = {(name, value) for name, value in columns.items() if value}
    if named.member_id is not None:
        names.add(former_records.member_name(named.member_id))
    if named.channel_id is not None and named.openid:
        names.add(former_records.channel_name(named.channel_id, named.openid))
    return names
