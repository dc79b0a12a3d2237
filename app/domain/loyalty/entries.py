"""The books: entries that move points, and their postings, which only grow.

An entry's key comes from the business fact it books. The same key with the same content again is
no news; with another content it is a conflict, and nothing is booked.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once


class KeyConflict(Exception):
    """The key is taken by an entry with another content: nothing was booked."""


class Account(StrEnum):
    ISSUED = "issued"
    MEMBER = "member"
    ARREARS = "arrears"
    SPENT = "spent"
    EXPIRED = "expired"


class PointsEntry(Base):
    """One movement. ``amount`` is positive; ``kind`` says in which direction it goes."""

    __tablename__ = "points_entries"
    __table_args__ = (
        sa.CheckConstraint("amount > 0", name="amount_positive"),
        sa.Index("ix_points_entries_member_id", "member_id", "id"),
        sa.Index("ix_points_entries_reverses_id", "reverses_id"),
        sa.Index("ix_points_entries_booked_at", "booked_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]  # award | spend | reverse_award | reverse_spend | expire
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


def book(
    session: Session,
    key: str,
    kind: str,
    member_id: int,
    amount: int,
    growth: int,
    cause: Cause,
    reverses_id: int | None,
    now: datetime,
) -> PointsEntry | None:
    """Writes an entry. Returns None when this very entry is there. Raises KeyConflict."""
    if amount <= 0:
        raise ValueError(f"an entry needs a positive amount, not {amount}")
    payload = {
        "kind": kind,
        "member_id": member_id,
        "amount": amount,
        "growth": growth,
        "rule": cause.rule,
        "reverses_id": reverses_id,
    }
    rest = {
        "key": key,
        "rule_version": cause.rule_version,
        "event_id": cause.event_id,
        "booked_at": now,
    }
    entry_id = insert_once(session, PointsEntry, payload | rest, unique=["key"])
    if entry_id is not None:
        return session.get_one(PointsEntry, entry_id)
    there = known(session, key)
    if there is None or any(getattr(there, name) != value for name, value in payload.items()):
        raise KeyConflict(key)
    return None


def known(session: Session, key: str) -> PointsEntry | None:
    """The entry of this key, if it was booked."""
    return session.scalar(sa.select(PointsEntry).where(PointsEntry.key == key))


def post(session: Session, entry: PointsEntry, amounts: dict[Account, int]) -> None:
    """Writes the entry's postings, which sum to zero."""
    assert sum(amounts.values()) == 0, "double entry: postings sum to zero"
    session.execute(
        sa.insert(Posting),
        [
            {
                "entry_id": entry.id,
                "member_id": entry.member_id,
                "account": account,
                "amount": amount,
            }
            for account, amount in amounts.items()
            if amount
        ],
    )


def reversed_amount(session: Session, entry_id: int) -> int:
    """How much of an entry has been undone so far."""
    total = session.scalar(
        sa.select(sa.func.coalesce(sa.func.sum(PointsEntry.amount), 0)).where(
            PointsEntry.reverses_id == entry_id
        )
    )
    return int(total or 0)
