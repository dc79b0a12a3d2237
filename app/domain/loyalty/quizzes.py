"""Quizzes 问答: one open question per group, or per channel for private chat."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once

LETTERS = ("A", "B", "C", "D")


class AlreadyOpen(Exception):
    """Another quiz is open in this group or on this channel."""


class Quiz(Base):
    """``scope`` is ``group:7`` or ``channel:3``: where the answers are given."""

    __tablename__ = "quizzes"
    __table_args__ = (
        sa.Index(
            "uq_quizzes_open_scope",
            "scope",
            unique=True,
            sqlite_where=sa.text("opened_at IS NOT NULL AND closed_at IS NULL"),
            postgresql_where=sa.text("opened_at IS NOT NULL AND closed_at IS NULL"),
        ),
        sa.Index("ix_quizzes_scope", "scope", "opened_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("channels.id"))
    group_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("groups.id"))
    scope: Mapped[str]
    question: Mapped[str]
    options: Mapped[dict[str, Any]]  # {"A": "…", "B": "…"}
    right_option: Mapped[str]
    points: Mapped[int]
    created_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    @property
    def is_open(self) -> bool:
        return self.opened_at is not None and self.closed_at is None


class QuizAnswer(Base):
    __tablename__ = "quiz_answers"
    __table_args__ = (
        sa.UniqueConstraint("quiz_id", "member_id"),
        sa.Index("ix_quiz_answers_member_id", "member_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    quiz_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("quizzes.id"))
    member_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("members.id"))
    option: Mapped[str]
    is_right: Mapped[bool]
    event_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("inbox.id"))
    answered_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Answered:
    """``counts`` is False for any answer after the member's first; ``points`` is what it earned."""

    quiz: Quiz
    option: str
    is_right: bool
    counts: bool
    points: int = 0


def scope_of(channel_id: int, group_id: int | None) -> str:
    return f"group:{group_id}" if group_id is not None else f"channel:{channel_id}"


def draft(
    session: Session,
    *,
    channel_id: int,
    group_id: int | None,
    question: str,
    options: Mapping[str, str],
    right_option: str,
    points: int,
    now: datetime,
) -> Quiz:
    """Raises ValueError when the options are not two to four of A–D with the right one in them."""
    letters = tuple(options)
    if letters != LETTERS[: len(letters)] or len(letters) < 2 or right_option not in letters:
        raise ValueError(f"options {letters}, right option {right_option!r}")
    quiz = Quiz(
        channel_id=channel_id,
        group_id=group_id,
        scope=scope_of(channel_id, group_id),
        question=question,
        options=dict(options),
        right_option=right_option,
        points=points,
        created_at=now,
    )
    session.add(quiz)
    session.flush()
    return quiz


def open_quiz(session: Session, quiz: Quiz, now: datetime) -> None:
    """Opens a quiz for answers. Raises AlreadyOpen; a closed quiz stays closed."""
    if quiz.opened_at is not None:
        return
    try:
        with session.begin_nested():
            quiz.opened_at = now
            session.flush()
    except sa.exc.IntegrityError as error:
        raise AlreadyOpen(quiz.scope) from error


def close(quiz: Quiz, now: datetime) -> None:
    quiz.closed_at = quiz.closed_at or now


def open_in(session: Session, channel_id: int, group_id: int | None, at: datetime) -> Quiz | None:
    """The quiz that an answer given at the moment ``at`` belongs to: the one that is open, or
    else the last one that was closed only after the answer, which we hear of late."""
    return session.scalar(
        sa.select(Quiz)
        .where(
            Quiz.scope == scope_of(channel_id, group_id),
            Quiz.opened_at.is_not(None),
            sa.or_(Quiz.closed_at.is_(None), Quiz.closed_at > at),
        )
        .order_by(sa.case((Quiz.closed_at.is_(None), 0), else_=1), Quiz.opened_at.desc())
        .limit(1)
    )


def open_ones(session: Session) -> Sequence[Quiz]:
    """Those that can be answered now, wherever."""
    is_open = sa.and_(Quiz.opened_at.is_not(None), Quiz.closed_at.is_(None))
    return session.scalars(sa.select(Quiz).where(is_open).order_by(Quiz.id)).all()


def as_text(quiz: Quiz) -> str:
    """The question as it is asked in a chat, and how it is answered."""
    options = [f"{letter}. {option}" for letter, option in sorted(quiz.options.items())]
    letters = "/".join(sorted(quiz.options))
    return "\n".join([quiz.question, *options, f"回复 {letters} 作答"])


def results(session: Session, quiz: Quiz) -> dict[str, int]:
    """How many members chose each option."""
    rows = session.execute(
        sa.select(QuizAnswer.option, sa.func.count())
        .where(QuizAnswer.quiz_id == quiz.id)
        .group_by(QuizAnswer.option)
    )
    counts = dict(rows.all())
    return {letter: counts.get(letter, 0) for letter in sorted(quiz.options)}


def option_in(text: str, quiz: Quiz) -> str | None:
    """The option a text chooses: one letter, in any width and case (``b``, ``Ｂ``, ``B。``)."""
    letter = unicodedata.normalize("NFKC", text).strip(" \t\r\n.。、,，!！)）").upper()
    return letter if letter in quiz.options else None


def answer(
    session: Session,
    quiz: Quiz,
    member_id: int,
    option: str,
    event_id: int | None,
    now: datetime,
) -> Answered:
    """Records the member's answer; only her first one counts."""
    is_right = option == quiz.right_option
    values = {
        "quiz_id": quiz.id,
        "member_id": member_id,
        "option": option,
        "is_right": is_right,
        "event_id": event_id,
        "answered_at": now,
    }
    row_id = insert_once(session, QuizAnswer, values, unique=["quiz_id", "member_id"])
    return Answered(quiz, option, is_right, row_id is not None)
