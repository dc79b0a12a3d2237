"""Figurings 指标计算: each time the figures of everybody were worked out, by which rules, and what
was fitted then. Figures of one member, after an order, go by the newest one that has ended.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id
from app.domain import once
from tagging import figures
from tagging.figures import Fitted

LEASE = timedelta(minutes=5)  # longer than any of its steps


class Figuring(Base):
    """``alive_until`` is put off while it is at work; past it, its process has died and another may
    begin. ``why_not`` says, by what is missing in ``fitted``, why it could not be fitted;
    ``summary`` is what the console shows of all members together."""

    __tablename__ = "figurings"
    __table_args__ = (
        sa.Index("ix_figurings_ended_at", "ended_at"),
        sa.Index("ix_figurings_figured_on", "figured_on", "ended_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    figured_on: Mapped[date]
    begun_at: Mapped[datetime]
    alive_until: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    rules_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("figure_rules.id"))
    fitted: Mapped[dict[str, Any]]
    why_not: Mapped[dict[str, Any]]
    summary: Mapped[dict[str, Any]]
    members: Mapped[int] = mapped_column(default=0)
    orders: Mapped[int] = mapped_column(default=0)


class AnotherIsAtWork(Exception):
    """Figures of everybody are being worked out at this moment."""


def begin(session: Session, rules_id: int | None, on: date, now: datetime) -> Figuring:
    """Raises AnotherIsAtWork. One that has died on the way is begun anew: what it has written is
    right, and is written again."""
    session.execute(sa.select(Figuring.id).order_by(Figuring.id.desc()).limit(1).with_for_update())
    if is_at_work(session, now):
        raise AnotherIsAtWork
    figuring = Figuring(
        figured_on=on,
        begun_at=now,
        alive_until=now + LEASE,
        rules_id=rules_id,
        fitted={},
        why_not={},
        summary={},
    )
    session.add(figuring)
    session.flush()
    return figuring


def is_at_work(session: Session, now: datetime) -> bool:
    at_work = sa.select(Figuring.id).where(Figuring.ended_at.is_(None), Figuring.alive_until > now)
    return session.scalar(at_work.limit(1)) is not None


def go_on(session: Session, figuring_id: int, now: datetime) -> None:
    going_on = sa.update(Figuring).where(Figuring.id == figuring_id)
    session.execute(going_on.values(alive_until=now + LEASE))


def is_done(session: Session, on: date) -> bool:
    """Whether the figures have been worked out on this day."""
    done = sa.select(Figuring.id).where(Figuring.figured_on == on, Figuring.ended_at.is_not(None))
    return session.scalar(done.limit(1)) is not None


def newest(session: Session) -> Figuring | None:
    """The last one that has ended."""
    ended = sa.select(Figuring).where(Figuring.ended_at.is_not(None))
    return session.scalar(ended.order_by(Figuring.ended_at.desc(), Figuring.id.desc()).limit(1))


def fitted(session: Session) -> tuple[int | None, Fitted]:
    """What the newest figuring has fitted, and which it is."""
    return once.read(session, _fitted, Figuring)


def _fitted(session: Session) -> tuple[int | None, Fitted]:
    last = newest(session)
    return (None, Fitted()) if last is None else (last.id, figures.fitted_from(last.fitted))


def last_few(session: Session, limit: int) -> Sequence[Figuring]:
    return session.scalars(sa.select(Figuring).order_by(Figuring.id.desc()).limit(limit)).all()
