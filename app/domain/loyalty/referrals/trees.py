"""Who brought whom, as a tree; and the members who bring the most, KOC."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.loyalty import orders
from app.domain.loyalty.orders import Order
from app.domain.loyalty.referrals.referrals import Referral
from app.domain.people import members
from app.domain.people.members import Member

NODES_MAX = 500
State = Literal["waiting", "stayed", "refused"]


@dataclass(slots=True)
class Node:
    """A member and whom she has brought; ``state`` of her own referral: stayed, waiting, refused,
    or None where she came by herself or before there were terms."""

    member: Member
    state: str | None
    brought: list["Node"] = field(default_factory=list)

    @property
    def size(self) -> int:
        """How many are below her."""
        return sum(1 + node.size for node in self.brought)


@dataclass(frozen=True, slots=True)
class Bringer:
    """A member by what she brings: friends, those of them who stayed, and what these have bought
    since, in fen."""

    member: Member
    friends: int
    stayed: int
    spent_fen: int


def below(session: Session, member: Member) -> Node:
    """Her tree, level by level, to so many nodes. What any of a person's records has brought is
    hers, and she stands in it once, however records have become one since."""
    top = Node(member, None)
    level, known = [top], {member.id: top}
    while level and len(known) < NODES_MAX:
        by_record = _by_record(session, level)
        rows = session.execute(
            sa.select(Member, Referral)
            .outerjoin(Referral, Referral.friend_id == Member.id)
            .where(Member.inviter_id.in_(by_record))
            .order_by(Member.id)
            .limit(NODES_MAX - len(known))
        ).all()
        level = []
        for record, referral in rows:
            assert record.inviter_id is not None, "she is below somebody of this level"
            friend = members.get(session, record.id)
            if friend.id not in known:
                known[friend.id] = Node(friend, None)
                by_record[record.inviter_id].brought.append(known[friend.id])
                level.append(known[friend.id])
            if referral is not None and friend.id != member.id:
                known[friend.id].state = state_of(referral)
    return top


def _by_record(session: Session, level: Sequence[Node]) -> dict[int, Node]:
    """By the id of each of their records."""
    found = {node.member.id: node for node in level}
    known = dict(found)
    while found:
        absorbed = sa.select(Member.id, Member.same_as_id).where(Member.same_as_id.in_(found))
        found = {record: found[by] for record, by in session.execute(absorbed) if by is not None}
        known |= found
    return known


def state_of(referral: Referral) -> State:
    if referral.stayed_at is not None:
        return "stayed"
    return "refused" if referral.refused_at is not None else "waiting"


def bringers(session: Session, limit: int) -> Sequence[Bringer]:
    """Those who have brought the most who stayed, with all their records."""
    whose = _standing(Referral.inviter_id)
    stayed = sa.func.count(Referral.stayed_at)
    ranked = session.execute(
        sa.select(whose.c.member_id, sa.func.count(), stayed)
        .join(whose, whose.c.record == Referral.inviter_id)
        .group_by(whose.c.member_id)
        .order_by(stayed.desc(), sa.func.count().desc(), whose.c.member_id)
        .limit(limit)
    ).all()
    spent = _spent(session, [inviter_id for inviter_id, _, _ in ranked])
    return [
        Bringer(session.get_one(Member, inviter_id), friends, count, spent.get(inviter_id, 0))
        for inviter_id, friends, count in ranked
    ]


def _spent(session: Session, inviter_ids: Sequence[int]) -> dict[int, int]:
    whose = _standing(Referral.inviter_id)
    rows = session.execute(
        sa.select(whose.c.member_id, sa.func.sum(orders.net_fen()))
        .select_from(Referral)
        .join(whose, whose.c.record == Referral.inviter_id)
        .join(Order, Order.member_id == Referral.friend_id)
        .where(whose.c.member_id.in_(inviter_ids), Referral.stayed_at.is_not(None))
        .where(Order.paid_at >= Referral.invited_at, orders.counts())
        .group_by(whose.c.member_id)
    )
    return {inviter_id: int(fen) for inviter_id, fen in rows}


def _standing(records: sa.orm.InstrumentedAttribute[int]) -> sa.Subquery:
    """(record, member_id): who the members are now that these records stood for."""
    up = sa.select(records.label("record"), records.label("by")).distinct().cte(recursive=True)
    by = sa.select(up.c.record, Member.same_as_id).join(Member, Member.id == up.c.by)
    up = up.union(by.where(Member.same_as_id.is_not(None)))
    return (
        sa.select(up.c.record, up.c.by.label("member_id"))
        .join(Member, Member.id == up.c.by)
        .where(Member.same_as_id.is_(None))
        .subquery()
    )
