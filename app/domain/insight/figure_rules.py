"""Rules of figures 指标规则: the operators' scale, patience and the like. Every change is a version
of its own, so that a figure can be understood later.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id
from app.domain import once
from tagging import figures
from tagging.figures import Rules

CLUSTERS = range(2, 9)
# For a shop of daily goods; every shop sets its own.
USUAL: Mapping[str, Any] = {
    "recency_days": [30, 60, 120, 240],
    "orders": [2, 3, 5, 10],
    "spent_fen": [10_000, 30_000, 60_000, 120_000],
    "patience": [1.5, 2.5, 4.0],
    "rhythm_days": 30,
    "clusters": None,
    "margin_percent": 100,
}


class BadFigureRules(Exception):
    """Rules by which nothing can be figured; the text names the field."""


class FigureRules(Base):
    """What an operator has written; the newest is in force."""

    __tablename__ = "figure_rules"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    definition: Mapped[dict[str, Any]]
    operator_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("operators.id"))
    created_at: Mapped[datetime]


def in_force(session: Session) -> tuple[int | None, Rules]:
    """The version, None when nobody has written any, and the rules."""
    return once.read(session, _in_force, FigureRules)


def _in_force(session: Session) -> tuple[int | None, Rules]:
    newest = session.scalar(sa.select(FigureRules).order_by(FigureRules.id.desc()).limit(1))
    if newest is None:
        return None, figures.rules_from(USUAL)
    return newest.id, figures.rules_from(newest.definition)


def written(session: Session) -> Mapping[str, Any]:
    newest = sa.select(FigureRules.definition).order_by(FigureRules.id.desc()).limit(1)
    return session.scalar(newest) or USUAL


def change(
    session: Session, definition: Mapping[str, Any], operator_id: int | None, now: datetime
) -> None:
    """From the next order, and the next night, on these are in force. Raises BadFigureRules."""
    check(definition)
    session.add(FigureRules(definition=dict(definition), operator_id=operator_id, created_at=now))
    session.flush()


def check(definition: Mapping[str, Any]) -> None:
    """Raises BadFigureRules."""
    if definition.keys() != USUAL.keys():
        raise BadFigureRules("fields")
    for name, many in (("recency_days", 4), ("orders", 4), ("spent_fen", 4), ("patience", 3)):
        values = definition[name]
        is_rising = all(low < high for low, high in zip(values, values[1:], strict=False))
        if len(values) != many or not is_rising or not values[0] > 0:
            raise BadFigureRules(name)
    if not 1 <= definition["rhythm_days"] <= 3650:
        raise BadFigureRules("rhythm_days")
    if definition["clusters"] is not None and definition["clusters"] not in CLUSTERS:
        raise BadFigureRules("clusters")
    if not 1 <= definition["margin_percent"] <= 100:
        raise BadFigureRules("margin_percent")
