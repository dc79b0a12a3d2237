"""Who brought whom, as a tree; and the members who bring the most, KOC."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.loyalty import orders
from app.domain.loyalty.orders import Order
from app.domain.loyalty.referrals.referrals import Referral
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
    """Her tree, level by level, to so many nodes."""
    top = Node(member, None)
    level, count = {member.id: top}, 1
    while level and count < NODES_MAX:
        rows = session.execute(
            sa.select(Member.inviter_id, Member, Referral)
            .outerjoin(Referral, Referral.friend_id == Member.id)
            .where(Member.inviter_id.in_(level), Member.same_as_id.is_(None))
            .order_by(Member.id)
            .limit(NODES_MAX - count)
        ).all()
        found: dict[int, Node] = {}
        for inviter_id, friend, referral in rows:
            assert inviter_id is not None, "she is below somebody of this level"
            node = Node(friend, state_of(referral) if referral else None)
            level[inviter_id].brought.append(node)
            found[friend.id] = node
        level, count = found, count + len(rows)
    return top


def state_of(referral: Referral) -> State:
    if referral.stayed_at is not None:
        return "stayed"
    return "refused" if referral.refused_at is not None else "waiting"


def bringers(session: Session, limit: int) -> Sequence[Bringer]:
    """Those who have brought the most who stayed."""
    stayed = sa.func.count(Referral.stayed_at)
    ranked = session.execute(
        sa.select(Referral.inviter_id, sa.func.count(), stayed)
        .group_by(Referral.inviter_id)
        .order_by(stayed.desc(), sa.func.count().desc(), Referral.inviter_id)
        .limit(limit)
    ).all()
    spent = _spent(session, [inviter_id for inviter_id, _, _ in ranked])
    return [
        Bringer(session.get_one(Member, inviter_id), friends, count, spent.get(inviter_id, 0))
        for inviter_id, friends, count in ranked
    ]


def _spent(session: Session, inviter_ids: Sequence[int]) -> dict[int, int]:
    rows = session.execute(
        sa.select(Referral.inviter_id, sa.func.sum(orders.net_fen()))
        .join(Order, Order.member_id == Referral.friend_id)
        .where(Referral.inviter_id.in_(inviter_ids), Referral.stayed_at.is_not(None))
        .where(Order.paid_at >= Referral.invited_at, orders.counts())
        .group_by(Referral.inviter_id)
    )
    return {inviter_id: int(fen) for inviter_id, fen in rows}
