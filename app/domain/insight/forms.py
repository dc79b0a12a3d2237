"""Forms 表单: questions that members answer on a page of ours, each once unless it may be repeated.

A form is named by its key in links and texts (``{form:key}``). A member comes to it through the
login of WeChat or through a link of her own, whose token names the form and her. Questions may be
changed until the first answer has come in; phone numbers are sealed.

Event: ``form_submitted`` under ``form_submitted:{form}:{member}`` (for a form that may be repeated,
also the day and a digest of the answers), with the fields ``form`` (its key), ``form_id``,
``answers`` ({question: [text, ...]}) and ``sealed`` ({question: sealed phone number, in hex}).
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once
from app.domain.insight import questions
from app.domain.insight.questions import Question

KEY = re.compile(r"[A-Za-z0-9_-]{1,40}")


class Form(Base):
    __tablename__ = "forms"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    intro: Mapped[str]
    questions: Mapped[list[Any]]
    repeatable: Mapped[bool]
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    @property
    def asked(self) -> tuple[Question, ...]:
        return questions.parse(self.questions)


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
    """One answer, or one of the options she chose. ``sealed`` is a phone number, which opens in the
    context ``form:{form}:{question}``; then ``value`` is the masked one."""

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


class FormTaken(Exception):
    """There is a form of this key already."""


class BadKey(ValueError):
    """The key is no name: letters, digits, - and _."""


class Answered(Exception):
    """Somebody has answered already: the questions stay as they are."""


class FormSigner:
    """Makes and reads the tokens of ``/h5/forms/<key>/<token>``: which form, whose."""

    def __init__(self, secret: str):
        self._serializer = URLSafeSerializer(secret, salt="form")

    def token(self, form_id: int, member_id: int) -> str:
        return str(self._serializer.dumps([form_id, member_id]))

    def read(self, token: str) -> tuple[int, int] | None:
        """(form, member), or None when the token is not ours."""
        try:
            form_id, member_id = self._serializer.loads(token)
        except BadSignature:
            return None
        return int(form_id), int(member_id)


def by_key(session: Session, key: str) -> Form | None:
    return session.scalar(sa.select(Form).where(Form.key == key))


def all_of(session: Session) -> Sequence[Form]:
    order = (Form.closed_at.is_not(None), Form.id.desc())
    return session.scalars(sa.select(Form).order_by(*order)).all()


def add(
    session: Session,
    *,
    key: str,
    title: str,
    intro: str,
    asked: object,
    repeatable: bool,
    now: datetime,
) -> Form:
    """A new form, open for answers. Raises BadKey, FormTaken, questions.BadQuestions."""
    if not KEY.fullmatch(key):
        raise BadKey(key)
    values = {
        "key": key,
        "title": title,
        "intro": intro,
        "questions": [one.as_json() for one in questions.parse(asked)],
        "repeatable": repeatable,
        "created_at": now,
    }
    form_id = insert_once(session, Form, values, unique=["key"])
    if form_id is None:
        raise FormTaken(key)
    return session.get_one(Form, form_id)


def change(session: Session, form: Form, *, title: str, intro: str, asked: object) -> None:
    """Raises questions.BadQuestions, and Answered when the questions would change too late."""
    wanted = [one.as_json() for one in questions.parse(asked)]
    if wanted != form.questions and submissions(session, [form.id]).get(form.id):
        raise Answered(form.key)
    form.title, form.intro, form.questions = title, intro, wanted


def close(form: Form, now: datetime) -> None:
    form.closed_at = form.closed_at or now


def reopen(form: Form) -> None:
    form.closed_at = None


def submit(
    session: Session,
    form: Form,
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
        "form_id": form.id,
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
                    form_id=form.id,
                    question=question,
                    value=value,
                    sealed=sealed.get(question),
                )
            )
    session.flush()
    return submission_id


def submissions(session: Session, form_ids: Sequence[int]) -> dict[int, int]:
    """By form: how often it was answered."""
    rows = session.execute(
        sa.select(FormSubmission.form_id, sa.func.count())
        .where(FormSubmission.form_id.in_(form_ids))
        .group_by(FormSubmission.form_id)
    )
    return {form_id: count for form_id, count in rows}  # noqa: C416  rows, not pairs


def chosen(session: Session, form_id: int) -> dict[tuple[str, str], int]:
    """How often each answer was given, by question and answer."""
    rows = session.execute(
        sa.select(FormAnswer.question, FormAnswer.value, sa.func.count())
        .where(FormAnswer.form_id == form_id)
        .group_by(FormAnswer.question, FormAnswer.value)
    )
    return {(question, value): count for question, value, count in rows}


def latest(
    session: Session, form_id: int, before_id: int | None, limit: int
) -> Sequence[FormSubmission]:
    """The newest first, from below ``before_id``."""
    wanted = sa.select(FormSubmission).where(FormSubmission.form_id == form_id)
    if before_id is not None:
        wanted = wanted.where(FormSubmission.id < before_id)
    return session.scalars(wanted.order_by(FormSubmission.id.desc()).limit(limit)).all()


def answers_of(session: Session, submission_ids: Sequence[int]) -> dict[int, dict[str, list[str]]]:
    """By submission: what was answered, by question."""
    rows = session.scalars(
        sa.select(FormAnswer)
        .where(FormAnswer.submission_id.in_(submission_ids))
        .order_by(FormAnswer.id)
    )
    found: dict[int, dict[str, list[str]]] = {}
    for row in rows:
        found.setdefault(row.submission_id, {}).setdefault(row.question, []).append(row.value)
    return found
