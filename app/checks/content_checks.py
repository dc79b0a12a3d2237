"""What is wrong with the messages of a definition beyond their shape: placeholders that nobody can
fill, coupons, forms, quizzes and materials that are not there."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy.orm import Session

from app import personal
from app.domain.insight import forms
from app.domain.loyalty.quizzes import Quiz
from app.domain.loyalty.spending.coupons import Coupon
from app.domain.outreach.materials import material_uses
from sop import contents, wording
from sop.contents import ONLY_IN
from sop.mistakes import Mistake
from sop.reading import Problem

_GONE = "已经没有了，请另选一个", "is not there any more: choose another"


def problems_in(session: Session, written: Any, audience: str) -> list[Problem]:
    """Of a definition (or one message) whose shape is right, for members or for groups."""
    missing = material_uses.problems_in(session, written)
    if missing:
        return missing
    known = _known(session, audience)
    problems = []
    for path, message in contents.written_in(material_uses.filled(session, written)):
        content, at = message["content"], f"{path}.content" if path else "content"
        fillable = contents.fillable(message["kind"], known)
        for where, text in _texts_in(content, at):
            try:
                wording.check(text, fillable)
            except Mistake as mistake:
                problems.append(Problem(where, mistake.zh, mistake.en))
        field = message["kind"]
        if field in _THERE and not _THERE[field](session, content[field]):
            problems.append(Problem(f"{at}.{field}", *_GONE))
    return problems


def _known(session: Session, audience: str) -> frozenset[str]:
    if audience == "group":
        return personal.known_for_groups(session)
    return personal.known_for_members(session) | ONLY_IN.keys()


def _texts_in(content: Any, path: str) -> Iterator[tuple[str, str]]:
    """Every text of a message, and at which field it stands."""
    if isinstance(content, Mapping):
        for name, value in content.items():
            yield from _texts_in(value, f"{path}.{name}")
    elif isinstance(content, list):
        for value in content:
            yield from _texts_in(value, path)
    elif isinstance(content, str):
        yield path, content


def _coupon_is_there(session: Session, number: str) -> bool:
    coupon = session.get(Coupon, int(number))
    return coupon is not None and coupon.closed_at is None


def _form_is_there(session: Session, key: str) -> bool:
    form = forms.by_key(session, key)
    return form is not None and form.closed_at is None


def _quiz_is_there(session: Session, number: str) -> bool:
    """It may be opened later, but not once it is closed."""
    quiz = session.get(Quiz, int(number))
    return quiz is not None and quiz.closed_at is None


_THERE = {"coupon": _coupon_is_there, "form": _form_is_there, "quiz": _quiz_is_there}
