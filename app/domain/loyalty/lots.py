"""Lots 积分批次: a member's points by the award that brought them, the moment from which they can
be spent and the moment they lapse."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, partial_index, table_of
from app.domain.loyalty.entries import PointsEntry
from app.domain.loyalty.movements import Part


class Lot(Base):
    """``pending_until`` is set as long as its points cannot be spent."""

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
        partial_index(
            "ix_points_lots_pending", "remaining > 0 AND pending_until IS NOT NULL", "pending_until"
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    entry_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("points_entries.id"))
    member_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("members.id"))
    amount: Mapped[int]
    remaining: Mapped[int]
    opened_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    pending_until: Mapped[datetime | None]


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


# Zero stands in the statement: the plan that PostgreSQL keeps for any parameters could not use the
# partial indexes if it was one of them, so it would plan anew each time.
NOT_EMPTY = Lot.remaining > sa.literal_column("0")

SPENDABLE = NOT_EMPTY & Lot.pending_until.is_(None)
SOONEST_FIRST = (Lot.expires_at.asc().nulls_last(), Lot.id)
_SPENDABLE = (
    sa.select(Lot.id, Lot.remaining)
    .where(Lot.member_id == sa.bindparam("member"), SPENDABLE)
    .order_by(*SOONEST_FIRST)
)
_EXPIRING_AT = (
    sa.select(Lot.id, Lot.remaining)
    .where(
        Lot.member_id == sa.bindparam("member"),
        NOT_EMPTY,
        Lot.pending_until.is_(None),
        Lot.expires_at == sa.bindparam("at"),
    )
    .order_by(Lot.id)
)
_LAPSED = (
    sa.select(sa.func.sum(LotMove.amount))
    .join(Lot, Lot.id == LotMove.lot_id)
    .join(PointsEntry, PointsEntry.id == LotMove.entry_id)
    .where(
        Lot.entry_id == sa.bindparam("award"),
        sa.or_(
            PointsEntry.kind == "expire",
            sa.and_(PointsEntry.kind == "reverse_award", LotMove.amount > 0),
        ),
    )
)
_MATURE = sa.update(table_of(Lot)).where(Lot.id == sa.bindparam("lot")).values(pending_until=None)


def spendable(session: Session, member_id: int) -> Sequence[sa.Row[int, int]]:
    """(lot, what is left) of hers that can be spent now, soonest to expire first."""
    return session.connection().execute(_SPENDABLE, {"member": member_id}).all()


def expiring_at(
    session: Session, member_id: int, expires_at: datetime
) -> Sequence[sa.Row[int, int]]:
    """(lot, what is left) of hers that can be spent until this moment."""
    hers = {"member": member_id, "at": expires_at}
    return session.connection().execute(_EXPIRING_AT, hers).all()


def taken(lots: Iterable[tuple[int, int]], amount: int) -> list[Part]:
    """``amount`` from these lots, one after the other. They hold as much: the balance says so."""
    parts = []
    for lot_id, left in lots:
        if amount == 0:
            break
        parts.append(Part(lot_id, -min(left, amount)))
        amount += parts[-1].amount
    assert amount == 0, "the lots hold what the balance says"
    return parts


def lapsed_of(session: Session, award_id: int) -> int:
    """How much of what an award brought has lapsed, less what reversals have taken of that."""
    return -int(session.connection().scalar(_LAPSED, {"award": award_id}) or 0)


class Taken(NamedTuple):
    """What was taken from a lot."""

    lot_id: int
    pending_until: datetime | None
    expires_at: datetime | None
    amount: int


def still_taken(session: Session, taken_by: int, ended_by: int) -> list[Taken]:
    """What an entry took, less what those put back that undo it or the one that ended it; the
    latest to expire first.

    They may also take from these lots, to pay arrears; that is no part of what was taken, so only
    what they put in counts.
    """
    asked = {"taken_by": taken_by, "ended_by": ended_by}
    return [Taken(*row) for row in session.connection().execute(_STILL_TAKEN, asked)]


_TAKING = sa.select(sa.bindparam("taken_by", type_=Id)).union_all(
    sa.select(PointsEntry.id).where(
        PointsEntry.reverses_id.in_([sa.bindparam("taken_by"), sa.bindparam("ended_by")])
    )
)
_STILL_TAKEN = (
    sa.select(Lot.id, Lot.pending_until, Lot.expires_at, -sa.func.sum(LotMove.amount))
    .join(LotMove, LotMove.lot_id == Lot.id)
    .where(
        LotMove.entry_id.in_(_TAKING),
        sa.or_(LotMove.entry_id == sa.bindparam("taken_by"), LotMove.amount > 0),
    )
    .group_by(Lot.id)
    .order_by(Lot.expires_at.desc().nulls_first(), Lot.id)
)


def become_available(session: Session, lot_id: int) -> None:
    session.connection().execute(_MATURE, {"lot": lot_id})


def moves_of(session: Session, lot_id: int) -> int:
    return session.scalar(sa.select(sa.func.count()).where(LotMove.lot_id == lot_id)) or 0


def of(session: Session, member_id: int) -> Sequence[Lot]:
    """Her lots that are not empty, pending ones too."""
    return session.scalars(
        sa.select(Lot)
        .where(Lot.member_id == member_id, NOT_EMPTY)
        .order_by(Lot.id)
        .execution_options(populate_existing=True)
    ).all()


def lapsing(
    session: Session, member_ids: Sequence[int], from_at: datetime, until: datetime
) -> dict[int, int]:
    """By member: how many of her points lapse between the two moments; none, no entry."""
    rows = session.execute(
        sa.select(Lot.member_id, sa.func.sum(Lot.remaining))
        .where(
            Lot.member_id.in_(member_ids),
            NOT_EMPTY,
            Lot.expires_at >= from_at,
            Lot.expires_at < until,
        )
        .group_by(Lot.member_id)
    )
    return {member_id: int(points) for member_id, points in rows}
