"""Cards of paid membership 付费会员卡: what they are called, what they cost and how long one runs.

A shop sells a card as a product: the line of a paid order that carries its ``sku`` begins or
renews a membership.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id
from app.domain import once
from app.domain.loyalty.standing import periods

COUNT_MAX = {"days": 3660, "months": 120}


class Unit(StrEnum):
    DAYS = "days"
    MONTHS = "months"


class SkuTaken(Exception):
    """Another card is sold under this sku."""


class BadTerms(ValueError):
    """A field of the card is out of its bounds; the text names it."""


class MembershipCard(Base):
    """``notice_days`` before the end she is reminded to renew."""

    __tablename__ = "membership_cards"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    sku: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    name_en: Mapped[str]
    price_fen: Mapped[int]
    unit: Mapped[str]
    count: Mapped[int]
    notice_days: Mapped[int]
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]  # no longer offered; who bought one has it, and may renew

    def last_day(self, first_on: date, quantity: int) -> date:
        """The last day of so many periods that begin on this one: a month that begins on the 5th
        ends with the 5th of the next."""
        count = self.count * quantity
        if self.unit == Unit.MONTHS:
            return periods.months_later(first_on, count)
        return first_on + periods.DAY * count


def add(session: Session, *, sku: str, now: datetime, **terms: object) -> MembershipCard:
    """A new card. Raises SkuTaken and BadTerms."""
    card = MembershipCard(sku=sku, created_at=now, **terms)
    _check(card)
    try:
        with session.begin_nested():
            session.add(card)
            session.flush()
    except sa.exc.IntegrityError as error:
        raise SkuTaken(sku) from error
    return card


def change(
    session: Session,
    card_id: int,
    *,
    name: str,
    name_en: str,
    price_fen: int,
    notice_days: int,
) -> MembershipCard:
    """How long a card runs is part of what was bought, and stays. Raises BadTerms."""
    card = session.get_one(MembershipCard, card_id, with_for_update=True)
    card.name, card.name_en = name, name_en
    card.price_fen, card.notice_days = price_fen, notice_days
    _check(card)
    session.flush()
    return card


def close(session: Session, card_id: int, now: datetime) -> MembershipCard:
    card = session.get_one(MembershipCard, card_id, with_for_update=True)
    card.closed_at = card.closed_at or now
    return card


def all_of(session: Session) -> Sequence[MembershipCard]:
    """Those that are offered first."""
    return once.read(session, _all_of, MembershipCard)


def _all_of(session: Session) -> Sequence[MembershipCard]:
    order = (MembershipCard.closed_at.is_not(None), MembershipCard.id)
    return session.scalars(sa.select(MembershipCard).order_by(*order)).all()


def by_sku(session: Session, skus: Collection[str]) -> Mapping[str, MembershipCard]:
    known = sa.select(MembershipCard).where(MembershipCard.sku.in_(skus))
    return {card.sku: card for card in session.scalars(known)}


def _check(card: MembershipCard) -> None:
    if not card.sku.strip():
        raise BadTerms("sku")
    if not 0 < card.count <= COUNT_MAX.get(card.unit, 0):
        raise BadTerms("count")
    if card.price_fen < 0:
        raise BadTerms("price_fen")
    if not 0 <= card.notice_days <= 365:
        raise BadTerms("notice_days")
