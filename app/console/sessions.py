"""Logging in and out, and the choice of language.

The cookie names the operator and the version of her sessions. Logging out raises the version, so
every cookie there is ends with it, also a stolen one.
"""

from flask import current_app, redirect, request, url_for
from flask import session as cookie
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import UserMixin, current_user, login_user, logout_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from app.console import languages
from app.console.frame import Answer, console, page, safe_path, siyu
from app.console.login_limits import LoginLimits, TooManyFailures
from app.domain.people import operators
from app.domain.people.operators import Operator

LANGUAGE_KEPT_S = 365 * 24 * 3600


class LoggedIn(UserMixin):
    """An operator as her cookie names her."""

    def __init__(self, operator: Operator):
        self.operator_id = operator.id
        self.name = operator.name
        self.email = operator.email
        self._version = operator.session_version

    def get_id(self) -> str:
        return f"{self.operator_id}.{self._version}"


class LogInForm(FlaskForm):
    email = StringField(_l("邮箱"), [InputRequired(), Length(max=254)])
    password = PasswordField(_l("密码"), [InputRequired(), Length(max=200)])
    next = HiddenField()


def operator_of(cookie_id: str) -> LoggedIn | None:
    """Who a cookie stands for, if it still stands for anybody."""
    operator_id, _dot, version = cookie_id.partition(".")
    if not (operator_id.isdecimal() and version.isdecimal()):
        return None
    with siyu().database.reading() as session:
        operator = session.get(Operator, int(operator_id))
    if operator is None or operator.disabled_at or operator.session_version != int(version):
        return None
    return LoggedIn(operator)


@console.route("/login", methods=["GET", "POST"])
def log_in() -> Answer | Response:
    form = LogInForm(next=request.args.get("next", ""))
    target = safe_path(form.next.data)
    if current_user.is_authenticated:
        return redirect(target)
    if not form.validate_on_submit():
        return page("login.html", form=form, error="")
    email, machine = form.email.data, request.remote_addr or ""
    try:
        _limits().count(email, machine, siyu().clock())
    except TooManyFailures:
        return page("login.html", form=form, error=_("尝试次数过多，请十分钟后再试。")), 429
    with siyu().database.reading() as session:
        operator = operators.log_in(session, email, form.password.data)
    if operator is None:
        return page("login.html", form=form, error=_("邮箱或密码不正确。")), 401
    _limits().forget(email, machine)
    cookie.clear()
    cookie.permanent = True
    login_user(LoggedIn(operator))
    return redirect(target, 303)


@console.post("/logout")
def log_out() -> Response:
    with siyu().database.writing() as session:
        operators.end_sessions(session.get_one(Operator, current_user.operator_id))
    logout_user()
    cookie.clear()
    return redirect(url_for("console.log_in"), 303)


@console.post("/language")
def choose_language() -> Response:
    chosen = request.form.get("language", "")
    response = redirect(safe_path(request.form.get("next")), 303)
    if chosen in languages.LANGUAGES:
        response.set_cookie(
            languages.COOKIE,
            chosen,
            max_age=LANGUAGE_KEPT_S,
            path="/console",
            httponly=True,
            samesite="Lax",
        )
    return response


def _limits() -> LoginLimits:
    """Made once per app: without Redis it keeps the count itself."""
    limits: LoginLimits = current_app.extensions.setdefault(
        "login_limits", LoginLimits(siyu().redis)
    )
    return limits
