"""What a form was answered with: counts for charts, lists, and tables; of everybody, or of the
members who have some tag now. Who answered without a name is in all of it, unless a tag is asked
for."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.insight.form_submissions import FormAnswer, FormSubmission, UnnamedSubmission
from app.domain.insight.forms import Form
from app.domain.insight.tags import MemberTag

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Submitted:
    """One submission; ``member_id`` is None of who answered without a name."""

    id: int
    member_id: int | None
    submitted_at: datetime
    answers: Mapping[str, Sequence[str]]


def counts(session: Session, form_ids: Sequence[int]) -> dict[int, int]:
    """By form: how often it was answered."""
    found: Counter[int] = Counter()
    for table in (FormSubmission, UnnamedSubmission):
        rows = session.execute(
            sa.select(table.form_id, sa.func.count())
            .where(table.form_id.in_(form_ids))
            .group_by(table.form_id)
        )
        for form_id, count in rows:
            found[form_id] += count
    return dict(found)


def count(session: Session, form_id: int, tag_id: int | None = None) -> int:
    """How many have answered it, of those with the tag."""
    if tag_id is None:
        return counts(session, [form_id]).get(form_id, 0)
    wanted = sa.select(sa.func.count()).select_from(FormSubmission)
    return session.scalar(wanted.where(*_meant(form_id, tag_id))) or 0


def chosen(session: Session, form_id: int, tag_id: int | None = None) -> dict[tuple[str, str], int]:
    """How often each answer was given, by question and answer."""
    rows = session.execute(
        sa.select(FormAnswer.question, FormAnswer.value, sa.func.count())
        .join(FormSubmission, FormSubmission.id == FormAnswer.submission_id)
        .where(FormAnswer.form_id == form_id, *_meant(form_id, tag_id))
        .group_by(FormAnswer.question, FormAnswer.value)
    )
    found = Counter({(question, value): count for question, value, count in rows})
    if tag_id is None:
        for one in _unnamed(session, form_id):
            found.update((question, value) for question, of in one.answers.items() for value in of)
    return dict(found)


def texts(
    session: Session, form_id: int, question: str, tag_id: int | None, limit: int
) -> Sequence[str]:
    """The latest answers to a question in words, without those who have no name."""
    return session.scalars(
        sa.select(FormAnswer.value)
        .join(FormSubmission, FormSubmission.id == FormAnswer.submission_id)
        .where(FormAnswer.question == question, *_meant(form_id, tag_id))
        .order_by(FormAnswer.id.desc())
        .limit(limit)
    ).all()


def latest(
    session: Session, form_id: int, before_id: int | None, limit: int, tag_id: int | None = None
) -> list[Submitted]:
    """Members' submissions, the newest first, from below ``before_id``."""
    wanted = sa.select(FormSubmission).where(*_meant(form_id, tag_id))
    if before_id is not None:
        wanted = wanted.where(FormSubmission.id < before_id)
    rows = session.scalars(wanted.order_by(FormSubmission.id.desc()).limit(limit)).all()
    return _with_answers(session, rows)


def latest_unnamed(session: Session, form_id: int, limit: int) -> list[Submitted]:
    wanted = sa.select(UnnamedSubmission).where(UnnamedSubmission.form_id == form_id)
    rows = session.scalars(wanted.order_by(UnnamedSubmission.id.desc()).limit(limit))
    return [Submitted(one.id, None, one.submitted_at, one.answers) for one in rows]


def every(session: Session, form_id: int, tag_id: int | None = None) -> Iterator[Submitted]:
    """All there are, the oldest first, a piece at a time; then those without a name."""
    last = 0
    while True:
        wanted = sa.select(FormSubmission).where(*_meant(form_id, tag_id), FormSubmission.id > last)
        rows = session.scalars(wanted.order_by(FormSubmission.id).limit(_AT_ONCE)).all()
        if not rows:
            break
        last = rows[-1].id
        yield from _with_answers(session, rows)
    if tag_id is None:
        for one in _unnamed(session, form_id):
            yield Submitted(one.id, None, one.submitted_at, one.answers)


def sealed_answer(session: Session, submission_id: int, question: str) -> bytes | None:
    """What a member's answer says in full, still sealed."""
    return session.scalar(
        sa.select(FormAnswer.sealed).where(
            FormAnswer.submission_id == submission_id, FormAnswer.question == question
        )
    )


def unnamed_since(session: Session, form_id: int, since: datetime) -> int:
    """How many have answered it without a name since then."""
    wanted = sa.select(sa.func.count()).select_from(UnnamedSubmission)
    mine = (UnnamedSubmission.form_id == form_id, UnnamedSubmission.submitted_at >= since)
    return session.scalar(wanted.where(*mine)) or 0


def has_picture(session: Session, form: Form, digest: str) -> bool:
    """Whether this picture was sent with an answer to this form."""
    keys = [one.key for one in form.asked if one.kind == "picture"]
    hers = sa.select(FormAnswer.id).where(
        FormAnswer.form_id == form.id, FormAnswer.question.in_(keys), FormAnswer.value == digest
    )
    if session.scalar(hers.limit(1)) is not None:
        return True
    return any(
        digest in one.answers.get(key, ()) for one in _unnamed(session, form.id) for key in keys
    )


def _meant(form_id: int, tag_id: int | None) -> list[sa.ColumnElement[bool]]:
    meant: list[sa.ColumnElement[bool]] = [FormSubmission.form_id == form_id]
    if tag_id is not None:
        held = sa.exists().where(
            MemberTag.member_id == FormSubmission.member_id,
            MemberTag.tag_id == tag_id,
            MemberTag.removed_at.is_(None),
        )
        meant.append(held)
    return meant


def _with_answers(session: Session, rows: Sequence[FormSubmission]) -> list[Submitted]:
    given: dict[int, dict[str, list[str]]] = {}
    answers = session.scalars(
        sa.select(FormAnswer)
        .where(FormAnswer.submission_id.in_([one.id for one in rows]))
        .order_by(FormAnswer.id)
    )
    for answer in answers:
        of = given.setdefault(answer.submission_id, {})
        of.setdefault(answer.question, []).append(answer.value)
    return [
        Submitted(one.id, one.member_id, one.submitted_at, given.get(one.id, {})) for one in rows
    ]


def _unnamed(session: Session, form_id: int) -> Iterator[Any]:
    wanted = sa.select(UnnamedSubmission).where(UnnamedSubmission.form_id == form_id)
    yield from session.scalars(
        wanted.order_by(UnnamedSubmission.id).execution_options(yield_per=_AT_ONCE)
    )
