"""What was answered to a form, each submission once under its key."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once


class FormSubmission(Base):
    __tablename__ = "form_submissions"
    __table_args__ = (
        sa.Index("ix_form_submissions_form_id", "form_id", "id"),
        sa.Index("ix_form_submissions_member_id", "member_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    form_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("forms.id"))
    member_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("members.id"))
    event_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("inbox.id"))
    submitted_at: Mapped[datetime]


class FormAnswer(Base):
    """One answer, or one of the options she chose. ``sealed`` is a phone number or an address,
    which opens in the context ``form:{form}:{question}``; then ``value`` is the masked one."""

    __tablename__ = "form_answers"
    __table_args__ = (
        sa.Index("ix_form_answers_submission_id", "submission_id"),
        sa.Index("ix_form_answers_form_id", "form_id", "question", "value"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    submission_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("form_submissions.id"))
    form_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("forms.id"))
    question: Mapped[str]
    value: Mapped[str]
    sealed: Mapped[bytes | None]


class UnnamedSubmission(Base):
    """What somebody answered whom nobody has named; ``sealed`` in hex, by question."""

    __tablename__ = "unnamed_submissions"
    __table_args__ = (sa.Index("ix_unnamed_submissions_form_id", "form_id", "submitted_at"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    form_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("forms.id"))
    event_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("inbox.id"))
    answers: Mapped[dict[str, Any]]
    sealed: Mapped[dict[str, Any]]
    submitted_at: Mapped[datetime]


def have_come(session: Session, form_id: int) -> bool:
    """Whether anybody has answered the form."""
    tables = (FormSubmission, UnnamedSubmission)
    return any(
        session.scalar(sa.select(table.id).where(table.form_id == form_id).limit(1)) is not None
        for table in tables
    )


def submit(
    session: Session,
    form_id: int,
    member_id: int,
    *,
    key: str,
    answers: Mapping[str, Sequence[str]],
    sealed: Mapping[str, bytes],
    event_id: int | None,
    now: datetime,
) -> int | None:
    """Keeps what she answered, once under this key. Returns the submission, None when known."""
    values = {
        "key": key,
        "form_id": form_id,
        "member_id": member_id,
        "event_id": event_id,
        "submitted_at": now,
    }
    submission_id = insert_once(session, FormSubmission, values, unique=["key"])
    if submission_id is None:
        return None
    for question, given in answers.items():
        for value in given:
            session.add(
                FormAnswer(
                    submission_id=submission_id,
                    form_id=form_id,
                    question=question,
                    value=value,
                    sealed=sealed.get(question),
                )
            )
    session.flush()
    return submission_id


def submit_unnamed(
    session: Session,
    form_id: int,
    *,
    key: str,
    answers: Mapping[str, Sequence[str]],
    sealed: Mapping[str, str],
    event_id: int,
    now: datetime,
) -> None:
    values = {
        "key": key,
        "form_id": form_id,
        "event_id": event_id,
        "answers": dict(answers),
        "sealed": dict(sealed),
        "submitted_at": now,
    }
    insert_once(session, UnnamedSubmission, values, unique=["key"])
