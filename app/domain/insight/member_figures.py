"""Figures of members: what her orders and her activity say of each, a row a member.

They are worked out every night for everybody, and for one member at once after an order or a refund
(``app.figuring``), by what the newest ``figurings`` row has fitted. Whoever has neither ordered nor
been active has no row. Days are the shop's own; amounts are whole fen, net of what was paid back.
What each figure means and where it comes from is in docs/figures.md.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, partial_index


class MemberFigures(Base):
    """What needs orders is None, or 0 where it is a sum, for who has none that count."""

    __tablename__ = "member_figures"
    __table_args__ = (
        sa.Index("ix_member_figures_stage", "stage", "member_id"),
        sa.Index("ix_member_figures_rfm_segment", "rfm_segment", "member_id"),
        sa.Index("ix_member_figures_cluster", "cluster", "member_id"),
        partial_index("ix_member_figures_since_the_night", "figuring_id IS NULL", "figured_at"),
    )

    member_id: Mapped[int] = mapped_column(
        Id, sa.ForeignKey("members.id"), primary_key=True, autoincrement=False
    )
    orders: Mapped[int]
    spent_fen: Mapped[int] = mapped_column(Id)
    first_paid_at: Mapped[datetime | None]
    last_paid_at: Mapped[datetime | None]
    recency_days: Mapped[int | None]  # since her last order, on the day it was figured
    # how she compares with the others: 1 to 5, five is best
    r_score: Mapped[int | None] = mapped_column(sa.SmallInteger)
    f_score: Mapped[int | None] = mapped_column(sa.SmallInteger)
    m_score: Mapped[int | None] = mapped_column(sa.SmallInteger)
    # where she stands on the operators' fixed scale: 1 to 5, five is best
    r_band: Mapped[int | None] = mapped_column(sa.SmallInteger)
    f_band: Mapped[int | None] = mapped_column(sa.SmallInteger)
    m_band: Mapped[int | None] = mapped_column(sa.SmallInteger)
    rfm_segment: Mapped[str | None]  # a tagging.rfm.Segment
    stage: Mapped[str]  # a tagging.life_cycle.Stage
    rhythm_days: Mapped[float | None]  # the median of her own intervals, when she has two
    active_hour: Mapped[int | None] = mapped_column(sa.SmallInteger)  # 0 to 23 on the shop's clock
    cluster: Mapped[str | None]
    expected_orders_year: Mapped[float | None]  # over the next 365 days
    expected_value_fen_year: Mapped[int | None] = mapped_column(Id)
    alive_chance: Mapped[float | None]  # that she still is a buyer of ours, 0 to 1
    figured_at: Mapped[datetime]
    # the night it was figured in; None when something that happened to her made it since
    figuring_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("figurings.id"))


def of(session: Session, member_id: int) -> MemberFigures | None:
    return session.get(MemberFigures, member_id)


def of_many(session: Session, member_ids: Collection[int]) -> Mapping[int, MemberFigures]:
    """The figures of these members; who has none is not among them."""
    found = sa.select(MemberFigures).where(MemberFigures.member_id.in_(member_ids))
    return {figures.member_id: figures for figures in session.scalars(found)}
