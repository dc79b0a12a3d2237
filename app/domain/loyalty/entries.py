"""The books: entries that move points, and their postings, which only grow.

An entry's key comes from the business fact it books. The same key with the same content again is
no news; with another content it is a conflict, and nothing is booked.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id


class KeyConflict(Exception):
    """The key is taken by an entry with another content: nothing was booked."""


class Account(StrEnum):
    ISSUED = "issued"
    MEMBER = "member"
    PENDING = "pending"
    RESERVED = "reserved"
    ARREARS = "arrears"
    SPENT = "spent"
    EXPIRED = "expired"


class PointsEntry(Base):
    """One movement. ``amount`` is positive; ``kind`` says in which direction it goes:

    award | mature | spend | reserve | post | void | expire | reverse_award | reverse_spend |
    reverse_post. ``reverses_id`` is the entry that a reversal undoes, or the reservation that a
    ``post`` or a ``void`` ends.
    """

    __tablename__ = "points_entries"
    __table_args__ = (
        sa.CheckConstraint("amount > 0", name="amount_positive"),
        sa.Index("ix_points_entries_member_id", "member_id", "id"),
        sa.Index("ix_points_entries_reverses_id", "reverses_id"),
        sa.Index("ix_points_entries_booked_at", "booked_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    member_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("members.id"))
    amount: Mapped[int]
    growth: Mapped[int] = mapped_column(default=0)
    rule: Mapped[str]
    rule_version: Mapped[int | None]
    event_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("inbox.id"))
    reverses_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("points_entries.id"))
    booked_at: Mapped[datetime]


class Posting(Base):
    __tablename__ = "points_postings"
    __table_args__ = (
        sa.Index("ix_points_postings_entry_id", "entry_id"),
        sa.Index("ix_points_postings_member_id", "member_id", "account"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    entry_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("points_entries.id"))
    member_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("members.id"))
    account: Mapped[str]
    amount: Mapped[int]


@dataclass(frozen=True, slots=True)
class Cause:
    """Why points move: the rule and its version, and the event that met it."""

    rule: str
    rule_version: int | None = None
    event_id: int | None = None


class Content(NamedTuple):
    """What a second delivery of a movement has in common with the first."""

    kind: str
    member_id: int
    amount: int
    growth: int
    rule: str
    reverses_id: int | None


class Known(NamedTuple):
    """An entry that was booked."""

    id: int
    key: str
    content: Content


KNOWN = sa.select(
    PointsEntry.id, PointsEntry.key, *(getattr(PointsEntry, name) for name in Content._fields)
)
_UNDER = KNOWN.where(PointsEntry.key == sa.bindparam("key"))
_UNDER_ANY = KNOWN.where(PointsEntry.key.in_(sa.bindparam("keys", expanding=True)))


def known(session: Session, key: str) -> Known | None:
    """The entry of this key, if it was booked."""
    row = session.connection().execute(_UNDER, {"key": key}).one_or_none()
    return known_of(row) if row is not None else None


def known_all(session: Session, keys: Collection[str]) -> dict[str, Known]:
    """Those of these keys that were booked, by their keys."""
    rows = session.connection().execute(_UNDER_ANY, {"keys": list(keys)})
    return {row.key: known_of(row) for row in rows}


def is_booked(session: Session, key: str, content: Content) -> bool:
    """Whether this very entry is there. Raises KeyConflict when the key is another's."""
    there = known(session, key)
    if there is not None and there.content != content:
        raise KeyConflict(key)
    return there is not None


def known_of(row: Sequence[Any]) -> Known:
    """From the columns of ``KNOWN``."""
    return Known(row[0], row[1], Content(*row[2:]))
