"""The terms of referrals: how long a friend has to stay, and what both sides get. Every version is
kept, and a referral goes by the one under which it was made."""

from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id

STAYS_DAYS_MAX = 365


class BadTerms(ValueError):
    """The terms make no sense; the text names the field."""


@dataclass(frozen=True, slots=True)
class Terms:
    """``month_max`` is how many friends may bring one member something in a calendar month of the
    programme's. From ``koc_from`` friends on who stayed, a member is a KOC and gets ``koc_tag``."""

    stays_days: int = 7
    needs_order: bool = False
    inviter_points: int = 0
    friend_points: int = 0
    inviter_coupon_id: int | None = None
    friend_coupon_id: int | None = None
    month_max: int | None = None
    koc_from: int | None = None
    koc_tag: str = "KOC"


class ReferralTerms(Base):
    """``version`` counts from 1; the last one holds."""

    __tablename__ = "referral_terms"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    version: Mapped[int] = mapped_column(unique=True)
    stays_days: Mapped[int]
    needs_order: Mapped[bool]
    inviter_points: Mapped[int]
    friend_points: Mapped[int]
    inviter_coupon_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("coupons.id"))
    friend_coupon_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("coupons.id"))
    month_max: Mapped[int | None]
    koc_from: Mapped[int | None]
    koc_tag: Mapped[str]
    made_by: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("operators.id"))
    made_at: Mapped[datetime]


def present(session: Session) -> ReferralTerms | None:
    """The terms that hold now; None where referrals bring nothing."""
    return session.scalar(sa.select(ReferralTerms).order_by(ReferralTerms.version.desc()).limit(1))


def change(session: Session, terms: Terms, operator_id: int | None, now: datetime) -> ReferralTerms:
    """What holds for friends who come from now on. Raises BadTerms."""
    _check(terms)
    held = present(session)
    version = held.version + 1 if held else 1
    made = ReferralTerms(version=version, made_by=operator_id, made_at=now, **asdict(terms))
    session.add(made)
    session.flush()
    return made


def _check(terms: Terms) -> None:
    if not 0 <= terms.stays_days <= STAYS_DAYS_MAX:
        raise BadTerms("stays_days")
    for name in ("inviter_points", "friend_points"):
        if getattr(terms, name) < 0:
            raise BadTerms(name)
    for name in ("month_max", "koc_from"):
        value = getattr(terms, name)
        if value is not None and value < 1:
            raise BadTerms(name)
    if not terms.koc_tag.strip():
        raise BadTerms("koc_tag")
