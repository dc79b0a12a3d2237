"""Forms: asked without writing any JSON, on which terms, opened and closed."""

from datetime import datetime
from typing import Any

from flask import abort, flash, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from app.console import unreadable
from app.console.content import form_rows
from app.console.fields.bounds import WholeField, in_our_days
from app.console.frame import Answer, console, go, operator_id, page, siyu, zone
from app.domain.insight import form_results, form_submissions
from app.domain.insight import forms as form_table
from app.domain.insight.forms import Answered, BadKey, BadTerms, Form, FormTaken
from app.domain.insight.questions import BadQuestions
from app.domain.loyalty.spending import coupons
from app.domain.people import operators

NO_COUPON = 0


class FormForm(FlaskForm):
    key = StringField(_l("标识"), [DataRequired(), Length(max=40)])
    title = StringField(_l("标题"), [DataRequired(), Length(max=100)])
    intro = TextAreaField(_l("说明"), [Length(max=1000)])
    repeatable = BooleanField(_l("同一位会员可以多次填写"))
    unnamed = BooleanField(_l("没有登录也可以填写（每个浏览器一次，没有奖励）"))
    opens_at = DateTimeLocalField(_l("何时开始"), [Optional(), in_our_days])
    closes_at = DateTimeLocalField(_l("何时结束"), [Optional(), in_our_days])
    answers_max = WholeField(_l("最多收多少份"), [Optional(), NumberRange(1, 10_000_000)])
    points = WholeField(
        _l("奖励积分（每位会员一次）"), [Optional(), NumberRange(0, 100_000)], default=0
    )
    coupon = SelectField(_l("奖励优惠券（每位会员一次）"), coerce=int, default=NO_COUPON)


@console.get("/forms")
def forms() -> Answer:
    with siyu().database.reading() as session:
        shown = form_table.all_of(session)
        counts = form_results.counts(session, [form.id for form in shown])
        return page("content/forms.html", forms=shown, counts=counts, now=siyu().clock())


@console.route("/forms/new", methods=["GET", "POST"])
def new_form() -> Answer:
    form = _form(None)
    rows = form_rows.written() if request.method == "POST" else []
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
        is_fixed = form_submissions.have_come(session, form_id) and known.is_readable
    form = _form(known)
    is_sent = request.method == "POST" and not is_fixed
    rows = form_rows.written() if is_sent else [] if unreadable.is_anew() else known.questions
    problems: dict[str, str] = {}
    if form.validate_on_submit() and "more" not in request.form:
        problems = _change(form, form_id, rows)
        if not problems and not form.errors:
            flash(_("已保存。"))
            return go("form", form_id=form_id)
    return _editor(form, known, rows, problems, is_fixed=is_fixed)


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


def _form(known: Form | None) -> FormForm:
    with siyu().database.reading() as session:
        offered = [(one.id, one.name) for one in coupons.on_offer(session)]
    shown: dict[str, Any] = {}
    if known is not None:
        moments = {name: _local(getattr(known, name)) for name in ("opens_at", "closes_at")}
        shown = {"coupon": known.coupon_id or NO_COUPON, **moments}
        if known.coupon_id and known.coupon_id not in dict(offered):
            offered.append((known.coupon_id, f"#{known.coupon_id}"))
    form = FormForm(obj=known, data=shown)
    if known is not None and request.method == "GET":
        form.opens_at.data, form.closes_at.data = shown["opens_at"], shown["closes_at"]
    form.coupon.choices = [(NO_COUPON, _("没有")), *offered]
    return form


def _editor(
    form: FormForm,
    known: Form | None,
    rows: list[Any],
    problems: dict[str, str],
    *,
    is_fixed: bool = False,
) -> Answer:
    return page(
        "content/form_form.html",
        form=form,
        known=known,
        rows=form_rows.with_blank(rows),
        problems={key: form_rows.PROBLEMS.get(said, said) for key, said in problems.items()},
        kinds=form_rows.KIND_WORDS,
        operations=form_rows.OPERATION_WORDS,
        keeps=form_rows.KEEPS_WORDS,
        is_fixed=is_fixed,
    )


def _terms(form: FormForm) -> dict[str, Any]:
    return {
        "unnamed": form.unnamed.data,
        "opens_at": _moment(form.opens_at.data),
        "closes_at": _moment(form.closes_at.data),
        "answers_max": form.answers_max.data,
        "points": form.points.data or 0,
        "coupon_id": form.coupon.data or None,
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
                **_terms(form),
            )
            _record(session, "form.make", made)
    except BadQuestions as bad:
        return dict(bad.problems)
    except BadKey:
        form.key.errors = [_("标识由字母、数字、- 和 _ 组成。")]
    except BadTerms:
        form.closes_at.errors = [_("结束要在开始之后。")]
    except FormTaken:
        form.key.errors = [_("已有这个标识的表单。")]
    return {}


def _change(form: FormForm, form_id: int, rows: list[Any]) -> dict[str, str]:
    try:
        with siyu().database.writing() as session:
            changed = session.get_one(Form, form_id, with_for_update=True)
            title, intro = form.title.data.strip(), (form.intro.data or "").strip()
            form_table.change(session, changed, title=title, intro=intro, asked=rows)
            form_table.agree(changed, **_terms(form))
            _record(session, "form.change", changed)
    except BadQuestions as bad:
        return dict(bad.problems)
    except BadTerms:
        form.closes_at.errors = [_("结束要在开始之后。")]
    except Answered:
        return {"": _("已经有人填写，问题不能再改。")}
    return {}


def _moment(at: datetime | None) -> datetime | None:
    """What is written is meant on the shop's own clock."""
    return at.replace(tzinfo=zone()) if at is not None else None


def _local(at: datetime | None) -> datetime | None:
    return at.astimezone(zone()).replace(tzinfo=None) if at is not None else None


def _record(session: Session, action: str, form: Form) -> None:
    details = {"key": form.key, "questions": len(form.questions)}
    operators.record(session, operator_id(), action, f"form:{form.id}", details, siyu().clock())
