"""Operators: who may use the console. Every change of them is audited."""

from flask import abort, flash
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, Regexp

from app.console.frame import Answer, console, go, operator_id, page, siyu
from app.domain.people import operators as people
from app.domain.people.operators import Operator

ADDRESS = Regexp(r"\s*[^@\s]+@[^@\s]+\s*\Z", message=_l("请填写邮箱地址"))
PASSWORD_RULES = (
    InputRequired(),
    Length(people.PASSWORD_MIN, 200, message=_l("至少 8 个字符")),
)


class OperatorForm(FlaskForm):
    email = StringField(_l("邮箱"), [DataRequired(), Length(max=254), ADDRESS])
    name = StringField(_l("姓名"), [DataRequired(), Length(max=60)])
    password = PasswordField(_l("密码"), PASSWORD_RULES)


class PasswordForm(FlaskForm):
    password = PasswordField(_l("新密码"), PASSWORD_RULES)


@console.get("/operators")
def operators() -> Answer:
    with siyu().database.reading() as session:
        return page(
            "running/operators.html", operators=people.all_of(session), herself=operator_id()
        )


@console.route("/operators/new", methods=["GET", "POST"])
def new_operator() -> Answer:
    form = OperatorForm()
    if form.validate_on_submit() and _add(form):
        flash(_("已添加，对方现在可以登录。"))
        return go("operators")
    return page("running/operator_form.html", form=form, operator=None)


@console.route("/operators/<int:wanted_id>/password", methods=["GET", "POST"])
def set_password(wanted_id: int) -> Answer:
    """A new password; whoever is logged in under the old one has to log in again."""
    with siyu().database.reading() as session:
        known = session.get(Operator, wanted_id) or abort(404)
    form = PasswordForm()
    if form.validate_on_submit():
        with siyu().database.writing() as session:
            operator = _locked(session, wanted_id)
            people.set_password(operator, form.password.data)
            _record(session, "operator.set_password", operator)
        flash(_("密码已更换，之前的登录已失效。"))
        return go("operators")
    return page("running/operator_form.html", form=form, operator=known)


@console.post("/operators/<int:wanted_id>/disable")
def disable_operator(wanted_id: int) -> Answer:
    try:
        with siyu().database.writing() as session:
            operator = _locked(session, wanted_id)
            people.disable(operator, operator_id(), siyu().clock())
            _record(session, "operator.disable", operator)
    except people.HerOwn:
        flash(_("不能停用自己。"), "danger")
    else:
        flash(_("已停用，对方的登录立即失效。"))
    return go("operators")


@console.post("/operators/<int:wanted_id>/enable")
def enable_operator(wanted_id: int) -> Answer:
    with siyu().database.writing() as session:
        operator = _locked(session, wanted_id)
        people.enable(operator)
        _record(session, "operator.enable", operator)
    flash(_("已重新启用。"))
    return go("operators")


def _add(form: OperatorForm) -> bool:
    email, name = form.email.data.strip(), form.name.data.strip()
    try:
        with siyu().database.writing() as session:
            added = people.add(session, email, name, form.password.data, siyu().clock())
            _record(session, "operator.add", added)
    except people.AddressTaken:
        form.email.errors = [_("已有这个邮箱的运营。")]
        return False
    return True


def _locked(session: Session, wanted_id: int) -> Operator:
    return session.get(Operator, wanted_id, with_for_update=True) or abort(404)


def _record(session: Session, action: str, operator: Operator) -> None:
    now, details = siyu().clock(), {"email": operator.email}
    people.record(session, operator_id(), action, f"operator:{operator.id}", details, now)
