"""Consents: to which notice, in which version, a member agreed, when and where."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once


class Consent(Base):
    __tablename__ = "consents"
    __table_args__ = (sa.UniqueConstraint("member_id", "purpose", "version", "given_at"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    member_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("members.id"))
    purpose: Mapped[str]  # membership | marketing | archive | sms | mail | voice
    version: Mapped[str]
    event_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("inbox.id"))
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


def give(
    session: Session,
    member_id: int,
    purpose: str,
    version: str,
    event_id: int | None,
    now: datetime,
) -> None:
    values = {
        "member_id": member_id,
        "purpose": purpose,
        "version": version,
        "event_id": event_id,
        "given_at": now,
    }
    insert_once(session, Consent, values)


def refuse(
    session: Session,
    member_id: int,
    purpose: str,
    version: str,
    event_id: int | None,
    now: datetime,
) -> None:
    """She does not agree, whether she had before or not."""
    give(session, member_id, purpose, version, event_id, now)
    session.execute(
        sa.update(Consent)
        .where(
            Consent.member_id == member_id,
            Consent.purpose == purpose,
            Consent.given_at <= now,
            Consent.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=now)
    )


def holds(session: Session, member_id: int, purpose: str) -> bool:
    """Whether she has agreed to this and not withdrawn it."""
    given = sa.select(Consent.id).where(
        Consent.member_id == member_id, Consent.purpose == purpose, Consent.withdrawn_at.is_(None)
    )
    return session.scalar(given.limit(1)) is not None


def holding(session: Session, member_ids: Collection[int], purpose: str) -> frozenset[int]:
    """Those of the members who have agreed to this and not withdrawn it."""
    if not member_ids:
        return frozenset()
    given = sa.select(Consent.member_id).where(
        Consent.member_id.in_(set(member_ids)),
        Consent.purpose == purpose,
        Consent.withdrawn_at.is_(None),
    )
    return frozenset(session.scalars(given))


def withdraw(session: Session, member_id: int, purpose: str, now: datetime) -> bool:
    """She agrees no longer. False when she had not agreed."""
    withdrawn = session.execute(
        sa.update(Consent)
        .where(
            Consent.member_id == member_id,
            Consent.purpose == purpose,
            Consent.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=now)
        .returning(Consent.id)
    )
    return bool(withdrawn.all())


def is_withdrawn(session: Session, member_id: int, purpose: str) -> bool:
    """Whether the last that she said about it was no; who never said anything has not refused."""
    last = (
        sa.select(Consent.withdrawn_at.is_not(None))
        .where(Consent.member_id == member_id, Consent.purpose == purpose)
        .order_by(Consent.given_at.desc(), Consent.id.desc())
        .limit(1)
    )
    return bool(session.scalar(last))


def of(session: Session, member_id: int) -> list[Consent]:
    return list(
        session.scalars(
            sa.select(Consent).where(Consent.member_id == member_id).order_by(Consent.id)
        )
    )
