"""Verifications: what going over the whole ledger has found, night by night."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once
from app.domain.loyalty import ledger, moments, seals
from app.domain.loyalty.entries import PointsEntry
from app.domain.loyalty.seals import Seal

KEPT = 200  # of what was found; the count says how many there are


@dataclass(frozen=True, slots=True)
class Extent:
    """How much there is: entries, blocks of the chain, and the hash at its end."""

    entries: int
    seals: int
    hash: str


class Verification(Base):
    """``found`` in words, empty when everything holds; ``hash`` is the chain's end then."""

    __tablename__ = "points_verifications"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    night_on: Mapped[date] = mapped_column(unique=True)
    verified_at: Mapped[datetime]
    entries: Mapped[int]
    seals: Mapped[int]
    hash: Mapped[str] = mapped_column(sa.String(64))
    wrong: Mapped[int]
    found: Mapped[list[Any]]


def found(session: Session, now: datetime) -> list[str]:
    """Everything in the ledger that does not hold, in words."""
    return [
        *ledger.discrepancies(session),
        *moments.doubtful(session),
        *seals.broken(session, now),
        *_ended_otherwise(session),
    ]


def _ended_otherwise(session: Session) -> Iterator[str]:
    """A chain that was cut off and made anew holds in itself, but not against what was noted."""
    noted = sa.select(Verification.night_on, Verification.seals).outerjoin(
        Seal, (Seal.number == Verification.seals) & (Seal.hash == Verification.hash)
    )
    gone = noted.where(Verification.seals > 0, Seal.id.is_(None)).order_by(Verification.night_on)
    for night_on, number in session.execute(gone.limit(KEPT)):
        yield f"seal {number}: not what was noted in the night of {night_on}"
    seen_before = (
        sa.select(Seal.number, Seal.sealed_at, Verification.verified_at)
        .join(Verification, Verification.seals == Seal.number)
        .where(Verification.wrong == 0)
    )
    for number, sealed_at, seen_at in session.execute(seen_before):
        if sealed_at > seen_at + seals.LATE:
            yield f"seal {number}: sealed on {sealed_at}, but seen on {seen_at}"


def extent(session: Session) -> Extent:
    entries = session.scalar(sa.select(sa.func.count(PointsEntry.id))) or 0
    end = seals.newest(session)
    return Extent(entries, end.number if end else 0, end.hash if end else seals.BEGINNING)


def keep(
    session: Session, night_on: date, wrong: Sequence[str], seen: Extent, now: datetime
) -> None:
    """Notes what a night has found, once."""
    values = {
        "night_on": night_on,
        "verified_at": now,
        "entries": seen.entries,
        "seals": seen.seals,
        "hash": seen.hash,
        "wrong": len(wrong),
        "found": list(wrong[:KEPT]),
    }
    insert_once(session, Verification, values, unique=["night_on"])


def last(session: Session) -> Verification | None:
    newest = sa.select(Verification).order_by(Verification.night_on.desc())
    return session.scalar(newest.limit(1))


def recent(session: Session, limit: int) -> Sequence[Verification]:
    newest = sa.select(Verification).order_by(Verification.night_on.desc())
    return session.scalars(newest.limit(limit)).all()


def is_done(session: Session, night_on: date) -> bool:
    return session.scalar(sa.select(sa.exists().where(Verification.night_on == night_on))) or False
