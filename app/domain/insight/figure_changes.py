"""Changes of figures: she went from one stage, or class, to another; when, and what showed it.

What an order shows is told to tags and plans at once; what a night shows is fed to her lane bit by
bit (``told_at``), so that nobody's message waits for it.
"""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, partial_index

STAGE, SEGMENT, CLUSTER = "stage", "rfm_segment", "cluster"
FIGURES = (STAGE, SEGMENT, CLUSTER)


class FigureChange(Base):
    """``was`` is None when there was nothing before. One of ``event_id`` and ``figuring_id`` says
    what showed it."""

    __tablename__ = "figure_changes"
    __table_args__ = (
        sa.Index("ix_figure_changes_member_id", "member_id", "changed_at"),
        partial_index("ix_figure_changes_untold", "told_at IS NULL", "id"),
        partial_index("ix_figure_changes_untold_of", "told_at IS NULL", "member_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    member_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("members.id"))
    figure: Mapped[str]
    was: Mapped[str | None]
    became: Mapped[str]
    changed_at: Mapped[datetime]
    event_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("inbox.id"))
    figuring_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("figurings.id"))
    told_at: Mapped[datetime | None]


def untold(session: Session, limit: int) -> Sequence[FigureChange]:
    """Those that a night has shown and nobody has been told of, the oldest first."""
    waiting = sa.select(FigureChange).where(FigureChange.told_at.is_(None))
    return session.scalars(waiting.order_by(FigureChange.id).limit(limit)).all()


def of_member(session: Session, member_id: int, limit: int) -> Sequence[FigureChange]:
    """Hers, the latest first."""
    hers = sa.select(FigureChange).where(FigureChange.member_id == member_id)
    return session.scalars(
        hers.order_by(FigureChange.changed_at.desc(), FigureChange.id.desc()).limit(limit)
    ).all()
