"""What counts as an answer: what members send is read here and nowhere else; a problem is a code,
and each door has its own words for it."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from app.domain.insight import visibility
from app.domain.insight.questions import TEXT_MAX, Question
from app.domain.insight.visibility import NUMBER

_PHONE = re.compile(r"1[3-9][0-9]{9}")
_EMAIL = re.compile(r"[^@\s,;<>\"]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,5}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


class BadAnswers(ValueError):
    """``problems`` by the question's key: missing, too_long, too_short, too_few, too_many,
    too_small, too_large, not_an_option, not_a_number, not_a_day, not_a_phone, not_an_email,
    not_a_picture."""

    def __init__(self, problems: Mapping[str, str]):
        super().__init__(str(dict(problems)))
        self.problems = problems


def asked(questions: Sequence[Question], given: Mapping[str, Sequence[str]]) -> list[Question]:
    """The questions that are asked, given these answers."""
    keys = set(visibility.asked(((one.key, one.shown_if) for one in questions), given))
    return [one for one in questions if one.key in keys]


def read(questions: Sequence[Question], given: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """What was answered, by question: a list of one, or of several for a multiple choice. What was
    left empty is left out, what was not asked is not looked at. Raises BadAnswers."""
    problems: dict[str, str] = {}
    found: dict[str, list[str]] = {}
    for question in asked(questions, given):
        values = [text for one in given.get(question.key, ()) if (text := _cleaned(one))]
        problem = _problem_with(question, values)
        if problem is not None:
            problems[question.key] = problem
        elif values:
            found[question.key] = [_canonical(question.kind, value) for value in values]
    if problems:
        raise BadAnswers(problems)
    return found


def masked(kind: str, value: str) -> str:
    """Of what is sealed, as much as a page shows."""
    if kind == "phone":
        return f"{value[:3]}****{value[-4:]}"
    if kind == "email":
        name, _at, domain = value.partition("@")
        return f"{name[:1]}***@{domain}"
    return f"{value[:3]}…"


def _problem_with(question: Question, values: Sequence[str]) -> str | None:
    if not values:
        return "missing" if question.required else None
    if question.chosen_from:
        return _problem_with_choice(question, values)
    (value, *more) = values
    if more or len(value) > TEXT_MAX:
        return "too_long"
    return _problem_of_kind(question.kind, value) or _problem_with_bounds(question, value)


def _problem_with_choice(question: Question, values: Sequence[str]) -> str | None:
    are_options = set(values) <= set(question.chosen_from) and len(set(values)) == len(values)
    if not are_options or (question.kind != "multiple" and len(values) > 1):
        return "not_an_option"
    if question.kind != "multiple":
        return None
    if question.least is not None and len(values) < question.least:
        return "too_few"
    return "too_many" if question.most is not None and len(values) > question.most else None


def _problem_of_kind(kind: str, value: str) -> str | None:
    match kind:
        case "number":
            return None if NUMBER.fullmatch(value) else "not_a_number"
        case "phone":
            return None if _PHONE.fullmatch(value) else "not_a_phone"
        case "email":
            return None if _EMAIL.fullmatch(value) else "not_an_email"
        case "date":
            return None if _is_day(value) else "not_a_day"
        case "picture":
            return None if _DIGEST.fullmatch(value) else "not_a_picture"
    return None


def _problem_with_bounds(question: Question, value: str) -> str | None:
    if question.kind == "number":
        measured, problems = Decimal(value), ("too_small", "too_large")
    elif question.kind in ("text", "long_text"):
        measured, problems = Decimal(len(value)), ("too_short", "too_long")
    else:
        return None
    if question.least is not None and measured < question.least:
        return problems[0]
    return problems[1] if question.most is not None and measured > question.most else None


def _canonical(kind: str, value: str) -> str:
    if kind == "number":
        return f"{Decimal(value).normalize():f}"
    return value


def _is_day(value: str) -> bool:
    try:
        return len(value) == 10 and bool(date.fromisoformat(value))
    except ValueError:
        return False


def _cleaned(text: str) -> str:
    """Without what no database keeps and nobody sees."""
    return "".join(letter for letter in text if letter.isprintable() or letter == "\n").strip()
