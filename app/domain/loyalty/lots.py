"""Lots 积分批次: a member's points by the award that brought them and the day they lapse."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id


class Lot(Base):
    __tablename__ = "points_lots"
    __table_args__ = (
        sa.CheckConstraint("remaining >= 0 AND remaining <= amount", name="remaining_in_range"),
        sa.Index(
            "ix_points_lots_open",
            "member_id",
            "expires_at",
            sqlite_where=sa.text("remaining > 0"),
            postgresql_where=sa.text("remaining > 0"),
        ),
        sa.Index(
            "ix_points_lots_expiring",
            "expires_at",
            sqlite_where=sa.text("remaining > 0 AND expires_at IS NOT NULL"),
            postgresql_where=sa.text("remaining > 0 AND expires_at IS NOT NULL"),
        ),
        sa.Index("ix_points_lots_entry_id", "entry_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    entry_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("points_entries.id"))
    member_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("members.id"))
    amount: Mapped[int]
    remaining: Mapped[int]
    opened_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]


class LotMove(Base):
    """What an entry took from a lot (negative) or put back into it (positive)."""

    __tablename__ = "points_lot_moves"
    __table_args__ = (
        sa.Index("ix_points_lot_moves_entry_id", "entry_id"),
        sa.Index("ix_points_lot_moves_lot_id", "lot_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    entry_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("points_entries.id"))
    lot_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("points_lots.id"))
    amount: Mapped[int]


def open_lot(
    session: Session,
    entry_id: int,
    member_id: int,
    amount: int,
    expires_at: datetime | None,
    now: datetime,
) -> None:
    """The lot an award fills; none when arrears took it all."""
    if amount == 0:
        return
    session.add(
        Lot(
            entry_id=entry_id,
            member_id=member_id,
            amount=amount,
            remaining=amount,
            opened_at=now,
            expires_at=expires_at,
        )
    )
    session.flush()


def take(
    session: Session,
    entry_id: int,
    member_id: int,
    amount: int,
    first_of_entry: int | None = None,
) -> None:
    """Takes ``amount`` from the open lots: first from that of the award ``first_of_entry``, then
    soonest to expire first. The caller holds the member's balance and knows that it suffices."""
    if amount == 0:
        return
    own_first = sa.case((Lot.entry_id == first_of_entry, 0), else_=1)
    never_last = sa.case((Lot.expires_at.is_(None), 1), else_=0)
    open_lots = session.scalars(
        sa.select(Lot)
        .where(Lot.member_id == member_id, Lot.remaining > 0)
        .order_by(own_first, never_last, Lot.expires_at, Lot.id)
        .execution_options(populate_existing=True)
    )
    for lot in open_lots:
        part = min(lot.remaining, amount)
        _move(session, entry_id, lot, -part)
        amount -= part
        if amount == 0:
            break
    assert amount == 0, "the lots hold what the balance says"
    session.flush()


def put_back(session: Session, entry_id: int, spend_entry_id: int, amount: int) -> None:
    """Puts ``amount`` of what a spend took back into its lots, the latest to expire first, so
    that a partial refund gives back the points worth most."""
    from_lot = _moved_by_spend(session, spend_entry_id)
    touched = session.scalars(
        sa.select(Lot)
        .where(Lot.id.in_(from_lot))
        .order_by(sa.case((Lot.expires_at.is_(None), 0), else_=1), Lot.expires_at.desc(), Lot.id)
        .execution_options(populate_existing=True)
    )
    for lot in touched:
        part = min(-from_lot[lot.id], amount)
        if part > 0:
            _move(session, entry_id, lot, part)
            amount -= part
    assert amount == 0, "a reversal never exceeds what was taken"
    session.flush()


def empty(session: Session, entry_id: int, lot: Lot) -> None:
    _move(session, entry_id, lot, -lot.remaining)
    session.flush()


def moves_of(session: Session, lot_id: int) -> int:
    return session.scalar(sa.select(sa.func.count()).where(LotMove.lot_id == lot_id)) or 0


def expired(session: Session, limit: int, now: datetime) -> Sequence[Lot]:
    """Lots that are past their date and not empty."""
    return session.scalars(
        sa.select(Lot)
        .where(Lot.remaining > 0, Lot.expires_at <= now)
        .order_by(Lot.expires_at, Lot.id)
        .limit(limit)
    ).all()


def of(session: Session, member_id: int) -> Sequence[Lot]:
    return session.scalars(
        sa.select(Lot).where(Lot.member_id == member_id, Lot.remaining > 0).order_by(Lot.id)
    ).all()


def _move(session: Session, entry_id: int, lot: Lot, amount: int) -> None:
    lot.remaining += amount
    session.add(LotMove(entry_id=entry_id, lot_id=lot.id, amount=amount))


def _moved_by_spend(session: Session, spend_entry_id: int) -> dict[int, int]:
    """Per lot, what a spend took less what earlier reversals of it put back (negative: taken).

    A reversal may also take from these lots, to pay arrears; that is no part of the spend, so only
    what reversals put in counts.
    """
    reversals = sa.text("SELECT id FROM points_entries WHERE reverses_id = :spend")
    took = sa.and_(LotMove.entry_id == spend_entry_id)
    gave_back = sa.and_(
        LotMove.amount > 0, LotMove.entry_id.in_(reversals.bindparams(spend=spend_entry_id))
    )
    rows = session.execute(
        sa.select(LotMove.lot_id, sa.func.sum(LotMove.amount))
        .where(sa.or_(took, gave_back))
        .group_by(LotMove.lot_id)
    )
    return {lot_id: int(total) for lot_id, total in rows}


def lapsing(
    session: Session, member_ids: Sequence[int], from_at: datetime, until: datetime
) -> dict[int, int]:
    """By member: how many of her points lapse between the two moments; none, no entry."""
    rows = session.execute(
        sa.select(Lot.member_id, sa.func.sum(Lot.remaining))
        .where(
            Lot.member_id.in_(member_ids),
            Lot.remaining > 0,
            Lot.expires_at >= from_at,
            Lot.expires_at < until,
        )
        .group_by(Lot.member_id)
    )
    return {member_id: int(points) for member_id, points in rows}
