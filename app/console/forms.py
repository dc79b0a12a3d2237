"""Forms: asked without writing any JSON, opened, closed, and what members answered."""

from typing import Any

from flask import abort, flash, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import BooleanField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.console.frame import PAGE, Answer, console, go, operator_id, page, siyu
from app.domain.insight import forms as form_table
from app.domain.insight.forms import Answered, BadKey, Form, FormTaken
from app.domain.insight.questions import CHOICES, KINDS, QUESTIONS_MAX, BadQuestions
from app.domain.people import operators
from app.domain.people.members import Member

ROWS_MORE = 3
KIND_WORDS = {
    "text": _l("文字"),
    "single": _l("单选"),
    "multiple": _l("多选"),
    "number": _l("数字"),
    "date": _l("日期"),
    "phone": _l("手机号"),
}
PROBLEMS = {
    "no_questions": _l("至少要有一个问题。"),
    "too_many_questions": _l("问题太多了。"),
    "bad_label": _l("请写明问题，不要太长。"),
    "bad_options": _l("选项不能重复、不能太长；只有单选和多选有选项。"),
    "no_options": _l("至少要有两个选项，一行一个。"),
}


class FormForm(FlaskForm):
    key = StringField(_l("标识"), [InputRequired(), Length(max=40)])
    title = StringField(_l("标题"), [InputRequired(), Length(max=100)])
    intro = TextAreaField(_l("说明"), [Length(max=1000)])
    repeatable = BooleanField(_l("同一位会员可以多次填写"))


@console.get("/forms")
def forms() -> Answer:
    with siyu().database.reading() as session:
        shown = form_table.all_of(session)
        counts = form_table.submissions(session, [form.id for form in shown])
        return page("forms.html", forms=shown, counts=counts)


@console.route("/forms/new", methods=["GET", "POST"])
def new_form() -> Answer:
    form = FormForm()
    rows = _rows() if request.method == "POST" else []
    problems: dict[str, str] = {}
    if form.validate_on_submit() and "more" not in request.form:
        problems = _add(form, rows)
        if not problems and not form.errors:
            flash(_("已保存，会员现在可以填写。"))
            return go("forms")
    return _editor(form, None, rows, problems)


@console.route("/forms/<int:form_id>/edit", methods=["GET", "POST"])
def edit_form(form_id: int) -> Answer:
    with siyu().database.reading() as session:
        known = session.get(Form, form_id) or abort(404)
        answered = form_table.submissions(session, [form_id]).get(form_id, 0)
    form = FormForm(obj=known)
    rows = _rows() if request.method == "POST" and not answered else known.questions
    problems: dict[str, str] = {}
    if form.validate_on_submit() and "more" not in request.form:
        problems = _change(form, form_id, rows)
        if not problems:
            flash(_("已保存。"))
            return go("form", form_id=form_id)
    return _editor(form, known, rows, problems, is_fixed=bool(answered))


@console.get("/forms/<int:form_id>")
def form(form_id: int) -> Answer:
    before = request.args.get("before", type=int)
    with siyu().database.reading() as session:
        shown = session.get(Form, form_id) or abort(404)
        found = form_table.latest(session, form_id, before, PAGE + 1)
        latest = found[:PAGE]
        members = session.query(Member).where(Member.id.in_({one.member_id for one in latest}))
        return page(
            "form.html",
            form=shown,
            count=form_table.submissions(session, [form_id]).get(form_id, 0),
            chosen=form_table.chosen(session, form_id),
            submissions=latest,
            answers=form_table.answers_of(session, [one.id for one in latest]),
            members={member.id: member for member in members},
            older=latest[-1].id if len(found) > PAGE else None,
            address=f"{siyu().programme.public_url}/h5/forms/{shown.key}",
        )


@console.post("/forms/<int:form_id>/close")
def close_form(form_id: int) -> Answer:
    with siyu().database.writing() as session:
        closed = session.get(Form, form_id) or abort(404)
        form_table.close(closed, siyu().clock())
        _record(session, "form.close", closed)
    return go("form", form_id=form_id)


@console.post("/forms/<int:form_id>/reopen")
def reopen_form(form_id: int) -> Answer:
    with siyu().database.writing() as session:
        opened = session.get(Form, form_id) or abort(404)
        form_table.reopen(opened)
        _record(session, "form.reopen", opened)
    return go("form", form_id=form_id)


@console.app_template_filter()
def question_kind_in_words(kind: str) -> str:
    return str(KIND_WORDS[kind])


def _editor(
    form: FormForm,
    known: Form | None,
    rows: list[Any],
    problems: dict[str, str],
    *,
    is_fixed: bool = False,
) -> Answer:
    blank = min(QUESTIONS_MAX, len(rows) + ROWS_MORE) - len(rows)
    used = [int(row["key"][1:]) for row in rows]
    fresh = [f"q{max(used, default=0) + number}" for number in range(1, blank + 1)]
    return page(
        "form_form.html",
        form=form,
        known=known,
        rows=[*rows, *({"key": key, "kind": "text", "options": []} for key in fresh)],
        problems={key: PROBLEMS.get(said, said) for key, said in problems.items()},
        kinds=KIND_WORDS,
        is_fixed=is_fixed,
    )


def _rows() -> list[Any]:
    """The questions as the page has them: a row without a label is no question."""
    numbers = sorted(
        int(name[1:-6])
        for name in request.form
        if name.startswith("q") and name.endswith("-label") and name[1:-6].isdecimal()
    )[:QUESTIONS_MAX]
    return [row for number in numbers if (row := _row(f"q{number}"))["label"]]


def _row(key: str) -> dict[str, Any]:
    kind = request.form.get(f"{key}-kind", "")
    written = request.form.get(f"{key}-options", "").splitlines()
    return {
        "key": key,
        "kind": kind if kind in KINDS else "text",
        "label": request.form.get(f"{key}-label", "").strip(),
        "options": [one.strip() for one in written if one.strip()] if kind in CHOICES else [],
        "required": f"{key}-required" in request.form,
    }


def _add(form: FormForm, rows: list[Any]) -> dict[str, str]:
    """Returns what is wrong with the questions."""
    try:
        with siyu().database.writing() as session:
            made = form_table.add(
                session,
                key=form.key.data.strip(),
                title=form.title.data.strip(),
                intro=(form.intro.data or "").strip(),
                asked=rows,
                repeatable=form.repeatable.data,
                now=siyu().clock(),
            )
            _record(session, "form.make", made)
    except BadQuestions as bad:
        return dict(bad.problems)
    except BadKey:
        form.key.errors = [_("标识由字母、数字、- 和 _ 组成。")]
    except FormTaken:
        form.key.errors = [_("已有这个标识的表单。")]
    return {}


def _change(form: FormForm, form_id: int, rows: list[Any]) -> dict[str, str]:
    try:
        with siyu().database.writing() as session:
            changed = session.get_one(Form, form_id, with_for_update=True)
            title, intro = form.title.data.strip(), (form.intro.data or "").strip()
            form_table.change(session, changed, title=title, intro=intro, asked=rows)
            _record(session, "form.change", changed)
    except BadQuestions as bad:
        return dict(bad.problems)
    except Answered:
        return {"": _("已经有人填写，问题不能再改。")}
    return {}


def _record(session: Session, action: str, form: Form) -> None:
    details = {"key": form.key, "questions": len(form.questions)}
    operators.record(session, operator_id(), action, f"form:{form.id}", details, siyu().clock())
