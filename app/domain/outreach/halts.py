"""Halts 全部停发: one switch after which nothing is said to anybody, until it is switched off.

What is heard is still handled and what is planned waits. Senders look here before every attempt.
"""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once
from app.domain.people.operators import Operator

_IS_OPEN = "ended_at IS NULL"
REASON_CHARS = 200


class Halt(Base):
    """From when until when nothing was said, who wanted it and why."""

    __tablename__ = "halts"
    __table_args__ = (
        sa.Index(
            "ix_halts_open",
            "scope",
            unique=True,
            sqlite_where=sa.text(_IS_OPEN),
            postgresql_where=sa.text(_IS_OPEN),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    scope: Mapped[str] = mapped_column(default="everything")  # the index lets one be open
    reason: Mapped[str]
    operator_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("operators.id"))
    begun_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("operators.id"))


def present(session: Session) -> Halt | None:
    """The halt that holds now."""
    return session.scalar(sa.select(Halt).where(Halt.ended_at.is_(None)))


def is_on(session: Session) -> bool:
    return session.scalar(open_one()) is not None


def open_one() -> sa.Select[int]:
    """The id of the halt that holds now."""
    return sa.select(Halt.id).where(Halt.ended_at.is_(None))


def latest(session: Session, limit: int) -> Sequence[tuple[Halt, Operator]]:
    """Newest first, and who wanted each."""
    whose = sa.select(Halt, Operator).join(Operator, Operator.id == Halt.operator_id)
    return session.execute(whose.order_by(Halt.id.desc()).limit(limit)).all()


def begin(session: Session, reason: str, operator_id: int, now: datetime) -> bool:
    """Nothing leaves from now on. False when that is so already."""
    row = {"scope": "everything", "reason": reason, "operator_id": operator_id, "begun_at": now}
    return insert_once(session, Halt, row) is not None


def end(session: Session, operator_id: int, now: datetime) -> bool:
    """What waits may leave again. False when nothing was halted."""
    ended = session.execute(
        sa.update(Halt)
        .where(Halt.ended_at.is_(None))
        .values(ended_at=now, ended_by_id=operator_id)
        .returning(Halt.id)
    )
    return ended.first() is not None
