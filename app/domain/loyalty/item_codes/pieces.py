"""Pieces: what is known of one code since somebody first looked at it: when and where that was, how
often it was looked at since, whether that looks right, and who claimed what it is worth.

Events: ``item_code_scanned`` under ``item_code_scanned:{batch}:{number}:{browser}:{ten minutes}``
with ``batch``, ``number``, ``browser`` and, where the browser told, ``lat_e2`` and ``lon_e2``;
``item_code_claimed`` under ``item_code_claimed:{batch}:{number}:{member}``, with ``batch`` and
``number``.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once, partial_index
from app.domain.loyalty.item_codes import places
from app.domain.loyalty.item_codes.batches import ItemCodeBatch
from app.domain.loyalty.item_codes.places import Place

Why = Literal["hers", "taken", "withdrawn", "too_late", "nothing"]


class Flag(StrEnum):
    REPEATED = "repeated"
    FAR_APART = "far_apart"


class NotClaimable(Exception):
    """It is worth nothing to her; the text is one of ``Why``."""


class ItemPiece(Base):
    """A piece that was looked at. ``place`` is where that was first told, ``member_id`` who has
    claimed what it is worth."""

    __tablename__ = "item_pieces"
    __table_args__ = (
        sa.UniqueConstraint("batch_id", "number"),
        partial_index("ix_item_pieces_flagged", "flagged_at IS NOT NULL", "flagged_at", "id"),
        sa.Index("ix_item_pieces_member_id", "member_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    batch_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("item_code_batches.id"))
    number: Mapped[int]
    looks: Mapped[int] = mapped_column(default=0)
    first_at: Mapped[datetime | None]
    place: Mapped[str | None]
    last_at: Mapped[datetime | None]
    flag: Mapped[str | None]
    flagged_at: Mapped[datetime | None]
    member_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("members.id"))
    claimed_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


class ItemScan(Base):
    """Somebody has looked; ``number`` counts the browsers that have, from 1."""

    __tablename__ = "item_scans"
    __table_args__ = (
        sa.UniqueConstraint("event_id"),
        sa.Index("ix_item_scans_number", "piece_id", "number"),
        sa.Index("ix_item_scans_browser", "piece_id", "browser"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    piece_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("item_pieces.id"))
    number: Mapped[int]
    browser: Mapped[str]
    member_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("members.id"))
    lat_e2: Mapped[int | None]
    lon_e2: Mapped[int | None]
    place: Mapped[str | None]
    event_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("inbox.id"))
    scanned_at: Mapped[datetime]


def look(
    session: Session,
    batch: ItemCodeBatch,
    number: int,
    *,
    browser: str,
    member_id: int | None,
    where: Place | None,
    event_id: int,
    at: datetime,
) -> ItemPiece:
    """Keeps that somebody has looked at a piece, and what that says of it. Once for each event; a
    browser that looks again is no new one."""
    piece = _held(session, batch.id, number)
    if session.scalar(sa.select(ItemScan.id).where(ItemScan.event_id == event_id)) is not None:
        return piece
    own = number_of(session, piece.id, browser)
    if piece.flag is None and (flag := _flag(session, batch, piece.id, own, where)) is not None:
        piece.flag, piece.flagged_at = flag, at
    told = places.near(where) if where else None
    session.add(
        ItemScan(
            piece_id=piece.id,
            number=own,
            browser=browser,
            member_id=member_id,
            lat_e2=where.lat_e2 if where else None,
            lon_e2=where.lon_e2 if where else None,
            place=told,
            event_id=event_id,
            scanned_at=at,
        )
    )
    piece.looks += 1
    piece.first_at = min(piece.first_at or at, at)
    piece.last_at = max(piece.last_at or at, at)
    piece.place = piece.place or told
    session.flush()
    return piece


def claim(
    session: Session, batch: ItemCodeBatch, number: int, member_id: int, now: datetime
) -> ItemPiece:
    """Gives a piece to the first who asks, for good. Raises NotClaimable."""
    piece = _held(session, batch.id, number)
    if why := reason_against(batch, piece, member_id, now):
        raise NotClaimable(why)
    piece.member_id, piece.claimed_at = member_id, now
    session.flush()
    return piece


def reason_against(
    batch: ItemCodeBatch, piece: ItemPiece | None, member_id: int | None, now: datetime
) -> Why | None:
    """Why she could not claim it now."""
    if piece is not None and piece.member_id is not None:
        return "hers" if piece.member_id == member_id else "taken"
    if batch.withdrawn_at is not None or (piece is not None and piece.withdrawn_at is not None):
        return "withdrawn"
    if batch.claim_until is not None and batch.claim_until <= now:
        return "too_late"
    return "nothing" if not batch.points and batch.coupon_id is None else None


def withdraw(session: Session, batch_id: int, number: int, now: datetime) -> ItemPiece:
    """One piece that was stolen, or copied: it is rewarded no more."""
    piece = _held(session, batch_id, number)
    piece.withdrawn_at = piece.withdrawn_at or now
    session.flush()
    return piece


def of(session: Session, batch_id: int, number: int) -> ItemPiece | None:
    """None while nobody has looked."""
    return session.scalar(
        sa.select(ItemPiece).where(ItemPiece.batch_id == batch_id, ItemPiece.number == number)
    )


def browsers_of(session: Session, piece_id: int) -> int:
    """How many have looked."""
    of_piece = sa.select(sa.func.max(ItemScan.number)).where(ItemScan.piece_id == piece_id)
    return session.scalar(of_piece) or 0


def number_of(session: Session, piece_id: int, browser: str) -> int:
    """Its own, or the next one of a browser that has not looked before: a row each, however often
    a copied code was looked at."""
    its = sa.select(ItemScan.number).where(ItemScan.piece_id == piece_id)
    own = session.scalar(its.where(ItemScan.browser == browser).limit(1))
    return own or browsers_of(session, piece_id) + 1


def scans_of(session: Session, piece_id: int, limit: int) -> Sequence[ItemScan]:
    """The last ones, the oldest of these first."""
    last = sa.select(ItemScan).where(ItemScan.piece_id == piece_id).order_by(ItemScan.id.desc())
    return session.scalars(last.limit(limit)).all()[::-1]


def flagged(session: Session, batch_id: int | None, limit: int) -> Sequence[ItemPiece]:
    """The last one flagged first."""
    wanted = sa.select(ItemPiece).where(ItemPiece.flagged_at.is_not(None))
    if batch_id is not None:
        wanted = wanted.where(ItemPiece.batch_id == batch_id)
    order = (ItemPiece.flagged_at.desc(), ItemPiece.id.desc())
    return session.scalars(wanted.order_by(*order).limit(limit)).all()


def counts(session: Session) -> dict[int, tuple[int, int, int]]:
    """By batch: pieces looked at, claimed, flagged."""
    rows = session.execute(
        sa.select(
            ItemPiece.batch_id,
            sa.func.count(ItemPiece.first_at),
            sa.func.count(ItemPiece.claimed_at),
            sa.func.count(ItemPiece.flagged_at),
        ).group_by(ItemPiece.batch_id)
    )
    return {batch_id: (looked, claimed, odd) for batch_id, looked, claimed, odd in rows}


def _held(session: Session, batch_id: int, number: int) -> ItemPiece:
    """The piece's row, until the transaction ends nobody else's."""
    values = {"batch_id": batch_id, "number": number, "looks": 0}
    insert_once(session, ItemPiece, values, unique=["batch_id", "number"])
    return session.scalars(
        sa.select(ItemPiece)
        .where(ItemPiece.batch_id == batch_id, ItemPiece.number == number)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _flag(
    session: Session, batch: ItemCodeBatch, piece_id: int, browsers: int, where: Place | None
) -> Flag | None:
    """What this look, after those before it, says of a piece that has no flag: its browser is the
    so-manieth, and it comes from there. Asked of the places, not of the looks: those of a piece
    without a flag lie near each other."""
    if browsers > batch.looks_max:
        return Flag.REPEATED
    if where is None:
        return None
    told = sa.select(ItemScan.lat_e2, ItemScan.lon_e2).where(ItemScan.piece_id == piece_id)
    there = [
        Place(lat_e2, lon_e2)
        for lat_e2, lon_e2 in session.execute(told.distinct())
        if lat_e2 is not None and lon_e2 is not None
    ]
    if any(places.apart_km(where, other) > batch.far_km for other in there):
        return Flag.FAR_APART
    return None
