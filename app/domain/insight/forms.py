"""Forms 表单: questions that members answer on a page of ours, each once unless it may be repeated.

A form is named by its key in links and texts (``{form:key}``). A member comes to it through the
login of WeChat or through a link of her own, whose token names the form and her; a form may let
anybody answer without a name. Questions may be changed until the first answer has come in; phone
numbers and addresses are sealed.

Events: ``form_submitted`` under ``form_submitted:{form}:{member}`` (for a form that may be
repeated, also the day and a digest of the answers), with the fields ``form`` (its key),
``form_id``, ``answers`` ({question: [text, ...]}) and ``sealed`` ({question: what is sealed, in
hex}). ``form_submitted_unnamed`` is the same of somebody nobody has named, under
``form_submitted:{form}:browser:{browser}``.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once
from app.domain.insight import form_submissions, questions
from app.domain.insight.questions import BadQuestions, Question

KEY = re.compile(r"[A-Za-z0-9_-]{1,40}")


class Form(Base):
    """``taken`` counts the answers that were let in, up to ``answers_max``. Points and a coupon are
    a member's own, once."""

    __tablename__ = "forms"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    intro: Mapped[str]
    questions: Mapped[list[Any]]
    repeatable: Mapped[bool]
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    unnamed: Mapped[bool] = mapped_column(default=False, server_default="0")  # may answer too
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    answers_max: Mapped[int | None]
    taken: Mapped[int] = mapped_column(default=0, server_default="0")
    points: Mapped[int] = mapped_column(default=0, server_default="0")
    coupon_id: Mapped[int | None] = mapped_column(Id)

    @property
    def asked(self) -> tuple[Question, ...]:
        return questions.parse(self.questions)

    @property
    def is_readable(self) -> bool:
        """Whether what it asks is as we keep it, and nobody has written it past us."""
        try:
            return bool(self.asked)
        except BadQuestions:
            return False

    def refusal(self, now: datetime) -> str | None:
        """Why it takes no answers at present: closed, not_yet, full; None when it does."""
        if self.closed_at is not None or (self.closes_at is not None and now >= self.closes_at):
            return "closed"
        if self.opens_at is not None and now < self.opens_at:
            return "not_yet"
        is_full = self.answers_max is not None and self.taken >= self.answers_max
        return "full" if is_full else None


class FormTaken(Exception):
    """There is a form of this key already."""


class BadKey(ValueError):
    """The key is no name: letters, digits, - and _."""


class BadTerms(ValueError):
    """It would close before it opens."""


class Answered(Exception):
    """Somebody has answered already: the questions stay as they are."""


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
    **terms: Any,
) -> Form:
    """A new form, open for answers; ``terms`` as in ``agree``. Raises BadKey, FormTaken, BadTerms,
    questions.BadQuestions."""
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
    form = session.get_one(Form, form_id)
    agree(form, **terms)
    return form


def agree(
    form: Form,
    *,
    unnamed: bool = False,
    opens_at: datetime | None = None,
    closes_at: datetime | None = None,
    answers_max: int | None = None,
    points: int = 0,
    coupon_id: int | None = None,
) -> None:
    """Who may answer, when and how many, and what it brings a member. Raises BadTerms."""
    if opens_at is not None and closes_at is not None and closes_at <= opens_at:
        raise BadTerms
    form.unnamed, form.opens_at, form.closes_at = unnamed, opens_at, closes_at
    form.answers_max, form.points, form.coupon_id = answers_max, points, coupon_id


def change(session: Session, form: Form, *, title: str, intro: str, asked: object) -> None:
    """Raises questions.BadQuestions, and Answered when the questions would change too late."""
    wanted = questions.parse(asked)
    is_other = form.is_readable and wanted != form.asked
    if is_other and form_submissions.have_come(session, form.id):
        raise Answered(form.key)
    form.title, form.intro = title, intro
    form.questions = [one.as_json() for one in wanted]


def close(form: Form, now: datetime) -> None:
    form.closed_at = form.closed_at or now


def reopen(form: Form) -> None:
    form.closed_at = None


def let_in(session: Session, form_id: int) -> bool:
    """Counts one more answer; False when there are as many as there may be."""
    counted = session.execute(
        sa.update(Form)
        .where(
            Form.id == form_id, sa.or_(Form.answers_max.is_(None), Form.taken < Form.answers_max)
        )
        .values(taken=Form.taken + 1)
        .returning(Form.id)
    )
    return counted.scalar_one_or_none() is not None
