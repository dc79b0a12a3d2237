"""Corrections 人工调整: points that an operator gives or takes by hand, and why.

A small one is booked at once. A larger one waits for a second operator, who grants or refuses it.
What was booked can be undone once, by the ledger's own reversal. Growth value is untouched: tiers
go by what members do.

Entries: ``correction:{id}``, and ``correction:{id}:undone`` for what undoes it.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once, partial_index
from app.domain.loyalty import points
from app.domain.loyalty.entries import Cause

REASON_MAX = 200
POINTS_MAX = 100_000_000


class SameOperator(Exception):
    """Whoever asks for a correction cannot grant it."""


class SentOtherwise(Exception):
    """The same form was sent before and said something else: nothing is done."""


class NotOpen(Exception):
    """It was decided already, or undone already, or never booked."""


class Correction(Base):
    """``points`` are given where positive and taken where negative; what is given lapses at the end
    of ``expires_on``, or never. ``decided_at`` None: it waits for a second operator. A small one
    was decided by whoever asked."""

    __tablename__ = "points_corrections"
    __table_args__ = (
        sa.CheckConstraint("points <> 0", name="moves_points"),
        sa.Index("ix_points_corrections_member_id", "member_id", "id"),
        partial_index("ix_points_corrections_waiting", "decided_at IS NULL", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    member_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("members.id"))
    points: Mapped[int]
    reason: Mapped[str]
    expires_on: Mapped[date | None]
    asked_by_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("operators.id"))
    asked_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("operators.id"))
    decided_at: Mapped[datetime | None]
    is_granted: Mapped[bool] = mapped_column(default=False)
    undone_by_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("operators.id"))
    undone_at: Mapped[datetime | None]

    @property
    def rule(self) -> str:
        return f"correction:{self.id}"

    @property
    def is_booked(self) -> bool:
        return self.is_granted and self.undone_at is None


def ask(
    session: Session,
    member_id: int,
    amount: int,
    *,
    key: str,
    reason: str,
    expires_on: date | None,
    alone_up_to: int,
    operator_id: int,
    zone: ZoneInfo,
    now: datetime,
) -> Correction | None:
    """Books it, or has it wait where it is of more than ``alone_up_to`` points. The caller holds
    the member. Returns None when this very form was sent before. Raises SentOtherwise, and
    NotEnoughPoints; then nothing is to be committed."""
    values = {
        "key": key,
        "member_id": member_id,
        "points": amount,
        "reason": reason,
        "expires_on": expires_on if amount > 0 else None,
        "asked_by_id": operator_id,
        "asked_at": now,
        "is_granted": False,
    }
    new_id = insert_once(session, Correction, values, unique=["key"])
    if new_id is None:
        before = session.scalars(sa.select(Correction).where(Correction.key == key)).one()
        said = ("points", "reason", "expires_on")
        if any(getattr(before, name) != values[name] for name in said):
            raise SentOtherwise(key)
        return None
    asked = session.get_one(Correction, new_id)
    if abs(amount) <= alone_up_to:
        _grant(session, asked, operator_id, zone, now)
    elif points.balance_of(session, member_id).points < -amount:
        raise points.NotEnoughPoints(f"{member_id}: {-amount}")
    return asked


def decide(
    session: Session,
    correction_id: int,
    member_id: int,
    operator_id: int,
    *,
    is_granted: bool,
    zone: ZoneInfo,
    now: datetime,
) -> Correction:
    """Of one that waits; ``member_id`` is whoever she is by now, whom the caller holds. Whoever
    asked may withdraw it, not grant it. Raises NotOpen, SameOperator and NotEnoughPoints; then
    nothing is to be committed."""
    asked = _locked(session, correction_id)
    if asked.decided_at is not None:
        raise NotOpen(correction_id)
    if is_granted and asked.asked_by_id == operator_id:
        raise SameOperator(correction_id)
    asked.member_id = member_id
    if is_granted:
        _grant(session, asked, operator_id, zone, now)
    else:
        asked.decided_by_id, asked.decided_at = operator_id, now
        session.flush()
    return asked


def undo(session: Session, correction_id: int, operator_id: int, now: datetime) -> Correction:
    """What it moved goes back: what she has spent of points given becomes arrears, points taken lie
    in their lots again. Raises NotOpen."""
    booked = _locked(session, correction_id)
    if not booked.is_booked:
        raise NotOpen(correction_id)
    booked.undone_by_id, booked.undone_at = operator_id, now
    session.flush()
    key = f"{booked.rule}:undone"
    points.reverse(session, booked.rule, key=key, cause=Cause(booked.rule), now=now)
    return booked


def count_waiting_for(session: Session, operator_id: int) -> int:
    """How many this operator may decide: those that somebody else has asked for."""
    count = sa.select(sa.func.count()).where(Correction.decided_at.is_(None))
    return session.scalar(count.where(Correction.asked_by_id != operator_id)) or 0


def waiting(session: Session) -> Sequence[Correction]:
    """Those for a second operator, the first asked first."""
    open_ones = sa.select(Correction).where(Correction.decided_at.is_(None))
    return session.scalars(open_ones.order_by(Correction.id)).all()


def decided(session: Session, before_id: int | None, limit: int) -> Sequence[Correction]:
    """The last first."""
    done = sa.select(Correction).where(Correction.decided_at.is_not(None))
    if before_id is not None:
        done = done.where(Correction.id < before_id)
    return session.scalars(done.order_by(Correction.id.desc()).limit(limit)).all()


def waiting_of(session: Session, member_ids: Collection[int]) -> Sequence[Correction]:
    """Those of these records that wait."""
    hers = sa.select(Correction).where(
        Correction.member_id.in_(member_ids), Correction.decided_at.is_(None)
    )
    return session.scalars(hers.order_by(Correction.id)).all()


def _locked(session: Session, correction_id: int) -> Correction:
    return session.get_one(Correction, correction_id, with_for_update=True, populate_existing=True)


def _grant(
    session: Session, asked: Correction, operator_id: int, zone: ZoneInfo, now: datetime
) -> None:
    asked.decided_by_id, asked.decided_at, asked.is_granted = operator_id, now, True
    session.flush()
    key, cause = asked.rule, Cause(asked.rule)
    if asked.points < 0:
        points.spend(session, asked.member_id, -asked.points, key=key, cause=cause, now=now)
        return
    expires_at = None
    if asked.expires_on is not None:
        expires_at = datetime.combine(asked.expires_on + timedelta(days=1), time(), zone)
    points.award(
        session,
        asked.member_id,
        asked.points,
        key=key,
        cause=cause,
        growth=0,
        expires_at=expires_at,
        now=now,
    )
