"""Marks: what a journey through a plan left behind besides messages: how branches and waits came
out, what was done, and what was not, with why. With the messages they tell its whole story."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_all_once


class JourneyMark(Base):
    """``kind``: branch, wait, act, goal, end or trigger; ``outcome`` in a word, such as ``then``,
    ``waiting``, ``done``, ``missed``."""

    __tablename__ = "journey_marks"
    __table_args__ = (sa.UniqueConstraint("enrolment_id", "step", "occurrence"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("enrolments.id"))
    step: Mapped[int]
    occurrence: Mapped[str]
    kind: Mapped[str]
    outcome: Mapped[str]
    at: Mapped[datetime]


def mark(
    enrolment_id: int, step: int, occurrence: str, kind: str, outcome: str, at: datetime
) -> dict[str, Any]:
    """The row of a mark, for ``put_all``."""
    return {
        "enrolment_id": enrolment_id,
        "step": step,
        "occurrence": occurrence,
        "kind": kind,
        "outcome": outcome,
        "at": at,
    }


def put_all(session: Session, marks: Sequence[Mapping[str, Any]]) -> None:
    """Keeps marks, each once."""
    unique = ["enrolment_id", "step", "occurrence"]
    insert_all_once(session, JourneyMark, marks, unique=unique)


def of_enrolment(session: Session, enrolment_id: int) -> Sequence[JourneyMark]:
    """In the order in which they were left."""
    return session.scalars(
        sa.select(JourneyMark)
        .where(JourneyMark.enrolment_id == enrolment_id)
        .order_by(JourneyMark.at, JourneyMark.id)
    ).all()
