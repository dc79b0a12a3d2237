"""Seals: the entries of the ledger in a chain of blocks, so that what was changed afterwards shows.

A block's hash is the SHA-256 of the hash before it and of what its entries say, with their
postings, what they moved and the lots they opened, written as JSON, a line each. Whoever changes,
adds or takes away anything below it would have to make every later hash anew; whoever has noted one
of them elsewhere would see it.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once
from app.domain.loyalty.entries import PointsEntry, Posting
from app.domain.loyalty.lots import Lot, LotMove

BLOCK = 2_000  # entries at the most
BEGINNING = "0" * 64
# A transaction that has booked an entry and not committed yet is over by then.
LATE = timedelta(hours=1)


class Seal(Base):
    """A block. ``newest_id`` is the largest of its entries' ids."""

    __tablename__ = "points_seals"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    entries: Mapped[int]
    newest_id: Mapped[int] = mapped_column(Id)
    hash: Mapped[str] = mapped_column(sa.String(64))
    sealed_at: Mapped[datetime]


class SealedEntry(Base):
    """Which block an entry is in."""

    __tablename__ = "points_sealed_entries"
    __table_args__ = (sa.Index("ix_points_sealed_entries_number", "number"),)

    entry_id: Mapped[int] = mapped_column(
        Id, sa.ForeignKey("points_entries.id"), primary_key=True, autoincrement=False
    )
    number: Mapped[int]


def seal(session: Session, now: datetime, *, all_of_it: bool = False) -> bool:
    """Seals what is not sealed yet, up to a block. Returns whether there may be more.

    Entries that were committed long after younger ones are only found with ``all_of_it``.
    """
    last = newest(session)
    entry_ids = session.scalars(
        unsealed(0 if all_of_it else _sealed_to(session, now)).limit(BLOCK)
    ).all()
    if not entry_ids:
        return False
    number = last.number + 1 if last else 1
    values = {
        "number": number,
        "entries": len(entry_ids),
        "newest_id": max(entry_ids),
        "hash": hash_of(session, last.hash if last else BEGINNING, entry_ids),
        "sealed_at": now,
    }
    if insert_once(session, Seal, values, unique=["number"]) is None:
        return False  # another scheduler was faster
    rows = [{"entry_id": entry_id, "number": number} for entry_id in entry_ids]
    session.execute(sa.insert(SealedEntry), rows)
    return len(entry_ids) == BLOCK


def newest(session: Session) -> Seal | None:
    """The end of the chain."""
    return session.scalar(sa.select(Seal).order_by(Seal.number.desc()).limit(1))


def unsealed(after_id: int) -> sa.Select[int]:
    """The ids of entries above this one that are in no block."""
    return (
        sa.select(PointsEntry.id)
        .outerjoin(SealedEntry, SealedEntry.entry_id == PointsEntry.id)
        .where(PointsEntry.id > after_id, SealedEntry.entry_id.is_(None))
        .order_by(PointsEntry.id)
    )


def broken(session: Session, now: datetime) -> Iterator[str]:
    """Every block that is not what it was when it was sealed, and what was never sealed."""
    before, expected = BEGINNING, 1
    for block in session.scalars(sa.select(Seal).order_by(Seal.number)):
        if block.number != expected:
            yield f"seal {expected}: missing"
        held = session.scalars(
            sa.select(SealedEntry.entry_id)
            .where(SealedEntry.number == block.number)
            .order_by(SealedEntry.entry_id)
        ).all()
        if hash_of(session, before, held) != block.hash or len(held) != block.entries:
            yield f"seal {block.number}: its entries are not what was sealed on {block.sealed_at}"
        if held and held[-1] != block.newest_id:
            yield f"seal {block.number}: its newest entry is {held[-1]}, not {block.newest_id}"
        before, expected = block.hash, block.number + 1
    sealed = sa.exists().where(Seal.number == SealedEntry.number)
    cut_off = sa.select(SealedEntry.number).where(SealedEntry.number >= expected, ~sealed)
    for number in session.scalars(cut_off.distinct().order_by(SealedEntry.number)):
        yield f"seal {number}: missing"
    yield from _sealed_at_odds(session, now)
    late = unsealed(0).where(PointsEntry.booked_at < now - LATE).limit(20)
    for entry_id in session.scalars(late):
        yield f"entry {entry_id}: not sealed"


def _sealed_at_odds(session: Session, now: datetime) -> Iterator[str]:
    """A block is sealed after what it holds was booked and after the block before it, and not in
    the future; clocks of several machines differ by less than ``LATE``."""
    booked = sa.select(SealedEntry.number, sa.func.max(PointsEntry.booked_at).label("at"))
    booked = booked.join(PointsEntry, PointsEntry.id == SealedEntry.entry_id)
    last = booked.group_by(SealedEntry.number).subquery()
    rows = session.execute(
        sa.select(Seal.number, Seal.sealed_at, last.c.at)
        .join(last, last.c.number == Seal.number)
        .order_by(Seal.number)
    )
    earliest: datetime | None = None
    for number, sealed_at, booked_at in rows:
        earliest = max(booked_at, earliest or booked_at)
        if not earliest - LATE <= sealed_at <= now + LATE:
            yield f"seal {number}: not sealed on {sealed_at}"
        earliest = max(earliest, min(sealed_at, now))


def hash_of(session: Session, before: str, entry_ids: Sequence[int]) -> str:
    digest = sha256(before.encode())
    for line in _lines(session, entry_ids):
        digest.update(b"\n")
        digest.update(line.encode())
    return digest.hexdigest()


def _lines(session: Session, entry_ids: Sequence[int]) -> Iterator[str]:
    """What each entry says, always written in the same way."""
    postings = _by_entry(session, entry_ids, Posting, Posting.account, Posting.amount)
    moves = _by_entry(session, entry_ids, LotMove, LotMove.lot_id, LotMove.amount)
    opened = _by_entry(session, entry_ids, Lot, Lot.id, Lot.amount, Lot.opened_at, Lot.expires_at)
    found = session.execute(
        sa.select(*_SAID).where(PointsEntry.id.in_(entry_ids)).order_by(PointsEntry.id)
    )
    for row in found:
        said = [*map(_plain, row), postings[row.id], moves[row.id], opened[row.id]]
        yield json.dumps(said, ensure_ascii=False, separators=(",", ":"))


_SAID = [
    *(PointsEntry.id, PointsEntry.key, PointsEntry.kind, PointsEntry.member_id),
    *(PointsEntry.amount, PointsEntry.growth, PointsEntry.rule, PointsEntry.rule_version),
    *(PointsEntry.event_id, PointsEntry.reverses_id, PointsEntry.booked_at),
]


def _by_entry(
    session: Session,
    entry_ids: Sequence[int],
    model: type[Posting | LotMove | Lot],
    *columns: Any,
) -> defaultdict[int, list[list[Any]]]:
    rows = session.execute(
        sa.select(model.entry_id, *columns).where(model.entry_id.in_(entry_ids)).order_by(model.id)
    )
    found: defaultdict[int, list[list[Any]]] = defaultdict(list)
    for entry_id, *said in rows:
        found[entry_id].append([_plain(part) for part in said])
    return found


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _sealed_to(session: Session, now: datetime) -> int:
    """Everything up to this id that will ever be is sealed."""
    return (
        session.scalar(
            sa.select(Seal.newest_id)
            .where(Seal.sealed_at <= now - LATE)
            .order_by(Seal.number.desc())
            .limit(1)
        )
        or 0
    )
