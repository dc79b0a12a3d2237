"""Winner rules: an operator's wish that a step's variants be decided without her, once one of them
is certainly better than each other."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once


class WinnerRule(Base):
    """``measure`` as ``app.experiments`` reads it: what counts as success, within how many days."""

    __tablename__ = "winner_rules"
    __table_args__ = (
        sa.UniqueConstraint("plan_id", "version", "step"),
        sa.Index(
            "ix_winner_rules_open",
            "plan_id",
            sqlite_where=sa.text("decided_at IS NULL"),
            postgresql_where=sa.text("decided_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    plan_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("plans.id"))
    version: Mapped[int]
    step: Mapped[int]
    measure: Mapped[dict[str, Any]]
    operator_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("operators.id"))
    made_at: Mapped[datetime]
    looked_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    winner: Mapped[str | None]


def make(
    session: Session,
    plan_id: int,
    version: int,
    step: int,
    measure: dict[str, Any],
    operator_id: int,
    now: datetime,
) -> bool:
    """False when there is a rule for this step of this version already."""
    row = {
        "plan_id": plan_id,
        "version": version,
        "step": step,
        "measure": measure,
        "operator_id": operator_id,
        "made_at": now,
    }
    return insert_once(session, WinnerRule, row, unique=["plan_id", "version", "step"]) is not None


def of_step(session: Session, plan_id: int, version: int, step: int) -> WinnerRule | None:
    return session.scalar(
        sa.select(WinnerRule).where(
            WinnerRule.plan_id == plan_id, WinnerRule.version == version, WinnerRule.step == step
        )
    )


def undecided(session: Session, before: datetime) -> Sequence[WinnerRule]:
    """The rules that nobody has looked at since ``before``."""
    is_old = sa.or_(WinnerRule.looked_at.is_(None), WinnerRule.looked_at <= before)
    wanted = sa.select(WinnerRule).where(WinnerRule.decided_at.is_(None), is_old)
    return session.scalars(wanted.order_by(WinnerRule.id).with_for_update(skip_locked=True)).all()
