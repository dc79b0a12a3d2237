"""Questions of a form: what they may be, and what counts as an answer.

A question is ``{"key", "kind", "label", "options", "required"}``. Kinds: text, single (one of the
options), multiple (some of them), number, date, phone. What members send is read here and nowhere
else; a problem is a code, and each door has its own words for it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

KINDS = ("text", "single", "multiple", "number", "date", "phone")
CHOICES = frozenset({"single", "multiple"})
QUESTIONS_MAX, OPTIONS_MAX = 30, 50
LABEL_MAX, OPTION_MAX, TEXT_MAX = 200, 100, 2000
_KEY = re.compile(r"q[1-9][0-9]{0,2}")
_NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,4})?")
_PHONE = re.compile(r"1[3-9][0-9]{9}")


@dataclass(frozen=True, slots=True)
class Question:
    key: str
    kind: str
    label: str
    options: tuple[str, ...] = ()
    required: bool = False

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"options": list(self.options)}


class BadQuestions(ValueError):
    """``problems`` by the question's key, or ``""`` for the form as a whole: no_questions,
    too_many_questions, bad_key, same_key, bad_kind, bad_label, bad_options, no_options."""

    def __init__(self, problems: Mapping[str, str]):
        super().__init__(str(dict(problems)))
        self.problems = problems


class BadAnswers(ValueError):
    """``problems`` by the question's key: missing, too_long, not_an_option, not_a_number,
    not_a_day, not_a_phone."""

    def __init__(self, problems: Mapping[str, str]):
        super().__init__(str(dict(problems)))
        self.problems = problems


def parse(raw: object) -> tuple[Question, ...]:
    """The questions of a form as they are kept. Raises BadQuestions."""
    if not isinstance(raw, Sequence) or isinstance(raw, str) or not raw:
        raise BadQuestions({"": "no_questions"})
    if len(raw) > QUESTIONS_MAX:
        raise BadQuestions({"": "too_many_questions"})
    problems: dict[str, str] = {}
    read: dict[str, Question] = {}
    for one in raw:
        question, problem = _read(one)
        if problem is None and question.key in read:
            problem = "same_key"
        if problem is not None:
            problems[question.key] = problem
        read[question.key] = question
    if problems:
        raise BadQuestions(problems)
    return tuple(read.values())


def answers(
    questions: Sequence[Question], given: Mapping[str, Sequence[str]]
) -> dict[str, list[str]]:
    """What was answered, by question: a list of one, or of several for a multiple choice. What was
    left empty is left out, what nobody asked is not looked at. Raises BadAnswers."""
    problems: dict[str, str] = {}
    read: dict[str, list[str]] = {}
    for question in questions:
        values = [text for one in given.get(question.key, ()) if (text := _cleaned(one))]
        problem = _problem_with(question, values)
        if problem is not None:
            problems[question.key] = problem
        elif values:
            read[question.key] = [_canonical(question.kind, value) for value in values]
    if problems:
        raise BadAnswers(problems)
    return read


def _read(raw: object) -> tuple[Question, str | None]:
    """The question as far as it can be read, and what is wrong with it."""
    told = raw if isinstance(raw, Mapping) else {}
    options = told.get("options") or ()
    question = Question(
        key=str(told.get("key", "")),
        kind=str(told.get("kind", "")),
        label=str(told.get("label", "")).strip(),
        options=tuple(str(one).strip() for one in options) if isinstance(options, list) else (),
        required=told.get("required") is True,
    )
    return question, _problem_of(question)


def _problem_of(question: Question) -> str | None:
    if not _KEY.fullmatch(question.key):
        return "bad_key"
    if question.kind not in KINDS:
        return "bad_kind"
    if not 0 < len(question.label) <= LABEL_MAX or not question.label.isprintable():
        return "bad_label"
    if question.kind not in CHOICES:
        return "bad_options" if question.options else None
    if len(question.options) < 2:
        return "no_options"
    are_good = all(0 < len(one) <= OPTION_MAX and one.isprintable() for one in question.options)
    differ = len(set(question.options)) == len(question.options) <= OPTIONS_MAX
    return None if are_good and differ else "bad_options"


def _problem_with(question: Question, values: Sequence[str]) -> str | None:
    if not values:
        return "missing" if question.required else None
    if question.kind in CHOICES:
        are_options = set(values) <= set(question.options) and len(set(values)) == len(values)
        is_one = question.kind == "multiple" or len(values) == 1
        return None if are_options and is_one else "not_an_option"
    (value, *more) = values
    if more or len(value) > TEXT_MAX:
        return "too_long"
    return _problem_with_value(question.kind, value)


def _problem_with_value(kind: str, value: str) -> str | None:
    if kind == "number" and not _NUMBER.fullmatch(value):
        return "not_a_number"
    if kind == "phone" and not _PHONE.fullmatch(value):
        return "not_a_phone"
    if kind == "date" and _day(value) is None:
        return "not_a_day"
    return None


def _canonical(kind: str, value: str) -> str:
    if kind == "number":
        return f"{Decimal(value).normalize():f}"
    return value


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value) if len(value) == 10 else None
    except ValueError:
        return None


def _cleaned(text: str) -> str:
    """Without what no database keeps and nobody sees."""
    return "".join(letter for letter in text if letter.isprintable() or letter == "\n").strip()
