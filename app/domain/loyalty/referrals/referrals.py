"""Referrals: a friend came by a member's invitation, and what became of it.

Whoever was a member already brings nobody anything, nobody invites herself, and nobody is brought
by somebody whom she has brought, directly or through others. When the friend has stayed for as long
as the terms say, both get what the terms promise; if she has not, nobody does.

Events: ``referral_due`` under ``referral_due:{referral}``, in the friend's lane, when her time has
come; ``referral_stayed`` under ``referral_stayed:{referral}``, in the inviter's, if she has stayed.
Both with ``referral``; the first also with ``OtherId``, the inviter, who is held with her friend.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once, partial_index
from app.domain.loyalty import orders
from app.domain.loyalty.referrals.terms import ReferralTerms
from app.domain.people import members
from app.domain.people.members import Member

NEW_FOR = timedelta(days=1)  # after joining, which is what it takes to sign up
CHAIN_MAX = 1_000  # invitations looked back; longer chains than people have


class Refusal(StrEnum):
    """Why an invitation brings nothing."""

    HERSELF = "herself"
    RING = "ring"
    INVITED_ALREADY = "invited_already"
    LEFT = "left"
    NOT_SIGNED_UP = "not_signed_up"
    NO_ORDER = "no_order"
    ONE_PERSON = "one_person"
    MEMBER_BEFORE = "member_before"
    MONTH_FULL = "month_full"


class Referral(Base):
    """``due_at`` is when it is decided; then ``stayed_at`` or ``refused_at`` is set."""

    __tablename__ = "referrals"
    __table_args__ = (
        sa.UniqueConstraint("friend_id"),
        sa.Index("ix_referrals_inviter", "inviter_id", "invited_at"),
        partial_index(
            "ix_referrals_due", "stayed_at IS NULL AND refused_at IS NULL", "due_at", "id"
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    inviter_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("members.id"))
    friend_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("members.id"))
    terms_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("referral_terms.id"))
    event_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("inbox.id"))
    invited_at: Mapped[datetime]
    due_at: Mapped[datetime]
    stayed_at: Mapped[datetime | None]
    refused_at: Mapped[datetime | None]
    refusal: Mapped[str | None]


def reason_against(session: Session, inviter: Member, friend: Member) -> Refusal | None:
    """Why this friend is not brought by this member."""
    if inviter.id == friend.id:
        return Refusal.HERSELF
    if friend.inviter_id is not None:
        return Refusal.INVITED_ALREADY
    return Refusal.RING if friend.id in brought_by(session, inviter) else None


def brought_by(session: Session, member: Member) -> Sequence[int]:
    """Who has brought her, who has brought that one, and so on; the nearest first."""
    found: list[int] = []
    while member.inviter_id is not None and len(found) < CHAIN_MAX:
        member = members.get(session, member.inviter_id)
        if member.id in found:
            break
        found.append(member.id)
    return found


def invite(
    session: Session,
    inviter: Member,
    friend: Member,
    terms: ReferralTerms,
    event_id: int | None,
    now: datetime,
) -> int | None:
    """Keeps that she came by this invitation. Returns its id, None when it was known."""
    values = {
        "inviter_id": inviter.id,
        "friend_id": friend.id,
        "terms_id": terms.id,
        "event_id": event_id,
        "invited_at": now,
        "due_at": now + timedelta(days=terms.stays_days),
    }
    return insert_once(session, Referral, values, unique=["friend_id"])


def due(now: datetime) -> sa.Select[Referral]:
    """Those to be decided, the oldest first."""
    open_ones = (Referral.stayed_at.is_(None), Referral.refused_at.is_(None))
    wanted = sa.select(Referral).where(*open_ones, Referral.due_at <= now)
    return wanted.order_by(Referral.due_at, Referral.id)


def decide(
    session: Session, referral_id: int, month_begins_at: datetime, now: datetime
) -> Referral | None:
    """Whether she has stayed, once and for all. Returns the referral when she has; None when not,
    or when it was decided before. The caller holds the friend, and the inviter where a month has
    room for so many."""
    referral = session.get_one(Referral, referral_id, with_for_update=True, populate_existing=True)
    if referral.stayed_at is not None or referral.refused_at is not None:
        return None
    refusal = _refusal(session, referral, month_begins_at)
    if refusal is not None:
        referral.refused_at, referral.refusal = now, refusal
        session.flush()
        return None
    referral.stayed_at = now
    session.flush()
    return referral


def of_inviter(session: Session, member_id: int, limit: int) -> Sequence[Referral]:
    """Whom she has brought, the last one first."""
    hers = sa.select(Referral).where(
        Referral.inviter_id.in_(members.records_of(session, member_id))
    )
    return session.scalars(hers.order_by(Referral.invited_at.desc()).limit(limit)).all()


def newest(session: Session, limit: int) -> Sequence[Referral]:
    return session.scalars(sa.select(Referral).order_by(Referral.id.desc()).limit(limit)).all()


def stayed_count(session: Session, member_id: int) -> int:
    hers = sa.select(sa.func.count()).where(
        Referral.inviter_id.in_(members.records_of(session, member_id)),
        Referral.stayed_at.is_not(None),
    )
    return session.scalar(hers) or 0


def _refusal(session: Session, referral: Referral, month_begins_at: datetime) -> Refusal | None:
    terms = session.get_one(ReferralTerms, referral.terms_id)
    inviter = members.get(session, referral.inviter_id)
    friend = members.get(session, referral.friend_id)
    if inviter.id == friend.id:
        return Refusal.ONE_PERSON  # two records that turned out to be hers
    joined = [at for at in (friend.joined_at, friend.signed_up_at) if at is not None]
    if joined and min(joined) < referral.invited_at - NEW_FOR:
        return Refusal.MEMBER_BEFORE  # by a record that turned out to be hers
    if friend.left_at is not None:
        return Refusal.LEFT
    if friend.signed_up_at is None:
        return Refusal.NOT_SIGNED_UP
    if terms.needs_order and not orders.counting(session, friend.id):
        return Refusal.NO_ORDER
    if terms.month_max is not None:
        # her other friends' decisions wait, so that the last place is given once
        inviter = members.hold(session, inviter.id)
        in_month = sa.select(sa.func.count()).where(
            Referral.inviter_id.in_(members.records_of(session, inviter.id)),
            Referral.stayed_at >= month_begins_at,
        )
        if (session.scalar(in_month) or 0) >= terms.month_max:
            return Refusal.MONTH_FULL
    return None
