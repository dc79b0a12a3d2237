"""Tiers 等级: which there are, and every change of a member's tier with what made it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id
from app.domain import once
from app.domain.loyalty.standing.tier_terms import Level
from app.domain.people.members import Member

UP, DOWN = "up", "down"


class Why(StrEnum):
    """What made a change: what she did, the end of a period, a change of the scheme, an operator,
    or two records that became one."""

    EVENT = "event"
    CLOCK = "clock"
    SCHEME = "scheme"
    OPERATOR = "operator"
    MERGE = "merge"


class Tier(Base):
    """``rank`` is its place in the scheme that is in force, the lowest 0; a tier without one is of
    an earlier scheme. Before a house has written its first scheme, its tiers go by
    ``growth_min``, the growth value from which each is reached."""

    __tablename__ = "tiers"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    name_en: Mapped[str]
    growth_min: Mapped[int | None] = mapped_column(unique=True)
    rank: Mapped[int | None]
    retired_at: Mapped[datetime | None]


class TierChange(Base):
    """A member moved up or down, why, and by which event and version of the scheme; ``evidence``
    is what the measures of the scheme came to on that day. ``changed_at`` of what the clock has
    made is the midnight from which it holds, whenever somebody has looked."""

    __tablename__ = "tier_changes"
    __table_args__ = (sa.Index("ix_tier_changes_member_id", "member_id", "changed_at"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    member_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("members.id"))
    from_tier_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("tiers.id"))
    tier_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("tiers.id"))
    direction: Mapped[str] = mapped_column(server_default=UP)
    why: Mapped[str] = mapped_column(server_default=Why.EVENT)
    scheme_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("tier_schemes.id"))
    growth: Mapped[int]
    evidence: Mapped[dict[str, Any] | None]
    event_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("inbox.id"))
    changed_at: Mapped[datetime]


def all_of(session: Session) -> Sequence[Tier]:
    """Those of the scheme in force, from the lowest up."""
    present = sa.select(Tier).where(Tier.retired_at.is_(None))
    return session.scalars(present.order_by(Tier.rank, Tier.growth_min, Tier.id)).all()


def of(session: Session, member: Member) -> Tier | None:
    return session.get(Tier, member.tier_id) if member.tier_id else None


def by_key(session: Session) -> Mapping[str, Tier]:
    """All that there are and were."""
    return once.read(session, _by_key, Tier)


def _by_key(session: Session) -> Mapping[str, Tier]:
    return {tier.key: tier for tier in session.scalars(sa.select(Tier))}


def put_in_order(session: Session, levels: Sequence[Level], now: datetime) -> None:
    """Makes the tiers those of a scheme: new ones, other names, and those that are no more."""
    known = dict(by_key(session))
    for rank, level in enumerate(levels):
        tier = known.pop(level.key, None) or Tier(key=level.key)
        tier.name, tier.name_en, tier.rank, tier.retired_at = level.name, level.name_en, rank, None
        session.add(tier)
    for gone in known.values():
        gone.rank, gone.retired_at = None, gone.retired_at or now
    session.flush()


def changes_of(session: Session, member_id: int, limit: int) -> Sequence[TierChange]:
    """Hers, the last first."""
    hers = sa.select(TierChange).where(TierChange.member_id == member_id)
    return session.scalars(hers.order_by(TierChange.id.desc()).limit(limit)).all()


def counts(session: Session) -> Mapping[int | None, int]:
    """How many members are in each tier; None is in none yet."""
    rows = session.execute(
        sa.select(Member.tier_id, sa.func.count())
        .where(Member.same_as_id.is_(None))
        .group_by(Member.tier_id)
    )
    return {tier_id: count for tier_id, count in rows}  # noqa: C416  rows, not pairs
