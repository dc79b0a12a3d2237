"""Tiers 等级: where a member stands by the growth value she has earned."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id
from app.domain.loyalty import points
from app.domain.people.members import Member


class Tier(Base):
    __tablename__ = "tiers"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    name_en: Mapped[str]
    growth_min: Mapped[int] = mapped_column(unique=True)


class TierChange(Base):
    """A member moved up, and which event made her."""

    __tablename__ = "tier_changes"
    __table_args__ = (sa.UniqueConstraint("member_id", "tier_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    member_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("members.id"))
    from_tier_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("tiers.id"))
    tier_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("tiers.id"))
    growth: Mapped[int]
    event_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("inbox.id"))
    changed_at: Mapped[datetime]


class ThresholdTaken(Exception):
    """Another tier begins at this growth value already."""


@dataclass(frozen=True, slots=True)
class Raise:
    from_tier: Tier | None
    to_tier: Tier


def all_of(session: Session) -> Sequence[Tier]:
    return session.scalars(sa.select(Tier).order_by(Tier.growth_min)).all()


def of(session: Session, member: Member) -> Tier | None:
    return session.get(Tier, member.tier_id) if member.tier_id else None


def change(session: Session, tier_id: int, *, name: str, name_en: str, growth_min: int) -> Tier:
    """What a tier is called and from which growth value it is reached. Nobody is moved by it
    at once: a member's tier is looked at when she next earns. Raises ThresholdTaken, and
    ValueError for a growth value below zero, or other than zero for the lowest tier."""
    tier = session.get_one(Tier, tier_id, with_for_update=True)
    if growth_min < 0 or (tier.growth_min == 0 and growth_min != 0):
        raise ValueError(f"{tier.key} cannot begin at {growth_min}")
    tier.name, tier.name_en = name, name_en
    try:
        with session.begin_nested():
            tier.growth_min = growth_min
            session.flush()
    except sa.exc.IntegrityError as error:
        raise ThresholdTaken(growth_min) from error
    return tier


def review(session: Session, member: Member, event_id: int | None, now: datetime) -> Raise | None:
    """Moves the member up when her growth value has reached a higher tier. Never down: that
    belongs to the end of a period. Her first, lowest tier is given without being a raise."""
    growth = points.balance_of(session, member.id).growth
    earned = session.scalar(
        sa.select(Tier).where(Tier.growth_min <= growth).order_by(Tier.growth_min.desc()).limit(1)
    )
    current = of(session, member)
    if earned is None or (current is not None and earned.growth_min <= current.growth_min):
        return None
    member.tier_id = earned.id
    if current is None and earned.growth_min == 0:
        return None
    session.add(
        TierChange(
            member_id=member.id,
            from_tier_id=current.id if current else None,
            tier_id=earned.id,
            growth=growth,
            event_id=event_id,
            changed_at=now,
        )
    )
    return Raise(current, earned)
