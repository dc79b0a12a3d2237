"""Merges: which records were made one, by what, and everything needed to take it back; and pairs of
records that look like one person, for an operator to decide.

``before`` says how the rows were that the merge has changed; see ``app.merging.records``.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_all_once, partial_index

UNIONID, PHONE, BY_HAND = "unionid", "phone", "by_hand"


class Merge(Base):
    __tablename__ = "merges"
    __table_args__ = (
        sa.Index("ix_merges_kept_id", "kept_id"),
        sa.Index("ix_merges_absorbed_id", "absorbed_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kept_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("members.id"))
    absorbed_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("members.id"))
    why: Mapped[str]
    event_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("inbox.id"))
    operator_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("operators.id"))
    before: Mapped[dict[str, Any]]
    merged_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("operators.id"))


class Twins(Base):
    """Two records, the older first, that may be one person. ``reasons`` are why it looks so."""

    __tablename__ = "twins"
    __table_args__ = (
        sa.UniqueConstraint("first_id", "second_id"),
        partial_index("ix_twins_undecided", "decided_at IS NULL", "id"),
        sa.Index("ix_twins_second_id", "second_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    first_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("members.id"))
    second_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("members.id"))
    reasons: Mapped[list[Any]]
    found_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("operators.id"))


def note(
    session: Session,
    kept_id: int,
    absorbed_id: int,
    why: str,
    event_id: int | None,
    operator_id: int | None,
    now: datetime,
) -> Merge:
    merge = Merge(
        kept_id=kept_id,
        absorbed_id=absorbed_id,
        why=why,
        event_id=event_id,
        operator_id=operator_id,
        before={},
        merged_at=now,
    )
    session.add(merge)
    session.flush()
    decide(session, kept_id, absorbed_id, operator_id, now)
    return merge


def go_on(session: Session, absorbed_id: int, keys: Sequence[str]) -> None:
    """What has followed from a merge in the ledger since: these entries are taken back with it."""
    if not keys:
        return
    lasts = sa.select(Merge).where(Merge.absorbed_id == absorbed_id, Merge.undone_at.is_(None))
    made = session.scalar(lasts.order_by(Merge.id.desc()).limit(1).with_for_update())
    if made is not None:
        made.before = made.before | {"entries": [*made.before.get("entries", []), *keys]}
        session.flush()


def of(session: Session, member_id: int) -> Sequence[Merge]:
    """The merges that made this record what it is, newest first."""
    return session.scalars(
        sa.select(Merge)
        .where(sa.or_(Merge.kept_id == member_id, Merge.absorbed_id == member_id))
        .order_by(Merge.id.desc())
    ).all()


def is_last(session: Session, merge: Merge) -> bool:
    """Whether nothing has been built upon it: merges are taken back in the opposite order."""
    later = sa.select(Merge.id).where(
        Merge.id > merge.id,
        Merge.undone_at.is_(None),
        sa.or_(*(Merge.kept_id == one for one in (merge.kept_id, merge.absorbed_id)))
        | (Merge.absorbed_id == merge.kept_id),
    )
    return session.scalar(later.limit(1)) is None


def was_taken_back(session: Session, one_id: int, other_id: int) -> bool:
    """Whether an operator has said of these two that they are not one person."""
    pair = sorted((one_id, other_id))
    undone = sa.select(Merge.id).where(
        Merge.kept_id.in_(pair), Merge.absorbed_id.in_(pair), Merge.undone_at.is_not(None)
    )
    return session.scalar(undone.limit(1)) is not None


def suggest(
    session: Session, found: Mapping[tuple[int, int], Collection[str]], now: datetime
) -> int:
    """Keeps pairs (older, younger) that look like one person. A pair that is known already, or was
    decided, stays as it is. Returns how many are new."""
    rows = [
        {"first_id": first, "second_id": second, "reasons": sorted(reasons), "found_at": now}
        for (first, second), reasons in found.items()
    ]
    return insert_all_once(session, Twins, rows, unique=["first_id", "second_id"])


def undecided(session: Session, after_id: int, limit: int) -> Sequence[Twins]:
    return session.scalars(
        sa.select(Twins)
        .where(Twins.decided_at.is_(None), Twins.id > after_id)
        .order_by(Twins.id)
        .limit(limit)
    ).all()


def decide(
    session: Session, one_id: int, other_id: int, operator_id: int | None, now: datetime
) -> None:
    """Nobody need look at these two again."""
    first, second = sorted((one_id, other_id))
    session.execute(
        sa.update(Twins)
        .where(Twins.first_id == first, Twins.second_id == second, Twins.decided_at.is_(None))
        .values(decided_at=now, decided_by_id=operator_id)
    )
