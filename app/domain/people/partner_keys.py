"""Partner keys 合作方密钥: which systems of the shop may write through the API.

A key is shown once, when it is made; kept is its hash. ``last_used_at`` is right to the minute.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id
from app.domain.people.api_sessions import digest

PREFIX = "siyu_"  # so that a key that has leaked is recognised for what it is
NOTED_EVERY = timedelta(minutes=1)


class PartnerKey(Base):
    """``hint`` is how it begins, for telling keys apart."""

    __tablename__ = "partner_keys"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str]
    key_hash: Mapped[str] = mapped_column(unique=True)
    hint: Mapped[str]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


def make(session: Session, name: str, now: datetime) -> tuple[PartnerKey, str]:
    """A new key and its text, which nobody can read again."""
    text = PREFIX + secrets.token_urlsafe(32)
    hint = text[: len(PREFIX) + 4]
    made = PartnerKey(name=name, key_hash=digest(text), hint=hint, created_at=now)
    session.add(made)
    session.flush()
    return made, text


def revoke(key: PartnerKey, now: datetime) -> None:
    """It opens nothing from now on; doing it twice is doing it once."""
    key.revoked_at = key.revoked_at or now


def by_text(session: Session, text: str) -> PartnerKey | None:
    """The key that is in force under this text."""
    known = sa.select(PartnerKey).where(PartnerKey.key_hash == digest(text))
    return session.scalar(known.where(PartnerKey.revoked_at.is_(None)))


def note_use(session: Session, key_id: int, now: datetime) -> None:
    stale = sa.or_(PartnerKey.last_used_at.is_(None), PartnerKey.last_used_at <= now - NOTED_EVERY)
    session.execute(
        sa.update(PartnerKey).where(PartnerKey.id == key_id, stale).values(last_used_at=now)
    )


def all_of(session: Session) -> Sequence[PartnerKey]:
    """Those in force first, the newest at the top."""
    order = (PartnerKey.revoked_at.is_not(None), PartnerKey.id.desc())
    return session.scalars(sa.select(PartnerKey).order_by(*order)).all()
