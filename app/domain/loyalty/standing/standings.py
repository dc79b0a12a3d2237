"""Standings: until when each member has her tier, and what an operator has given her instead.

A standing is kept where there is a day to keep: it is a copy, for the clock and for pages, of what
``paths`` works out of her rows. ``begins_tier_id`` alone is a fact of its own: the tier she kept
when a scheme that lowers nobody began.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, partial_index
from app.domain.people.members import Member


class TierStanding(Base):
    """``tier_id`` is what her rows make of her, whatever an operator has given. ``ends_on`` is
    when she falls if she is in grace, else the last day; ``due_on`` when the clock looks next."""

    __tablename__ = "tier_standings"
    __table_args__ = (
        partial_index("ix_tier_standings_due", "due_on IS NOT NULL", "due_on", "member_id"),
        partial_index("ix_tier_standings_ends", "ends_on IS NOT NULL", "ends_on", "member_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    member_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("members.id"), unique=True)
    scheme_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("tier_schemes.id"))
    begins_tier_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("tiers.id"))
    tier_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("tiers.id"))
    since_on: Mapped[date | None]
    last_on: Mapped[date | None]
    falls_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    due_on: Mapped[date | None]


class TierOverride(Base):
    """An operator's word: this tier, up to and with ``until_on``, whatever her rows say."""

    __tablename__ = "tier_overrides"
    __table_args__ = (sa.Index("ix_tier_overrides_member_id", "member_id", "id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    member_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("members.id"))
    tier_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("tiers.id"))
    reason: Mapped[str]
    until_on: Mapped[date]
    operator_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("operators.id"))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


def of_members(session: Session, member_ids: Collection[int]) -> Mapping[int, TierStanding]:
    hers = sa.select(TierStanding).where(TierStanding.member_id.in_(member_ids))
    return {standing.member_id: standing for standing in session.scalars(hers)}


def due(session: Session, today: date, limit: int) -> Sequence[int]:
    """The members at whom the clock has to look, the longest due first. An absorbed record waits
    for the day on which it may be told apart again."""
    waiting = (
        sa.select(TierStanding.member_id)
        .join(Member, Member.id == TierStanding.member_id)
        .where(TierStanding.due_on <= today, Member.same_as_id.is_(None))
    )
    order = (TierStanding.due_on, TierStanding.member_id)
    return session.scalars(waiting.order_by(*order).limit(limit)).all()


def is_due(session: Session, member_id: int, today: date) -> bool:
    """Whether the clock has to look at her and has not yet."""
    waits = sa.select(TierStanding.id).where(
        TierStanding.member_id == member_id, TierStanding.due_on <= today
    )
    return session.scalar(waits) is not None


def ending_soon(
    session: Session, until: date, limit: int
) -> Sequence[sa.Row[TierStanding, Member]]:
    """Whose period or grace ends up to this day, the first first."""
    return session.execute(
        sa.select(TierStanding, Member)
        .join(Member, Member.id == TierStanding.member_id)
        .where(TierStanding.ends_on <= until, Member.same_as_id.is_(None))
        .order_by(TierStanding.ends_on, TierStanding.member_id)
        .limit(limit)
    ).all()


def override(
    session: Session,
    member_id: int,
    tier_id: int,
    *,
    reason: str,
    until_on: date,
    operator_id: int | None,
    now: datetime,
) -> TierOverride:
    """In the place of what she had been given before. The caller holds her, and reviews her."""
    end_override(session, member_id, now)
    given = TierOverride(
        member_id=member_id,
        tier_id=tier_id,
        reason=reason,
        until_on=until_on,
        operator_id=operator_id,
        created_at=now,
    )
    session.add(given)
    session.flush()
    return given


def end_override(session: Session, member_id: int, now: datetime) -> None:
    """Her own rows count again. The caller holds her, and reviews her."""
    hers = sa.update(TierOverride).where(TierOverride.member_id == member_id)
    session.execute(hers.where(TierOverride.ended_at.is_(None)).values(ended_at=now))


def overrides_of(
    session: Session, member_ids: Collection[int]
) -> Mapping[int, Sequence[TierOverride]]:
    """What these members have been given and no operator has ended, the last one last."""
    given = sa.select(TierOverride).where(
        TierOverride.member_id.in_(member_ids), TierOverride.ended_at.is_(None)
    )
    found: dict[int, list[TierOverride]] = {}
    for it in session.scalars(given.order_by(TierOverride.id)):
        found.setdefault(it.member_id, []).append(it)
    return found
