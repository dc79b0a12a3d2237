"""Statements 积分明细: a member's entries as lines of an account, each with what it left her.

The running balance is what she could spend after the entry: the sum of her postings so far to the
account ``member``, never a copy kept beside them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.loyalty.entries import Account, PointsEntry, Posting
from app.domain.loyalty.lots import Lot


@dataclass(frozen=True, slots=True)
class Line:
    """``points`` is what it changed of what she can spend, ``pending`` of what becomes so later;
    ``left`` is what she could spend then. ``undoes`` names the rule of what a reversal undid;
    ``expires_at`` is when what an award brought lapses."""

    entry: PointsEntry
    points: int
    pending: int
    arrears: int
    left: int
    undoes: str | None
    available_at: datetime | None
    expires_at: datetime | None

    @property
    def rule(self) -> str:
        return self.undoes or self.entry.rule


def of_member(
    session: Session, member_id: int, before_id: int | None, limit: int
) -> Sequence[Line]:
    """Her lines below an entry's number, the last one first."""
    hers = sa.select(PointsEntry).where(PointsEntry.member_id == member_id)
    if before_id is not None:
        hers = hers.where(PointsEntry.id < before_id)
    found = session.scalars(hers.order_by(PointsEntry.id.desc()).limit(limit)).all()
    if not found:
        return []
    left = _left_after(session, member_id, found[0].id)
    moved, undone = _moved(session, found), _undone(session, found)
    lots = _lots(session, found)
    lines = []
    for entry in found:
        points = moved.get((entry.id, Account.MEMBER), 0)
        lot = lots.get(entry.id)
        lines.append(
            Line(
                entry,
                points,
                moved.get((entry.id, Account.PENDING), 0),
                moved.get((entry.id, Account.ARREARS), 0),
                left,
                undone.get(entry.reverses_id or 0),
                lot.pending_until if lot else None,
                lot.expires_at if lot else None,
            )
        )
        left -= points
    return lines


def _left_after(session: Session, member_id: int, entry_id: int) -> int:
    total = session.scalar(
        sa.select(sa.func.sum(Posting.amount)).where(
            Posting.member_id == member_id,
            Posting.account == Account.MEMBER,
            Posting.entry_id <= entry_id,
        )
    )
    return int(total or 0)


def _moved(session: Session, found: Sequence[PointsEntry]) -> dict[tuple[int, str], int]:
    rows = session.execute(
        sa.select(Posting.entry_id, Posting.account, sa.func.sum(Posting.amount))
        .where(Posting.entry_id.in_([entry.id for entry in found]))
        .group_by(Posting.entry_id, Posting.account)
    )
    return {(entry_id, account): int(amount) for entry_id, account, amount in rows}


def _undone(session: Session, found: Sequence[PointsEntry]) -> dict[int, str]:
    """By entry: its rule, where another of these ends or undoes it."""
    wanted = {entry.reverses_id for entry in found if entry.reverses_id is not None}
    rows = session.execute(
        sa.select(PointsEntry.id, PointsEntry.rule).where(PointsEntry.id.in_(wanted))
    )
    return {entry_id: rule for entry_id, rule in rows}  # noqa: C416  rows, not pairs


def _lots(session: Session, found: Sequence[PointsEntry]) -> dict[int, Lot]:
    awards = [entry.id for entry in found if entry.kind == "award"]
    lots = session.scalars(sa.select(Lot).where(Lot.entry_id.in_(awards)))
    return {lot.entry_id: lot for lot in lots}
