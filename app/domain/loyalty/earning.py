"""Earning rules: how many points each thing a member does is worth, as operators set it."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id

JOIN, SIGN_UP, SIGN_IN = "join", "sign_up", "sign_in"
STREAK_DAYS = (7, 30)


class EarningRule(Base):
    """``version`` rises with every change; ledger entries point to the one they were made by."""

    __tablename__ = "earning_rules"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    points: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)


def rule(session: Session, key: str) -> EarningRule | None:
    """The rule, unless it is worth nothing at the moment."""
    return session.scalar(
        sa.select(EarningRule).where(EarningRule.key == key, EarningRule.points > 0)
    )


def all_of(session: Session) -> Sequence[EarningRule]:
    return session.scalars(sa.select(EarningRule).order_by(EarningRule.id)).all()


def change(session: Session, key: str, points: int) -> EarningRule:
    """Sets what a rule is worth from now on. Entries of the past keep their version."""
    if points < 0:
        raise ValueError("a rule cannot take points away")
    changed = session.scalars(
        sa.select(EarningRule).where(EarningRule.key == key).with_for_update()
    ).one()
    if changed.points != points:
        changed.points = points
        changed.version += 1
    return changed


def streak_key(days: int) -> str:
    return f"streak_{days}"
