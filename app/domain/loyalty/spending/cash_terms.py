"""Points as cash 积分抵现: what a point is worth at a till, and how much of an order it may pay.

Each change is a new version; a payment keeps the one it was made under. The sums are pure.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id

FEN_A_YUAN = 100


class BadTerms(ValueError):
    """They make no sense; the text names the field."""


class CashTerms(Base):
    """``points_per_yuan`` points are one yuan. Points pay at most ``share_max_percent`` of an
    order, in steps of ``step`` points, at least one step. They are held for ``hold_minutes``."""

    __tablename__ = "cash_terms"
    __table_args__ = (sa.CheckConstraint("points_per_yuan > 0", name="a_yuan_costs_points"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)  # the version
    points_per_yuan: Mapped[int]
    share_max_percent: Mapped[int]
    step: Mapped[int]
    hold_minutes: Mapped[int]
    is_offered: Mapped[bool]
    since: Mapped[datetime]

    @property
    def held_for(self) -> timedelta:
        return timedelta(minutes=self.hold_minutes)

    def worth_fen(self, points: int) -> int:
        """What so many points pay, rounded down to whole fen."""
        return points * FEN_A_YUAN // self.points_per_yuan

    def most(self, balance: int, order_fen: int) -> int:
        """How many points can be spent on an order: whole steps, no more than she has, worth no
        more than the share, and something at all."""
        share_fen = order_fen * self.share_max_percent // 100
        within_share = share_fen * self.points_per_yuan // FEN_A_YUAN
        points = min(balance, within_share) // self.step * self.step
        return points if self.worth_fen(points) else 0


def present(session: Session) -> CashTerms | None:
    """Those that hold now; None while it is not offered."""
    last = session.scalar(sa.select(CashTerms).order_by(CashTerms.id.desc()).limit(1))
    return last if last is not None and last.is_offered else None


def last(session: Session) -> CashTerms | None:
    """As an operator has set them last, offered or not."""
    return session.scalar(sa.select(CashTerms).order_by(CashTerms.id.desc()).limit(1))


def change(
    session: Session,
    *,
    points_per_yuan: int,
    share_max_percent: int,
    step: int,
    hold_minutes: int,
    is_offered: bool,
    now: datetime,
) -> CashTerms:
    """What holds from now on. Raises BadTerms."""
    for name, value, most in (
        ("points_per_yuan", points_per_yuan, 1_000_000),
        ("share_max_percent", share_max_percent, 100),
        ("step", step, 1_000_000),
        ("hold_minutes", hold_minutes, 10_080),
    ):
        if not 0 < value <= most:
            raise BadTerms(name)
    made = CashTerms(
        points_per_yuan=points_per_yuan,
        share_max_percent=share_max_percent,
        step=step,
        hold_minutes=hold_minutes,
        is_offered=is_offered,
        since=now,
    )
    session.add(made)
    session.flush()
    return made
