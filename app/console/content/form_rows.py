"""The questions of a form as rows of a page, written without any JSON."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l

from app.console.frame import console
from app.domain.insight.questions import CHOICES, KINDS, QUESTIONS_MAX

ROWS_MORE = 3
ARROW = "=>"  # between an option and its tag
VALUES = "|"  # between the values of a condition
KIND_WORDS: Mapping[str, object] = {
    "text": _l("一行文字"),
    "long_text": _l("多行文字"),
    "single": _l("单选"),
    "dropdown": _l("下拉单选"),
    "multiple": _l("多选"),
    "rating": _l("评分（星）"),
    "nps": _l("推荐度（0–10）"),
    "number": _l("数字"),
    "date": _l("日期"),
    "phone": _l("手机号"),
    "email": _l("邮箱"),
    "address": _l("地址"),
    "province": _l("省份"),
    "picture": _l("图片"),
    "consent": _l("同意条款"),
}
OPERATION_WORDS: Mapping[str, object] = {
    "is_any": _l("选了其中任一"),
    "is_none": _l("答了，但不是"),
    "contains": _l("文字里有"),
    "at_least": _l("数字至少"),
    "at_most": _l("数字至多"),
    "answered": _l("有回答"),
}
KEEPS_WORDS: Mapping[str, object] = {
    "": _l("不写入"),
    "nickname": _l("昵称（一行文字）"),
    "birthday": _l("生日（日期）"),
    "email": _l("邮箱（邮箱）"),
}
PROBLEMS: Mapping[str, object] = {
    "no_questions": _l("至少要有一个问题。"),
    "too_many_questions": _l("问题太多了。"),
    "bad_label": _l("请写明问题，不要太长。"),
    "bad_options": _l("选项不能重复、不能太长；只有单选、下拉和多选有选项。"),
    "no_options": _l("至少要有两个选项，一行一个。"),
    "bad_bounds": _l("上下限要是整数，下限不大于上限；评分最多 10 星。"),
    "bad_tags": _l("标签不能为空，也不要太长。"),
    "bad_keeps": _l("这种问题不能写入这项资料。"),
    "bad_condition": _l("条件只能看前面的问题，并写明是什么值。"),
}
assert set(KIND_WORDS) == set(KINDS)


@console.app_template_filter()
def question_kind_in_words(kind: str) -> str:
    return str(KIND_WORDS[kind])


def written() -> list[dict[str, Any]]:
    """The questions as the page has them: a row without a label is no question."""
    numbers = sorted(
        int(name[1:-6])
        for name in request.form
        if name.startswith("q") and name.endswith("-label") and name[1:-6].isdecimal()
    )[:QUESTIONS_MAX]
    return [row for number in numbers if (row := _row(f"q{number}"))["label"]]


def with_blank(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The rows and a few more to be filled in."""
    blank = min(QUESTIONS_MAX, len(rows) + ROWS_MORE) - len(rows)
    used = [int(row["key"][1:]) for row in rows]
    fresh = [f"q{max(used, default=0) + number}" for number in range(1, blank + 1)]
    return [*rows, *({"key": key, "kind": "text", "options": []} for key in fresh)]


@console.app_template_filter()
def options_as_lines(row: Mapping[str, Any]) -> str:
    """The options of a row, one a line, each with its tag."""
    tags = row.get("tags") or {}
    options = list(row.get("options") or ()) or list(tags)
    return "\n".join(f"{one} {ARROW} {tags[one]}" if one in tags else one for one in options)


def _row(key: str) -> dict[str, Any]:
    kind = _text(f"{key}-kind")
    options, tags = _options(request.form.get(f"{key}-options", ""))
    return {
        "key": key,
        "kind": kind if kind in KINDS else "text",
        "label": _text(f"{key}-label"),
        "options": options if kind in CHOICES else [],
        "required": f"{key}-required" in request.form,
        "help": _text(f"{key}-help"),
        "least": _whole(f"{key}-least"),
        "most": _whole(f"{key}-most"),
        "tags": tags,
        "keeps": _text(f"{key}-keeps"),
        "shown_if": _condition(key),
    }


def _options(lines: str) -> tuple[list[str], dict[str, str]]:
    options: list[str] = []
    tags: dict[str, str] = {}
    for line in lines.splitlines():
        option, arrow, tag = (part.strip() for part in line.partition(ARROW))
        if option:
            options.append(option)
        if option and arrow:
            tags[option] = tag
    return options, tags


def _condition(key: str) -> dict[str, Any] | None:
    question, operation = _text(f"{key}-if"), _text(f"{key}-if-operation")
    if not question:
        return None
    values = [one.strip() for one in _text(f"{key}-if-values").split(VALUES) if one.strip()]
    values = [] if operation == "answered" else values
    return {"question": question, "operation": operation, "values": values}


def _text(name: str) -> str:
    return request.form.get(name, "").strip()


def _whole(name: str) -> int | str | None:
    """A number where one is written; what is none is no bound, and is complained of."""
    said = _text(name)
    if not said:
        return None
    digits = said.removeprefix("-")
    is_number = digits.isascii() and digits.isdigit() and len(digits) < 10
    return int(said) if is_number else said
