"""Holds: points set aside for a payment that is under way, until it is made, given up or over."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, partial_index


class Hold(Base):
    """``ended_at`` when it was posted or voided; the entry that did it has ``reverses_id`` of the
    reservation's entry."""

    __tablename__ = "points_holds"
    __table_args__ = (
        partial_index("ix_points_holds_open_of_member", "ended_at IS NULL", "member_id"),
        partial_index("ix_points_holds_open_until", "ended_at IS NULL", "until"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    entry_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("points_entries.id"), unique=True)
    member_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("members.id"))
    amount: Mapped[int]
    until: Mapped[datetime]
    ended_at: Mapped[datetime | None]


def open_hold(
    session: Session, entry_id: int, member_id: int, amount: int, until: datetime
) -> None:
    values = {"entry_id": entry_id, "member_id": member_id, "amount": amount, "until": until}
    session.connection().execute(sa.insert(Hold), values)


def of_entry(session: Session, entry_id: int) -> Hold | None:
    """The hold that a reservation made, as it is now."""
    wanted = sa.select(Hold).where(Hold.entry_id == entry_id)
    return session.scalar(wanted.execution_options(populate_existing=True))


def end(session: Session, hold: Hold, now: datetime) -> None:
    hold.ended_at = now
    session.flush()
