"""Operators 运营: who may use the console, and what they did that has to be accounted for."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id

PASSWORD_MIN = 8
# OWASP's lighter setting for argon2id: 19 MiB, so that logins do not swell a small machine
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


class WeakPassword(Exception):
    """Shorter than eight characters."""


class AddressTaken(Exception):
    """There is an operator with this address already."""


class Operator(Base):
    __tablename__ = "operators"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str]
    session_version: Mapped[int] = mapped_column(default=1)  # raised at logout: old cookies end
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    member_id: Mapped[int | None] = mapped_column(
        Id
    )  # of members, herself; SQLite adds no key here


class HerOwn(Exception):
    """Nobody disables herself: somebody has to be left who can let the others in."""


class AuditEntry(Base):
    """What an operator saw or changed that must be answerable later."""

    __tablename__ = "audit"
    __table_args__ = (sa.Index("ix_audit_done_at", "done_at"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    operator_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("operators.id"))
    action: Mapped[str]
    subject: Mapped[str]
    details: Mapped[dict[str, Any]]
    done_at: Mapped[datetime]


def add(session: Session, email: str, name: str, password: str, now: datetime) -> Operator:
    """Raises WeakPassword and AddressTaken."""
    password_hash = _hashed(password)
    taken = sa.select(Operator.id).where(Operator.email == email.strip().lower())
    if session.scalar(taken) is not None:
        raise AddressTaken(email)
    operator = Operator(
        email=email.strip().lower(),
        name=name,
        password_hash=password_hash,
        created_at=now,
    )
    session.add(operator)
    session.flush()
    return operator


def log_in(session: Session, email: str, password: str) -> Operator | None:
    """The operator with this address and password. Takes as long for an unknown address."""
    operator = session.scalar(
        sa.select(Operator).where(
            Operator.email == email.strip().lower(), Operator.disabled_at.is_(None)
        )
    )
    try:
        _hasher.verify(operator.password_hash if operator else _nobody(), password)
    except VerifyMismatchError:
        return None
    return operator


def end_sessions(operator: Operator) -> None:
    operator.session_version += 1


def set_password(operator: Operator, password: str) -> None:
    """Whoever is logged in as this operator has to log in again. Raises WeakPassword."""
    operator.password_hash = _hashed(password)
    end_sessions(operator)


def disable(operator: Operator, by_operator_id: int, now: datetime) -> None:
    """From her next click on she is nobody here; what she did stays on record. Raises HerOwn."""
    if operator.id == by_operator_id:
        raise HerOwn(operator.email)
    operator.disabled_at = operator.disabled_at or now
    end_sessions(operator)


def enable(operator: Operator) -> None:
    operator.disabled_at = None


def all_of(session: Session) -> Sequence[Operator]:
    return session.scalars(sa.select(Operator).order_by(Operator.id)).all()


def record(
    session: Session,
    operator_id: int,
    action: str,
    subject: str,
    details: dict[str, Any],
    now: datetime,
) -> None:
    """Writes into the audit trail."""
    session.add(
        AuditEntry(
            operator_id=operator_id, action=action, subject=subject, details=details, done_at=now
        )
    )


def recorded(
    session: Session, *, before_id: int | None, limit: int
) -> Sequence[tuple[AuditEntry, Operator]]:
    """The audit trail, newest first, before the entry ``before_id``."""
    statement = (
        sa.select(AuditEntry, Operator)
        .join(Operator, Operator.id == AuditEntry.operator_id)
        .order_by(AuditEntry.id.desc())
        .limit(limit)
    )
    if before_id is not None:
        statement = statement.where(AuditEntry.id < before_id)
    return session.execute(statement).all()


def _hashed(password: str) -> str:
    if len(password) < PASSWORD_MIN:
        raise WeakPassword(f"at least {PASSWORD_MIN} characters")
    return _hasher.hash(password)


@cache
def _nobody() -> str:
    """Compared against when the address is unknown, so that both refusals take the same time."""
    return _hasher.hash("nobody has this password")
