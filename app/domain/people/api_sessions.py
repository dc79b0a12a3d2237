"""Sessions of the mini-program: who is logged in there, known to us only by the token's hash."""

import hashlib
import secrets
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id

LIFETIME = timedelta(days=30)


class ApiSession(Base):
    """``phone_code_hash`` and the sealed phone it gave: a single-use code that the mini-program
    sends again, because our answer was lost, gives the same phone again."""

    __tablename__ = "api_sessions"
    __table_args__ = (sa.Index("ix_api_sessions_expires_at", "expires_at"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    channel_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("channels.id"))
    openid: Mapped[str]
    unionid: Mapped[str | None]
    phone_code_hash: Mapped[str | None]
    sealed_phone: Mapped[bytes | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


def begin(
    session: Session, channel_id: int, openid: str, unionid: str | None, now: datetime
) -> str:
    """Opens a session and returns its token, which is shown only this once."""
    token = secrets.token_urlsafe(32)
    session.add(
        ApiSession(
            token_hash=digest(token),
            channel_id=channel_id,
            openid=openid,
            unionid=unionid,
            created_at=now,
            expires_at=now + LIFETIME,
        )
    )
    return token


def by_token(session: Session, token: str, now: datetime) -> ApiSession | None:
    return session.scalar(
        sa.select(ApiSession).where(
            ApiSession.token_hash == digest(token), ApiSession.expires_at > now
        )
    )


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def keep_phone(session: Session, session_id: int, phone_code: str, sealed_phone: bytes) -> None:
    """The number a code gave; the code itself works only once."""
    session.execute(
        sa.update(ApiSession)
        .where(ApiSession.id == session_id)
        .values(phone_code_hash=digest(phone_code), sealed_phone=sealed_phone)
    )


def phone_behind(session: Session, session_id: int, phone_code: str) -> bytes | None:
    """The sealed number this code gave in this session, if it was the last one."""
    return session.scalar(
        sa.select(ApiSession.sealed_phone).where(
            ApiSession.id == session_id, ApiSession.phone_code_hash == digest(phone_code)
        )
    )
