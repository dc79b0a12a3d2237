"""Schemes of tiers: what operators have written, each a version that changes of tiers point to.

A draft is counted first (how many would move), and moves nobody. Once it has begun, it holds for
everybody from that day on, and whoever has not been looked at since is moved batch by batch. With
``may_lower`` everybody stands where the new scheme puts her; without, nobody stands lower than
before until a period of the new scheme has ended.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id
from app.domain import once
from app.domain.loyalty.standing import tiers
from app.domain.loyalty.standing.tier_terms import Condition, Level, Measure, Terms
from app.domain.loyalty.standing.tiers import Tier


class TierScheme(Base):
    """``counted`` is {"gold": {"silver": 3}}: from which tier to which how many would move, ""
    being none yet; ``counted_to`` and ``moved_to`` are the members up to whom each work is done."""

    __tablename__ = "tier_schemes"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    terms: Mapped[dict[str, Any]]
    may_lower: Mapped[bool]
    operator_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("operators.id"))
    drafted_at: Mapped[datetime]
    counted: Mapped[dict[str, Any]]
    counted_to: Mapped[int] = mapped_column(Id)
    counted_at: Mapped[datetime | None]
    begun_at: Mapped[datetime | None]
    begun_on: Mapped[date | None]
    moved_to: Mapped[int] = mapped_column(Id)
    moved: Mapped[int]
    finished_at: Mapped[datetime | None]
    dropped_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class Scheme:
    """The scheme by which tiers are given. ``id`` and ``begun_on`` are None for the one that a
    house has before it writes its first: by growth value alone."""

    terms: Terms
    id: int | None = None
    begun_on: date | None = None
    may_lower: bool = True


class NotADraft(Exception):
    """The scheme has begun already, or was dropped for another."""


def in_force(session: Session) -> Scheme:
    return once.read(session, _in_force, TierScheme, Tier)


def _in_force(session: Session) -> Scheme:
    last = session.scalar(_begun().limit(1))
    return _as_scheme(last) if last is not None else _by_growth(session)


def before(session: Session, scheme: Scheme) -> Scheme:
    """The one that was in force when this began."""
    earlier = session.scalar(_begun().where(TierScheme.id < scheme.id).limit(1))
    return _as_scheme(earlier) if earlier is not None else _by_growth(session)


def asks_for(session: Session, measure: Measure) -> bool:
    """Whether the scheme in force asks for this measure. Before the first, growth is all."""
    terms = session.scalar(_begun().with_only_columns(TierScheme.terms).limit(1))
    return terms is not None and measure in Terms.model_validate(terms).measures


def draft(
    session: Session, terms: Terms, *, may_lower: bool, operator_id: int | None, now: datetime
) -> TierScheme:
    """A new draft in the place of the one there was."""
    for older in session.scalars(_drafts()):
        older.dropped_at = now
    made = TierScheme(
        terms=terms.model_dump(mode="json"),
        may_lower=may_lower,
        operator_id=operator_id,
        drafted_at=now,
        counted={},
        counted_to=0,
        moved_to=0,
        moved=0,
    )
    session.add(made)
    session.flush()
    return made


def drafted(session: Session) -> TierScheme | None:
    return session.scalar(_drafts())


def begin(session: Session, scheme_id: int, today: date, now: datetime) -> TierScheme:
    """From now on it holds. Raises NotADraft."""
    begun = session.get_one(TierScheme, scheme_id, with_for_update=True)
    if begun.begun_at is not None or begun.dropped_at is not None:
        raise NotADraft(str(scheme_id))
    begun.begun_at, begun.begun_on = now, today
    tiers.put_in_order(session, Terms.model_validate(begun.terms).levels, now)
    return begun


def drop(session: Session, scheme_id: int, now: datetime) -> None:
    """The draft is not wanted. Raises NotADraft."""
    dropped = session.get_one(TierScheme, scheme_id, with_for_update=True)
    if dropped.begun_at is not None:
        raise NotADraft(str(scheme_id))
    dropped.dropped_at = dropped.dropped_at or now


def at_work(session: Session) -> TierScheme | None:
    """The last that has begun, as long as not everybody has been looked at."""
    last = session.scalar(_begun().limit(1))
    return last if last is not None and last.finished_at is None else None


def counting(session: Session) -> TierScheme | None:
    """The draft, as long as not everybody has been counted."""
    return session.scalar(_drafts().where(TierScheme.counted_at.is_(None)))


def counts_of(scheme: TierScheme) -> Mapping[str, int]:
    """How many would go up, go down and stay, by the names of the tiers they are in and come to."""
    ranks = [level.key for level in Terms.model_validate(scheme.terms).levels]
    return {key: sum(scheme.counted.get(key, {}).values()) for key in ["", *ranks]}


def _begun() -> sa.Select[TierScheme]:
    begun = sa.select(TierScheme).where(TierScheme.begun_at.is_not(None))
    return begun.order_by(TierScheme.begun_at.desc(), TierScheme.id.desc())


def _drafts() -> sa.Select[TierScheme]:
    return sa.select(TierScheme).where(
        TierScheme.begun_at.is_(None), TierScheme.dropped_at.is_(None)
    )


def _as_scheme(row: TierScheme) -> Scheme:
    return Scheme(Terms.model_validate(row.terms), row.id, row.begun_on, row.may_lower)


def _by_growth(session: Session) -> Scheme:
    """What the tiers of before the first scheme say: from so much growth value on."""
    known = sa.select(Tier).where(Tier.growth_min.is_not(None)).order_by(Tier.growth_min)
    return Scheme(
        Terms(
            levels=tuple(
                Level(
                    key=tier.key,
                    name=tier.name,
                    name_en=tier.name_en,
                    ways=((Condition(measure=Measure.GROWTH, at_least=tier.growth_min),),)
                    if tier.growth_min
                    else (),
                )
                for tier in session.scalars(known)
            )
        )
    )
