"""Approvals 审批: what goes to many is looked at by a second operator before it may run.

The subject is ``plan:5`` or ``broadcast:7``, each version of it for itself. From how many
recipients on an approval is needed is a number of the limits page, ``approved_above``.
"""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once
from app.domain.outreach.allowances import limit_table, limits

_OPEN = sa.text("decided_at IS NULL")


class NotApproved(Exception):
    """So many recipients need a second operator's approval, which is not there."""


class SameOperator(Exception):
    """Whoever asks for an approval cannot give it."""


class NotAsked(Exception):
    """Nobody has asked for this approval, or it has been decided."""


class Approval(Base):
    """``decided_at`` None: somebody waits for it. ``is_granted`` says how it was decided."""

    __tablename__ = "approvals"
    __table_args__ = (
        sa.UniqueConstraint("subject", "version"),
        sa.Index("ix_approvals_open", "asked_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    subject: Mapped[str]
    version: Mapped[int]
    recipients: Mapped[int]
    asked_by_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("operators.id"))
    asked_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("operators.id"))
    decided_at: Mapped[datetime | None]
    is_granted: Mapped[bool] = mapped_column(default=False)


def is_needed(session: Session, recipients: int) -> bool:
    return recipients > limits.value(session, limit_table.APPROVED_ABOVE)


def is_approved(session: Session, subject: str, version: int) -> bool:
    found = of(session, subject, version)
    return found is not None and found.is_granted


def of(session: Session, subject: str, version: int) -> Approval | None:
    return session.scalar(
        sa.select(Approval).where(Approval.subject == subject, Approval.version == version)
    )


def check(session: Session, subject: str, version: int, recipients: int) -> None:
    """Raises NotApproved when so many recipients need an approval that is not there."""
    if is_needed(session, recipients) and not is_approved(session, subject, version):
        raise NotApproved(f"{subject}, version {version}: {recipients}")


def ask(
    session: Session, subject: str, version: int, recipients: int, operator_id: int, now: datetime
) -> Approval:
    """Asks the other operators; what was refused is asked anew."""
    values = {
        "subject": subject,
        "version": version,
        "recipients": recipients,
        "asked_by_id": operator_id,
        "asked_at": now,
        "is_granted": False,
    }
    insert_once(session, Approval, values, unique=["subject", "version"])
    approval = _locked(session, subject, version)
    if approval.decided_at is not None and not approval.is_granted:
        approval.recipients, approval.asked_by_id, approval.asked_at = recipients, operator_id, now
        approval.decided_at = approval.decided_by_id = None
    return approval


def decide(
    session: Session,
    subject: str,
    version: int,
    operator_id: int,
    *,
    is_granted: bool,
    now: datetime,
) -> Approval:
    """An operator's decision; the first one stands. Raises NotAsked and SameOperator."""
    if of(session, subject, version) is None:
        raise NotAsked(subject)
    approval = _locked(session, subject, version)
    if approval.decided_at is not None:
        raise NotAsked(subject)
    if approval.asked_by_id == operator_id:
        raise SameOperator(subject)
    approval.decided_by_id, approval.decided_at = operator_id, now
    approval.is_granted = is_granted
    return approval


def open_ones(session: Session) -> Sequence[Approval]:
    """What somebody waits for, the oldest first."""
    waiting = sa.select(Approval).where(Approval.decided_at.is_(None))
    return session.scalars(waiting.order_by(Approval.asked_at, Approval.id)).all()


def _locked(session: Session, subject: str, version: int) -> Approval:
    return session.scalars(
        sa.select(Approval)
        .where(Approval.subject == subject, Approval.version == version)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
