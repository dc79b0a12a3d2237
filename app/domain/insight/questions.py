"""Questions of a form: what they may be, and under which condition they are asked.

A question is ``{"key", "kind", "label", "options", "required", "help", "least", "most", "tags",
"keeps", "shown_if"}``; all but the first three may be missing. ``least`` and ``most`` bound a
number, the length of a text, how many options are chosen, or the stars of a rating. ``tags`` are
given by option, ``keeps`` is what of her record the answer becomes, ``shown_if`` see
``visibility``. What members send is read by ``answering``.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from app.domain.insight import visibility
from app.domain.insight.visibility import NUMBER, ShownIf

KINDS = (
    *("text", "long_text", "single", "dropdown", "multiple", "rating", "nps", "number", "date"),
    *("phone", "email", "address", "province", "picture", "consent"),
)
CHOICES = frozenset({"single", "dropdown", "multiple"})
SEALED = frozenset({"phone", "email", "address"})  # what would find her elsewhere
BOUNDED = frozenset({"text", "long_text", "multiple", "number", "rating"})
# What of her record an answer may become, and of which kind the question then is.
KEEPS: Mapping[str, str] = {"nickname": "text", "birthday": "date", "email": "email"}
QUESTIONS_MAX, OPTIONS_MAX, VALUES_MAX = 30, 50, 20
LABEL_MAX, OPTION_MAX, TEXT_MAX, TAG_MAX = 200, 100, 2000, 40
STARS, STARS_MAX, AGREED = 5, 10, "yes"
_PROVINCES = """
北京 天津 河北 山西 内蒙古 辽宁 吉林 黑龙江 上海 江苏 浙江 安徽 福建 江西 山东 河南
湖北 湖南 广东 广西 海南 重庆 四川 贵州 云南 西藏 陕西 甘肃 青海 宁夏 新疆 香港 澳门 台湾 海外
"""
PROVINCES = tuple(_PROVINCES.split())
_KEY = re.compile(r"q[1-9][0-9]{0,2}")
_BOUND_MAX = 10**9


@dataclass(frozen=True, slots=True)
class Question:
    key: str
    kind: str
    label: str
    options: tuple[str, ...] = ()
    required: bool = False
    help: str = ""
    least: int | None = None
    most: int | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    keeps: str = ""
    shown_if: ShownIf | None = None

    @property
    def chosen_from(self) -> tuple[str, ...]:
        """Every answer there can be, where there are only so many."""
        match self.kind:
            case "rating":
                return tuple(str(star) for star in range(1, (self.most or STARS) + 1))
            case "nps":
                return tuple(str(number) for number in range(11))
            case "province":
                return PROVINCES
            case "consent":
                return (AGREED,)
        return self.options

    def as_json(self) -> dict[str, Any]:
        written = asdict(self) | {"options": list(self.options)}
        if self.shown_if is not None:
            written["shown_if"] = asdict(self.shown_if) | {"values": list(self.shown_if.values)}
        return written


class BadQuestions(ValueError):
    """``problems`` by the question's key, or ``""`` for the form as a whole: no_questions,
    too_many_questions, bad_key, same_key, bad_kind, bad_label, bad_options, no_options, bad_bounds,
    bad_tags, bad_keeps, bad_condition."""

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
        question = _read(one)
        problem = _problem_of(question)
        if problem is None and question.key in read:
            problem = "same_key"
        if problem is None and not _can_be_asked(question, read):
            problem = "bad_condition"
        if problem is not None:
            problems[question.key] = problem
        read[question.key] = question
    if problems:
        raise BadQuestions(problems)
    return tuple(read.values())


def _read(raw: object) -> Question:
    """The question as far as it can be read."""
    told = raw if isinstance(raw, Mapping) else {}
    options, tags = told.get("options") or (), told.get("tags") or {}
    return Question(
        key=str(told.get("key", "")),
        kind=str(told.get("kind", "")),
        label=str(told.get("label", "")).strip(),
        options=tuple(str(one).strip() for one in options) if isinstance(options, list) else (),
        required=told.get("required") is True,
        help=str(told.get("help") or "").strip(),
        least=_bound(told.get("least")),
        most=_bound(told.get("most")),
        tags={str(k): str(v).strip() for k, v in tags.items()} if isinstance(tags, Mapping) else {},
        keeps=str(told.get("keeps") or ""),
        shown_if=_condition(told.get("shown_if")),
    )


def _bound(raw: object) -> int | None:
    return raw if type(raw) is int else None


def _condition(raw: object) -> ShownIf | None:
    if not isinstance(raw, Mapping):
        return None
    values = raw.get("values") or ()
    read = tuple(str(one).strip() for one in values) if isinstance(values, list) else ()
    return ShownIf(str(raw.get("question", "")), str(raw.get("operation", "")), read)


def _problem_of(question: Question) -> str | None:
    if not _KEY.fullmatch(question.key):
        return "bad_key"
    if question.kind not in KINDS:
        return "bad_kind"
    if not 0 < len(question.label) <= LABEL_MAX or not question.label.isprintable():
        return "bad_label"
    if len(question.help) > LABEL_MAX or not question.help.isprintable():
        return "bad_label"
    if not _are_bounds(question):
        return "bad_bounds"
    if question.keeps and KEEPS.get(question.keeps) != question.kind:
        return "bad_keeps"
    return _problem_with_options(question)


def _problem_with_options(question: Question) -> str | None:
    if question.kind not in CHOICES and question.options:
        return "bad_options"
    if question.kind in CHOICES:
        if len(question.options) < 2:
            return "no_options"
        good = all(0 < len(one) <= OPTION_MAX and one.isprintable() for one in question.options)
        differ = len(set(question.options)) == len(question.options) <= OPTIONS_MAX
        if not (good and differ):
            return "bad_options"
    are_tags = all(0 < len(tag) <= TAG_MAX and tag.isprintable() for tag in question.tags.values())
    return None if are_tags and set(question.tags) <= set(question.chosen_from) else "bad_tags"


def _are_bounds(question: Question) -> bool:
    least, most = question.least, question.most
    if (least, most) == (None, None):
        return True
    if question.kind not in BOUNDED or any(abs(one or 0) > _BOUND_MAX for one in (least, most)):
        return False
    if question.kind == "rating":
        return least is None and 2 <= (most or 0) <= STARS_MAX
    is_count = question.kind != "number"
    if is_count and any(one is not None and one < 0 for one in (least, most)):
        return False
    return least is None or most is None or least <= most


def _can_be_asked(question: Question, earlier: Mapping[str, Question]) -> bool:
    wanted = question.shown_if
    if wanted is None:
        return True
    if wanted.question not in earlier or wanted.operation not in visibility.OPERATIONS:
        return False
    if wanted.operation == "answered":
        return not wanted.values
    if wanted.operation in ("at_least", "at_most"):
        return len(wanted.values) == 1 and bool(NUMBER.fullmatch(wanted.values[0]))
    return 0 < len(wanted.values) <= VALUES_MAX and all(wanted.values)
